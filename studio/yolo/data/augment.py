"""Random changes of a picture and its boxes. One affine map does letterbox, scale, shift and flip.

Numpy and OpenCV only; the generator is an argument, so that any picture of a run can be made again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.labels.boxes import Floats, area, clip
from studio.labels.images import Image, Letterbox, warp
from studio.labels.opencv import cv2
from studio.yolo.config import TrainConfig

KEPT_AREA = 0.25  # of a box that must stay inside the picture for it to be learnt
KEPT_SIDE = 2.0  # pixels of the input


def random_view(
    size: tuple[int, int], config: TrainConfig, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return a random 2 × 3 map from a picture of `size` (width, height) to the input."""
    width, height = config.model.input_size
    view = Letterbox.fit(size, (width, height)).matrix
    centre = np.array([width / 2, height / 2])
    factor = 1 + rng.uniform(-config.scale, config.scale)
    view *= factor
    view[:, 2] += centre * (1 - factor) + rng.uniform(-1, 1, 2) * config.shift * (width, height)
    if config.flip in ("horizontal", "both") and rng.random() < 0.5:
        view[0] = -view[0]
        view[0, 2] += width
    if config.flip == "both" and rng.random() < 0.5:
        view[1] = -view[1]
        view[1, 2] += height
    return view


def move_boxes(xyxy: Floats, view: NDArray[np.float64]) -> Floats:
    """Map `(m, 4)` boxes by a 2 × 3 map without rotation; a flip swaps their edges back."""
    corners = xyxy.reshape(-1, 2, 2) * np.diag(view[:, :2]) + view[:, 2]
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1).astype(xyxy.dtype)


def augment(
    image: Image, xyxy: Floats, config: TrainConfig, rng: np.random.Generator
) -> tuple[Image, Floats, NDArray[np.bool_]]:
    """Return the picture at the input's size, its `(m, 4)` boxes there, and which to learn."""
    view = random_view((image.shape[1], image.shape[0]), config, rng)
    width, height = config.model.input_size
    moved = move_boxes(xyxy, view)
    inside = clip(moved, width, height)
    kept = area(inside) >= KEPT_AREA * area(moved)
    kept &= (inside[:, 2:] - inside[:, :2] >= KEPT_SIDE).all(axis=1)
    light = 1 + rng.uniform(-config.brightness, config.brightness)
    return brighten(warp(image, view, (width, height)), light), inside, kept


def brighten(image: Image, factor: float) -> Image:
    """Multiply by a factor, saturating."""
    table = np.clip(np.arange(256) * factor + 0.5, 0, 255).astype(np.uint8)
    lightened: Image = cv2.LUT(image, table)  # type: ignore[assignment]  # stubs lose the dtype
    return lightened
