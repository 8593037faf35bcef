"""K-means over box sizes with the distance 1 − IoU (Redmon and Farhadi, YOLO9000, section 2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from studio.errors import StudioError
from studio.labels.anchors.fit import Assignment, Quality, best_anchors, quality
from studio.labels.anchors.sizes import Anchors, Sizes

Update = Literal["median", "mean"]
Counts = NDArray[np.intp]
Comparable = NDArray[np.floating]
"""Sizes as in `Sizes`, in float64 or float32."""

MAX_ITERATIONS = 300
PATIENCE, SMALLEST_RISE = 5, 2e-4
"""Rounds in which the mean IoU must rise by so much: of a million boxes, some change sides for
ever."""
SAMPLE = 10_000
"""Of more boxes than this, so many are clustered first, to begin near the end with all of them."""
ENOUGH_TO_LOOK_AT = 1000
"""Boxes among which there are as good as always as many different sizes as anchors are wanted."""
PRECISION, PRECISION_OF_MANY = 6, 3
"""Decimals of a pixel that count: finer differences come of arithmetic, or float32 loses them."""


@dataclass(frozen=True, slots=True)
class Restart:
    """An event of `cluster`: one restart is done; `mean_iou` is the best so far."""

    number: int
    restarts: int
    mean_iou: float


@dataclass(frozen=True, slots=True)
class Clustered:
    """The last event of `cluster`: the best anchors found and the iterations of all restarts.

    Iterations over a sample do not count.
    """

    anchors: Anchors
    quality: Quality
    iterations: int


def cluster(
    sizes: Sizes,
    k: int,
    input_size: tuple[int, int],
    rng: np.random.Generator,
    update: Update = "median",
    restarts: int = 10,
) -> Iterator[Restart | Clustered]:
    """Cluster box sizes: a `Restart` after each restart, then `Clustered` with the best anchors.

    Very many boxes are compared in float32, which places an anchor to a thousandth of a pixel and
    takes half the time; what comes out is measured in float64. Raises StudioError when there are
    fewer than `k` distinct sizes, or sizes without area.
    """
    are_many = len(sizes) > SAMPLE
    sizes = clean(sizes, PRECISION_OF_MANY if are_many else PRECISION)
    work: Comparable = sizes.astype(np.float32) if are_many else sizes
    require_distinct(work, k)
    best, best_iou, iterations = sizes[:k], -1.0, 0
    for number in range(1, restarts + 1):
        centres, mean_iou, rounds = lloyd(work, _start(work, k, rng, update), update)
        iterations += rounds
        if mean_iou > best_iou:
            best, best_iou = centres, mean_iou
        yield Restart(number, restarts, best_iou)
    anchors = Anchors.of(best, input_size)
    yield Clustered(anchors, quality(sizes, anchors.array()), iterations)


def clean(sizes: Sizes, precision: int = PRECISION) -> Sizes:
    """Return sizes as clustering wants them: rounded, and laid out by column.

    Raises StudioError for sizes that are none.
    """
    if not (np.isfinite(sizes).all() and (sizes > 0).all()):
        raise StudioError("boxes to cluster must have a width and a height above 0")
    return np.maximum(np.asfortranarray(sizes).round(precision), 10.0**-precision)


def require_distinct(sizes: Comparable, k: int) -> None:
    """Raise StudioError where `k` anchors cannot be made from the sizes."""
    if k < 1:
        raise StudioError(f"the number of anchors must be at least 1, not {k}")
    if not len(sizes):
        raise StudioError("there are no boxes to cluster")
    distinct = _distinct(sizes, k)
    if distinct < k:
        raise StudioError(
            f"{k} anchors need at least {k} boxes of different size; there are {distinct}"
        )
    if k > np.iinfo(np.uint16).max:
        raise StudioError(f"{k} anchors are more than can be told apart")


def _distinct(sizes: Comparable, enough: int) -> int:
    """Count the different sizes, or some of them when those are enough."""
    few = len(np.unique(sizes[:ENOUGH_TO_LOOK_AT], axis=0))
    return few if few >= enough else len(np.unique(sizes, axis=0))


def _start(sizes: Comparable, k: int, rng: np.random.Generator, update: Update) -> Comparable:
    """Return first centres; of very many boxes those of a sample, clustered.

    Bradley and Fayyad, Refining initial points for k-means clustering, 1998.
    """
    if len(sizes) <= SAMPLE:
        return seed(sizes, k, rng)
    sample = np.asfortranarray(sizes[rng.integers(len(sizes), size=SAMPLE)])
    if _distinct(sample, k) < k:  # all but a few boxes are of a few sizes
        return seed(sizes, k, rng)
    return lloyd(sample, seed(sample, k, rng), update)[0]


def seed(sizes: Comparable, k: int, rng: np.random.Generator) -> Comparable:
    """Choose first centres far from each other (k-means++, Arthur and Vassilvitskii 2007)."""
    centres = [sizes[rng.integers(len(sizes))]]
    distance = 1 - best_anchors(sizes, centres[0][None])[1]
    for _ in range(1, k):
        weight = np.maximum(distance, 0).astype(np.float64) ** 2
        centres.append(sizes[rng.choice(len(sizes), p=weight / weight.sum())])
        distance = np.minimum(distance, 1 - best_anchors(sizes, centres[-1][None])[1])
    return np.array(centres)


def lloyd(sizes: Comparable, centres: Comparable, update: Update) -> tuple[Sizes, float, int]:
    """Assign and update until nothing changes; return the best centres, their mean IoU, the rounds.

    With this distance neither the median nor the mean is the exact minimiser, so the objective
    may rise again: hence the best seen, and the bounds.
    """
    centre_of = _medians if update == "median" else _means
    best, best_iou = centres, -1.0
    previous: Assignment | None = None
    rounds, risen_at, risen_to = 0, 0, -1.0
    while rounds < MAX_ITERATIONS and rounds - risen_at < PATIENCE:
        rounds += 1
        assignment, covered = best_anchors(sizes, centres)
        mean_iou = float(covered.mean())
        if mean_iou > best_iou:
            best, best_iou = centres, mean_iou
        if best_iou >= risen_to + SMALLEST_RISE:
            risen_at, risen_to = rounds, best_iou
        if previous is not None and np.array_equal(assignment, previous):
            break
        previous = assignment.copy()
        counts = _fill_empty(assignment, covered, len(centres))
        centres = centre_of(sizes, assignment, counts)
    return best.astype(np.float64), best_iou, rounds


def _means(sizes: Comparable, assignment: Assignment, counts: Counts) -> Sizes:
    """Return the `(k, 2)` mean sizes of clusters of so many boxes each, none of them empty."""
    sums = [np.bincount(assignment, weights=sizes[:, side]) for side in (0, 1)]
    return np.stack([side / counts for side in sums], axis=1)


def _medians(sizes: Comparable, assignment: Assignment, counts: Counts) -> Sizes:
    """Return the `(k, 2)` median sizes of clusters of so many boxes each, none of them empty.

    The boxes are brought together by cluster once, which is quicker than a mask a cluster.
    """
    order = np.argsort(assignment, kind="stable")
    ends = np.cumsum(counts)[:-1]
    sides = [np.split(sizes[:, side].take(order), ends) for side in (0, 1)]
    return np.array([[_median(cluster) for cluster in side] for side in sides]).T


def _median(values: NDArray[np.floating]) -> float:
    """Return the median, and leave the values in another order; numpy's own takes longer to begin.

    Of an even number of values it is the mean of the middle two.
    """
    middle = len(values) // 2
    values.partition(middle)
    if len(values) % 2:
        return float(values[middle])
    return float((values[:middle].max() + values[middle]) / 2)


def _fill_empty(assignment: Assignment, covered: Comparable, k: int) -> Counts:
    """Give each empty cluster the box that its own centre covers worst, in place.

    Returns how many boxes each cluster has then.
    """
    counts = np.bincount(assignment, minlength=k)
    if counts.all():
        return counts
    worst = iter(np.argsort(covered, kind="stable"))
    for empty in np.flatnonzero(counts == 0):
        box = next(b for b in worst if counts[assignment[b]] > 1)
        counts[assignment[box]] -= 1
        assignment[box] = empty
        counts[empty] = 1
    return counts
