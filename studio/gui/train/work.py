"""From what the form says to a training run: what the Train tab runs in the background."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from studio.errors import FileError, StudioError
from studio.labels.anchors import PRESETS, Anchors
from studio.labels.dataset import Dataset
from studio.labels.problems import absences
from studio.project import FILE, Project
from studio.wording import counted

if TYPE_CHECKING:
    from studio.yolo.config import TrainConfig
    from studio.yolo.events import EpochMetrics, TrainEvent
    from studio.yolo.runs import Run


class Trainer(Protocol):
    """What trains: `studio.yolo.train.train`, or what stands for it."""

    def __call__(
        self, config: TrainConfig, dataset: Dataset, run: Run, resume: bool = False
    ) -> Iterator[TrainEvent]: ...


@dataclass(frozen=True, slots=True)
class Request:
    """What the form asks for. `settings` are those that `prepare.configure` takes."""

    name: str
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The run's folder is there; `anchors` says in words which it has, `past` what it has done."""

    run: Path
    anchors: str
    past: tuple[EpochMetrics, ...] = ()


def train_with_tensorflow(
    config: TrainConfig, dataset: Dataset, run: Run, resume: bool = False
) -> Iterator[TrainEvent]:
    """Train for real. Importing TensorFlow takes a while: call this on a job's thread."""
    from studio.yolo import machine
    from studio.yolo.train import train

    yield from machine.set_up()
    machine.give_way()
    yield from train(config, dataset, run, resume)


def start_training(project: Project, request: Request, trainer: Trainer) -> Iterator[object]:
    """Make the run's folder and train; a run that came to nothing leaves none.

    Raises StudioError for what cannot be trained with.
    """
    from studio.yolo import runs
    from studio.yolo.training.prepare import configure

    dataset = project.dataset()
    config, anchors = configure(
        dataset, project.anchors, project.training, request.settings, project.root / FILE
    )
    run = runs.new_run(project.runs, request.name, config)
    try:
        yield Prepared(run.path, anchors)
        yield from _oddities(project, dataset)
        yield from trainer(config, dataset, run)
    finally:
        runs.remove_if_empty(run)


def go_on_training(
    project: Project,
    path: Path,
    trainer: Trainer,
    more: int = 0,
    settings: Mapping[str, Any] | None = None,
) -> Iterator[object]:
    """Go on with a run; `more` epochs than it was to have, and some `settings` otherwise.

    Raises StudioError.
    """
    from studio.yolo import runs

    run = runs.Run.load(path)
    epochs = {"epochs": run.config.epochs + more} if more else {}
    run = runs.changed(run, {**(settings or {}), **epochs})
    words = f"the {len(run.config.model.anchors.sizes)} anchors of {run.name}"
    yield Prepared(run.path, words, past_epochs(run))
    dataset = project.dataset()
    yield from _oddities(project, dataset)
    yield from trainer(run.config, dataset, run, resume=True)


def _oddities(project: Project, dataset: Dataset) -> Iterator[object]:
    """Yield a note for each setting that nobody reads and each list that names what is gone."""
    from studio.yolo.events import Status

    yield from (Status(f"{project.root / FILE}: {sentence}") for sentence in project.unread)
    yield from map(Status, absences(dataset))


def past_epochs(run: Run) -> tuple[EpochMetrics, ...]:
    """Return the epochs that are in a run's `metrics.csv`, none where that cannot be read."""
    try:
        return tuple(run.epochs())
    except FileError:
        return ()


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a run that was trained before: its epochs, what they came to in words, and
    which share they are of those that it was to have.
    """

    epochs: tuple[EpochMetrics, ...]
    words: str
    share: float


def known_of(path: Path) -> Past:
    """Return what is known of the run in a folder."""
    from studio.yolo.runs import Run, reached_in

    try:
        run = Run.load(path)
        past = tuple(run.epochs())
    except StudioError as error:
        return Past((), str(error), 0.0)
    so_far = reached_in(past)
    words = f"{run.name} · {counted(so_far.epochs, 'epoch')}"
    if so_far.ap50 is not None:
        words += f" · AP50 {so_far.ap50:.2f} in epoch {so_far.best}"
    return Past(past, words, so_far.epochs / run.config.epochs)


def ways_on(path: Path) -> tuple[bool, bool]:
    """Tell whether the run in a folder can be gone on with, and whether it can be detected with."""
    from studio.yolo.runs import Run
    from studio.yolo.training.outlook import outlook

    try:
        run = Run.load(path)
    except StudioError:
        return False, False
    return outlook(run).can_resume, run.best.exists()


def anchors_to_expect(own: Anchors | None, architecture: str) -> str:
    """Say, before Train is pressed, which anchors it will use."""
    from studio.yolo.network.model import STRIDES, can_share

    needed = len(PRESETS[architecture])
    if own and can_share(own, architecture):
        return f"Uses the project's {len(own.sizes)} anchors."
    if own:
        scales = f"the {len(STRIDES[architecture])} scales of this network"
        return f"{len(own.sizes)} anchors cannot be shared by {scales}: it will cluster {needed}."
    return f"Will cluster {needed} anchors from your boxes."
