"""How long the next picture takes, from the key to the painted canvas."""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from studio.gui.main_window import MainWindow
from studio.labels import voc
from studio.labels.boxes import Annotation, Box
from studio.labels.opencv import cv2
from tests.benchmarks import Row

PICTURES = 20
CALM = 0.1  # seconds without work: the neighbours of a picture are read by then


def measure() -> list[Row]:
    """Step through photographs of two sizes in the real window."""
    application = QApplication.instance() or QApplication(["benchmark"])
    assert isinstance(application, QApplication)
    with TemporaryDirectory() as made:
        small = _milliseconds(application, Path(made, "small"), 640, 480)
        large = _milliseconds(application, Path(made, "large"), 4000, 3000)
    return [
        Row("next picture, 640 × 480", 9.0, small, "ms"),
        Row("next picture, 12 megapixels, prefetched", 30.0, large, "ms"),
    ]


def _milliseconds(application: QApplication, folder: Path, width: int, height: int) -> float:
    """Return the median time of a step, the repaint included."""
    _make_pictures(folder, width, height)
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow(settings)
    window.resize(1280, 800)
    window.show()
    window.open(folder)
    _settle(application, window)
    times = []
    for _ in range(PICTURES - 1):
        start = time.perf_counter()
        window.annotate.files.step(1)
        while window.annotate.labelling.sheet is None:  # it is not read yet
            application.processEvents()
        window.annotate.canvas.repaint()
        times.append((time.perf_counter() - start) * 1000)
        _settle(application, window)
    window.close()
    while window.session.jobs:
        application.processEvents()
    return median(times)


def _settle(application: QApplication, window: MainWindow) -> None:
    """Wait until nothing has been read for a moment."""
    end = time.perf_counter() + CALM
    while time.perf_counter() < end:
        application.processEvents()
        if window.session.jobs:
            end = time.perf_counter() + CALM


def _make_pictures(folder: Path, width: int, height: int) -> None:
    """Write photographs with the noise of a camera, each with 13 boxes."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (height // 10, width // 10, 3), np.uint8)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    noise = rng.integers(0, 24, (height, width, 3), np.uint8)
    data = cv2.imencode(".jpg", cv2.add(smooth, noise))[1].tobytes()
    side = width // 14
    boxes = tuple(Box("cell", side * i + 1.0, 20, side * (i + 1.0), 70) for i in range(13))
    for number in range(PICTURES):
        picture = folder / f"{number}.jpg"
        labels = folder / "annotations" / f"{number}.xml"
        labels.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(data)
        found = Annotation(picture, width, height, boxes=boxes)
        labels.write_bytes(voc.render(found, labels))
