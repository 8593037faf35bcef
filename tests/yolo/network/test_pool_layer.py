"""The order of pooling and activation, which training turns round."""

from __future__ import annotations

import numpy as np
import pytest

from studio.yolo.backend import tf
from studio.yolo.network import build
from studio.yolo.network.layers import Pool
from tests.yolo.darknet_files import config_of

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize("activation", ["leaky", "relu"])
@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16])
def test_the_order_changes_no_number_and_no_gradient(activation, dtype):
    """Of values that stay apart in 16 bits."""
    rng = np.random.default_rng(0)
    apart = rng.permutation(np.linspace(-3, 3, 2 * 10 * 10, dtype=np.float32))
    values = tf.cast(apart.reshape(2, 10, 10, 1), dtype)
    layer = Pool(2, 2, activation, dtype=values.dtype.name)

    def both(training):
        with tf.GradientTape() as tape:
            tape.watch(values)
            outputs = layer(values, training=training)
            weights = tf.cast(tf.range(outputs.shape[1]), dtype)[:, None, None]
            weighed = tf.reduce_sum(outputs * weights)
        return outputs, tape.gradient(weighed, values)

    for early, later in zip(both(False), both(True), strict=True):
        assert np.array_equal(tf.cast(early, tf.float32), tf.cast(later, tf.float32))


def test_a_network_has_the_same_heads_and_gradients_either_way(monkeypatch):
    config = config_of("yolov3-tiny", 2, (64, 64))
    images = tf.constant(np.random.default_rng(0).random((2, 64, 64, 3), np.float32))

    def found():
        network = build.build(config)
        with tf.GradientTape() as tape:
            heads = network(images, training=True)
            total = tf.add_n([tf.reduce_sum(head**2) for head in heads])
        weights = [weight.value for weight in network.trainable_variables]
        return [*heads, *tape.gradient(total, weights)]

    ours = found()
    monkeypatch.setattr(build, "pooled_first", list)
    for mine, plain in zip(ours, found(), strict=True):
        scale = np.abs(plain).max()
        np.testing.assert_allclose(mine, plain, rtol=1e-4, atol=1e-5 * scale)
