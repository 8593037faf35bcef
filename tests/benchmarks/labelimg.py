"""Side by side with labelImg, where there is one: LABELIMG_PYTHON names its interpreter.

For example `python -m venv elsewhere && elsewhere/bin/pip install labelImg==1.8.6`, then
`LABELIMG_PYTHON=elsewhere/bin/python python -m tests.benchmarks labelimg`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from studio.labels import images, voc
from studio.labels.boxes import Annotation, Box
from tests.benchmarks import Row

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent / "_side_by_side"
PICTURES, BOXES, ROUNDS = 100_000, 1_000, 3
LINKS = 30_000  # file systems allow only so many names for one file
_WHAT = {
    "window": "window",
    "open": f"{PICTURES:,} pictures opened",
    "held": "next picture, 640×480, the key held",
    "next": "next picture, 640×480, without a pause between two",
    "drag": f"a box dragged among {BOXES:,}, a frame",
}

Figures = dict[str, list[float]]


def measure() -> list[Row]:
    """Run both in turn; labelImg's figure is what ours should be below."""
    theirs_python = os.environ.get("LABELIMG_PYTHON")
    if not theirs_python:
        return []
    theirs: Figures = {}
    ours: Figures = {}
    with TemporaryDirectory() as made:
        many, crowded = Path(made, "many"), Path(made, "crowded")
        _make_many(many)
        _make_crowded(crowded)
        for number in range(ROUNDS):
            home = {"HOME": made}
            _add(theirs, [theirs_python, HERE / "_labelimg.py", many, crowded], home)
            command = ["-m", "tests.benchmarks._side_by_side._studio", many, crowded]
            settings = Path(made, f"settings{number}.ini")
            _add(ours, [sys.executable, *command, settings], {"XDG_CACHE_HOME": f"{made}/{number}"})
    return [
        Row(f"{what} (aim: labelImg's)", 1000 * median(theirs[key]), 1000 * median(ours[key]), "ms")
        for key, what in _WHAT.items()
    ]


def _add(figures: Figures, command: list[str | Path], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"} | environment,
        text=True,
    )
    for key, seconds in json.loads(done.stdout.splitlines()[-1]).items():
        figures.setdefault(key, []).extend(seconds)


def _make_many(folder: Path) -> None:
    source = folder / "0.jpg"
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    images.save(source, noise)
    data = source.read_bytes()
    for number in range(1, PICTURES):
        picture = folder / f"{number}.jpg"
        if number % LINKS:
            picture.hardlink_to(folder / f"{number // LINKS * LINKS}.jpg")
        else:
            picture.write_bytes(data)


def _make_crowded(folder: Path) -> None:
    """Make one picture full of boxes, with the label file beside it, as labelImg has it."""
    rng = np.random.default_rng(0)
    picture = folder / "a.jpg"
    images.save(picture, rng.integers(0, 256, (900, 1200, 3), np.uint8))
    corners = rng.integers(1, (1160, 870), (BOXES, 2)).tolist()
    boxes = tuple(Box(f"c{i % 5}", x, y, x + 30, y + 20) for i, (x, y) in enumerate(corners))
    voc.write(folder / "a.xml", Annotation(picture, 1200, 900, boxes=boxes))
