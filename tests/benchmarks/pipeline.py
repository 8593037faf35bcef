"""The input pipeline alone: what it costs, and what share of a training step that is."""

from __future__ import annotations

import dataclasses
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from studio.labels import images, voc
from studio.labels.anchors import preset
from studio.labels.boxes import Annotation, Box
from studio.labels.folder.cache import VARIABLE
from studio.project import Project
from studio.yolo.config import TrainConfig
from studio.yolo.network.model import ModelConfig
from tests.benchmarks import Row

SIZE = (416, 416)
PICTURES = 64
STEP = 36.0  # ms an image that a step of YOLOv3-tiny takes on two cores, in bfloat16
CORES = 2
STEPS = 12

PLAIN = {"flip": "none", "scale": 0.0, "shift": 0.0, "brightness": 0.0}
ALL = {
    "flip": "both", "crop": 0.5, "rotate": 10.0, "shear": 5.0, "hue": 0.05, "saturation": 0.3,
    "mosaic": 0.5, "mixup": 0.3,
}  # fmt: skip
SETTINGS = {
    "no augmentation": (PLAIN, 0.5),
    "default augmentation": ({}, 2.2),
    "with mosaic in all": ({"mosaic": 1.0}, 4.0),
    "with all of it": (ALL, 6.0),
}


def measure() -> list[Row]:
    """Measure on photographs' sizes, from memory and from the disk."""
    rows = []
    with tempfile.TemporaryDirectory() as name, _cache_in(Path(name) / "cache"):
        dataset = _made(Path(name))
        model = ModelConfig("yolov3-tiny", ("a",), preset("yolov3-tiny", SIZE), SIZE)
        for cache in ("memory", "disk"):
            for what, (strengths, aim) in SETTINGS.items():
                config = TrainConfig(model, cache=cache, **strengths)  # type: ignore[arg-type]
                rows += _of(f"{what}, {cache}", dataset, config, aim)
    return rows


def _of(what: str, dataset: Any, config: TrainConfig, aim: float) -> Iterator[Row]:
    from studio.yolo.data.pipeline import training_batches
    from studio.yolo.data.schedule import Schedule

    prepared = _prepared(dataset, config)
    schedule = Schedule.of(len(prepared), config)
    batches = training_batches(prepared, config, schedule, 0, 100)
    for _ in range(4):  # tracing, compiling, and what is ready before it is asked for
        next(batches)
    began, used = time.perf_counter(), time.process_time()
    for _ in range(STEPS):
        next(batches)
    count = STEPS * schedule.batch
    wall = 1000 * (time.perf_counter() - began) / count
    cores = 1000 * (time.process_time() - used) / count
    batches.close()
    yield Row(f"{what}: of one core, an image", aim, cores, "ms")
    yield Row(f"{what}: share of a step", 100 * aim / STEP / CORES, 100 * cores / STEP / CORES, "%")
    yield Row(f"{what}: alone, {1000 / wall:.0f} images/s", STEP / 10, wall, "ms")


def _prepared(dataset: Any, config: TrainConfig) -> Any:
    from studio.yolo.data.prepared import prepare

    work = prepare(dataset.items, config)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def _made(folder: Path) -> Any:
    rng = np.random.default_rng(0)
    for number in range(PICTURES):
        small = rng.integers(0, 256, (30, 40, 3), np.uint8)
        path = folder / "images" / f"{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        images.save(path, np.kron(small, np.ones((16, 16, 1), np.uint8)))
        low = rng.integers(0, 300, (12, 2)).tolist()
        boxes = tuple(Box("a", x, y, x + 90, y + 90) for x, y in low)
        annotation = Annotation(path, 640, 480, boxes=boxes)
        voc.write(folder / "annotations" / f"{number}.xml", annotation)
    return dataclasses.replace(Project.open(folder).dataset(), classes=("a",))


@contextmanager
def _cache_in(folder: Path) -> Iterator[None]:
    """Keep away from the user's cache."""
    kept = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(folder)
    try:
        yield
    finally:
        os.environ.pop(VARIABLE)
        if kept is not None:
            os.environ[VARIABLE] = kept
