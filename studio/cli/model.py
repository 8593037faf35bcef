"""`train` and `evaluate`: commands that make and measure a model."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.table import Table

from studio.cli.output import Bar, Output
from studio.errors import StudioError
from studio.labels.anchors import preset
from studio.project import FILE, Project

if TYPE_CHECKING:
    from studio.labels.dataset import Dataset
    from studio.yolo.config import TrainConfig
    from studio.yolo.events import Done, EpochMetrics, EvalResult, Losses, StepMetrics, TrainEvent


OPTIONS = {  # of the command, and what they are in TrainConfig
    "epochs": "epochs",
    "batch": "batch_size",
    "lr": "learning_rate",
    "box_loss": "box_loss",
    "flip": "flip",
    "precision": "precision",
    "seed": "seed",
}


def train(options: Namespace) -> int:
    """Train on a folder, or go on with an interrupted run of it."""
    from studio.yolo import runs

    output = Output(options.json)
    project = Project.open(options.folder)
    dataset = project.dataset()
    if options.resume:
        run = runs.Run.load(project.runs / options.resume)
    else:
        config, anchors = configure(options, project, dataset)
        output.hint(f"training with {anchors}")
        name = options.name or runs.free_name(project.runs, project.root.name)
        run = runs.new_run(project.runs, name, config)
    output.hint("loading TensorFlow…")
    from studio.yolo.train import train as train_events

    try:
        follow(train_events(run.config, dataset, run, resume=bool(options.resume)), output)
    except KeyboardInterrupt:
        output.note(f"stopped; what was reached is in {run.path} (go on with --resume {run.name})")
        raise
    return 0


def configure(options: Namespace, project: Project, dataset: Dataset) -> tuple[TrainConfig, str]:
    """Return the configuration of a run, and which anchors it has.

    The project's `[train]` settings stand over the defaults, the command's options over both.
    """
    from studio.yolo import prepare
    from studio.yolo.config import ModelConfig

    remembered = dict(project.training)
    architecture = remembered.pop("architecture", "yolov3-tiny")
    architecture = options.arch or architecture
    side = remembered.pop("size", 416)
    side = options.size or side
    if not dataset.classes:
        raise StudioError(f"{project.root}: has no labelled boxes to learn from")
    # Refuses an unknown architecture or size before anything is clustered.
    placeholder = preset("yolov3-tiny" if "tiny" in architecture else "yolov3", (416, 416))
    model = ModelConfig(architecture, dataset.classes, placeholder, (side, side))
    anchors, words = prepare.choose_anchors(
        project.anchors, dataset, model.architecture, model.input_size
    )
    model = replace(model, anchors=anchors)
    config = prepare.training_config(model, remembered, project.root / FILE)
    given = {field: getattr(options, name, None) for name, field in OPTIONS.items()}
    return replace(config, **{k: v for k, v in given.items() if v is not None}), words


def follow(
    events: Generator[TrainEvent],
    output: Output,
    watch: Callable[[TrainEvent], object] = lambda _: None,
) -> Done:
    """Print what training tells until it is done, showing `watch` each event; returns the last."""
    from studio.yolo.events import Done, EpochMetrics, Started, Status, StepMetrics

    started: Started | None = None
    try:
        with output.progress("preparing") as bar:
            for event in events:
                watch(event)
                match event:
                    case Status(text):
                        output.note(text)
                    case Started():
                        started = event
                        output.note(_introduce(event))
                    case StepMetrics():
                        output.result(_step_record(event), "")
                        _show_step(bar, event, started)
                    case EpochMetrics():
                        output.result(_epoch_record(event), _epoch_words(event))
                    case Done():
                        output.result(_done_record(event), _done_words(event))
                        return event
    finally:
        events.close()  # saves, also when Ctrl-C got us here
    raise AssertionError("training ended without saying so")


def _introduce(event: Any) -> str:
    return (
        f"{event.train_images} pictures to learn from, {event.val_images} to validate with, "
        f"{event.epochs} epochs of {event.steps_per_epoch} steps, {event.precision}"
    )


def _show_step(bar: Bar, event: StepMetrics, started: Any) -> None:
    text = f"epoch {event.epoch}/{started.epochs} · {event.images_per_second:.1f} img/s"
    bar.show(event.step, started.epochs * started.steps_per_epoch, text)


def _loss_record(losses: Losses) -> dict[str, float]:
    return {
        "giou": losses.giou,
        "conf": losses.conf,
        "prob": losses.prob,
        "total": losses.total,
    }


def _step_record(event: StepMetrics) -> dict[str, Any]:
    return {
        "event": "step",
        "epoch": event.epoch,
        "step": event.step,
        "lr": event.learning_rate,
        **_loss_record(event.losses),
        "images_per_second": event.images_per_second,
    }


def _epoch_record(event: EpochMetrics) -> dict[str, Any]:
    return {
        "event": "epoch",
        "epoch": event.epoch,
        "train": _loss_record(event.train),
        "val": _loss_record(event.val) if event.val else None,
        "ap50": event.ap50,
        "ap": event.ap,
    }


def _epoch_words(event: EpochMetrics) -> str:
    words = f"epoch {event.epoch:3}  train {_loss_words(event.train)}"
    if event.val:
        words += f"   val {_loss_words(event.val)}   AP50 {percent(event.ap50)}"
    return words


def _loss_words(losses: Losses) -> str:
    return (
        f"giou {losses.giou:6.2f} conf {losses.conf:6.2f} "
        f"prob {losses.prob:6.2f} total {losses.total:7.2f}"
    )


def _done_record(event: Done) -> dict[str, Any]:
    return {
        "event": "done",
        "run": str(event.run),
        "best_epoch": event.best_epoch,
        "ap50": event.ap50,
    }


def _done_words(event: Done) -> str:
    return f"done: {event.run}, best epoch {event.best_epoch}, AP50 {percent(event.ap50)}"


def evaluate(options: Namespace) -> int:
    """Measure a run on a split of a folder."""
    from studio.yolo.runs import Run

    output = Output(options.json)
    Run.load(options.model)  # a wrong path should not have to wait for TensorFlow
    items = Project.open(options.folder).dataset().labelled(options.split)
    if not items:
        raise StudioError(f"{options.folder}: split {options.split!r} has no labelled pictures")
    output.hint("loading TensorFlow…")
    from studio.yolo.detect import Detector
    from studio.yolo.evaluate import evaluate as measure

    measured(measure(Detector.load(options.model), items), output)
    return 0


def measured(events: Iterable[Any], output: Output) -> EvalResult:
    """Print what an evaluation tells; returns its result."""
    from studio.yolo.events import EvalResult, Progress, Status

    with output.progress("Measuring") as bar:
        for event in events:
            match event:
                case Status(text):
                    output.note(text)
                case Progress(done, total):
                    bar.show(done, total)
                case EvalResult():
                    _print_evaluation(output, event)
                    return event
    raise AssertionError("an evaluation ended without a result")


def _print_evaluation(output: Output, result: EvalResult) -> None:
    record = {
        "ap50": result.ap50,
        "ap": result.ap,
        "ap75": result.ap75,
        "per_class": {
            name: {"ap50": one.ap50, "ap": one.ap, "boxes": one.boxes}
            for name, one in result.per_class.items()
        },
        "images": result.images,
    }
    words = f"AP50 {percent(result.ap50)}, AP {percent(result.ap)}, AP75 {percent(result.ap75)}"
    output.result(record, f"{words} on {result.images} pictures")
    table = Table("class", "boxes", "AP50", "AP")
    for name, one in result.per_class.items():
        table.add_row(name, str(one.boxes), percent(one.ap50), percent(one.ap))
    output.table(table)


def percent(value: float | None) -> str:
    """Return an average precision as people write it, such as 0.902."""
    return "–" if value is None else f"{value:.3f}"
