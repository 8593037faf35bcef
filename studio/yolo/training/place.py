"""How far a run is: what a checkpoint holds besides the learner's own numbers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from studio.yolo.events import Losses


@dataclass(slots=True)
class Place:
    """How far a run is, what it remembers of the epochs behind it, and the sums of this one."""

    epoch: int = 0  # complete ones
    step: int = 0
    epochs: int = 0  # that the run was to have when this was saved
    best_epoch: int = 0  # 0: nothing has been measured
    best: float = 0.0  # AP of the best epoch; without validation pictures, minus its training loss
    best_ap50: float | None = None
    better_epoch: int = 0  # the last that was better than all before, and no tie
    measured_epoch: int = 0  # the last of which it is known how good it is
    waiting_since: int = 0  # the epoch from which `patience` counts at the earliest
    rate_factor: float = 1.0  # halved by each refused step
    rate: float = 0.0  # the learning rate that the factor is of
    refusals: int = 0  # one after the other
    refused: int = 0  # the last step that was refused, counted from 1
    has_up: bool | None = None  # whether pictures have an up; None: not found out
    terms: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])  # summed over steps
    taken: int = 0  # steps of this epoch that were not refused
    boxes: int = 0
    lost: int = 0
    seconds: float = 0.0  # of this epoch
    waited: float = 0.0  # of these, for data

    def add(self, losses: Losses, steps: int) -> None:
        """Count steps that were taken, with their mean losses."""
        if steps:
            means = (losses.giou, losses.conf, losses.prob)
            self.terms = [t + steps * m for t, m in zip(self.terms, means, strict=True)]
            self.taken += steps

    def mean(self) -> Losses:
        """Return the mean losses of this epoch; no numbers where no step was taken."""
        return Losses(*(t / self.taken if self.taken else float("nan") for t in self.terms))

    def take_rate(self, rate: float) -> None:
        """Take a learning rate; what refusals have made of another one is forgotten."""
        if rate != self.rate:
            self.rate, self.rate_factor = rate, 1.0

    def plan(self, epochs: int) -> None:
        """Give the run so many epochs; where these are more, its patience begins anew."""
        if epochs > self.epochs:
            self.waiting_since = self.epoch
        self.epochs = epochs

    def end_epoch(self) -> None:
        """Count the epoch and begin the next."""
        self.epoch += 1
        self.terms, self.taken, self.boxes, self.lost = [0.0, 0.0, 0.0], 0, 0, 0
        self.seconds = self.waited = 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))  # of floats, all digits

    @classmethod
    def from_json(cls, text: str) -> Place:
        """Return the place; raises ValueError for anything else than what `to_json` wrote.

        What an earlier version did not write yet is as at the beginning of a run.
        """
        values: Any = json.loads(text)
        known = {f.name for f in fields(cls)}
        if not isinstance(values, dict) or not {"epoch", "step"} <= values.keys() <= known:
            raise ValueError("not the place of a run")
        place = cls(**values)
        if len(place.terms) != len(cls().terms):
            raise ValueError("not the losses of an epoch")
        return place
