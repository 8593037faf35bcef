"""Boxes and their geometry.

A box is the float edges of a rectangle in pixels of the upright picture: `xmin = 0` is the
picture's left border, `xmax = width` its right one. Arrays of boxes are `(n, 4)` in the order
xmin, ymin, xmax, ymax ("xyxy").
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import StudioError

Floats = NDArray[np.floating]

MIN_SIDE = 1.0
"""The thinnest box that can be drawn, in pixels."""


@dataclass(frozen=True, slots=True)
class Box:
    """One labelled rectangle.

    `source` is the position of the `<object>` that the box was read from, so that saving can leave
    alone what nobody touched; None for a box that was drawn, copied or detected.
    """

    label: str
    xmin: float
    ymin: float
    xmax: float
    ymax: float
    difficult: bool = False
    truncated: bool = False
    occluded: bool = False
    pose: str = "Unspecified"
    source: int | None = None

    def __post_init__(self) -> None:
        if not self.label.isprintable() or not self.label.strip():
            raise StudioError(f"{self.label!r} cannot be the name of a class")
        edges = self.xyxy
        if not all(map(math.isfinite, edges)):
            raise StudioError(f"a box of class {self.label!r} has an edge that is not a number")
        if not (self.xmin < self.xmax and self.ymin < self.ymax):
            raise StudioError(
                f"a box of class {self.label!r} has no area: "
                f"x {self.xmin:g} to {self.xmax:g}, y {self.ymin:g} to {self.ymax:g}"
            )

    @property
    def xyxy(self) -> tuple[float, float, float, float]:
        return (self.xmin, self.ymin, self.xmax, self.ymax)

    @property
    def width(self) -> float:
        return self.xmax - self.xmin

    @property
    def height(self) -> float:
        return self.ymax - self.ymin

    def at(self, xyxy: tuple[float, float, float, float]) -> Box:
        """Return the same box with other edges."""
        xmin, ymin, xmax, ymax = xyxy
        return replace(self, xmin=xmin, ymin=ymin, xmax=xmax, ymax=ymax)


@dataclass(frozen=True, slots=True)
class Detection:
    """A box that the network found, with its score: objectness times class probability."""

    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault found in a data set. `kind` is a short fixed word, `detail` a sentence for people."""

    kind: str
    detail: str
    is_left_out: bool = False  # the object that is at fault is no box


@dataclass(frozen=True, slots=True)
class Annotation:
    """The labels of one picture.

    `width`, `height` and `depth` (colour channels) are those of the upright picture where it was
    known, else what the label file claims. `original` holds the bytes of the file it was read
    from, None where there was none: `voc.write` edits a copy of them. `faulty` counts the objects
    of that file that are no boxes; they stay in it.
    """

    image: Path
    width: int
    height: int
    depth: int = 3
    boxes: tuple[Box, ...] = ()
    verified: bool = False
    problems: tuple[Problem, ...] = ()
    original: bytes | None = None
    faulty: int = 0


def as_array(boxes: tuple[Box, ...]) -> NDArray[np.float32]:
    """Return the edges of boxes as an `(n, 4)` float32 array, also for n = 0."""
    edges = [(box.xmin, box.ymin, box.xmax, box.ymax) for box in boxes]
    return np.array(edges, np.float32).reshape(-1, 4)


def to_cxcywh(xyxy: Floats) -> Floats:
    """Convert `(…, 4)` edges to centre x, centre y, width, height."""
    low, high = xyxy[..., :2], xyxy[..., 2:]
    return np.concatenate([(low + high) / 2, high - low], axis=-1)


def to_xyxy(cxcywh: Floats) -> Floats:
    """Convert `(…, 4)` centre x, centre y, width, height to edges."""
    centre, half = cxcywh[..., :2], cxcywh[..., 2:] / 2
    return np.concatenate([centre - half, centre + half], axis=-1)


def area(xyxy: Floats) -> Floats:
    """Return the areas `(…,)` of `(…, 4)` boxes; 0 where a box is inverted."""
    sides: Floats = np.maximum(xyxy[..., 2:] - xyxy[..., :2], 0)
    return sides[..., 0] * sides[..., 1]


def clip(xyxy: Floats, width: float, height: float) -> Floats:
    """Clip `(…, 4)` boxes to a picture of that size."""
    limit = np.array([width, height, width, height], xyxy.dtype)
    return np.clip(xyxy, np.zeros(4, xyxy.dtype), limit)


def pairwise_iou(a: Floats, b: Floats) -> Floats:
    """Return the `(n, m)` intersection over union of `(n, 4)` and `(m, 4)` boxes; 0 for no area."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    sides = np.maximum(high - low, 0)
    both: Floats = sides[..., 0] * sides[..., 1]
    union = area(a)[:, None] + area(b)[None, :] - both
    return np.divide(both, union, out=np.zeros_like(both), where=union > 0)
