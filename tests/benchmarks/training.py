"""Training steps of tiny and full YOLOv3 at 416, and how late the window is meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from studio.yolo.config import Precision
from tests.benchmarks import Row
from tests.benchmarks._steps import Steps, digits, training

CASES: tuple[tuple[str, int, Precision, int, float], ...] = (
    ("yolov3-tiny", 16, "auto", 36, 0.060),
    ("yolov3-tiny", 16, "float32", 16, 0.155),
    ("yolov3", 4, "auto", 11, 0.60),
    ("yolov3", 4, "float32", 10, 1.40),
)
"""Network, batch, precision, steps, and the seconds that an image may take."""


def measure() -> list[Row]:
    """Train on digit pages, data and loss included; once in the real window."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        digits(folder)
        rows = [*_first_loss(folder), *_in_window(folder)]
        for architecture, batch, precision, count, aim in CASES:
            steps = Steps(batch)
            list(training(folder, steps, architecture, precision, count))
            what = f"training, {architecture}, batch {batch}, {precision}: an image"
            rows.append(Row(what, aim, steps.an_image, "s"))
            if architecture == "yolov3-tiny":
                rows.append(Row("waiting for data meanwhile", 3.0, steps.waiting, "%"))
    return rows


def _in_window(folder: Path) -> list[Row]:
    call = [sys.executable, "-m", "tests.benchmarks._train_in_window", str(folder)]
    done = subprocess.run(call, stdout=subprocess.PIPE, check=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    late = sorted(told["late"])
    return [
        Row("first loss after the click, in the window", 20.0, told["first"], "s"),
        Row("10 ms timer late while training: 99 %", 16.0, late[len(late) * 99 // 100], "ms"),
        Row("10 ms timer late while training: most", 50.0, late[-1], "ms"),
    ]


def _first_loss(folder: Path) -> list[Row]:
    call = [sys.executable, "-m", "tests.benchmarks._first_loss", str(folder)]
    done = subprocess.run(call, stdout=subprocess.PIPE, check=True, text=True)
    unloaded, loaded, peak = map(float, done.stdout.split())
    return [
        Row("first loss after the click", 20.0, unloaded, "s"),
        Row("the same with TensorFlow loaded", 6.0, loaded, "s"),
        Row("memory, yolov3-tiny, batch 16: most", 2.5, peak / 1e9, "GB"),
    ]
