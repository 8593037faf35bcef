"""Training on digit pages as a user would start it, and what its steps took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median

from studio.demo.build import build
from studio.project import Project
from studio.yolo.config import Precision, TrainConfig
from studio.yolo.events import StepMetrics
from studio.yolo.network.model import ModelConfig
from studio.yolo.runs import free_name, new_run
from studio.yolo.training.prepare import choose_anchors

PICTURES = 96
SIZE = (416, 416)
WARM_UP = 6  # steps that are not counted


@dataclass(slots=True)
class Steps:
    """The steps of a training, as they come: when, and what they tell."""

    batch: int
    seen: list[tuple[float, StepMetrics]] = field(default_factory=list)

    @property
    def an_image(self) -> float:
        """Seconds, the median over the steps; data, augmentation and loss included."""
        counted = self.seen[WARM_UP:]
        each = [
            (after[0] - before[0]) / (after[1].step - before[1].step)
            for before, after in pairwise(counted)
        ]
        return median(each) / self.batch

    @property
    def waiting(self) -> float:
        """The share of the time spent waiting for data, in per cent."""
        return 100 * median(metrics.data_wait for _, metrics in self.seen[WARM_UP:])


def digits(folder: Path) -> None:
    """Make the pages to train on."""
    list(build(folder, counts=(PICTURES, 0, 0)))


def training(
    folder: Path,
    steps: Steps,
    architecture: str = "yolov3-tiny",
    precision: Precision = "auto",
    count: int = 36,
) -> Iterator[object]:
    """Train `count` steps with the defaults, noting each."""
    from studio.yolo.train import train

    dataset = Project.open(folder).dataset()
    anchors, _ = choose_anchors(None, dataset, architecture, SIZE)
    epochs = -(-count * steps.batch // PICTURES)
    config = TrainConfig(
        ModelConfig(architecture, dataset.classes, anchors, SIZE),
        epochs=epochs,
        batch_size=steps.batch,
        precision=precision,
        flip="none",
    )
    runs = folder / "runs"
    events = train(config, dataset, new_run(runs, free_name(runs, "bench"), config))
    for event in events:
        if isinstance(event, StepMetrics):
            steps.seen.append((time.perf_counter(), event))
            if event.step >= count:
                events.close()  # no need to finish the epoch
                return
        yield event
