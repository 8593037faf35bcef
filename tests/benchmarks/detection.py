"""The first detection after a model is loaded, and those after it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from studio.labels.anchors import preset
from studio.yolo.config import TrainConfig
from studio.yolo.model import ModelConfig
from studio.yolo.runs import new_run
from tests.benchmarks import Row


def measure() -> list[Row]:
    """Detect with untrained weights of YOLOv3-tiny at 416 in a 640 × 480 picture."""
    from studio.yolo.checkpoint import save_arrays, variables_to_arrays
    from studio.yolo.detect import Detector
    from studio.yolo.build import build

    size = (416, 416)
    names = tuple(map(str, range(10)))
    config = ModelConfig("yolov3-tiny", names, preset("yolov3-tiny", size), size)
    with tempfile.TemporaryDirectory() as name:
        run = new_run(Path(name), "bench", TrainConfig(config))
        save_arrays(run.best, variables_to_arrays(build(config).variables))
        detector = Detector.load(run.path)
    image = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    times = []
    for _ in range(20):
        began = time.perf_counter()
        detector.detect(image)
        times.append((time.perf_counter() - began) * 1000)
    return [
        Row("first detection after loading, tiny 416", 60.0, times[0], "ms"),
        Row("detection, tiny 416, median of 20", 60.0, median(times), "ms"),
    ]
