"""`evaluate`: a model measured."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich.table import Table

from studio.cli.opening import open_samples
from studio.cli.output import Output, percent
from studio.errors import StudioError
from studio.project import Project

if TYPE_CHECKING:
    from studio.yolo.events import ClassResult, EvalResult


def evaluate(options: Namespace) -> int:
    """Measure a model on a split of a folder."""
    from studio.yolo.runs import named
    from studio.yolo.weights.stored import read_model

    output = Output(options.json)
    # Whatever is wrong with the call should not have to wait for TensorFlow.
    project = Project.open(options.folder)
    model = named(project.runs, options.model)
    known = read_model(model).classes
    dataset = open_samples(project, output)
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
    measured(measure(Detector.load(model, "float32"), items), output)
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
                    output.status(text)
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
        "per_class": class_records(result.per_class),
        "images": result.images,
    }
    words = f"AP50 {percent(result.ap50)}, AP {percent(result.ap)}, AP75 {percent(result.ap75)}"
    output.result(record, f"{words} on {result.images} pictures")
    table = Table("class", "boxes", "AP50", "AP")
    for name, one in result.per_class.items():
        table.add_row(name, str(one.boxes), percent(one.ap50), percent(one.ap))
    output.table(table)


def class_records(results: Mapping[str, ClassResult]) -> dict[str, Any]:
    """Return the average precision of each class as JSON has it."""
    return {
        name: {"ap50": one.ap50, "ap": one.ap, "boxes": one.boxes} for name, one in results.items()
    }
