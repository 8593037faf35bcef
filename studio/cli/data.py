"""`check` and `anchors`: commands about a data set."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter
from dataclasses import replace

import numpy as np
from rich.table import Table

from studio.cli.output import Output
from studio.errors import StudioError
from studio.labels import anchors as clustering
from studio.labels import problems as faults
from studio.labels.anchors import Clustered
from studio.labels.boxes import Problem
from studio.labels.dataset import box_sizes
from studio.project import Project


def check(options: Namespace) -> int:
    """List the faults of a data set and count what it holds."""
    output = Output(options.json)
    dataset = Project.open(options.folder).dataset()
    counts: Counter[str] = Counter()
    labelled = problems = 0
    with output.progress("Checking", len(dataset.items)) as bar:
        for name, fault in faults.mismatches(dataset):
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


def anchors(options: Namespace) -> int:
    """Cluster the box sizes of a split, and put the anchors into the project if asked to."""
    from studio.yolo.model import can_share
    from studio.yolo.networks import ARCHITECTURES

    output = Output(options.json)
    project = Project.open(options.folder)
    dataset = project.dataset()
    input_size = (options.size, options.size)
    sizes, unread = box_sizes(dataset.labelled(options.split), input_size)
    for error in unread:
        output.note(f"passed over: {error}")
    if not len(sizes):
        raise StudioError(f"{options.folder}: split {options.split!r} has no boxes to cluster")
    rng = np.random.default_rng(options.seed)
    events = clustering.cluster(sizes, options.k, input_size, rng, options.update)
    found = next(event for event in events if isinstance(event, Clustered))
    _print_anchors(output, found, len(sizes))
    if options.save:
        replace(project, anchors=found.anchors, classes=dataset.classes).save()
        networks = [name for name in ARCHITECTURES if can_share(found.anchors, name)]
        fits = f"for {' and '.join(networks)}" if networks else "though no network takes so many"
        output.note(f"saved in {project.root / 'studio.toml'}, {fits}")
    return 0


def _print_anchors(output: Output, found: Clustered, boxes: int) -> None:
    sizes = [[round(w, 2), round(h, 2)] for w, h in found.anchors.sizes]
    record = {
        "anchors": sizes,
        "mean_iou": found.quality.mean_iou,
        "best_possible_recall": found.quality.best_possible_recall,
        "boxes": boxes,
        "iterations": found.iterations,
    }
    words = (
        f"mean IoU {found.quality.mean_iou:.3f}, "
        f"best possible recall {found.quality.best_possible_recall:.3f}, {boxes} boxes"
    )
    output.result(record, words)
    share = np.bincount(found.quality.assignment, minlength=len(sizes)) / boxes
    table = Table("width", "height", "boxes")
    for (width, height), part in zip(sizes, share, strict=True):
        table.add_row(f"{width:.1f}", f"{height:.1f}", f"{part:.0%}")
    output.table(table)
