"""The most memory that a training has, beside what it was estimated at, in fresh processes."""

from __future__ import annotations

import subprocess
import sys

from tests.benchmarks import Row

RUNS = (  # architecture, side, batch, parts, number type
    ("yolov3-tiny", 416, 16, 1, "bfloat16"),
    ("yolov3-tiny", 416, 16, 1, "float32"),
    ("yolov3-tiny", 416, 16, 4, "float32"),
    ("yolov4-tiny", 416, 16, 1, "bfloat16"),
    ("yolov3", 416, 4, 1, "bfloat16"),
    ("yolov3", 416, 4, 1, "float32"),
)


def measure() -> list[Row]:
    """Return a row for each run, whose aim is the estimate: it should not be far under."""
    return [_row(*run) for run in RUNS]


def _row(architecture: str, side: int, batch: int, parts: int, compute: str) -> Row:
    call = [architecture, str(side), str(batch), str(parts), compute]
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks._memory_of", *call],
        check=True,
        capture_output=True,
        text=True,
    )
    estimate, most = map(float, done.stdout.split())
    in_parts = f" in {parts} parts" if parts > 1 else ""
    what = f"memory of {architecture}, {side}, batch {batch}{in_parts}, {compute}; the estimate"
    return Row(what, round(estimate), most, "MB")
