"""Training: a generator of events.

Closing the generator stops; its `finally` leaves the run folder complete.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from pathlib import Path

import numpy as np

from studio.errors import FileError, StudioError
from studio.labels.files import remove_leftovers
from studio.labels.samples import Sample, Samples
from studio.wording import counted, listed
from studio.yolo import machine
from studio.yolo.config import TrainConfig, as_taken
from studio.yolo.data.examples import Gone
from studio.yolo.data.prepared import Prepared, prepare
from studio.yolo.data.schedule import Schedule
from studio.yolo.events import Done, Progress, Started, Status, TakenOver, TrainEvent
from studio.yolo.runs import Run, save_changes
from studio.yolo.training import memory
from studio.yolo.training.checkpoint import Checkpoint, Keeper, restore, saved_pictures
from studio.yolo.training.learner import Learner
from studio.yolo.training.loop import OUT_OF_MEMORY, Loop
from studio.yolo.training.notes import (
    FROM_ITS_WEIGHTS,
    before_training,
    changed_pictures,
    changed_settings,
    left_out,
    without,
)
from studio.yolo.training.occupied import occupied, others
from studio.yolo.training.place import Place
from studio.yolo.training.stepping import Stepping
from studio.yolo.training.validation import why_over
from studio.yolo.weights.transfer import transfer


def train(
    config: TrainConfig, dataset: Samples, run: Run, resume: bool = False
) -> Generator[TrainEvent]:
    """Train on the `train` split, validate on `val` now and then, save into `run`.

    Yields notes on what was passed over, Started, StepMetrics, an EpochMetrics an epoch, and Done.
    With `resume`, goes on from the run's saved state as if nothing had happened, from the start
    where it was killed before it had saved any. Raises StudioError
    when there is nothing to learn from, when the run is being trained already, when losses are no
    numbers time after time, and when the memory does not suffice.
    """
    with occupied(run):
        remove_leftovers(run.path, older_than=0)
        try:
            yield from _train(config, dataset, run, resume)
        except OUT_OF_MEMORY as error:  # before the first step: the loop says it by itself
            raise memory.used_up(config, machine.precision(config.precision)) from error


def _train(config: TrainConfig, dataset: Samples, run: Run, resume: bool) -> Generator[TrainEvent]:
    if resume and run.is_blank:
        resume = False
        save_changes(Run(run.path, config))
        yield Status(f"{run.name} was ended before anything was saved, and begins anew")
    yield from machine.set_up()
    memory.forget_peak()
    yield Status("Reading pictures and labels…")
    learn, check = yield from _read(config, dataset, saved_pictures(run) if resume else None)
    labels = [example.labels for example in learn.usable]
    validation = [example.labels for example in check.usable]
    yield from map(Status, before_training(config, labels, validation, others(run)))
    if not any(map(len, validation)):  # then no AP is ever known
        check = yield from prepare([], config)
    yield Status("Preparing the network…")
    keeper = Keeper(run)
    if resume:
        _refuse_other_classes(run, dataset, learn)
        learner, facts, said = _resume(config, run, learn, keeper)
        save_changes(Run(run.path, config))
        yield from map(Status, said)
    else:
        learner, facts = yield from _begin(config, learn)
    place = facts.place
    if why := why_over(config, place):
        keeper.finish()
        yield Status(f"{run.name} {why} already; it can be given more epochs")
    else:
        schedule = Schedule.of(len(learn), config)
        taken = as_taken(config, schedule.batch)
        pictures = learn.store.memory + check.store.memory
        if lack := memory.offer(taken, facts.compute, memory.available(pictures)):
            yield Status(f"this training {lack}")
        yield Started(
            run=run.path,
            epochs=config.epochs,
            steps_per_epoch=schedule.steps_per_epoch,
            first_epoch=place.epoch + 1,
            train_images=len(learn),
            val_images=len(check),
            precision=facts.compute,
            memory=memory.estimate(taken, facts.compute) + pictures,
        )
        stepping = Stepping(config, run, learner, place, schedule, facts.pictures)
        yield from Loop(config, run, stepping, learn, check, keeper, facts).go()
        if place.epoch < config.epochs:
            yield Status(f"{run.name} {why_over(config, place)}")
    yield Done(run.path, place.best_epoch, place.best_ap50)


def _read(
    config: TrainConfig, dataset: Samples, names: Sequence[str] | None
) -> Generator[Progress | Status, None, tuple[Prepared, Prepared]]:
    """Return what to learn from and what to validate with.

    A run that goes on learns from the pictures of these `names`, in this order: in the place of one
    that cannot be used any more there is grey paper.
    """
    items: Sequence[Sample] = dataset.labelled("train")
    if names is not None:
        known = {item.name: item for item in items}
        yield from map(Status, left_out(len(known.keys() - set(names))))
        yield from map(Status, without([name for name in names if name not in known]))
        items = [known.get(name) or Gone(name, dataset.root) for name in names]
    learn = yield from prepare(items, config, keeps_places=names is not None)
    check = yield from prepare(dataset.labelled("val"), config)
    yield from map(Status, [*learn.take_notes(), *check.take_notes(), *learn.of_small_boxes()])
    if not any(len(example.labels) for example in learn.usable):
        raise StudioError(f"{dataset.root}: no labelled picture of the training split can be used")
    return learn, check


def _begin(
    config: TrainConfig, learn: Prepared
) -> Generator[TakenOver, None, tuple[Learner, Checkpoint]]:
    """Make a learner of random weights, or of those that it takes over, which is told."""
    compute = machine.precision(config.precision)
    place = Place(epochs=config.epochs, rate=config.learning_rate)
    facts = Checkpoint({}, place, compute, *_pictures(learn))
    found = transfer(config)
    if found is None:
        return _learner(config, compute, learn), facts
    learner = _learner(config, compute, learn, found.frozen, found.slow)
    learner.take(found)
    yield from map(TakenOver, found.sentences())
    return learner, facts


def _resume(
    config: TrainConfig, run: Run, learn: Prepared, keeper: Keeper
) -> tuple[Learner, Checkpoint, list[str]]:
    """Make the learner that was saved; refuses fewer training pictures. Returns what to say."""
    before = Run.load(run.path).config
    made: list[Learner] = []

    def use(saved: Checkpoint) -> None:
        names = ("frozen", "slow")
        frozen, slow = (saved.arrays[n].tolist() if n in saved.arrays else [] for n in names)
        learner = _learner(config, _compute(config, saved, run.path), learn, frozen, slow)
        learner.restore(saved.arrays, run)
        made[:] = [learner]

    saved, said = restore(run, use)
    keeper.is_last_whole = not said
    names, digests = _pictures(learn)
    _refuse_other_pictures(run, learn)
    compute = _compute(config, saved, run.path)
    said += changed_pictures(names, saved.digests, digests)
    said += changed_settings(before, config, (saved.compute, compute))
    place = saved.place
    place.plan(config.epochs)
    place.rate = place.rate or before.learning_rate  # as a state of before does not say
    place.take_rate(config.learning_rate)
    return made[0], Checkpoint({}, place, compute, names, digests), said


def _refuse_other_pictures(run: Run, learn: Prepared) -> None:
    """Raise FileError where a run would go on with less than half of what it has learnt from."""
    gone = [example.item.name for example in learn.usable if not example.content]
    if 2 * len(gone) > len(learn):
        of_all = f"of its {counted(len(learn), 'training picture')}"
        what = f"{of_all}, {len(gone)} cannot be used any more: {listed(gone)}"
        raise FileError(run.path, f"cannot be resumed: {what}; {FROM_ITS_WEIGHTS}")


def _refuse_other_classes(run: Run, dataset: Samples, learn: Prepared) -> None:
    """Raise FileError where what a run has learnt to find has another name now.

    It would learn from then on that there is nothing.
    """
    missing = [name for name in run.config.model.classes if name not in dataset.classes]
    strangers = learn.examples.strangers
    if missing and strangers:
        new, count = strangers.most_common(1)[0]
        what = (
            f"it finds {listed(list(map(repr, missing)))}, which the project no longer has, and "
            f"has not learnt {new!r} (boxes: {count})"
        )
        raise FileError(run.path, f"cannot be resumed: {what}; {FROM_ITS_WEIGHTS}")


def _compute(config: TrainConfig, saved: Checkpoint, path: Path) -> str:
    """Return the type to go on in: what was chosen by itself stays; raises FileError."""
    if config.precision == "float16" != saved.compute:  # the scale of its loss was not saved
        raise FileError(path, f"cannot go on in float16, since it was begun in {saved.compute}")
    return saved.compute if config.precision == "auto" else config.precision


def _learner(
    config: TrainConfig,
    compute: str,
    learn: Prepared,
    frozen: Collection[str] = (),
    slow: Collection[str] = (),
) -> Learner:
    """Return a learner for these pictures."""
    labels = np.concatenate([example.labels for example in learn.usable])
    counts = np.bincount(labels, minlength=len(config.model.classes)).tolist()
    steps = Schedule.of(len(learn), config).steps_per_epoch
    return Learner(config, compute, steps, frozen, slow, counts)


def _pictures(learn: Prepared) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the training pictures, and digests of them and their labels."""
    names = tuple(example.item.name for example in learn.usable)
    return names, tuple(example.content for example in learn.usable)
