"""What some steps of training came to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

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

    giou: float
    conf: float
    prob: float
    boxes: float
    lost: float
    outcome: float


def tally(numbers: Sequence[int], figures: Sequence[Figures]) -> Tally:
    """Add up the figures of the steps with these numbers."""
    taken = [step for step in figures if step.outcome == TAKEN]
    terms = np.mean([step[:3] for step in taken], axis=0).tolist() if taken else NOTHING
    refused = [n for n, step in zip(numbers, figures, strict=True) if step.outcome == REFUSED]
    boxes, lost = sum(step.boxes for step in taken), sum(step.lost for step in taken)
    return Tally(len(taken), Losses(*terms), int(boxes), int(lost), tuple(refused))
