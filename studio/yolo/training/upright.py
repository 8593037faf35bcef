"""Finds out whether pictures have an up, while a run learns from them; else both flips are right.

Photographs of animals have one, those through a microscope or from above have none. Nothing in the
boxes says which. But a network that never saw pictures upside down finds as much there only where
that makes no difference.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.yolo.backend import tf
from studio.yolo.config import TrainConfig
from studio.yolo.data.pipeline import Batch
from studio.yolo.data.schedule import Size
from studio.yolo.events import EpochMetrics
from studio.yolo.training.place import Place

AFTER = 20  # epochs: earlier, blobs are found, which look the same upside down
ABLE = 0.5  # AP50 from which on a network knows what it looks for
BOXES = 30  # of the validation pictures, at least; of fewer an AP says too little
ALIKE = 0.9  # of the AP upright: cells reach 0.95 to 1, raccoons and kangaroos 0.3 to 0.9


class View(NamedTuple):
    """How pictures are mirrored before one looks at them."""

    across: bool = False
    down: bool = False

    def of_batch(self, batch: Batch) -> Batch:
        """Return a batch whose images and boxes are mirrored; what is padding stays so."""
        if self == AS_IT_IS:
            return batch  # as in nearly every validation, where a copy would be for nothing
        height, width = batch.images.shape[1:3]
        edges = self._of_edges(tf.unstack(batch.boxes, axis=-1), (width, height))
        axes = [1] * self.down + [2] * self.across
        return batch._replace(images=tf.reverse(batch.images, axes), boxes=tf.stack(edges, axis=-1))

    def of_boxes(self, xyxy: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
        """Return the boxes `(m, 4)` of a picture of (width, height), mirrored."""
        return np.stack(self._of_edges(xyxy.T, size), axis=-1)

    def _of_edges(self, edges: Any, size: Size) -> tuple[Any, Any, Any, Any]:
        left, top, right, bottom = edges
        width, height = size
        if self.across:
            left, right = width - right, width - left
        if self.down:
            top, bottom = height - bottom, height - top
        return left, top, right, bottom


AS_IT_IS, MIRRORED = View(), View(across=True)
UPSIDE_DOWN, TURNED = View(down=True), View(across=True, down=True)


class Found(NamedTuple):
    """The AP of the same pictures upright and upside down, each mirrored too: twice as many."""

    upright: float
    upside_down: float

    @property
    def has_up(self) -> bool:
        """Whether it makes a difference."""
        return self.upside_down < ALIKE * self.upright


def is_time(config: TrainConfig, place: Place, epoch: EpochMetrics, boxes: int) -> bool:
    """Tell whether to find out after an epoch if pictures have an up; `boxes` are to validate."""
    if config.flip != "auto" or place.has_up is not None or boxes < BOXES:
        return False
    return AFTER <= epoch.epoch < config.epochs and (epoch.ap50 or 0.0) >= ABLE


def augmented(config: TrainConfig, place: Place) -> TrainConfig:
    """Return how pictures are augmented from here on: by both flips where they have no up."""
    has_none = config.flip == "auto" and place.has_up is False
    return replace(config, flip="both") if has_none else config


def remember(place: Place, found: Found) -> str:
    """Keep in mind what was found in the epoch that ends; return what to say.

    What is learnt from otherwise may be worse for some epochs, which try nobody's patience.
    """
    place.has_up = found.has_up
    figures = f"AP {found.upside_down:.3f} upside down, {found.upright:.3f} upright"
    if found.has_up:
        return f"pictures have an up ({figures}): they are mirrored left–right only"
    place.waiting_since = place.epoch + 1
    return f"pictures have no up ({figures}): they are mirrored both ways from here on"
