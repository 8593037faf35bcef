"""The order of pooling and activation, which training turns round."""

from __future__ import annotations

import numpy as np
import pytest

from studio.yolo.backend import tf
from studio.yolo.network.layers import Pool

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize("activation", ["leaky", "relu", "linear"])
@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16])
@pytest.mark.parametrize(("size", "stride"), [(2, 2), (2, 1), (3, 1)])
def test_the_order_changes_no_number_and_no_gradient(activation, dtype, size, stride):
    rng = np.random.default_rng(0)
    values = tf.cast(rng.normal(0, 2, (2, 9, 10, 4)).astype(np.float32), dtype)
    layer = Pool(size, stride, activation, dtype=values.dtype.name)

    def both(training):
        with tf.GradientTape() as tape:
            tape.watch(values)
            outputs = layer(values, training=training)
            weighed = tf.reduce_sum(
                outputs * tf.cast(tf.range(outputs.shape[1]), dtype)[:, None, None]
            )
        return outputs, tape.gradient(weighed, values)

    for early, later in zip(both(False), both(True), strict=True):
        early, later = (tf.cast(side, tf.float32).numpy() for side in (early, later))
        if size == stride:
            assert np.array_equal(early, later)
        else:  # gradients of windows that overlap are scaled before or after they are added up
            np.testing.assert_allclose(early, later, rtol=1e-6 if dtype == tf.float32 else 1e-2)
