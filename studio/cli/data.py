"""`check`: what is wrong with a data set, and what it holds."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from itertools import chain

from studio.cli.output import Output
from studio.errors import StudioError
from studio.labels import problems as faults
from studio.labels.boxes import Problem
from studio.project import FILE, Project


def check(options: Namespace) -> int:
    """List the faults of a data set and count what it holds."""
    from studio.yolo.records.folder import record_files

    output = Output(options.json)
    project = Project.open(options.folder)
    dataset = project.dataset()
    if not dataset.items and record_files(dataset.root):
        raise StudioError(
            f"{dataset.root}: holds TFRecord files, which are not looked into here; train, "
            "evaluate and anchors say what is wrong with them"
        )
    counts: Counter[str] = Counter()
    labelled = problems = 0
    with output.progress("Checking", len(dataset.items)) as bar:
        unread = ((FILE, Problem("setting", sentence)) for sentence in project.unread)
        for name, fault in chain(unread, faults.mismatches(dataset)):
            problems += 1
            _print_problem(output, name, fault)
        for done, checked in enumerate(faults.check(dataset), 1):
            for fault in checked.problems:
                problems += 1
                _print_problem(output, checked.item.name, fault)
            if checked.annotation:
                labelled += checked.item.is_labelled
                counts.update(box.label for box in checked.annotation.boxes)
            bar.show(done)
    classes = {name: counts[name] for name in dict.fromkeys([*dataset.classes, *counts])}
    record = {
        "images": len(dataset.items),
        "labelled": labelled,
        "boxes": counts.total(),
        "problems": problems,
        "classes": classes,
    }
    listed = ", ".join(f"{name} {count}" for name, count in classes.items())
    words = (
        f"{len(dataset.items)} pictures, {labelled} labelled, {counts.total()} boxes"
        f"{f' ({listed})' if listed else ''}; "
        f"{problems or 'no'} {'problem' if problems == 1 else 'problems'}"
    )
    output.result(record, words)
    return 0


def _print_problem(output: Output, image: str, problem: Problem) -> None:
    record = {"image": image, "problem": problem.kind, "detail": problem.detail}
    output.result(record, f"{image}: {problem.detail}")
