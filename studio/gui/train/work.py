"""From what the form says to a training run: what the Train tab runs in the background."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.errors import StudioError
from studio.labels.anchors import PRESETS, Anchors
from studio.labels.dataset import Dataset
from studio.project import FILE, Project

if TYPE_CHECKING:
    from studio.yolo.config import TrainConfig
    from studio.yolo.events import TrainEvent
    from studio.yolo.runs import Run

    Trainer = Callable[[TrainConfig, Dataset, Run], Iterator[TrainEvent]]


@dataclass(frozen=True, slots=True)
class Request:
    """What the form asks for. `options` are fields of TrainConfig."""

    architecture: Any
    side: int
    name: str
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The run's folder is there; `anchors` says in words which it has."""

    run: Path
    anchors: str


def train_with_tensorflow(config: TrainConfig, dataset: Dataset, run: Run) -> Iterator[TrainEvent]:
    """Train for real. Importing TensorFlow takes a while: call this on a job's thread."""
    from studio.yolo.train import train

    yield from train(config, dataset, run)


def start_training(project: Project, request: Request, trainer: Trainer) -> Iterator[object]:
    """Make the run's folder and train; raises StudioError for what cannot be trained with."""
    from studio.yolo.runs import new_run

    dataset = project.dataset()
    config, anchors = configure(project, dataset, request)
    run = new_run(project.runs, request.name, config)
    yield Prepared(run.path, anchors)
    yield from trainer(config, dataset, run)


def configure(project: Project, dataset: Dataset, request: Request) -> tuple[TrainConfig, str]:
    """Return the settings of a run, those of the form over the project's, and its anchors."""
    from studio.yolo import prepare
    from studio.yolo.config import ModelConfig

    if not dataset.classes:
        raise StudioError(f"{project.root}: has no labelled boxes to learn from")
    size = (request.side, request.side)
    anchors, words = prepare.choose_anchors(project.anchors, dataset, request.architecture, size)
    model = ModelConfig(request.architecture, dataset.classes, anchors, size)
    remembered = {k: v for k, v in project.training.items() if k not in ("architecture", "size")}
    config = prepare.training_config(model, remembered, project.root / FILE)
    return replace(config, **request.options), words


def anchors_to_expect(own: Anchors | None, architecture: str) -> str:
    """Say, before Train is pressed, which anchors it will use."""
    from studio.yolo.config import STRIDES, can_share

    needed = len(PRESETS[architecture])
    if own and can_share(own, architecture):
        return f"Uses the project's {len(own.sizes)} anchors."
    if own:
        scales = f"the {len(STRIDES[architecture])} scales of this network"
        return f"{len(own.sizes)} anchors cannot be shared by {scales}: it will cluster {needed}."
    return f"Will cluster {needed} anchors from your boxes."


def default_name(folder: Path, runs: Path) -> str:
    """Return a name for the next run that `new_run` accepts: the folder's, numbered."""
    from studio.yolo.runs import free_name

    stem = "".join(c if c.isalnum() or c in "_ .-" else "-" for c in folder.name)
    return free_name(runs, stem.lstrip(" .-") or "run")
