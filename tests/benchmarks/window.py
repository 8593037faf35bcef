"""How long it takes from the command to the window with a folder in it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from studio.labels import images, voc
from studio.labels.boxes import Annotation, Box
from studio.labels.dataset import Layout, scan
from tests.benchmarks import Row, seconds

ROOT = Path(__file__).resolve().parents[2]
PICTURES = 1000
NAMES = 100_000

# Starts the window as `main.py open` does, and tells when it is painted with the folder in it.
PROGRAM = """
import sys, time
from studio.cli import run
from studio.gui import app
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QAbstractItemView

class Watched(app.MainWindow):
    def event(self, event):
        if event.type() == QEvent.Type.UpdateRequest:
            QTimer.singleShot(0, self.tell)
        return super().event(event)

    def tell(self):
        if self.isEnabled() and self.findChild(QAbstractItemView, "fileList").model().rowCount():
            print(time.time(), *sys.modules, flush=True)
            self.close()

app.MainWindow = Watched
run(["open", sys.argv[1]])
"""


def measure() -> list[Row]:
    """Open a folder of 1,000 labelled pictures in fresh processes; list a far larger one."""
    with TemporaryDirectory() as made:
        folder, settings = Path(made, "pictures"), Path(made, "settings")
        _make_pictures(folder)
        opened = median(_seconds_to_open(folder, settings) for _ in range(5))
        listed = _seconds_to_list(Path(made, "names"))
    return [
        Row(f"window shown, {PICTURES:,} pictures in the folder", 1.0, opened, "s"),
        Row(f"{NAMES:,} pictures listed", 1.0, listed, "s"),
    ]


def _make_pictures(folder: Path) -> None:
    """Write photographs of noise, each with 13 boxes."""
    rng = np.random.default_rng(0)
    first = folder / "0.jpg"
    images.save(first, rng.integers(0, 256, (480, 640, 3), np.uint8))
    data = first.read_bytes()
    boxes = tuple(Box("cell", 40.0 * i, 20, 40.0 * i + 30, 70) for i in range(13))
    for number in range(PICTURES):
        picture = folder / f"{number}.jpg"
        picture.write_bytes(data)
        labels = folder / "annotations" / f"{number}.xml"
        labels.parent.mkdir(exist_ok=True)
        labels.write_bytes(voc.render(Annotation(picture, 640, 480, boxes=boxes), labels))


def _seconds_to_open(folder: Path, settings: Path) -> float:
    environment = {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(settings)}
    start = time.time()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=os.environ | environment,
        text=True,
    )
    told, *modules = done.stdout.split()
    assert "tensorflow" not in modules
    return float(told) - start


def _seconds_to_list(folder: Path) -> float:
    folder.mkdir()
    for number in range(NAMES):
        (folder / f"img_{number}.jpg").touch()
    return seconds(lambda: scan(folder, Layout.of(folder)), repeats=3)
