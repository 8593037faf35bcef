"""What is painted over the still boxes: active ones, handles, guides; of constant size there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from studio.gui.annotate.canvas.look import Look
from studio.gui.annotate.canvas.sketch import Plates, Sketch
from studio.gui.outlines import DARK, LIGHT, fill, in_device_pixels, unit
from studio.labels.boxes import Box
from studio.labels.editing.editor import Editor
from studio.labels.editing.hits import Handle
from studio.labels.screen.palette import Colour
from studio.labels.screen.strokes import Area, Marks, surfaces

GRIP = 8
"""The side of a handle, in units."""
MANY = 50
"""So many selected boxes are painted for each frame."""
_ROOM_FOR_SIDES = 4 * GRIP  # a box shorter than this on the screen shows handles at corners only


def resting(editor: Editor) -> frozenset[int]:
    """Return which selected boxes are painted with those that stand still: many, not dragged."""
    document = editor.document
    is_still = document.boxes is editor.settled.boxes
    return document.selection if is_still and len(document.selection) > MANY else frozenset()


def paint_active(painter: QPainter, boxes: Iterable[Box], look: Look, *, grips: bool) -> None:
    """Paint boxes that are selected, under the pointer or being drawn: tinted and tagged.

    Of very many, only those are tagged that have room for it.
    """
    marks = Marks.of(tuple(boxes))
    every, none = ~marks.mask(()), marks.mask(())
    sketch = Sketch.of(marks, (every, none, every), look, Plates(look))
    size = painter.window().size() * look.ratio
    rows = sketch.rows((0, 0, size.width(), size.height()))
    with in_device_pixels(painter):
        if len(rows) > MANY:
            for _ in sketch.paint(painter, rows):
                pass
        else:
            sketch.paint_all(painter, rows)
        for row in rows if grips else ():
            colour = look.colour(marks.boxes[row].label)
            _paint_grips(painter, sketch.edges[row].tolist(), colour, unit(look.ratio))


def _paint_grips(painter: QPainter, edges: Area, colour: Colour, step: int) -> None:
    """Paint squares in the class colour with a light and a dark line around them."""
    points = np.array([(x, y, x, y) for x, y in _grip_points(edges, step)], np.int32)
    for side, ink in ((GRIP + 2, DARK), (GRIP, LIGHT), (GRIP - 4, QColor(*colour))):
        half = side // 2 * step
        squares = points + np.array((-half, -half, half, half), np.int32)
        fill(painter, surfaces(squares), ink)


def _grip_points(edges: Area, step: int) -> Iterator[tuple[int, int]]:
    left, top, right, bottom = edges
    for handle in Handle:
        column, row = handle.value
        along = bottom - top if row == 0 else right - left
        if handle is Handle.INSIDE or (0 in (column, row) and along < _ROOM_FOR_SIDES * step):
            continue
        xs, ys = (left, (left + right) // 2, right), (top, (top + bottom) // 2, bottom)
        yield xs[column + 1], ys[row + 1]


def paint_guides(painter: QPainter, at: QPointF, picture: QRectF) -> None:
    """Paint a cross-hair through a point to the picture's borders, dark and light dashes."""
    x = min(max(at.x(), picture.left()), picture.right())
    y = min(max(at.y(), picture.top()), picture.bottom())
    ends = (
        (QPointF(picture.left(), y), QPointF(picture.right(), y)),
        (QPointF(x, picture.top()), QPointF(x, picture.bottom())),
    )
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for colour, offset in ((QColor(0, 0, 0, 200), 0.0), (QColor(255, 255, 255, 220), 4.0)):
        pen = QPen(colour, 1)
        pen.setDashPattern([4, 4])
        pen.setDashOffset(offset)
        painter.setPen(pen)
        for start, end in ends:
            painter.drawLine(start, end)


def paint_note(painter: QPainter, text: str, at: QPointF, font: QFont, view: QRectF) -> None:
    """Write a short text on a dark plate beside the pointer, inside the view."""
    metrics = QFontMetricsF(font)
    width, height = metrics.horizontalAdvance(text) + 12, metrics.height() + 6
    left = min(at.x() + 14, view.right() - width)
    top = min(at.y() + 14, view.bottom() - height)
    plate = QRectF(left, top, width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(20, 20, 20, 210))
    painter.drawRoundedRect(plate, 4, 4)
    painter.setFont(font)
    painter.setPen(QColor("white"))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
