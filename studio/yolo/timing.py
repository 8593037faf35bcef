"""How long a convolution takes here, as YOLO has many: by number type, by number of threads.

As a program, `python -m studio.yolo.timing THREADS`: TensorFlow fixes its threads at its first
operation, so each number of them needs a process of its own. It prints a line when TensorFlow is
loaded, waits for one, so that only one process measures at a time, and prints the seconds.
"""

from __future__ import annotations

import sys
import time

from studio.yolo.backend import tf

ROUNDS = 6


def compare(*types: str) -> list[float]:
    """Return the seconds of each number type: the shortest of some rounds, all taken in turn.

    Another program can only make a round longer.
    """
    rounds = [[_seconds(kind) for kind in types] for _ in range(ROUNDS)]
    return [min(times) for times in zip(*rounds[1:], strict=True)]  # the first also sets up


def _seconds(kind: str) -> float:
    """Time one convolution, forward and backward."""
    pictures = 16 if tf.config.list_physical_devices("GPU") else 4  # enough to keep it busy
    inputs = tf.ones((pictures, 52, 52, 128), kind)
    kernel = tf.ones((3, 3, 128, 128), kind)
    began = time.perf_counter()
    with tf.GradientTape() as tape:
        tape.watch(kernel)
        outputs = tf.nn.conv2d(inputs, kernel, 1, "SAME")
    tape.gradient(outputs, kernel).numpy()
    return time.perf_counter() - began


def main(threads: int) -> None:
    """Measure with so many threads, when told to."""
    tf.config.set_visible_devices([], "GPU")
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    print(compare("float32")[0], flush=True)  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
