"""Functions compiled by XLA to one loop, where this TensorFlow can."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from studio.yolo.backend import tf

Compiled = Callable[..., Any]


def fused(*signature: tf.TensorSpec) -> Callable[[Callable[..., Any]], Compiled]:
    """Compile a function for any shapes that fit.

    It is traced by itself: one that is kept, and was traced within another, would keep that one and
    all its variables for ever.
    """

    def compiled(function: Callable[..., Any]) -> Compiled:
        traced = tf.function(
            function, input_signature=signature, jit_compile=has_xla(), autograph=False
        )
        with tf.init_scope():
            return traced.get_concrete_function()  # type: ignore[no-any-return]

    return compiled


@cache
def has_xla() -> bool:
    """Tell whether a function can be compiled by XLA for the processor: not on every system."""
    try:
        with tf.init_scope(), tf.device("/CPU:0"):  # asked for while something else is traced
            tf.function(lambda x: x + 1, jit_compile=True, autograph=False)(tf.constant(1.0))
    except (tf.errors.OpError, ValueError):
        return False
    return True
