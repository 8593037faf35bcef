"""The steps of a training: taken, counted, and answered where they were refused."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from studio.errors import FileError
from studio.yolo.config import TrainConfig
from studio.yolo.data.pipeline import Batch
from studio.yolo.data.schedule import Schedule
from studio.yolo.events import StepMetrics
from studio.yolo.runs import Run
from studio.yolo.training import refusals
from studio.yolo.training.checkpoint import Checkpoint, restore
from studio.yolo.training.learner import Learner
from studio.yolo.training.place import Place
from studio.yolo.training.rates import learning_rate
from studio.yolo.training.speed import Speed
from studio.yolo.training.tally import Tally

SECONDS_BETWEEN_FETCHES = 0.1  # where a fetch makes a GPU wait


@dataclass(slots=True)
class Stepping:
    """Takes steps from `place` on, which it moves. `names` are those of the training pictures."""

    config: TrainConfig
    run: Run
    learner: Learner
    place: Place
    schedule: Schedule
    names: Sequence[str]
    is_whole: bool = True
    """Whether `place` says what the learner has done; else its state must not be saved."""
    _speed: Speed = field(default_factory=Speed)
    _pictures: dict[int, Any] = field(default_factory=dict)  # of the steps not fetched yet
    _since: float = 0.0  # when the first of these began
    _waited: float = 0.0  # for their data

    def step(self, batches: Iterator[Batch], is_last: bool) -> tuple[StepMetrics | None, list[str]]:
        """Take a step, the last of an epoch or not.

        Returns the figures of those since one last looked, None where one does not look yet or
        none was taken, and what there is to say. Raises RefusedError where too many were.
        """
        began = time.perf_counter()
        if not self._pictures:
            self._since = began
        batch = next(batches)
        self._waited += time.perf_counter() - began
        number = self.place.step + 1
        rate = self.rate(number)
        self.is_whole = False
        self.learner.step(batch, number, rate)
        self.place.step = number
        self._pictures[number] = batch.pictures
        self.is_whole = True
        is_time = time.perf_counter() - self._since > SECONDS_BETWEEN_FETCHES
        if not (self.learner.fetches_each_step or is_last or is_time):
            return None, []
        pictures = self._pictures
        tally = self.look()
        said = self._answer(tally.refused, pictures) if tally.refused else []
        if not tally.steps:
            return None, said
        epoch, speed = self.place.epoch + 1, self._speed
        figures = (tally.losses, speed.images_per_second, speed.data_wait)
        return StepMetrics(epoch, number, rate, *figures), said

    @property
    def is_settled(self) -> bool:
        """Whether all steps that were taken have been looked at and answered."""
        return not self._pictures

    def settle(self) -> None:
        """Look at the steps that nobody has looked at, before an end; answer those refused."""
        tally = self.look()
        if tally.refused and refusals.count(self.place, tally.refused) > 1:
            self._go_back()

    def look(self) -> Tally:
        """Count the steps that were taken since one last looked."""
        self.is_whole = False
        tally = self.learner.fetch()
        self.place.add(tally.losses, tally.steps)
        self.place.boxes += tally.boxes
        self.place.lost += tally.lost
        seconds = time.perf_counter() - self._since
        self._speed.add(self.schedule.batch * len(self._pictures), self._waited, seconds)
        self.place.seconds += seconds
        self.place.waited += self._waited
        self._pictures, self._waited = {}, 0.0
        self.is_whole = True
        return tally

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 1."""
        per_epoch = self.schedule.steps_per_epoch
        planned = learning_rate(self.config, step, self.config.epochs * per_epoch, per_epoch)
        return planned * self.place.rate_factor

    def _answer(self, refused: Sequence[int], pictures: dict[int, Any]) -> list[str]:
        """Lower the rate, go back to the last saved state at the second time, end at the third."""
        in_a_row = refusals.count(self.place, refused)
        names = self._names(refused, pictures)
        highest = self.config.learning_rate * self.place.rate_factor
        if in_a_row >= refusals.MOST:
            # What led to this is not to be gone on with, unless there is nothing else.
            self.is_whole = not (self.run.state.exists() or self.run.previous_state.exists())
            self.place.refusals = 0
            raise refusals.RefusedError(refused, names, highest)
        weights = self._go_back() if in_a_row > 1 else refusals.UNCHANGED
        return [refusals.sentence(refused, names, highest, weights)]

    def _names(self, refused: Sequence[int], pictures: dict[int, Any]) -> list[str]:
        """Return the pictures of steps, those that were mixed into others too."""
        shown = [picture for step in refused for picture in self.schedule.batch_at(step - 1)]
        mixed = [picture for step in refused for picture in pictures[step].numpy().ravel().tolist()]
        return [self.names[picture] for picture in dict.fromkeys(shown + mixed) if picture >= 0]

    def _go_back(self) -> str:
        """Take the weights of the last saved state; the place in the data goes on."""

        def use(saved: Checkpoint) -> None:
            self.learner.restore(saved.arrays, self.run)

        try:
            saved, _ = restore(self.run, use)
        except FileError:
            return f"{refusals.UNCHANGED} (there is no saved state to go back to)"
        return f"the weights saved after step {saved.place.step} are back"
