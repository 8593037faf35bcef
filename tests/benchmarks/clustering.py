"""How long Cluster Anchors takes and how much memory; how much longer a loop over boxes takes."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable

import numpy as np

from studio.labels.anchors import Clustered, Sizes, cluster
from studio.labels.anchors.kmeans import lloyd, seed
from tests.benchmarks import Row, seconds
from tests.labels.plain_kmeans import Size, plain_assignment, plain_update

MILLION, MANY, FEW, K = 1_000_000, 100_000, 5000, 9
TIMES_QUICKER = 300
REPEATS = 10
TIMED = 3  # rounds of a loop that are timed: each takes as long as any other


def measure() -> list[Row]:
    """Cluster box sizes of the kind that photographs have: many small, a few large."""
    few, many, million = (some_sizes(boxes) for boxes in (FEW, MANY, MILLION))
    ours = min(busy(lambda: work(many)) for _ in range(REPEATS))
    return [
        Row("5,000 boxes clustered, k = 9, ten restarts", 0.5, seconds(lambda: work(few, 10)), "s"),
        Row("1,000,000 boxes, k = 9, one restart", 3, seconds(lambda: work(million), 3), "s"),
        Row("the same: memory beside the boxes", 500, memory(million), "MB"),
        *(against(many, ours, name, loop) for name, loop in LOOPS.items()),
    ]


def some_sizes(boxes: int) -> Sizes:
    return np.random.default_rng(0).lognormal(4, 0.7, (boxes, 2)).clip(2, 416)


def work(sizes: Sizes, restarts: int = 1) -> Clustered:
    rng = np.random.default_rng(0)
    *_, last = cluster(sizes, K, (416, 416), rng, restarts=restarts)
    assert isinstance(last, Clustered)
    return last


def memory(sizes: Sizes) -> float:
    """Return the most that numpy and Python hold at once, in MB."""
    tracemalloc.start()
    work(sizes)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def busy(task: Callable[[], object]) -> float:
    """Return the seconds of processor time that a task takes, whatever else the machine does."""
    began = time.process_time()
    task()
    return time.process_time() - began


def against(sizes: Sizes, ours: float, name: str, loop: Callable[..., Sizes]) -> Row:
    """Compare the processor time of one restart with that of a loop over the boxes in Python.

    The loop goes from k-means++ on all boxes to the same end, in as many rounds as Lloyd's
    algorithm takes from there; a few of them are timed.
    """
    centres = seed(sizes, K, np.random.default_rng(0))
    rounds = lloyd(np.asfortranarray(sizes), centres, "median")[2]
    theirs = min(busy(lambda: loop(sizes, centres)) for _ in range(TIMED)) * rounds
    what = (
        f"100,000 boxes, k = 9, one restart in {ours:.3f} s: 1/{theirs / ours:.0f} of the "
        f"{theirs:.0f} s of a loop, {name}, {rounds} rounds"
    )
    return Row(what, 1000 / TIMES_QUICKER, 1000 * ours / theirs, "‰")


def numpy_a_box(sizes: Sizes, centres: Sizes) -> Sizes:
    """Do a round in the way of the trainers that are around: numpy for each box by itself."""
    nearest = np.empty(len(sizes), np.intp)
    for i, box in enumerate(sizes):
        both = np.minimum(box[0], centres[:, 0]) * np.minimum(box[1], centres[:, 1])
        iou = both / (box[0] * box[1] + centres[:, 0] * centres[:, 1] - both)
        nearest[i] = np.argmin(1 - iou)
    return np.array([np.median(sizes[nearest == c], axis=0) for c in range(len(centres))])


def no_numpy(sizes: Sizes, centres: Sizes) -> Sizes:
    """Do a round with Python's own floats and lists."""
    boxes: list[Size] = sizes.tolist()
    assignment, _ = plain_assignment(boxes, centres.tolist())
    return np.array(plain_update(boxes, assignment, len(centres), "median"))


LOOPS = {"numpy for each box": numpy_a_box, "without numpy": no_numpy}
