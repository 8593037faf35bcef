"""Attention: layers that weigh the channels, or the places, of what goes through them.

Each keeps the shape `(batch, height, width, channels)`, and begins near to letting all of it
through, so that a network can be given one after it was trained without.
"""

from __future__ import annotations

import math
from typing import Any

from studio.yolo.backend import keras, tf
from studio.yolo.network.sections import Attention

REDUCTION = 16  # of the channels between the two layers of SE and CBAM, as in both papers
OPEN = 4.0  # the bias of a gate at first: sigmoid(4) = 0.98


class _Gate(keras.layers.Layer):
    """What the three have in common: weights that are float32, and gates that begin open."""

    def _dense(self, name: str, inputs: int, outputs: int, bias: float = 0.0) -> tuple[Any, Any]:
        kernel = self.add_weight(
            shape=(inputs, outputs), initializer=_he(self.seed), name=f"{name}_kernel"
        )
        start = keras.initializers.Constant(bias)
        return kernel, self.add_weight(shape=(outputs,), initializer=start, name=f"{name}_bias")

    def __init__(self, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed


class SqueezeExcitation(_Gate):
    """SE (Hu et al. 2018, section 3): mean of each channel, two dense layers, a gate a channel."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = int(input_shape[-1] or 0)
        few = max(channels // REDUCTION, 1)
        self.squeeze = self._dense("squeeze", channels, few)
        self.excite = self._dense("excite", few, channels, OPEN)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        mean = tf.reduce_mean(inputs, axis=(1, 2))
        gate = tf.sigmoid(_affine(tf.nn.relu(_affine(mean, self.squeeze)), self.excite))
        return inputs * gate[:, None, None]


class BlockAttention(_Gate):
    """CBAM (Woo et al. 2018, section 3): channels by mean and maximum, then places by both."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = int(input_shape[-1] or 0)
        few = max(channels // REDUCTION, 1)
        self.squeeze = self._dense("squeeze", channels, few)
        self.excite = self._dense("excite", few, channels, OPEN / 2)  # used twice, and summed
        self.kernel = self.add_weight(
            shape=(7, 7, 2, 1), initializer=_he(self.seed), name="place_kernel"
        )
        start = keras.initializers.Constant(OPEN)
        self.bias = self.add_weight(shape=(1,), initializer=start, name="place_bias")

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        mean, most = tf.reduce_mean(inputs, axis=(1, 2)), tf.reduce_max(inputs, axis=(1, 2))
        gate = self._gate(mean) + self._gate(most)
        weighed = inputs * tf.sigmoid(gate)[:, None, None]
        seen = tf.stack([tf.reduce_mean(weighed, axis=3), tf.reduce_max(weighed, axis=3)], axis=3)
        kernel, bias = tf.cast(self.kernel, seen.dtype), tf.cast(self.bias, seen.dtype)
        place = tf.nn.conv2d(seen, kernel, 1, "SAME") + bias
        return weighed * tf.sigmoid(place)

    def _gate(self, means: tf.Tensor) -> tf.Tensor:
        return _affine(tf.nn.relu(_affine(means, self.squeeze)), self.excite)


class EfficientChannelAttention(_Gate):
    """ECA (Wang et al. 2020, section 3): mean of each channel, a convolution over channels."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = int(input_shape[-1] or 0)
        size = int(abs(math.log2(channels) / 2 + 0.5))  # equation 12: γ = 2, b = 1
        size += size % 2 == 0
        self.kernel = self.add_weight(shape=(size, 1, 1), initializer=_he(self.seed), name="kernel")
        start = keras.initializers.Constant(OPEN)
        self.bias = self.add_weight(shape=(1,), initializer=start, name="bias")

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        mean = tf.reduce_mean(inputs, axis=(1, 2))[:, :, None]
        kernel, bias = tf.cast(self.kernel, mean.dtype), tf.cast(self.bias, mean.dtype)
        gate = tf.sigmoid(tf.nn.conv1d(mean, kernel, 1, "SAME") + bias)[:, :, 0]
        return inputs * gate[:, None, None]


LAYERS: dict[Attention, type[_Gate]] = {
    "se": SqueezeExcitation,
    "cbam": BlockAttention,
    "eca": EfficientChannelAttention,
}


def _affine(inputs: tf.Tensor, weights: tuple[Any, Any]) -> tf.Tensor:
    kernel, bias = (tf.cast(weight, inputs.dtype) for weight in weights)
    return inputs @ kernel + bias


def _he(seed: int) -> Any:
    return keras.initializers.HeNormal(seed)
