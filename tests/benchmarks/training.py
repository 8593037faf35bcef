"""Training steps of tiny and full YOLOv3 at 416, and how late the window's timer gets meanwhile."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from studio.yolo.config import Precision
from tests.benchmarks import Row
from tests.benchmarks._lateness import lateness_while
from tests.benchmarks._steps import Steps, digits, training

CASES: tuple[tuple[str, int, Precision, int, float], ...] = (
    ("yolov3-tiny", 16, "float32", 16, 0.155),
    ("yolov3", 4, "auto", 11, 0.60),
    ("yolov3", 4, "float32", 10, 1.40),
)
"""Network, batch, precision, steps, and the seconds that an image may take."""


def measure() -> list[Row]:
    """Train on digit pages, data and loss included; the first on a thread below a window's loop."""
    import studio.yolo.train  # noqa: F401  importing TensorFlow is not what is measured

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        digits(folder)
        tiny = Steps(16)
        late = sorted(lateness_while(lambda: training(folder, tiny)))
        rows = [
            Row("training, yolov3-tiny, batch 16, auto: an image", 0.060, tiny.an_image, "s"),
            Row("waiting for data while training", 3.0, tiny.waiting, "%"),
            Row("10 ms timer late while training: 99 %", 16.0, late[len(late) * 99 // 100], "ms"),
            Row("10 ms timer late while training: most", 50.0, late[-1], "ms"),
        ]
        rows += _first_loss(folder)
        for architecture, batch, precision, count, aim in CASES:
            steps = Steps(batch)
            list(training(folder, steps, architecture, precision, count))
            what = f"training, {architecture}, batch {batch}, {precision}: an image"
            rows.append(Row(what, aim, steps.an_image, "s"))
    return rows


def _first_loss(folder: Path) -> list[Row]:
    call = [sys.executable, "-m", "tests.benchmarks._first_loss", str(folder)]
    done = subprocess.run(call, stdout=subprocess.PIPE, check=True, text=True)
    unloaded, loaded, peak = map(float, done.stdout.split())
    return [
        Row("first loss after the click", 20.0, unloaded, "s"),
        Row("the same with TensorFlow loaded", 6.0, loaded, "s"),
        Row("memory, yolov3-tiny, batch 16: most", 2.5, peak / 1e9, "GB"),
    ]
