"""Which number type the convolutions compute in, by what the processor can do."""

from __future__ import annotations

import time
from functools import cache

from studio.yolo.backend import tf
from studio.yolo.config import Precision

WORTH_IT = 1.2  # times faster, or float32 with its better accuracy stays
ROUNDS = 6


@cache
def choose(precision: Precision) -> str:
    """Return "float32" or "bfloat16".

    `auto` times a typical convolution, forward and backward, in both: what an instruction set
    promises and what a library makes of it are two things. Takes about half a second, once.
    """
    if precision != "auto":
        return precision
    pairs = [(_seconds(tf.float32), _seconds(tf.bfloat16)) for _ in range(ROUNDS)]
    # The shortest of each, taken in turn: another program can only make a run longer.
    plain, brain = map(min, zip(*pairs[1:], strict=True))  # the first round also sets up
    return "bfloat16" if plain > WORTH_IT * brain else "float32"


def _seconds(dtype: tf.DType) -> float:
    """Time one convolution as YOLO has many."""
    inputs = tf.ones((4, 52, 52, 128), dtype)
    kernel = tf.ones((3, 3, 128, 128), dtype)
    began = time.perf_counter()
    with tf.GradientTape() as tape:
        tape.watch(kernel)
        outputs = tf.nn.conv2d(inputs, kernel, 1, "SAME")
    tape.gradient(outputs, kernel).numpy()
    return time.perf_counter() - began
