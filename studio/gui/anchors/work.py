"""Reading box sizes, clustering and judging: what the Anchors tab runs in the background."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from studio.errors import FileError
from studio.labels.anchors import (
    Advice,
    Anchors,
    Clustered,
    Elbow,
    ElbowPoint,
    Evolved,
    Fit,
    Generation,
    Quality,
    Restart,
    Sizes,
    Update,
    advise,
    cluster,
    compare,
    elbow,
    evolve,
    quality,
    review,
)
from studio.labels.anchors.presets import published
from studio.labels.dataset import Dataset, Item, box_sizes

BATCH = 100  # label files between two chances to stop
NEW = "New"


@dataclass(frozen=True, slots=True)
class Wish:
    """How to cluster."""

    k: int
    update: Update
    evolves: bool
    seed: int = 0


@dataclass(frozen=True, slots=True)
class InUse:
    """The anchors that training would take, and what they are called in sentences and tables.

    `row` is "" where they are published ones, which the table has anyway.
    """

    anchors: Anchors
    name: str
    row: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """So many of so many label files were read."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Measured:
    """All box sizes, `(n, 2)` in pixels of an input of that size, and the files left out."""

    sizes: Sizes
    input_size: tuple[int, int]
    unread: tuple[FileError, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be shown: anchors, how they fit, others beside them, and what to do.

    `is_new` where they are not in use, `gain` is the mean IoU that refinement brought.
    """

    anchors: Anchors
    quality: Quality
    fits: tuple[Fit, ...]
    advice: Advice
    is_new: bool
    gain: float | None = None


Event = Reading | Measured | Restart | Clustered | Generation | Evolved | Judged


def measure(dataset: Dataset, input_size: tuple[int, int]) -> Iterator[Reading | Measured]:
    """Read the sizes of all boxes of the training pictures; `Measured` comes last."""
    items = training_items(dataset)
    parts: list[Sizes] = [np.empty((0, 2))]
    unread: list[FileError] = []
    for start in range(0, len(items), BATCH):
        part, faults = box_sizes(items[start : start + BATCH], input_size)
        parts.append(part)
        unread += faults
        yield Reading(min(start + BATCH, len(items)), len(items))
    yield Measured(np.concatenate(parts), input_size, tuple(unread))


def measure_and_judge(
    dataset: Dataset, input_size: tuple[int, int], used: InUse, new: Anchors | None
) -> Iterator[Reading | Measured | Judged]:
    """Read the sizes, then judge anchors as `judge` does; without boxes there is no `Judged`."""
    for event in measure(dataset, input_size):
        yield event
        if isinstance(event, Measured) and len(event.sizes):
            yield from judge(event.sizes, used, new and new.at(input_size))


def measure_and_cluster(
    dataset: Dataset, input_size: tuple[int, int], wish: Wish, used: InUse
) -> Iterator[Event]:
    """Read the sizes, cluster and judge them; raises StudioError when boxes are too few."""
    for event in measure(dataset, input_size):
        yield event
        if isinstance(event, Measured):
            yield from _cluster(event, wish, used)


def _cluster(measured: Measured, wish: Wish, used: InUse) -> Iterator[Event]:
    sizes, rng = measured.sizes, np.random.default_rng(wish.seed)
    for event in cluster(sizes, wish.k, measured.input_size, rng, wish.update):
        yield event
        if isinstance(event, Clustered):
            if wish.evolves:
                yield from _evolve(sizes, event.anchors, rng, used)
            else:
                yield from judge(sizes, used, event.anchors)


def _evolve(
    sizes: Sizes, anchors: Anchors, rng: np.random.Generator, used: InUse
) -> Iterator[Event]:
    for event in evolve(sizes, anchors, rng):
        yield event
        if isinstance(event, Evolved):
            yield from judge(sizes, used, event.anchors, event.gain)


def judge(
    sizes: Sizes, used: InUse, new: Anchors | None = None, gain: float | None = None
) -> Iterator[Judged]:
    """Measure new anchors, or else those in use, beside all others on `(n, 2)` sizes, n > 0."""
    shown = new or used.anchors
    found = quality(sizes, shown.array())
    others = published(shown.input_size)
    if used.row:
        others = {used.row: used.anchors, **others}
    if new:
        others = {NEW: new, **others}
        compared = quality(sizes, used.anchors.array())
        advice = advise(len(new.sizes), found, compared, used.name)
    else:
        advice = review(found, used.name)
    yield Judged(shown, found, tuple(compare(sizes, others)), advice, new is not None, gain)


def find_elbow(sizes: Sizes, known: Anchors, wish: Wish) -> Iterator[ElbowPoint | Elbow]:
    """Find out how many anchors are enough for `(n, 2)` sizes, n > 0."""
    return elbow(sizes, np.random.default_rng(wish.seed), wish.update, known)


def training_items(dataset: Dataset) -> list[Item]:
    """Return the labelled pictures of the training split, of the whole folder if it has none."""
    in_split = dataset.labelled("train") if "train" in dataset.splits else []
    return in_split or dataset.labelled("all")
