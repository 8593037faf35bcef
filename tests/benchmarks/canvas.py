"""How long a frame of the canvas takes with very many boxes: one event and the paint it causes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from studio.gui.annotate.canvas.canvas import Canvas
from studio.gui.picture import Picture
from studio.labels import editing
from studio.labels.boxes import Box
from studio.labels.editing import Document
from studio.labels.editing.editor import Editor
from tests.benchmarks import Row

VIEW = (1200, 900)
CLASSES = ("RBC", "WBC", "Platelets")
FRAMES = 120
AIM, AIM_99 = 16.0, 25.0  # milliseconds
_LEFT, _MIDDLE, _NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton(0)


@dataclass
class Times:
    """Milliseconds of each frame, and of what the canvas does on its own between two of them."""

    frames: list[float] = field(default_factory=list)
    between: list[float] = field(default_factory=list)

    def rows(self, what: str) -> list[Row]:
        return [
            Row(what, AIM, float(np.median(self.frames)), "ms"),
            Row(f"{what}, 99 %", AIM_99, float(np.percentile(self.frames, 99)), "ms"),
            Row(f"{what}, slices", AIM, max(self.between), "ms"),
        ]


def measure() -> list[Row]:
    """Pan, zoom, drag, select and hover on a large picture and on one as large as the view."""
    application = QApplication.instance() or QApplication(["benchmark"])
    rows: list[Row] = []
    for size, count in (((4000, 3000), 5000), (VIEW, 5000), (VIEW, 1000)):
        picture = f"{count:,} boxes on {size[0]}×{size[1]}"
        for what, act in ACTS.items():
            times = _times(application, act, _canvas(size, count))
            rows += times.rows(f"{picture}: {what}")
    return rows


def _canvas(size: tuple[int, int], count: int) -> Canvas:
    """Return a canvas with boxes of 10 to 60 pixels all over a picture of noise."""
    rng = np.random.default_rng(0)
    sides = rng.integers(10, 61, (count, 2))
    corners = rng.integers(0, np.array(size) - sides)
    boxes = tuple(
        Box(CLASSES[i % 3], float(x), float(y), float(x + w), float(y + h))
        for i, ((x, y), (w, h)) in enumerate(zip(corners, sides, strict=True))
    )
    canvas = Canvas()
    canvas.resize(*VIEW)
    canvas.classes = CLASSES
    image = rng.integers(0, 256, (size[1], size[0], 3), np.uint8)
    canvas.show_picture(Picture(image), Editor(Document(*size, boxes)))
    canvas.show()
    return canvas


def _times(
    application: QApplication, act: Callable[[Canvas], Iterator[QEvent]], canvas: Canvas
) -> Times:
    """Send events one by one; the first few warm up."""
    times = Times()
    for _ in range(20):
        application.processEvents()
    for event in act(canvas):
        start = time.perf_counter()
        application.sendEvent(canvas, event)
        canvas.repaint()
        times.frames.append((time.perf_counter() - start) * 1000)
        start = time.perf_counter()
        application.processEvents()
        times.between.append((time.perf_counter() - start) * 1000)
    canvas.close()
    return Times(times.frames[5:], times.between[5:])


# --- what a person does -------------------------------------------------------------------------


def _pan_fitted(canvas: Canvas) -> Iterator[QEvent]:
    canvas.acts()["fit"]()
    yield from _dragged(_MIDDLE, QPointF(600, 450))


def _pan_at_actual_size(canvas: Canvas) -> Iterator[QEvent]:
    canvas.lens.show_actual_size()
    yield from _dragged(_MIDDLE, QPointF(600, 450))


def _pan_with_all_selected(canvas: Canvas) -> Iterator[QEvent]:
    assert canvas.editor
    everything = range(len(canvas.editor.document.boxes))
    canvas.editor.apply(editing.select(canvas.editor.document, everything))
    canvas.refresh()
    yield from _pan_fitted(canvas)


def _zoom(canvas: Canvas) -> Iterator[QEvent]:
    """Five notches in, five out, and so on."""
    canvas.acts()["fit"]()
    for notch in islice(cycle([120] * 5 + [-120] * 5), FRAMES):
        yield QWheelEvent(
            QPointF(500, 400),
            QPointF(500, 400),
            QPoint(),
            QPoint(0, notch),
            _NONE,
            Qt.KeyboardModifier.ControlModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )


def _drag_box(canvas: Canvas) -> Iterator[QEvent]:
    canvas.acts()["fit"]()
    yield from _dragged(_LEFT, _middles(canvas)[0])


def _select(canvas: Canvas) -> Iterator[QEvent]:
    canvas.acts()["fit"]()
    for place in _middles(canvas)[:FRAMES]:
        yield _mouse(QEvent.Type.MouseButtonPress, place, _LEFT, _LEFT)
        yield _mouse(QEvent.Type.MouseButtonRelease, place, _LEFT, _NONE)


def _hover(canvas: Canvas) -> Iterator[QEvent]:
    canvas.acts()["fit"]()
    for place in _circle(QPointF(600, 450)):
        yield _mouse(QEvent.Type.MouseMove, place, _NONE, _NONE)


ACTS: dict[str, Callable[[Canvas], Iterator[QEvent]]] = {
    "pan fitted": _pan_fitted,
    "pan at 100 %": _pan_at_actual_size,
    "pan, all selected": _pan_with_all_selected,
    "zoom": _zoom,
    "drag one box": _drag_box,
    "select": _select,
    "hover": _hover,
}


def _dragged(button: Qt.MouseButton, start: QPointF) -> Iterator[QEvent]:
    yield _mouse(QEvent.Type.MouseMove, start, _NONE, _NONE)
    yield _mouse(QEvent.Type.MouseButtonPress, start, button, button)
    for place in _circle(start):
        yield _mouse(QEvent.Type.MouseMove, place, _NONE, button)
    yield _mouse(QEvent.Type.MouseButtonRelease, start, button, _NONE)


def _circle(middle: QPointF) -> Iterator[QPointF]:
    """Yield places on a circle: about 13 pixels from one to the next, in all directions."""
    for angle in np.linspace(0, 4 * np.pi, FRAMES):
        yield middle + QPointF(round(130 * np.sin(angle)), round(130 * np.cos(angle)))


def _middles(canvas: Canvas) -> list[QPointF]:
    assert canvas.editor
    boxes = canvas.editor.document.boxes
    middles = (((b.xmin + b.xmax) / 2, (b.ymin + b.ymax) / 2) for b in boxes)
    return [QPointF(*canvas.viewport.to_screen(middle)) for middle in middles]


def _mouse(
    kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, held: Qt.MouseButton
) -> QMouseEvent:
    return QMouseEvent(kind, at, at, button, held, Qt.KeyboardModifier.NoModifier)
