"""Whether pictures have an up, which a network that saw them so tells: else both flips are right.

Photographs of animals have one, those through a microscope or from above have none. Nothing in the
boxes says which; but what a network has learnt from pictures that were never upside down, it finds
as well there only where that makes no difference.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.yolo.backend import tf
from studio.yolo.config import TrainConfig
from studio.yolo.data.pipeline import Batch
from studio.yolo.data.schedule import Size
from studio.yolo.events import EpochMetrics
from studio.yolo.training.place import Place

AFTER = 1 / 3  # of the epochs: earlier, blobs are found, which look the same upside down
ABLE = 0.5  # AP50 from which on a network knows what it looks for
BOXES = 30  # of the validation pictures, at least; of fewer an AP says too little
ALIKE = 0.9  # of the AP: cells reach 0.96 to 1, raccoons and kangaroos 0.5 to 0.8


class View(NamedTuple):
    """How pictures are mirrored before one looks at them."""

    across: bool = False
    down: bool = False

    def of_batch(self, batch: Batch) -> Batch:
        """Return a batch whose images and boxes are mirrored; what is padding stays so."""
        height, width = batch.images.shape[1:3]
        images, (left, top, right, bottom) = batch.images, tf.unstack(batch.boxes, axis=-1)
        if self.across:
            images, (left, right) = tf.reverse(images, [2]), (width - right, width - left)
        if self.down:
            images, (top, bottom) = tf.reverse(images, [1]), (height - bottom, height - top)
        return batch._replace(images=images, boxes=tf.stack([left, top, right, bottom], axis=-1))

    def of_boxes(self, xyxy: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
        """Return the boxes `(m, 4)` of a picture of (width, height), mirrored."""
        left, top, right, bottom = xyxy.T
        width, height = size
        if self.across:
            left, right = width - right, width - left
        if self.down:
            top, bottom = height - bottom, height - top
        return np.stack([left, top, right, bottom], axis=-1)


AS_IT_IS, MIRRORED = View(), View(across=True)
UPSIDE_DOWN, TURNED = View(down=True), View(across=True, down=True)


def is_time(config: TrainConfig, place: Place, epoch: EpochMetrics, boxes: int) -> bool:
    """Tell whether to find out after an epoch if pictures have an up; `boxes` are to validate."""
    if config.flip != "auto" or place.has_up is not None or boxes < BOXES:
        return False
    return epoch.epoch >= AFTER * config.epochs and (epoch.ap50 or 0.0) >= ABLE


def shown(config: TrainConfig, place: Place) -> TrainConfig:
    """Return how pictures are shown from here on: both flips where they have no up."""
    if config.flip != "auto":
        return config
    return replace(config, flip="both" if place.has_up is False else "horizontal")


def has_up(upright: float, upside_down: float) -> bool:
    """Tell by the AP of the same pictures both ways."""
    return upside_down < ALIKE * upright


def sentence(upright: float, upside_down: float) -> str:
    """Say what was found out, and what follows."""
    figures = f"AP {upside_down:.3f} upside down, {upright:.3f} as they are"
    if has_up(upright, upside_down):
        return f"pictures have an up ({figures}), and are mirrored left and right only"
    return f"pictures have no up ({figures}), and are mirrored both ways from here on"
