"""Reads exported files again and measures how far what they say is from the model itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from studio.errors import StudioError
from studio.labels.opencv import cv2
from studio.yolo.backend import keras, tf
from studio.yolo.darknet import weights
from studio.yolo.darknet.pair import Pair
from studio.yolo.network.model import ModelConfig
from studio.yolo.network.sections import Yolo
from studio.yolo.weights.load import load_network

EPSILON_GAP = 1e-5 - 1e-6
"""To a variance Darknet and we add 1e-5 (batchnorm_layer.c), OpenCV 1e-6."""

TOLERANCE = 1e-3
"""How far a head may be off, relative to its largest value, and absolutely where that is small.

Rounding stays below by far in each network that was tried; a wrong order, shape or option does not.
"""

Heads = Sequence[NDArray[np.float32]]
Reader = Literal["OpenCV", "YOLO Studio"]


@dataclass(frozen=True, slots=True)
class ReadBack:
    """Who has read the files, and how far raw heads are apart at most.

    `difference` is by Darknet's arithmetic, `opencv` by that of OpenCV as it is, None where OpenCV
    cannot follow the cfg.
    """

    reader: Reader
    difference: float
    opencv: float | None


def read_back(config: ModelConfig, model: keras.Model, pair: Pair) -> ReadBack:
    """Read files by OpenCV, which knows nothing of us, or where it cannot follow, by ourselves.

    Raises StudioError where the heads are not those of the model.
    """
    width, height = config.input_size
    picture = np.random.default_rng(0).random((height, width, 3), np.float32)
    ours = _heads(model, picture)
    if not all(np.isfinite(head).all() for head in ours):
        raise StudioError(f"{pair.cfg.stem}: the model puts out values that are no numbers")
    try:
        theirs = _opencv_heads(config, pair, picture, EPSILON_GAP)
        plain = _opencv_heads(config, pair, picture, 0.0)
    except cv2.error:
        theirs = _heads(load_network(pair.cfg)[1], picture)
        return ReadBack("YOLO Studio", _difference(ours, theirs, pair, "YOLO Studio"), None)
    difference = _difference(ours, theirs, pair, "OpenCV")
    return ReadBack("OpenCV", difference, max(map(_apart, ours, plain)))


def _difference(ours: Heads, theirs: Heads, pair: Pair, reader: Reader) -> float:
    """Return how far heads are apart at most; raises StudioError where that is too far."""
    for mine, other in zip(ours, theirs, strict=True):
        apart, largest = _apart(mine, other), float(np.abs(mine).max())
        if not apart <= TOLERANCE * max(1.0, largest):  # NaN is too far as well
            raise StudioError(
                f"{pair.cfg.stem}: nothing was written, as {reader} read something else in the "
                f"files: a value differs by {apart:.1e}, where the largest is {largest:.1e}"
            )
    return max(map(_apart, ours, theirs))


def _apart(mine: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.abs(np.ravel(mine) - np.ravel(other)).max())


def _heads(model: keras.Model, picture: NDArray[np.float32]) -> Heads:
    """Return the raw heads of a network of ours; a GPU would round its products to ten bits."""
    with tf.device("/CPU:0"):
        return [head.numpy() for head in model(tf.constant(picture[None]), training=False)]


def _opencv_heads(
    config: ModelConfig, pair: Pair, picture: NDArray[np.float32], added: float
) -> Heads:
    """Return the raw heads as OpenCV computes them from the files: `(1, rows, columns, values)`.

    `added` to each variance, it may get what makes it equal to Darknet. Raises cv2.error.
    """
    stored = pair.read(config)
    layers = tuple(
        layer
        if layer.variance is None
        else replace(layer, variance=layer.variance + np.float32(added))
        for layer in stored.layers
    )
    data = b"".join(weights.pack(replace(stored, layers=layers)))
    cfg = np.frombuffer(pair.cfg.read_bytes(), np.uint8)
    network = cv2.dnn.readNetFromDarknet(cfg, np.frombuffer(data, np.uint8))
    network.enableWinograd(False)  # quicker, and less exact
    network.setInput(picture.transpose(2, 0, 1)[None])
    heads = [index for index, section in enumerate(config.sections) if isinstance(section, Yolo)]
    found: Any = network.forward([f"permute_{index}" for index in heads])
    return [np.asarray(head) for head in found]
