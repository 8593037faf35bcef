"""Which number type the convolutions compute in, by what the processor can do."""

from __future__ import annotations

import time

from studio.yolo.backend import tf
from studio.yolo.config import Precision

WORTH_IT = 1.2  # times faster, or float32 with its better accuracy stays


def choose(precision: Precision) -> str:
    """Return "float32" or "bfloat16".

    `auto` times a typical convolution, forward and backward, in both: what an instruction set
    promises and what a library makes of it are two things. Takes about a quarter of a second.
    """
    if precision != "auto":
        return precision
    faster = _seconds(tf.float32) > WORTH_IT * _seconds(tf.bfloat16)
    return "bfloat16" if faster else "float32"


def _seconds(dtype: tf.DType) -> float:
    """Return the shortest of some runs of a convolution as YOLO has many."""
    inputs = tf.ones((4, 52, 52, 128), dtype)
    kernel = tf.ones((3, 3, 128, 128), dtype)

    def once() -> float:
        began = time.perf_counter()
        with tf.GradientTape() as tape:
            tape.watch(kernel)
            outputs = tf.nn.conv2d(inputs, kernel, 1, "SAME")
        tape.gradient(outputs, kernel).numpy()
        return time.perf_counter() - began

    once()  # the first one also sets up
    return min(once() for _ in range(3))
