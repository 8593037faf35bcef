"""The one module that imports TensorFlow: `from studio.yolo.backend import keras, tf`.

TensorFlow's libraries write about their own build to standard error while they load, whatever
the log level; commands print one clear sentence there. So it is shut for those seconds.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["keras", "tf"]

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # and for what comes after loading


@contextmanager
def _silent_stderr() -> Iterator[None]:
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


with _silent_stderr():
    import keras
    import tensorflow as tf

tf.get_logger().setLevel("ERROR")

# TensorFlow leaves a million objects that stay for good. Looked through again and again, they
# would hold up the window for a sixth of a second each time.
gc.freeze()
