"""`train` and `evaluate`: commands that make and measure a model."""

from __future__ import annotations

import shlex
from argparse import Namespace
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from studio.cli.interrupt import Interrupt
from studio.cli.opening import open_samples
from studio.cli.output import Bar, Output
from studio.errors import StudioError
from studio.project import FILE, Project

if TYPE_CHECKING:
    from studio.labels.samples import Samples
    from studio.yolo.events import Done, EpochMetrics, EvalResult, Losses, StepMetrics, TrainEvent
    from studio.yolo.runs import Run

    Watch = Callable[[TrainEvent], object]

OPTIONS = {  # of the command, and the settings they stand for
    "arch": "architecture",
    "attention": "attention",
    "size": "size",
    "epochs": "epochs",
    "batch": "batch_size",
    "lr": "learning_rate",
    "loss": "loss",
    "box_loss": "box_loss",
    "focal_gamma": "focal_gamma",
    "label_smoothing": "label_smoothing",
    "ignore_threshold": "ignore_threshold",
    "assign_threshold": "assign_threshold",
    "flip": "flip",
    "precision": "precision",
    "transfer": "transfer",
    "weights": "weights",
    "seed": "seed",
}


def train(options: Namespace) -> int:
    """Train on a folder, or go on with an interrupted run of it."""
    output = Output(options.json)
    project = Project.open(options.folder)
    dataset = open_samples(project, output)
    is_resumed = options.resume is not None
    run = _old_run(options, project) if is_resumed else _new_run(options, project, dataset, output)
    fit(run, dataset, output, resume=is_resumed)
    return 0


def _old_run(options: Namespace, project: Project) -> Run:
    """Return the run to go on with, named or given by its path."""
    from studio.yolo.runs import Run

    given = [name for name in ("name", *OPTIONS) if getattr(options, name) is not None]
    if given:
        listed = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise StudioError(f"--resume goes on with the settings that a run has, without {listed}")
    places = (project.runs / options.resume, Path(options.resume))
    return Run.load(next((place for place in places if place.is_dir()), places[0]))


def _new_run(options: Namespace, project: Project, dataset: Samples, output: Output) -> Run:
    from studio.yolo import runs
    from studio.yolo.training.prepare import configure
    from studio.yolo.weights.transfer import transfer

    file = project.root / FILE
    config, anchors = configure(dataset, project.anchors, project.training, _given(options), file)
    is_projects = project.anchors and config.model.anchors == project.anchors.at(
        config.model.input_size
    )
    # Somebody who has chosen anchors must hear that others are used.
    say = output.note if project.anchors and not is_projects else output.hint
    say(f"training with {anchors}")
    transfer(config)  # wrong weights should not have to wait for TensorFlow
    name = options.name or runs.default_name(project.root, project.runs)
    return runs.new_run(project.runs, name, config)


def _given(options: Namespace) -> dict[str, Any]:
    """Return the settings that the command names."""
    given = {setting: getattr(options, name) for name, setting in OPTIONS.items()}
    given = {setting: value for setting, value in given.items() if value is not None}
    if given.get("transfer") == "none":
        given.setdefault("weights", "")  # over what the project remembers
    weights = given.get("weights")
    if weights and Path(weights).exists():
        given["weights"] = str(Path(weights).absolute())  # the run says it wherever it is read
    return given


def fit(
    run: Run, dataset: Samples, output: Output, watch: Watch = lambda _: None, resume: bool = False
) -> None:
    """Train a run, printing what it tells; a new one that comes to nothing leaves no folder."""
    from studio.yolo.runs import remove_if_empty

    try:
        with Interrupt() as interrupt:
            output.hint("loading TensorFlow…")
            from studio.yolo.train import train as train_events

            follow(train_events(run.config, dataset, run, resume), output, interrupt, watch)
    except KeyboardInterrupt:
        if run.state.exists():
            output.note(f"what was reached is in {run.path}")
            resume_call = ["main.py", "train", str(dataset.root), "--resume", run.name]
            output.note(f"go on with: {shlex.join(resume_call)}")
        raise
    finally:
        if not resume:
            remove_if_empty(run)


def follow(
    events: Generator[TrainEvent], output: Output, interrupt: Interrupt, watch: Watch
) -> Done:
    """Print what training tells until it is done, showing `watch` each event; returns the last.

    Ctrl-C closes the events after the one that is being worked on, and raises KeyboardInterrupt.
    """
    from studio.yolo.events import Done, EpochMetrics, Started, Status, StepMetrics

    started: Started | None = None
    try:
        with output.progress("preparing") as bar:
            for event in events:
                watch(event)
                match event:
                    case Status(text):
                        _say(output, text)
                    case Started():
                        started = event
                        output.hint(_introduce(event))
                    case StepMetrics():
                        output.result(_step_record(event), "")
                        _show_step(bar, event, started)
                    case EpochMetrics():
                        output.result(_epoch_record(event), _epoch_words(event))
                    case Done():
                        output.result(_done_record(event), _done_words(event))
                        return event
                interrupt.raise_if_asked()
    finally:
        events.close()  # which saves
    raise AssertionError("training ended without saying so")


def _say(output: Output, text: str) -> None:
    """Tell programs what was passed over, but not what is being done."""
    (output.hint if text.endswith("…") else output.note)(text)


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
    """Measure a model on a split of a folder."""
    from studio.yolo.weights.stored import read_model

    output = Output(options.json)
    # Whatever is wrong with the call should not have to wait for TensorFlow.
    known = read_model(options.model).classes
    dataset = open_samples(Project.open(options.folder), output)
    _require_known(dataset.classes, known, options)
    items = dataset.labelled(options.split)
    if not items:
        others = ", ".join(s for s in (*dataset.splits, "all") if dataset.labelled(s)) or "none"
        raise StudioError(
            f"{options.folder}: split {options.split!r} has no labelled pictures; "
            f"--split may be {others}"
        )
    output.hint("loading TensorFlow…")
    from studio.yolo.detect import Detector
    from studio.yolo.evaluate import evaluate as measure

    # In float32, so that a figure is the same on every machine.
    measured(measure(Detector.load(options.model, "float32"), items), output)
    return 0


def _require_known(classes: tuple[str, ...], known: tuple[str, ...], options: Namespace) -> None:
    """Raise StudioError for classes of a data set that the model has never heard of."""
    strange = ", ".join(name for name in classes if name not in known)
    if strange:
        few = ", ".join(known[:5]) + (f" … ({len(known)} classes)" if len(known) > 5 else "")
        raise StudioError(
            f"{options.model}: knows {few}, but not {strange}, which {options.folder} has; "
            f"their names must be the same"
        )


def measured(events: Iterable[Any], output: Output) -> EvalResult:
    """Print what an evaluation tells; returns its result."""
    from studio.yolo.events import EvalResult, Progress, Status

    with output.progress("Measuring") as bar:
        for event in events:
            match event:
                case Status(text):
                    _say(output, text)
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
