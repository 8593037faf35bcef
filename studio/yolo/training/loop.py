"""The epochs of a training, from where it is to its end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from studio.errors import FileError
from studio.wording import listed
from studio.yolo.backend import tf
from studio.yolo.config import TrainConfig, as_taken
from studio.yolo.data.pipeline import Batch, plain_batches, training_batches
from studio.yolo.data.prepared import Prepared
from studio.yolo.evaluate import average_precision
from studio.yolo.events import EpochMetrics, EvalResult, Losses, Progress, Status, TrainEvent
from studio.yolo.runs import Run
from studio.yolo.suppression.plain import Candidates
from studio.yolo.training import memory, upright
from studio.yolo.training.checkpoint import Checkpoint, Keeper
from studio.yolo.training.log import MetricsLog, point
from studio.yolo.training.stepping import Stepping
from studio.yolo.training.trend import trend
from studio.yolo.training.upright import AS_IT_IS, MIRRORED, TURNED, UPSIDE_DOWN, Found, View
from studio.yolo.training.validation import (
    batch_for,
    forget_best,
    is_best,
    is_measured,
    note_measured,
    remember_best,
    why_over,
)
from studio.yolo.weights.arrays import save_arrays

OUT_OF_MEMORY = (tf.errors.ResourceExhaustedError, MemoryError)
MUCH_WAIT = 0.1  # of an epoch's time
SECONDS_TO_MIND = 1.0  # of waiting in an epoch; less is only its beginning
MUCH_LOST = 0.005  # of the boxes


@dataclass(slots=True)
class Loop:
    """A training with everything prepared; `check` may hold no pictures.

    `facts` is a checkpoint of this run whose arrays and place are replaced by those of the moment.
    """

    config: TrainConfig
    run: Run
    stepping: Stepping
    learn: Prepared
    check: Prepared
    keeper: Keeper
    facts: Checkpoint
    _saved: tuple[int, int] = (-1, -1)  # epoch and step of the last save
    _has_told_wait: bool = False

    def go(self) -> Iterator[TrainEvent]:
        """Train until the run is over, saving now and then, and whatever happens at the end."""
        place = self.stepping.place
        with contextlib.ExitStack() as at_end:
            at_end.callback(self._save_at_end)
            log = at_end.enter_context(contextlib.closing(MetricsLog(self.run, place.epoch)))
            yield from map(Status, log.notes)
            try:
                while why_over(self.config, place) is None:
                    yield from self._epochs_with(self._augmented(), log)
            except OUT_OF_MEMORY as error:
                failed = _attempt(self._save_at_end)  # here, while a fault can be said
                taken = as_taken(self.config, self.stepping.schedule.batch)
                planned = self.config.batch_size
                raise memory.used_up(taken, self.facts.compute, *failed, planned=planned) from error
        self.keeper.finish()

    def _refound(self) -> list[str]:
        """Make the run's folder anew where somebody has moved or deleted it, and say so."""
        if self.run.is_there:
            return []
        self.run.save()
        what = "was moved or deleted while it was trained: a new folder of that name goes on"
        return [f"{self.run.path} {what}"]

    def _save_at_end(self) -> None:
        """Save, once, unless it is not known what the learner has done."""
        if not self.stepping.is_settled and self.stepping.is_whole:
            self.stepping.settle()
        if self.stepping.is_whole:
            self.stepping.is_whole = False
            self._save()

    def _epochs_with(self, augmented: TrainConfig, log: MetricsLog) -> Iterator[TrainEvent]:
        """Train while pictures are to be augmented like this, until the run is over."""
        place, schedule = self.stepping.place, self.stepping.schedule
        last = self.config.epochs * schedule.steps_per_epoch
        batches = training_batches(self.learn, augmented, schedule, place.step, last)
        with contextlib.closing(batches):
            while not why_over(self.config, place) and self._augmented() == augmented:
                yield from self._epoch(batches, log)

    def _augmented(self) -> TrainConfig:
        return upright.augmented(self.config, self.stepping.place)

    def _epoch(self, batches: Iterator[Batch], log: MetricsLog) -> Iterator[TrainEvent]:
        place = self.stepping.place
        last_step = (place.epoch + 1) * self.stepping.schedule.steps_per_epoch
        while place.step < last_step:
            metrics, said = self.stepping.step(batches, place.step + 1 == last_step)
            said += _attempt(log.step, metrics) if metrics else []
            if self.stepping.is_settled and self.keeper.is_due(is_epochs_end=False):
                said += _attempt(self._save)
            yield from map(Status, said)
            if metrics:
                yield metrics
        yield from self._end_epoch(log)

    def _end_epoch(self, log: MetricsLog) -> Iterator[TrainEvent]:
        place, epoch = self.stepping.place, (yield from self._measure())
        epoch, found = yield from self._find_up(epoch)
        epoch = replace(epoch, trend=trend([*log.history(), point(epoch)]))
        said = [*_attempt(self._refound), *self._of_files(), *self._oddities(epoch)]
        # All of it is done before any is told: whoever listens may stop there. What fails before
        # the epoch is counted is done again where the run goes on.
        said += _attempt(log.epoch, epoch, self.stepping.rate(place.step))
        said += _attempt(self._save_weights, epoch)
        note_measured(place, epoch, len(self.check) > 0)
        said += [upright.remember(place, found)] if found else []
        place.end_epoch()
        if self.keeper.is_due(is_epochs_end=True):
            said += _attempt(self._save)
        yield from map(Status, said)
        yield epoch

    def _measure(self) -> Generator[Progress, None, EpochMetrics]:
        """Return the epoch's figures, with those of the validation pictures where it is time."""
        place = self.stepping.place
        share = place.waited / place.seconds if place.seconds else 0.0
        epoch = EpochMetrics(
            epoch=place.epoch + 1,
            train=place.mean(),
            val=None,
            ap50=None,
            ap=None,
            seconds=place.seconds,
            data_wait=share,
            memory=memory.peak(),
            step=place.step,
        )
        if not is_measured(self.config, epoch.epoch, len(self.learn), len(self.check)):
            return epoch
        val, result, seconds = yield from self._validate()
        return replace(
            epoch,
            val=val,
            ap50=result.ap50,
            ap=result.ap,
            per_class=result.per_class,
            seconds=epoch.seconds + seconds,
        )

    def _validate(
        self, view: View = AS_IT_IS
    ) -> Generator[Progress, None, tuple[Losses, EvalResult, float]]:
        """Return losses, figures and seconds of the validation pictures, mirrored or not."""
        examples = self.check.usable
        batches = plain_batches(self.check, batch_for(self.config))
        total, found, seconds = np.zeros(3), list[Candidates](), 0.0
        yield Progress(0, len(examples))
        began = time.monotonic()
        for batch in batches:
            seen = view.of_batch(batch)
            terms, candidates = self.stepping.learner.validate(seen, examples[len(found) :])
            total += terms
            found += candidates
            seconds += time.monotonic() - began
            yield Progress(len(found), len(examples))
            began = time.monotonic()  # whoever listens may have paused
        truths = [(view.of_boxes(e.xyxy, e.size), e.labels) for e in examples]
        result = average_precision(truths, found, self.config.model.classes)
        losses = Losses(*(total / len(found)).tolist())
        return losses, result, seconds + time.monotonic() - began

    def _find_up(
        self, epoch: EpochMetrics
    ) -> Generator[Progress, None, tuple[EpochMetrics, Found | None]]:
        """Look at the validation pictures upside down too, when it is time."""
        boxes = sum(len(example.labels) for example in self.check.usable)
        if epoch.ap is None or not upright.is_time(self.config, self.stepping.place, epoch, boxes):
            return epoch, None
        aps, seconds = [epoch.ap], epoch.seconds
        for view in (MIRRORED, UPSIDE_DOWN, TURNED):
            _, result, took = yield from self._validate(view)
            aps.append(result.ap or 0.0)
            seconds += took
        found = Found((aps[0] + aps[1]) / 2, (aps[2] + aps[3]) / 2)
        return replace(epoch, seconds=seconds), found

    def _of_files(self) -> Iterator[str]:
        """Say what could not be read, and what is not as it was when it was read."""
        for prepared in (self.learn, self.check):
            yield from prepared.take_notes()
            changed = prepared.changed()
            if changed:
                which = "pictures or labels that are gone or have changed"
                yield f"{which} are used as they were read at the start: {listed(changed)}"

    def _oddities(self, epoch: EpochMetrics) -> Iterator[str]:
        """Say what a person might want to change, each thing once."""
        place = self.stepping.place
        share = place.lost / max(place.boxes, 1)
        if place.epoch == 0 and share > MUCH_LOST:
            yield (
                f"{100 * share:.1f} % of boxes share a cell and anchor with another box, which is "
                "learnt there instead; a larger input size gives more cells"
            )
        if self._has_told_wait or place.waited < SECONDS_TO_MIND or epoch.data_wait < MUCH_WAIT:
            return
        self._has_told_wait = True
        yield (
            f"{100 * epoch.data_wait:.0f} % of epoch {epoch.epoch} was waiting for pictures: keep "
            "them in memory or on a faster disk (cache), or augment them less"
        )

    def _save_weights(self, epoch: EpochMetrics) -> None:
        """Save the averaged weights, as the best too where they are."""
        place, weights = self.stepping.place, self.stepping.learner.weights()
        save_arrays(self.run.last, weights)
        if not self.run.best.exists():
            forget_best(place)  # what was better than these weights cannot be had any more
        if is_best(place, epoch, len(self.check) > 0):
            save_arrays(self.run.best, weights)
            remember_best(place, epoch, len(self.check) > 0)

    def _save(self) -> list[str]:
        """Save the state, unless it is as it was saved; return what there is to say."""
        place = self.stepping.place
        now = (place.epoch, place.step)
        if now == self._saved:
            return []
        said = self._refound()
        self.keeper.save(replace(self.facts, arrays=self.stepping.learner.state(), place=place))
        self._saved = now
        return said


def _attempt(save: Callable[..., list[str] | None], *arguments: Any) -> list[str]:
    """Save something; a full disk must not end hours of work, but is told.

    Returns what there is to say.
    """
    try:
        return save(*arguments) or []
    except FileError as error:
        return [str(error)]
