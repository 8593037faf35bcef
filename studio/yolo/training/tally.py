"""What some steps of training came to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.yolo.events import Losses

TAKEN, REFUSED, OVERFLOWED = 1.0, 0.0, -1.0
"""Outcomes of a step. One that overflowed has only lowered the scale of the loss (float16)."""

NOTHING = (math.nan, math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many steps were taken, and what they came to.

    `losses` is their mean, no numbers where none was taken; `boxes` is how many boxes they learnt
    and `lost` how many of those lost every cell to others. `refused` are the numbers of the steps
    whose loss or gradient was not finite, which have changed nothing.
    """

    steps: int
    losses: Losses
    boxes: int
    lost: int
    refused: tuple[int, ...]


class Figures(NamedTuple):
    """The figures that a step leaves, in this order; all float32, so that they are one tensor."""

    giou: Any
    conf: Any
    prob: Any
    boxes: Any
    lost: Any
    outcome: Any


def tally(numbers: Sequence[int], figures: NDArray[np.float32]) -> Tally:
    """Add up the figures `(steps, 6)` of the steps with these numbers."""
    columns = Figures(*figures.astype(np.float64).T)
    taken = columns.outcome == TAKEN
    terms = figures[taken, :3].astype(np.float64)
    mean = terms.mean(axis=0).tolist() if len(terms) else NOTHING
    refused = np.array(numbers, np.int64)[columns.outcome == REFUSED]
    return Tally(
        steps=int(taken.sum()),
        losses=Losses(*mean),
        boxes=int(columns.boxes[taken].sum()),
        lost=int(columns.lost[taken].sum()),
        refused=tuple(refused.tolist()),
    )
