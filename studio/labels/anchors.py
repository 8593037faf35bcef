"""Anchors: k-means over box sizes with the distance 1 − IoU, and how well anchors fit.

Sizes are `(n, 2)` widths and heights in pixels of the network's input. The IoU of two sizes is
that of two boxes that share their top left corner (Redmon and Farhadi, YOLO9000, section 2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.errors import StudioError

Sizes = NDArray[np.float64]
Update = Literal["median", "mean"]

MAX_ITERATIONS = 300
RECALL_FACTOR = 4.0
"""An anchor can still learn a box whose sides differ from its own by up to this factor."""

PRESETS: dict[str, tuple[tuple[int, int], ...]] = {  # Darknet's cfg files, for an input of 416
    "yolov3": (
        *((10, 13), (16, 30), (33, 23), (30, 61), (62, 45)),
        *((59, 119), (116, 90), (156, 198), (373, 326)),
    ),
    "yolov3-tiny": ((10, 14), (23, 27), (37, 58), (81, 82), (135, 169), (344, 319)),
}


@dataclass(frozen=True, slots=True)
class Anchors:
    """Anchor sizes in pixels at an input of `input_size` (width, height), sorted by area."""

    sizes: tuple[tuple[float, float], ...]
    input_size: tuple[int, int]

    def __post_init__(self) -> None:
        if not self.sizes:
            raise StudioError("there must be at least one anchor")
        if not all(np.isfinite((w, h)).all() and w > 0 and h > 0 for w, h in self.sizes):
            raise StudioError(f"anchors need positive widths and heights: {list(self.sizes)}")
        if not all(side > 0 for side in self.input_size):
            raise StudioError(f"anchors need an input with area, not {self.input_size}")
        if list(self.sizes) != sorted(self.sizes, key=lambda s: s[0] * s[1]):
            object.__setattr__(self, "sizes", tuple(sorted(self.sizes, key=lambda s: s[0] * s[1])))

    def array(self) -> Sizes:
        """Return the `(k, 2)` sizes."""
        return np.array(self.sizes, np.float64)

    def at(self, input_size: tuple[int, int]) -> Anchors:
        """Return the anchors scaled to another input size."""
        x, y = (new / old for new, old in zip(input_size, self.input_size, strict=True))
        return Anchors(tuple((w * x, h * y) for w, h in self.sizes), input_size)


def preset(architecture: str, input_size: tuple[int, int]) -> Anchors:
    """Return the anchors that an architecture was published with, scaled to an input size."""
    return Anchors(PRESETS[architecture], (416, 416)).at(input_size)


@dataclass(frozen=True, slots=True)
class Quality:
    """How well anchors fit boxes: each box's best anchor, `(n,)` positions and IoU, and sums."""

    assignment: NDArray[np.intp]
    iou: NDArray[np.float64]
    mean_iou: float
    best_possible_recall: float


@dataclass(frozen=True, slots=True)
class Restart:
    """An event of `cluster`: one restart is done; `mean_iou` is the best so far."""

    number: int
    restarts: int
    mean_iou: float


@dataclass(frozen=True, slots=True)
class Clustered:
    """The last event of `cluster`: the best anchors found and the iterations of all restarts."""

    anchors: Anchors
    quality: Quality
    iterations: int


def size_iou(a: Sizes, b: Sizes) -> NDArray[np.float64]:
    """Return the `(n, k)` IoU of `(n, 2)` and `(k, 2)` sizes that share a corner.

    Laid out by column, since there are few anchors and many boxes: each step then runs over long
    rows, here and in whoever reduces over the anchors.
    """
    width, height = np.ascontiguousarray(a.T)
    both: NDArray[np.float64] = np.minimum(width, b[:, 0:1])
    both *= np.minimum(height, b[:, 1:2])
    union = width * height + (b[:, 0] * b[:, 1])[:, None]
    union -= both
    both /= union
    return both.T


def quality(sizes: Sizes, anchors: Sizes) -> Quality:
    """Measure `(k, 2)` anchors on `(n, 2)` box sizes, n > 0.

    `mean_iou` is that of each box with its best anchor (YOLO9000, table 1). The best possible
    recall is the share of boxes both of whose sides are within a factor of 4 of some anchor's
    (the measure behind the advice "re-cluster at 0.98 or less" of today's trainers).
    """
    iou = size_iou(sizes, anchors)
    best = iou.max(axis=1)
    ratio = sizes[:, None, :] / anchors[None, :, :]
    worst_side = np.maximum(ratio, 1 / ratio).max(axis=2)
    recall = (worst_side.min(axis=1) <= RECALL_FACTOR).mean()
    return Quality(iou.argmax(axis=1), best, float(best.mean()), float(recall))


def cluster(
    sizes: Sizes,
    k: int,
    input_size: tuple[int, int],
    rng: np.random.Generator,
    update: Update = "median",
    restarts: int = 10,
) -> Iterator[Restart | Clustered]:
    """Cluster box sizes: a `Restart` after each restart, then `Clustered` with the best anchors.

    Raises StudioError when there are fewer than `k` distinct sizes.
    """
    sizes = sizes.round(6)  # what differs by less is arithmetic, and too close to tell apart
    _require_distinct(sizes, k)
    best, best_iou, iterations = sizes[:k], -1.0, 0
    for number in range(1, restarts + 1):
        centres, rounds = _lloyd(sizes, _seed(sizes, k, rng), update)
        iterations += rounds
        mean_iou = float(size_iou(sizes, centres).max(axis=1).mean())
        if mean_iou > best_iou:
            best, best_iou = centres, mean_iou
        yield Restart(number, restarts, best_iou)
    anchors = Anchors(tuple((float(w), float(h)) for w, h in best), input_size)
    yield Clustered(anchors, quality(sizes, anchors.array()), iterations)


def _require_distinct(sizes: Sizes, k: int) -> None:
    if k < 1:
        raise StudioError(f"the number of anchors must be at least 1, not {k}")
    distinct = len(np.unique(sizes, axis=0))
    if distinct < k:
        raise StudioError(
            f"{k} anchors need at least {k} boxes of different size; there are {distinct}"
        )


def _seed(sizes: Sizes, k: int, rng: np.random.Generator) -> Sizes:
    """Choose first centres far from each other (k-means++, Arthur and Vassilvitskii 2007)."""
    centres = [sizes[rng.integers(len(sizes))]]
    distance = 1 - size_iou(sizes, centres[0][None])[:, 0]
    for _ in range(1, k):
        weight = np.maximum(distance, 0) ** 2
        centres.append(sizes[rng.choice(len(sizes), p=weight / weight.sum())])
        distance = np.minimum(distance, 1 - size_iou(sizes, centres[-1][None])[:, 0])
    return np.array(centres)


def _lloyd(sizes: Sizes, centres: Sizes, update: Update) -> tuple[Sizes, int]:
    """Assign and update until nothing changes; return the best centres seen and the rounds.

    With this distance neither the median nor the mean is the exact minimiser, so the objective
    may rise again: hence the best seen, and the bound.
    """
    centre_of = np.median if update == "median" else np.mean
    best, best_iou = centres, -1.0
    previous: NDArray[np.intp] | None = None
    rounds = 0
    while rounds < MAX_ITERATIONS:
        rounds += 1
        iou = size_iou(sizes, centres)
        assignment, covered = iou.argmax(axis=1), iou.max(axis=1)
        if covered.mean() > best_iou:
            best, best_iou = centres, float(covered.mean())
        if previous is not None and np.array_equal(assignment, previous):
            break
        previous = assignment
        _fill_empty(assignment, covered, len(centres))
        centres = np.array([centre_of(sizes[assignment == c], axis=0) for c in range(len(centres))])
    return best, rounds


def _fill_empty(assignment: NDArray[np.intp], covered: NDArray[np.float64], k: int) -> None:
    """Give each empty cluster the box that its own centre covers worst, in place."""
    counts = np.bincount(assignment, minlength=k)
    if counts.all():
        return
    worst = iter(np.argsort(covered, kind="stable"))
    for empty in np.flatnonzero(counts == 0):
        box = next(b for b in worst if counts[assignment[b]] > 1)
        counts[assignment[box]] -= 1
        assignment[box] = empty
        counts[empty] = 1


# --- what the figures say -----------------------------------------------------------------------

SMALL_GAIN = 0.01
"""Mean IoU that is not worth new anchors."""
LARGE_GAIN = 0.05
"""Mean IoU that is worth new anchors, whatever else is right with the old ones."""
GOOD_RECALL = 0.98
"""Anchors that can learn more of the boxes than this may stay as they are."""


@dataclass(frozen=True, slots=True)
class AnchorUse:
    """One anchor and its boxes: their share of all and their mean IoU (0 where it has none).

    `stride` is that of the scale which uses the anchor, None where the scales cannot share evenly.
    """

    width: float
    height: float
    stride: int | None
    share: float
    mean_iou: float


def uses(anchors: Anchors, found: Quality, strides: tuple[int, ...]) -> list[AnchorUse]:
    """Describe each anchor by the boxes it is best for; `strides` are those of the heads."""
    k = len(anchors.sizes)
    counts = np.bincount(found.assignment, minlength=k)
    sums = np.bincount(found.assignment, weights=found.iou, minlength=k)
    served = strides_served(k, strides)
    return [
        AnchorUse(w, h, served[i] if served else None, counts[i] / counts.sum(), iou)
        for i, ((w, h), iou) in enumerate(
            zip(anchors.sizes, (sums / np.maximum(counts, 1)).tolist(), strict=True)
        )
    ]


def strides_served(k: int, strides: tuple[int, ...]) -> tuple[int, ...]:
    """Return the stride of each of `k` anchors sorted by area: the finest scale has the smallest.

    Empty where the scales cannot share them evenly.
    """
    if k % len(strides):
        return ()
    return tuple(stride for stride in sorted(strides) for _ in range(k // len(strides)))


def advice(k: int, found: Quality, used: Quality, used_name: str) -> str:
    """Say in a sentence whether `k` anchors are better than those in use, named by `used_name`."""
    covers = f"{k} anchors cover your boxes at {found.mean_iou:.2f}."
    compared = f"{used_name} reach {used.mean_iou:.2f}"
    if found.mean_iou <= used.mean_iou:
        return f"{covers} {compared}: keep those."
    if found.mean_iou - used.mean_iou < SMALL_GAIN:
        return f"{covers} {compared}: no need to change."
    if used.best_possible_recall <= GOOD_RECALL:
        missed = 1 - used.best_possible_recall
        return f"{covers} {compared} and cannot learn {missed:.0%} of them: use these."
    if found.mean_iou - used.mean_iou < LARGE_GAIN:
        return f"{covers} {compared} and would do, but these fit better."
    return f"{covers} {compared}: use these."
