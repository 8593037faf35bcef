"""A training step of YOLOv3-tiny at 416, and how late the window's timer gets meanwhile."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median

from studio.demo.build import build
from studio.project import Project
from studio.yolo.config import TrainConfig
from studio.yolo.events import StepMetrics
from studio.yolo.network.model import ModelConfig
from studio.yolo.runs import new_run
from studio.yolo.training.prepare import choose_anchors
from tests.benchmarks import Row
from tests.benchmarks._lateness import lateness_while

PICTURES = 96
EPOCHS = 6
WARM_UP = 6  # steps that are not counted


def measure() -> list[Row]:
    """Train on digit pages, data and loss included, on a thread below a window's event loop."""
    import studio.yolo.train  # noqa: F401  importing TensorFlow is not what is measured

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        list(build(folder, counts=(PICTURES, 0, 0)))
        seen: list[tuple[float, StepMetrics]] = []
        late = lateness_while(lambda: _training(folder, seen))
    counted = seen[WARM_UP:]
    took = [after[0] - before[0] for before, after in pairwise(counted)]
    waits = [metrics.data_wait for _, metrics in counted]
    late.sort()
    return [
        Row("training step, tiny 416, batch 16: an image", 0.09, median(took) / 16, "s"),
        Row("waiting for data while training", 5.0, 100 * median(waits), "%"),
        Row("10 ms timer late while training: most", 50.0, late[-1], "ms"),
        Row("10 ms timer late while training: 99 %", 50.0, late[len(late) * 99 // 100], "ms"),
    ]


def _training(folder: Path, seen: list[tuple[float, StepMetrics]]) -> Iterator[object]:
    from studio.yolo.train import train

    dataset = Project.open(folder).dataset()
    size = (416, 416)
    anchors, _ = choose_anchors(None, dataset, "yolov3-tiny", size)
    config = TrainConfig(
        ModelConfig("yolov3-tiny", dataset.classes, anchors, size), epochs=EPOCHS, flip="none"
    )
    for event in train(config, dataset, new_run(folder / "runs", "bench", config)):
        if isinstance(event, StepMetrics):
            seen.append((time.perf_counter(), event))
        yield event
