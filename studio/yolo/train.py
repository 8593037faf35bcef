"""Training: a generator of events.

Closing the generator stops; its `finally` leaves the run folder complete.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.errors import FileError, StudioError
from studio.labels.samples import Samples
from studio.yolo import machine
from studio.yolo.config import TrainConfig
from studio.yolo.data.pipeline import (
    Batch,
    Examples,
    Schedule,
    plain_batches,
    read_examples,
    training_batches,
)
from studio.yolo.evaluate import average_precision
from studio.yolo.events import (
    Done,
    EpochMetrics,
    Losses,
    Started,
    Status,
    StepMetrics,
    TakenOver,
    TrainEvent,
)
from studio.yolo.runs import Run
from studio.yolo.training.learner import Learner
from studio.yolo.training.log import MetricsLog
from studio.yolo.weights.arrays import Arrays, load_arrays, save_arrays
from studio.yolo.weights.transfer import transfer

AVERAGE_EVERY = 4  # steps; each costs about a hundredth of a step
WARMUP_STEPS = 100  # at least, as long as that is no more than a fifth of all steps
SECONDS_BETWEEN_SAVES = 60.0  # of the state for resuming, which is four times the weights
SMOOTHING = 0.9  # of the figures of speed, a step


@dataclass(slots=True)
class _Place:
    """How far a run is: complete epochs and steps, the best epoch, and the losses of this one."""

    epoch: int = 0
    step: int = 0
    best_epoch: int = 0
    best_ap50: float = -1.0
    terms: tuple[float, float, float] = (0.0, 0.0, 0.0)
    boxes: int = 0
    lost: int = 0

    def to_array(self) -> Arrays:
        values = (self.epoch, self.step, self.best_epoch, self.best_ap50, *self.terms)
        return {"place": np.array([*values, self.boxes, self.lost], np.float64)}

    @classmethod
    def from_array(cls, arrays: Arrays) -> _Place:
        epoch, step, best_epoch, best_ap50, giou, conf, prob, boxes, lost = arrays["place"].tolist()
        terms = (giou, conf, prob)
        return cls(int(epoch), int(step), int(best_epoch), best_ap50, terms, int(boxes), int(lost))


def train(
    config: TrainConfig, dataset: Samples, run: Run, resume: bool = False
) -> Generator[TrainEvent]:
    """Train on the `train` split, validate on `val` after each epoch, save into `run`.

    Yields notes on what was passed over, Started, a StepMetrics a step, an EpochMetrics an epoch,
    and Done. With `resume`, goes on from the run's saved state as if nothing had happened. Raises
    StudioError when there is nothing to learn from, or when a loss is no number any more.
    """
    yield Status("Reading pictures and labels…")
    learn = yield from read_examples(dataset.labelled("train"), config.model.classes)
    check = yield from read_examples(dataset.labelled("val"), config.model.classes)
    yield from map(Status, [*learn.take_notes(), *check.take_notes()])
    if not any(len(example.labels) for example in learn.usable):
        raise StudioError(f"{dataset.root}: no labelled picture of the training split can be used")
    yield from machine.set_up()
    yield Status("Preparing the network…")
    state = _load_state(run, learn) if resume else None
    compute = str(state["compute"]) if state else machine.precision(config.precision)
    schedule = Schedule(len(learn), config.batch_size, config.seed)
    # Each epoch validates a new average, also where it has fewer steps.
    average_every = min(AVERAGE_EVERY, schedule.steps_per_epoch)
    if state:
        held = [state[name].tolist() if name in state else () for name in ("frozen", "slow")]
        learner = Learner(config, compute, average_every, *held)
        place = _restore(learner, state, run)
    else:
        learner = yield from _begin(config, compute, average_every)
        place = _Place()
    yield Started(
        run=run.path,
        epochs=config.epochs,
        steps_per_epoch=schedule.steps_per_epoch,
        first_epoch=place.epoch + 1,
        train_images=len(learn),
        val_images=len(check),
        precision=compute,
    )
    yield from _Training(config, run, learner, compute, place, schedule, learn, check).go()
    yield Done(run.path, place.best_epoch, place.best_ap50 if place.best_ap50 >= 0 else None)


def _begin(
    config: TrainConfig, compute: str, average_every: int
) -> Generator[TakenOver, None, Learner]:
    """Make a learner of random weights, or of those that it takes over, which is told."""
    found = transfer(config)
    if found is None:
        return Learner(config, compute, average_every)
    learner = Learner(config, compute, average_every, found.frozen, found.slow)
    learner.take(found)
    yield from map(TakenOver, found.sentences())
    return learner


def _load_state(run: Run, learn: Examples) -> Arrays:
    """Read what `_save_state` wrote; refuses a data set whose training pictures have changed."""
    if not run.state.exists():
        raise FileError(run.path, f"cannot be resumed: {run.state.name} is missing")
    state = load_arrays(run.state)
    if {"compute", "pictures", "place", "updates"} - state.keys():
        raise FileError(run.state, "is not the state of a run")
    if state["pictures"].tolist() != _names(learn):
        before, now = len(state["pictures"]), len(learn)
        what = f"its training pictures have changed since then ({before} before, {now} now)"
        raise FileError(run.path, f"cannot be resumed: {what}")
    return state


def _names(learn: Examples) -> list[str]:
    return [example.item.name for example in learn.usable]


def _restore(learner: Learner, state: Arrays, run: Run) -> _Place:
    learner.restore(state, run)
    try:
        return _Place.from_array(state)
    except (TypeError, ValueError) as error:
        raise FileError(run.state, "is not the state of a run") from error


def learning_rate(config: TrainConfig, step: int, steps: int, steps_per_epoch: int) -> float:
    """Return the rate of a step, counted from 1: linear warm-up, then half a cosine."""
    warmup = min(max(config.warmup_epochs * steps_per_epoch, WARMUP_STEPS), steps / 5)
    if step <= warmup:
        return config.learning_rate * step / warmup
    done = (step - warmup) / max(steps - warmup, 1)
    cosine = (1 + math.cos(math.pi * done)) / 2
    return config.learning_rate * (config.final_rate + (1 - config.final_rate) * cosine)


@dataclass(slots=True)
class _Speed:
    """Smoothed pictures a second and the share of time spent waiting for data."""

    images_per_second: float = 0.0
    data_wait: float = 0.0

    def add(self, pictures: int, waited: float, worked: float) -> None:
        seconds = waited + worked
        keep = SMOOTHING if self.images_per_second else 0.0
        self.images_per_second = keep * self.images_per_second + (1 - keep) * pictures / seconds
        self.data_wait = keep * self.data_wait + (1 - keep) * waited / seconds


def _told(save: Callable[..., None], *arguments: Any) -> Iterator[Status]:
    """Save something; a full disk must not end hours of work, but it is said."""
    try:
        save(*arguments)
    except FileError as error:
        yield Status(str(error))


@dataclass(slots=True)
class _Training:
    """One call of `train` after everything is prepared."""

    config: TrainConfig
    run: Run
    learner: Learner
    compute: str
    place: _Place
    schedule: Schedule
    learn: Examples
    check: Examples
    saved_at: float = 0.0
    is_finite: bool = True

    @property
    def steps(self) -> int:
        return self.config.epochs * self.schedule.steps_per_epoch

    def go(self) -> Iterator[TrainEvent]:
        log = MetricsLog(self.run, self.place.epoch)
        self.saved_at = time.monotonic()
        batches = training_batches(
            self.learn, self.config, self.schedule, self.place.step, self.steps
        )
        try:
            while self.place.epoch < self.config.epochs:
                yield from self._epoch(batches, log)
        finally:
            batches.close()
            log.close()
            if self.is_finite:  # else the last good weights stay
                self._save_state()

    def _epoch(self, batches: Iterator[Batch], log: MetricsLog) -> Iterator[TrainEvent]:
        began, speed = time.monotonic(), _Speed()
        last_step = (self.place.epoch + 1) * self.schedule.steps_per_epoch
        while self.place.step < last_step:
            metrics = self._step(batches, speed)
            yield from _told(log.step, metrics)
            yield metrics
        epoch = self._validate(time.monotonic() - began)
        yield from map(Status, [*self.learn.take_notes(), *self.check.take_notes()])
        yield from self._note_collisions()
        self.place.epoch += 1
        self.place.terms, self.place.boxes, self.place.lost = (0.0, 0.0, 0.0), 0, 0
        rate = self._rate(self.place.step)
        yield from _told(log.epoch, epoch, self.place.step, rate)
        yield from _told(self._save_epoch, epoch)
        yield epoch

    def _step(self, batches: Iterator[Batch], speed: _Speed) -> StepMetrics:
        began = time.perf_counter()
        batch = next(batches)
        ready = time.perf_counter()
        step = self.place.step + 1
        rate = self._rate(step)
        losses = self.learner.step(batch, step, rate)
        self._require_finite(losses)
        self.place.step = step
        self._count(batch, losses)
        speed.add(self.schedule.batch, ready - began, time.perf_counter() - ready)
        epoch = self.place.epoch + 1
        return StepMetrics(epoch, step, rate, losses, speed.images_per_second, speed.data_wait)

    def _rate(self, step: int) -> float:
        return learning_rate(self.config, step, self.steps, self.schedule.steps_per_epoch)

    def _count(self, batch: Batch, losses: Losses) -> None:
        giou, conf, prob = self.place.terms
        self.place.terms = giou + losses.giou, conf + losses.conf, prob + losses.prob
        boxes = batch.truth.boxes.numpy()
        self.place.boxes += int((boxes[..., 2] > boxes[..., 0]).sum())
        self.place.lost += int(batch.lost.numpy().sum())

    def _require_finite(self, losses: Losses) -> None:
        if math.isfinite(losses.total):
            return
        self.is_finite = False
        pictures = self.schedule.batch_at(self.place.step)
        names = ", ".join(self.learn.usable[i].item.name for i in pictures)
        raise StudioError(
            f"a loss became {losses.total} at step {self.place.step + 1}: lower the learning rate, "
            f"or look at these pictures: {names}"
        )

    def _note_collisions(self) -> Iterator[Status]:
        share = self.place.lost / max(self.place.boxes, 1)
        if self.place.epoch == 0 and share > 0.005:
            yield Status(
                f"{100 * share:.1f} % of boxes share a cell and anchor with another box, which is "
                "learnt there instead; a larger input size gives more cells"
            )

    def _validate(self, seconds: float) -> EpochMetrics:
        giou, conf, prob = (t / self.schedule.steps_per_epoch for t in self.place.terms)
        train, epoch = Losses(giou, conf, prob), self.place.epoch + 1
        if not len(self.check):
            return EpochMetrics(epoch, train, None, None, None, seconds)
        model, threshold = self.config.model, self.config.scheme.assign_threshold
        batches = plain_batches(self.check, model, self.config.batch_size, threshold)
        val, found = self.learner.validate(batches, self.check.usable)
        truths = [(example.xyxy, example.labels) for example in self.check.usable]
        result = average_precision(truths, found, model.classes)
        return EpochMetrics(epoch, train, val, result.ap50, result.ap, seconds)

    def _save_epoch(self, epoch: EpochMetrics) -> None:
        """Save the averaged weights, as the best too where they are, and now and then the state.

        Later wins a tie: at first every epoch has AP50 0.
        """
        weights = self.learner.weights()
        save_arrays(self.run.last, weights)
        ap50 = -1.0 if epoch.ap50 is None else epoch.ap50
        if ap50 >= self.place.best_ap50:
            save_arrays(self.run.best, weights)
            self.place.best_epoch, self.place.best_ap50 = epoch.epoch, ap50
        if time.monotonic() - self.saved_at > SECONDS_BETWEEN_SAVES:
            self._save_state()
            self.saved_at = time.monotonic()

    def _save_state(self) -> None:
        facts = {"compute": np.array(self.compute), "pictures": np.array(_names(self.learn))}
        arrays = {**self.learner.state(), **self.place.to_array(), **facts}
        save_arrays(self.run.state, arrays)
