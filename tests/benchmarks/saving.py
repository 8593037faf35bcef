"""How late the window is while labels are edited and saved, and how soon an edit is on disk."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, QObject, QPoint, QPointF, QSettings, Qt, QTimer, Slot
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.gui.main_window import MainWindow
from studio.labels import editing, images, voc
from studio.labels.boxes import Annotation, Box
from studio.labels.editing import Document
from tests.benchmarks import Row
from tests.benchmarks._lateness import Clock

SIZE = (1600, 1200)
CLASSES = ("RBC", "WBC", "Platelets")
PAUSE = 120  # milliseconds between two edits
EDITS = 70
AIM, AIM_ON_DISK = 16.0, 1000.0  # milliseconds


def measure() -> list[Row]:
    """Edit a picture of very many boxes, and one of a few, in the window."""
    QApplication.instance() or QApplication(["benchmark"])
    rows: list[Row] = []
    for count, is_new in ((5000, False), (5000, True), (10, False)):
        with TemporaryDirectory() as folder:
            _make(Path(folder), count, is_new)
            what = f"{count:,} boxes{' in a new file' if is_new else ''}"
            rows += _measure(Path(folder), what, count if is_new else 0)
    return rows


def _make(folder: Path, count: int, is_new: bool) -> None:
    """Write a picture of noise, and unless they are to be pasted its boxes."""
    rng = np.random.default_rng(0)
    image = folder / "a.jpg"
    images.save(image, rng.integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8))
    labels = folder / "annotations" / "a.xml"
    if not is_new:
        voc.write(labels, Annotation(image, *SIZE, boxes=_boxes(count)))
    (folder / "studio.toml").write_text(f"classes = {list(CLASSES)}\n")


def _boxes(count: int) -> tuple[Box, ...]:
    rng = np.random.default_rng(1)
    sides = rng.integers(10, 61, (count, 2))
    corners = rng.integers(0, np.array(SIZE) - sides)
    return tuple(
        Box(CLASSES[i % 3], float(x), float(y), float(x + w), float(y + h))
        for i, ((x, y), (w, h)) in enumerate(zip(corners, sides, strict=True))
    )


def _measure(folder: Path, what: str, paste: int) -> list[Row]:
    window = MainWindow(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    window.show()
    window.open(folder)
    _wait(lambda: not window.session.jobs and window.annotate.labelling.sheet is not None)
    if paste:
        window.annotate.labelling.edit(lambda d: editing.add(d, _boxes(paste)))
    calm = time.monotonic() + 1
    _wait(lambda: time.monotonic() > calm)  # what is painted once is no matter here
    hand = _Hand(window)
    _wait(lambda: hand.is_done)
    window.close()
    _wait(lambda: not window.session.jobs)
    late = max(hand.late)
    return [
        Row(f"{what}: a 10 ms timer while edits are saved, at most late by", AIM, late, "ms"),
        Row(f"{what}: an edit on disk, at the latest", AIM_ON_DISK, max(hand.on_disk), "ms"),
    ]


def _wait(is_so: Callable[[], bool]) -> None:
    """Let the window live until something is so; other threads too, unlike `QTest.qWait`."""
    loop, timer = QEventLoop(), QTimer(interval=5)
    timer.timeout.connect(lambda: is_so() and loop.quit())
    timer.start()
    loop.exec()


class _Hand(QObject):
    """Makes one edit after the other, as a person would, and notes how late the clock is."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        self._labelling = window.annotate.labelling
        self._edits = self._program()
        self._began: float | None = None
        self.on_disk: list[float] = []
        self.is_done = False
        self._clock = Clock()
        self._timer = QTimer(self, interval=PAUSE)
        self._timer.timeout.connect(self._act)
        self._timer.start()
        self._watch = QTimer(self, interval=5)
        self._watch.timeout.connect(self._look)
        self._watch.start()

    @property
    def late(self) -> list[float]:
        return self._clock.late

    @Slot()
    def _act(self) -> None:
        if self._began is not None:
            return
        change = next(self._edits, None)
        if change is None:
            self._timer.stop()
            self._watch.stop()
            self.is_done = True
            return
        self._began = time.perf_counter()
        change()

    @Slot()
    def _look(self) -> None:
        """Note when the edit under way has got on disk."""
        sheet = self._labelling.sheet
        if self._began is not None and sheet and not sheet.is_unsaved:
            self.on_disk.append((time.perf_counter() - self._began) * 1000)
            self._began = None

    def _program(self) -> Iterator[Callable[[], object]]:
        edit = self._labelling.edit
        for number in range(EDITS // 7):
            yield partial(edit, partial(editing.select, indices=(number,)))
            yield lambda: edit(_nudged)
            yield partial(edit, partial(editing.relabel, label=CLASSES[number % 3]))
            yield self._drag
            yield lambda: edit(lambda d: editing.draw(d, "RBC", (5, 5), (50, 60)))
            yield lambda: edit(editing.delete)
            yield self._window.annotate.timeline.undo

    def _drag(self) -> None:
        """Drag the middle of the first box by a few pixels."""
        canvas, button = self._window.annotate.canvas, Qt.MouseButton.LeftButton
        sheet = self._labelling.sheet
        assert sheet
        box = sheet.editor.document.boxes[0]
        middle = ((box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2)
        place = QPointF(*canvas.viewport.to_screen(middle)).toPoint()
        QTest.mousePress(canvas, button, pos=place)
        QTest.mouseMove(canvas, place + QPoint(9, 7))
        QTest.mouseRelease(canvas, button, pos=place + QPoint(9, 7))


def _nudged(document: Document) -> Document:
    return editing.move(document, 1, 1)
