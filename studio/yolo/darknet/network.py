"""Weights of Darknet's layout in networks of ours, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.yolo.backend import keras
from studio.yolo.darknet.weights import Floats32, Header, LayerWeights, Weights
from studio.yolo.network.build import convolutions
from studio.yolo.network.layers import Convolution


def assign(model: keras.Model, weights: Weights) -> None:
    """Give the first convolutions of a network, or all of them, the weights of a file.

    They must have been read for the network's own sections: their shapes are not looked at.
    """
    for layer, values in zip(convolutions(model), weights.layers, strict=False):
        for name, array in values.named():
            getattr(layer, name).assign(array)


def collect(model: keras.Model, header: Header | None = None) -> Weights:
    """Return a network's weights as a file has them; it must not be folded."""
    return Weights(header or Header(), tuple(map(_of_layer, convolutions(model))))


def _of_layer(layer: Convolution) -> LayerWeights:
    kernel = np.ascontiguousarray(layer.kernel.numpy().transpose(3, 2, 0, 1))
    if not layer.batch_norm:
        return LayerWeights(_values(layer.beta), None, None, None, kernel)
    beta, gamma, mean, variance = map(
        _values, (layer.beta, layer.gamma, layer.mean, layer.variance)
    )
    return LayerWeights(beta, gamma, mean, variance, kernel)


def _values(variable: Any) -> Floats32:
    values: Floats32 = variable.numpy()
    return values
