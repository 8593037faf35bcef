"""`anchors`: cluster the sizes of the boxes, compare, refine, save."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from typing import Any

import numpy as np
from rich.table import Table

from studio.cli.opening import open_samples
from studio.cli.output import Output
from studio.errors import StudioError
from studio.labels.anchors import (
    Anchors,
    Clustered,
    Elbow,
    ElbowPoint,
    Evolved,
    Generation,
    Sizes,
    advise,
    cluster,
    compare,
    elbow,
    evolve,
    quality,
    uses,
)
from studio.labels.anchors.curve import MOST_ANCHORS
from studio.labels.anchors.presets import published
from studio.labels.dataset import box_sizes
from studio.labels.samples import Samples
from studio.project import Project


def anchors(options: Namespace) -> int:
    """Cluster the box sizes of a split, and put the anchors into the project if asked to."""
    if options.json and options.darknet:
        raise StudioError("--json and --darknet both say what to print: choose one")
    output = Output(options.json)
    project = Project.open(options.folder)
    dataset = open_samples(project, output)
    sizes = _read_sizes(output, options, dataset)
    found = _cluster(output, options, sizes)
    curve = _find_elbow(output, options, sizes, found.anchors) if options.elbow else None
    if options.darknet:
        output.result({}, found.anchors.darknet())
    else:
        _print_found(output, found, curve)
        _print_compared(output, sizes, found.anchors, project.anchors)
    if options.save:
        _save(output, replace(project, anchors=found.anchors, classes=dataset.classes))
    return 0


def _read_sizes(output: Output, options: Namespace, dataset: Samples) -> Sizes:
    sizes, unread = box_sizes(dataset.labelled(options.split), (options.size, options.size))
    for error in unread:
        output.note(f"passed over: {error}")
    if not len(sizes):
        raise StudioError(f"{options.folder}: split {options.split!r} has no boxes to cluster")
    return sizes


def _cluster(output: Output, options: Namespace, sizes: Sizes) -> Clustered:
    """Cluster, and refine if asked to."""
    rng = np.random.default_rng(options.seed)
    events = cluster(sizes, options.k, (options.size, options.size), rng, options.update)
    found = next(event for event in events if isinstance(event, Clustered))
    if not options.evolve:
        return found
    with output.progress("Refining") as bar:
        for event in evolve(sizes, found.anchors, rng):
            if isinstance(event, Generation):
                bar.show(event.number, event.generations)
            elif isinstance(event, Evolved):
                output.note(f"refining raised the mean IoU by {event.gain:.4f}")
                found = replace(found, anchors=event.anchors, quality=event.quality)
    return found


def _find_elbow(output: Output, options: Namespace, sizes: Sizes, known: Anchors) -> Elbow:
    rng = np.random.default_rng(options.seed)
    with output.progress("Trying other numbers", MOST_ANCHORS) as bar:
        for event in elbow(sizes, rng, options.update, known):
            if isinstance(event, ElbowPoint):
                bar.show(event.k)
            else:
                return event
    raise AssertionError("the search ends with its curve")


def _print_found(output: Output, found: Clustered, curve: Elbow | None) -> None:
    record: dict[str, Any] = {
        "anchors": [[round(w, 2), round(h, 2)] for w, h in found.anchors.sizes],
        "mean_iou": found.quality.mean_iou,
        "best_possible_recall": found.quality.best_possible_recall,
        "boxes": len(found.quality.iou),
        "iterations": found.iterations,
    }
    if curve:
        record["elbow"] = [round(mean_iou, 4) for mean_iou in curve.mean_ious]
    words = (
        f"mean IoU {found.quality.mean_iou:.3f}, "
        f"best possible recall {found.quality.best_possible_recall:.3f}, "
        f"{len(found.quality.iou)} boxes"
    )
    output.result(record, words)
    table = Table("width", "height", "boxes", "IoU")
    for use in uses(found.anchors, found.quality):
        table.add_row(
            f"{use.width:.1f}", f"{use.height:.1f}", f"{use.share:.0%}", f"{use.mean_iou:.2f}"
        )
    output.table(table)
    if curve:
        _print_elbow(output, curve)


def _print_elbow(output: Output, curve: Elbow) -> None:
    table = Table("k", "mean IoU")
    for k, mean_iou in enumerate(curve.mean_ious, 1):
        table.add_row(str(k), f"{mean_iou:.3f}")
    output.table(table)
    output.table(curve.text)


def _print_compared(output: Output, sizes: Sizes, new: Anchors, used: Anchors | None) -> None:
    """Lay the anchors beside those of the project and the published ones, and give advice."""
    others = published(new.input_size)
    if used:
        others = {"in use": used.at(new.input_size), **others}
    table = Table("compared", "k", "mean IoU", "recall")
    for fit in compare(sizes, {"new": new, **others}):
        recall = f"{fit.best_possible_recall:.3f}"
        table.add_row(fit.name, str(fit.k), f"{fit.mean_iou:.3f}", recall)
    output.table(table)
    if used:
        found, compared = (quality(sizes, a.array()) for a in (new, others["in use"]))
        output.table(advise(len(new.sizes), found, compared, "The anchors in use").text)


def _save(output: Output, project: Project) -> None:
    from studio.yolo.network.model import can_share
    from studio.yolo.network.networks import ARCHITECTURES

    assert project.anchors
    project.save()
    networks = [name for name in ARCHITECTURES if can_share(project.anchors, name)]
    fits = f"for {', '.join(networks)}" if networks else "though no network takes so many"
    output.note(f"saved in {project.root / 'studio.toml'}, {fits}")
