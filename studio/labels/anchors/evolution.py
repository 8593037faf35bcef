"""Refining anchors by evolution: mutations that raise the mean best IoU are kept.

K-means moves an anchor to the median or mean of its boxes, which is near the best place, not at
it. This is the (1 + 1) evolution strategy with the rule of one fifth for the size of mutations
(Rechenberg, Evolutionsstrategie, 1973).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from studio.labels.anchors.fit import Quality, best_anchors, quality
from studio.labels.anchors.kmeans import clean
from studio.labels.anchors.sizes import Anchors, Sizes

GENERATIONS = 1000
TOLD = 20  # generations between two events
MOST_BOXES = 20_000
"""Of more boxes a random sample judges the mutations; all boxes judge the result."""
FIRST_STEP, SMALLEST_STEP = 0.1, 1e-4
"""Standard deviation of a mutation, as a share of a side."""
GROWTH = 1.5
"""Of the step after a success; a failure shrinks it by the fourth root, so that they balance at
one success in five."""


@dataclass(frozen=True, slots=True)
class Generation:
    """An event of `evolve`: so many generations are done; `mean_iou` is the best so far."""

    number: int
    generations: int
    mean_iou: float


@dataclass(frozen=True, slots=True)
class Evolved:
    """The last event of `evolve`: the anchors, never worse than those it began with."""

    anchors: Anchors
    quality: Quality
    gain: float


def evolve(
    sizes: Sizes, anchors: Anchors, rng: np.random.Generator, generations: int = GENERATIONS
) -> Iterator[Generation | Evolved]:
    """Refine anchors on `(n, 2)` sizes: `Generation`s, then `Evolved`.

    `gain` is that of the mean IoU over all boxes, at least 0. Raises StudioError when sizes have
    no area.
    """
    sizes = clean(sizes)
    few = sizes
    if len(sizes) > MOST_BOXES:
        few = np.asfortranarray(sizes[rng.choice(len(sizes), MOST_BOXES, replace=False)])
    best = anchors.array()
    best_iou, step = _mean_iou(few, best), FIRST_STEP
    for number in range(1, generations + 1):
        mutant = _mutate(best, step, rng)
        mean_iou = _mean_iou(few, mutant)
        if mean_iou > best_iou:
            best, best_iou, step = mutant, mean_iou, step * GROWTH
        else:
            step = max(step / GROWTH**0.25, SMALLEST_STEP)
        if number % TOLD == 0 or number == generations:
            yield Generation(number, generations, best_iou)
    yield _better(sizes, anchors, Anchors.of(best, anchors.input_size))


def _mutate(anchors: Sizes, step: float, rng: np.random.Generator) -> Sizes:
    """Return the anchors with one of them changed in both sides, by a factor near 1."""
    mutant = anchors.copy()
    mutant[rng.integers(len(anchors))] *= np.exp(rng.normal(0, step, 2))
    return mutant


def _mean_iou(sizes: Sizes, anchors: Sizes) -> float:
    return float(best_anchors(sizes, anchors)[1].mean())


def _better(sizes: Sizes, before: Anchors, after: Anchors) -> Evolved:
    """Return the better anchors by all boxes."""
    old, new = (quality(sizes, anchors.array()) for anchors in (before, after))
    if new.mean_iou > old.mean_iou:
        return Evolved(after, new, new.mean_iou - old.mean_iou)
    return Evolved(before, old, 0.0)
