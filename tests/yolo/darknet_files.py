"""Networks with random weights, and what OpenCV makes of their cfg and weights, independently."""

from __future__ import annotations

from dataclasses import dataclass
from unittest.mock import patch

import cv2
import numpy as np

from studio.labels.anchors import preset
from studio.yolo.backend import tf
from studio.yolo.darknet import weights
from studio.yolo.darknet.names import default_names
from studio.yolo.darknet.network import collect
from studio.yolo.darknet.render import render
from studio.yolo.network import decode
from studio.yolo.network.build import convolutions
from studio.yolo.network.layers import Convolution
from studio.yolo.network.model import ModelConfig
from studio.yolo.network.sections import Yolo

LEVEL = 256.0
"""The variance before batch normalisation. OpenCV adds 1e-6 to it where Darknet adds 1e-5 (both
unseen beside 256): networks with a variance of 1 would differ by 1e-3 after a hundred layers.
"""


def config_of(architecture, classes=80, input_size=(416, 416), **settings) -> ModelConfig:
    names = default_names(classes)
    return ModelConfig(
        architecture, names, preset(architecture, input_size), input_size, **settings
    )


def randomise(model, seed: int = 0) -> None:
    """Give a network random weights and statistics that keep its activations near one.

    Each layer's variance is that of its outputs for random pictures, all channels taken together:
    so it is for any network and activation, and rounding grows no more than in a trained one.
    """
    rng = np.random.default_rng(seed)
    for layer in convolutions(model):
        shape = layer.kernel.shape
        spread = np.sqrt(LEVEL if layer.batch_norm else 1)
        spread /= np.sqrt(np.prod(shape[:3]))
        layer.kernel.assign(rng.standard_normal(shape, np.float32) * np.float32(spread))
        layer.beta.assign(rng.normal(0, 0.2, layer.beta.shape))
        if layer.batch_norm:
            layer.gamma.assign(rng.uniform(0.8, 1.2, layer.gamma.shape))
    normalise = Convolution._normalise

    def measured(layer, inputs, _training):
        level = np.mean(np.square(inputs.numpy()))
        layer.variance.assign(level * rng.uniform(0.7, 1.3, layer.variance.shape))
        layer.mean.assign(np.sqrt(level) * rng.normal(0, 0.1, layer.mean.shape))
        return normalise(layer, inputs, False)

    with patch.object(Convolution, "_normalise", measured):
        model(tf.constant(rng.random((1, *model.input_shape[1:]), np.float32)), training=False)


def opencv_network(folder, config, model):
    """Return OpenCV's own reading of a network's cfg and weights."""
    (folder / "net.cfg").write_text(render(config))
    weights.write(folder / "net.weights", collect(model))
    network = cv2.dnn.readNetFromDarknet(str(folder / "net.cfg"), str(folder / "net.weights"))
    network.enableWinograd(False)  # the faster algorithm, less exact
    return network


@dataclass(frozen=True, slots=True)
class Difference:
    """How far two readings of a network are apart at most.

    `heads` is of raw values, `largest` the least of what each head has as its largest; `boxes` are
    edges as shares of the input's sides or, if that is longer, of the box's own; `scores` are of
    every class that OpenCV shows, NaN where it shows none.
    """

    heads: float
    largest: float
    boxes: float
    scores: float


def differences(config, model, network, picture) -> Difference:
    """Compare a network of ours with OpenCV's, on a picture `(height, width, 3)` of 0 to 1."""
    places = [index for index, section in enumerate(config.sections) if isinstance(section, Yolo)]
    network.setInput(picture.transpose(2, 0, 1)[None])
    names = [f"conv_{index - 1}" for index in places] + [f"yolo_{index}" for index in places]
    theirs = network.forward(names)
    raw = model(tf.constant(picture[None]), training=False)
    heads, largest = [], []
    for mine, other in zip(raw, theirs[: len(places)], strict=True):
        flat = mine.numpy().reshape(*mine.shape[:3], -1).transpose(0, 3, 1, 2)
        heads.append(np.abs(flat - other).max())
        largest.append(np.abs(other).max())
    decoded = np.concatenate(
        [rows.reshape(-1, 5 + len(config.classes)) for rows in theirs[len(places) :]]
    )
    boxes, scores = _decoded_differences(config, decode.flatten(raw), decoded)
    return Difference(float(max(heads)), float(min(largest)), boxes, scores)


def _decoded_differences(config, raw, theirs) -> tuple[float, float]:
    """OpenCV gives centre and size as shares, objectness, and its product with each class."""
    ours = decode.decode_boxes(raw[0, :, :4], decode.cells(config)).numpy() / (
        config.input_size * 2
    )
    half = theirs[:, 2:4] / 2
    edges = np.concatenate([theirs[:, :2] - half, theirs[:, :2] + half], axis=1)
    boxes = np.abs(ours - edges) / np.maximum(1, np.tile(theirs[:, 2:4], 2))
    scores = (tf.sigmoid(raw[0, :, 4:5]) * tf.sigmoid(raw[0, :, 5:])).numpy()
    shown = theirs[:, 5:] > 0  # below a threshold OpenCV says 0
    apart = np.abs(scores - theirs[:, 5:])[shown]
    return float(boxes.max()), float(apart.max()) if shown.any() else np.nan
