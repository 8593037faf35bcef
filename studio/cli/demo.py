"""`demo`: the digits project, in the window or, without one, the whole loop at once."""

from __future__ import annotations

import os
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from platformdirs import user_data_path

from studio.cli import window
from studio.cli.display import has_display
from studio.cli.evaluate import measured
from studio.cli.output import Output
from studio.cli.train import fit
from studio.demo.build import build, is_complete
from studio.labels import images
from studio.labels.anchors import Clustered, cluster
from studio.labels.dataset import box_sizes
from studio.labels.drawing import draw_detections
from studio.project import FILE, Project

if TYPE_CHECKING:
    from studio.yolo.detect import Detector
    from studio.yolo.events import TrainEvent
    from studio.yolo.runs import Run

PICTURES = 12  # annotated ones that the headless loop leaves
INPUT = (416, 416)


def demo(options: Namespace) -> int:
    """Make the project if it is not there yet, then open it or run the whole loop."""
    output = Output(options.json)
    folder = options.out or user_data_path("yolo-studio") / ("mnist" if options.mnist else "digits")
    make_project(folder, options.mnist, output)
    if has_display() and not options.headless:
        return window.show(folder)
    if not options.headless:
        output.note("no display: running the whole loop without a window")
    run_loop(folder, options.epochs, output)
    return 0


def make_project(folder: Path, mnist: Path | None, output: Output) -> None:
    """Write the pictures and labels, unless a finished demo project is there."""
    if is_complete(folder):
        output.hint(f"the demo project is in {folder}")
        return
    output.hint(f"making the demo project in {folder}")
    with output.progress("Writing digits") as bar:
        for page in build(folder, mnist):
            bar.show(page.done, page.total)


def run_loop(folder: Path, epochs: int, output: Output) -> None:
    """Cluster, train, measure and detect; leaves `losses.png` and `detections/` in the folder."""
    from studio.yolo import runs
    from studio.yolo.training.prepare import configure

    project = _with_anchors(Project.open(folder), output)
    given = {"architecture": "yolov3-tiny", "size": INPUT[0], "epochs": epochs}
    dataset, file = project.dataset(), project.root / FILE
    config, _ = configure(dataset, project.anchors, project.training, given, file)
    run = runs.new_run(project.runs, runs.free_name(project.runs, "demo"), config)
    _train(run, project, output)
    output.note(f"the losses are drawn in {folder / 'losses.png'}")
    from studio.yolo.detect import Detector
    from studio.yolo.evaluate import evaluate

    detector = Detector.load(run.path, "float32")  # as evaluate measures
    test = project.dataset().labelled("test")
    measured(evaluate(detector, test), output)
    _draw_detections(detector, [item.image for item in test[:PICTURES]], folder / "detections")
    output.note(f"detections are drawn in {folder / 'detections'}")


def _with_anchors(project: Project, output: Output) -> Project:
    """Cluster six anchors from the training pictures and save them in the project."""
    sizes, _ = box_sizes(project.dataset().labelled("train"), INPUT)
    events = cluster(sizes, 6, INPUT, np.random.default_rng(0))
    found = next(event for event in events if isinstance(event, Clustered))
    output.note(f"6 anchors clustered, mean IoU {found.quality.mean_iou:.3f}")
    project = replace(project, anchors=found.anchors)
    project.save()
    return project


def _train(run: Run, project: Project, output: Output) -> None:
    """Train, printing the events, and draw the losses at the end."""
    if not has_display():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance() or QApplication(["yolo-studio"])
    from studio.gui.train.plots import LossPlot
    from studio.yolo.events import EpochMetrics, StepMetrics

    plot = LossPlot()
    plot.resize(1100, 700)

    def draw(event: TrainEvent) -> None:
        if isinstance(event, StepMetrics):
            plot.add_step(event)
        elif isinstance(event, EpochMetrics):
            plot.add_epoch(event)

    try:
        fit(run, project.dataset(), output, draw)
    finally:
        plot.save_png(project.root / "losses.png")
        del application  # it had to outlive the plot


def _draw_detections(detector: Detector, paths: list[Path], folder: Path) -> None:
    for path in paths:
        image = images.load(path)
        drawn = draw_detections(image, detector.detect(image), detector.config.classes)
        images.save(folder / f"{path.stem}.png", drawn)
