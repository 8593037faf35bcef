"""How well anchors fit boxes: the best anchor of each box, mean IoU, best possible recall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from studio.labels.anchors.sizes import Anchors, Sizes

RECALL_FACTOR = 4.0
"""An anchor can still learn a box whose sides differ from its own by up to this factor."""

CHUNK = 32_768
"""Boxes that are compared at once: few enough for the processor's cache, many for numpy's calls."""

Assignment = NDArray[np.uint16]
"""The anchor of each box. So narrow because numpy sorts 16 bits in one pass, without comparing."""

Precision = TypeVar("Precision", np.float32, np.float64)


@dataclass(frozen=True, slots=True)
class Quality:
    """How well anchors fit boxes: each box's best anchor, `(n,)` positions and IoU, and sums."""

    assignment: Assignment
    iou: NDArray[np.float64]
    mean_iou: float
    best_possible_recall: float


@dataclass(frozen=True, slots=True)
class Fit:
    """How well anchors of a name fit, to be laid side by side with others."""

    name: str
    k: int
    mean_iou: float
    best_possible_recall: float


def quality(sizes: Sizes, anchors: Sizes) -> Quality:
    """Measure `(k, 2)` anchors on `(n, 2)` box sizes, n > 0.

    `mean_iou` is that of each box with its best anchor (YOLO9000, table 1). The best possible
    recall is the share of boxes both of whose sides are within a factor of 4 of some anchor's
    (the measure behind the advice "re-cluster at 0.98 or less" of today's trainers).
    """
    assignment, iou = best_anchors(sizes, anchors)
    return Quality(assignment, iou, float(iou.mean()), recall(sizes, anchors))


def compare(sizes: Sizes, candidates: Mapping[str, Anchors]) -> list[Fit]:
    """Measure several sets of anchors on `(n, 2)` box sizes, n > 0, at one input size."""
    fits = []
    for name, anchors in candidates.items():
        array = anchors.array()
        mean_iou = float(best_anchors(sizes, array)[1].mean())
        fits.append(Fit(name, len(array), mean_iou, recall(sizes, array)))
    return fits


def best_anchors(
    sizes: NDArray[Precision], anchors: NDArray[np.floating]
) -> tuple[Assignment, NDArray[Precision]]:
    """Return which of `(k, 2)` anchors each of `(n, 2)` sizes overlaps most, and that IoU.

    The first one where several do. Quickest where the widths lie together in memory
    (`np.asfortranarray`).
    """
    same = anchors.astype(sizes.dtype)
    assignment = np.zeros(len(sizes), np.uint16)
    covered = np.empty(len(sizes), sizes.dtype)
    room = np.empty((3, CHUNK), sizes.dtype)
    for start in range(0, len(sizes), CHUNK):
        here = slice(start, start + CHUNK)
        _best_of_chunk(sizes[here], same, assignment[here], covered[here], room)
    return assignment, covered


def _best_of_chunk(
    sizes: NDArray[Precision],
    anchors: NDArray[Precision],
    assignment: Assignment,
    covered: NDArray[Precision],
    room: NDArray[Precision],
) -> None:
    """Fill in the best anchors and IoU of a few sizes; all operations are in place, in `room`."""
    area, both, union = room[:, : len(sizes)]
    width, height = sizes[:, 0], sizes[:, 1]
    np.multiply(width, height, out=area)
    covered.fill(-1)
    for i, (anchor_width, anchor_height) in enumerate(anchors):
        np.minimum(width, anchor_width, out=both)
        np.minimum(height, anchor_height, out=union)
        both *= union
        np.add(area, anchor_width * anchor_height, out=union)
        union -= both
        both /= union
        better = both > covered
        np.maximum(assignment, better * np.uint16(i), out=assignment)  # quicker than by a mask
        np.maximum(covered, both, out=covered)


def recall(sizes: Sizes, anchors: Sizes) -> float:
    """Return the best possible recall; see `quality`."""
    width, height = sizes[:, 0], sizes[:, 1]
    reached = np.zeros(len(sizes), np.bool_)
    for anchor_width, anchor_height in anchors:
        reached |= _is_near(width, anchor_width) & _is_near(height, anchor_height)
    return float(reached.mean())


def _is_near(sides: NDArray[np.float64], side: float) -> NDArray[np.bool_]:
    """Tell which sides an anchor's side can still learn."""
    near: NDArray[np.bool_] = (sides <= side * RECALL_FACTOR) & (sides >= side / RECALL_FACTOR)
    return near
