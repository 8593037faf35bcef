"""How well ever more anchors fit: mean IoU against their number, and where it stops to pay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from studio.labels.anchors.advice import SMALL_GAIN
from studio.labels.anchors.fit import best_anchors
from studio.labels.anchors.kmeans import Update, clean, lloyd, require_distinct, seed
from studio.labels.anchors.sizes import Anchors, Sizes

MOST_ANCHORS = 15
RESTARTS = 5
MOST_BOXES = 5000
"""Of more boxes a random sample is taken: its mean IoU is that of all to within 0.002."""


@dataclass(frozen=True, slots=True)
class ElbowPoint:
    """An event of `elbow`: what `k` anchors reach."""

    k: int
    mean_iou: float


@dataclass(frozen=True, slots=True)
class Elbow:
    """The last event of `elbow`: mean IoU of 1, 2, … anchors, and how many boxes it is of."""

    mean_ious: tuple[float, ...]
    boxes: int
    all_boxes: int

    @property
    def enough(self) -> int | None:
        """The number of anchors beyond which there is little to gain; None where there still is.

        The next one gains less than 0.01 of mean IoU, and so do those after it on average.
        """
        most = len(self.mean_ious)
        for k, (reached, following) in enumerate(pairwise(self.mean_ious), 1):
            on_average = (self.mean_ious[-1] - reached) / (most - k)
            if max(following - reached, on_average) < SMALL_GAIN:
                return k
        return 1 if most == 1 else None

    @property
    def text(self) -> str:
        """What the curve says, in words."""
        of = f" (of {self.boxes:,} boxes drawn from {self.all_boxes:,})"
        sample = of if self.boxes < self.all_boxes else ""
        most = len(self.mean_ious)
        if self.enough is None:
            return f"Mean IoU still rises by {SMALL_GAIN} and more at {most} anchors{sample}."
        reached = self.mean_ious[self.enough - 1]
        if most == 1:
            return f"1 anchor covers your boxes at {reached:.2f}{sample}."
        return (
            f"{_anchors(self.enough)} would do at {reached:.2f}: beyond that, each further one "
            f"gains less than {SMALL_GAIN}{sample}."
        )


def elbow(
    sizes: Sizes,
    rng: np.random.Generator,
    update: Update = "median",
    known: Anchors | None = None,
    most: int = MOST_ANCHORS,
) -> Iterator[ElbowPoint | Elbow]:
    """Cluster `(n, 2)` sizes into 1, 2, … `most` anchors: an `ElbowPoint` each, then `Elbow`.

    Ends earlier where there are fewer distinct sizes. No number does worse than the one before it,
    since one of its starts is that one's anchors with the box that they fit worst; nor than those
    that are `known` already. Raises StudioError when there are no boxes.
    """
    require_distinct(sizes, 1)
    few = sizes
    if len(sizes) > MOST_BOXES:
        few = sizes[rng.choice(len(sizes), MOST_BOXES, replace=False)]
    few = clean(few)
    best: Sizes | None = None
    reached: list[float] = []
    for k in range(1, min(most, len(np.unique(few, axis=0))) + 1):
        starts = [seed(few, k, rng) for _ in range(RESTARTS)]
        if best is not None:
            starts.append(_grown(few, best))
        if known and len(known.sizes) == k:
            starts.append(known.array())
        best, mean_iou, _ = max((lloyd(few, start, update) for start in starts), key=_mean_iou)
        reached.append(mean_iou)
        yield ElbowPoint(k, mean_iou)
    yield Elbow(tuple(reached), len(few), len(sizes))


def _grown(sizes: Sizes, anchors: Sizes) -> Sizes:
    """Return the anchors and, as one more, the box that they fit worst."""
    worst = best_anchors(sizes, anchors)[1].argmin()
    return np.concatenate([anchors, sizes[worst][None]])


def _mean_iou(found: tuple[Sizes, float, int]) -> float:
    return found[1]


def _anchors(k: int) -> str:
    return "1 anchor" if k == 1 else f"{k} anchors"
