"""The activation of training against the one of detection, and its gradient."""

from __future__ import annotations

import numpy as np
import pytest

from studio.yolo.backend import tf
from studio.yolo.network.layers import activate
from studio.yolo.network.leaky import leaky

pytestmark = pytest.mark.tensorflow

EDGES = [0.0, -0.0, 1e-38, -1e-38, 1e-45, -1e-45, 3e38, -3e38, np.inf, -np.inf, 1.0, -1.0]


@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16, tf.float16])
@pytest.mark.parametrize("in_graph", [True, False])
def test_equals_tensorflows_to_the_bit(dtype, in_graph):
    """Zeros, the smallest and the largest numbers too: a resumed run depends on it."""
    rng = np.random.default_rng(0)
    values = tf.cast(np.append(rng.normal(0, 3, 500), EDGES).astype(np.float32), dtype)
    upstream = tf.cast(rng.normal(0, 1, 500 + len(EDGES)).astype(np.float32), dtype)

    def both(function):
        with tf.GradientTape() as tape:
            tape.watch(values)
            outputs = function(values)
        return outputs, tape.gradient(outputs, values, output_gradients=upstream)

    theirs = both(lambda inputs: activate(inputs, "leaky"))
    ours = (tf.function(both) if in_graph else both)(leaky)
    for mine, their in zip(ours, theirs, strict=True):
        assert mine.dtype == dtype
        mine, their = (tf.cast(side, tf.float32).numpy() for side in (mine, their))
        small = np.abs(their) < 1e-37  # the compiler may take these for zero
        assert np.array_equal(np.where(small, 0, mine), np.where(small, 0, their))
        assert (np.abs(mine[small]) < 1e-37).all()
