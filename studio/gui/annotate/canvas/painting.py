"""What is painted over the still boxes: active ones, handles, guides; of constant size there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from studio.gui.annotate.canvas.look import Look
from studio.gui.annotate.canvas.sketch import SMALL, Plates, Sketch
from studio.gui.outlines import DARK, HOVERED, LIGHT, fill, fill_outlines, in_device_pixels, unit
from studio.labels.boxes import Box, as_array
from studio.labels.editing.editor import Editor
from studio.labels.screen.palette import Colour
from studio.labels.screen.strokes import Area, Marks, surfaces

GRIP, SMALL_GRIP = 8, 6
"""The side of a handle, in units; the small one is for small boxes, and for several at once."""
MANY = 50
"""So many selected boxes are painted for each frame."""
_ROOM_FOR_SIDES = 5 * GRIP  # a side shorter than this on the screen has no handle in its middle
_TINT = 40  # how opaque the colour in the box under the pointer is, out of 255


def resting(editor: Editor) -> frozenset[int]:
    """Return which selected boxes are painted with those that stand still: many, not dragged."""
    document = editor.document
    is_still = document.boxes is editor.settled.boxes
    return document.selection if is_still and len(document.selection) > MANY else frozenset()


def paint_selected(painter: QPainter, boxes: Iterable[Box], look: Look) -> None:
    """Paint boxes that are selected: ringed and tagged.

    Of very many, only those are tagged that have room for it.
    """
    _paint(painter, boxes, look, is_selected=True)


def paint_drawn(painter: QPainter, boxes: Iterable[Box], look: Look) -> None:
    """Paint boxes that are being drawn: nothing hides what they are to fit."""
    _paint(painter, boxes, look, is_selected=False)


def paint_hovered(painter: QPainter, box: Box, look: Look) -> None:
    """Paint the box under the pointer: with a light tint and a broader light line, and tagged."""
    edges, colour, step = (
        look.grid.pixels(as_array((box,))),
        look.colour(box.label),
        unit(look.ratio),
    )
    with in_device_pixels(painter):
        fill(painter, surfaces(edges), QColor(*colour, _TINT))
        for _ in fill_outlines(painter, edges, colour, step, HOVERED):
            pass
    _paint(painter, (box,), look, is_selected=False)


def _paint(painter: QPainter, boxes: Iterable[Box], look: Look, *, is_selected: bool) -> None:
    marks = Marks.of(tuple(boxes))
    if not marks.boxes:
        return
    every, none = ~marks.mask(()), marks.mask(())
    sketch = Sketch.of(marks, (every, none, every & is_selected), look, Plates(look))
    size = painter.window().size() * look.ratio
    rows = sketch.rows((0, 0, size.width(), size.height()))
    with in_device_pixels(painter):
        if len(rows) > MANY:
            for _ in sketch.paint(painter, rows):
                pass
        else:
            sketch.paint_all(painter, rows)


def paint_grips(painter: QPainter, boxes: Sequence[Box], look: Look) -> None:
    """Paint what boxes are resized with: squares at corners, and, of a single one, at sides."""
    step, is_single = unit(look.ratio), len(boxes) == 1
    edges = look.grid.pixels(as_array(tuple(boxes)))
    with in_device_pixels(painter):
        for box, own in zip(boxes, edges.tolist(), strict=True):
            is_small = min(own[2] - own[0], own[3] - own[1]) < SMALL * step
            size = GRIP if is_single and not is_small else SMALL_GRIP
            out = size // 2 + 1 if is_small else 0
            points = list(_corners(own, out * step))
            points += _middles(own, _ROOM_FOR_SIDES * step) if is_single else ()
            _paint_squares(painter, points, look.colour(box.label), size, step)


def _paint_squares(
    painter: QPainter, points: Sequence[tuple[int, int]], colour: Colour, size: int, step: int
) -> None:
    """Paint squares in the class colour with a light and a dark line around them."""
    middles = np.array([(x, y, x, y) for x, y in points], np.int32)
    for side, ink in ((size + 2, DARK), (size, LIGHT), (size - 4, QColor(*colour))):
        half = side // 2 * step
        squares = middles + np.array((-half, -half, half, half), np.int32)
        fill(painter, surfaces(squares), ink)


def _corners(edges: Area, out: int) -> Iterator[tuple[int, int]]:
    """Yield the corners of a box that is larger by `out` on all sides."""
    left, top, right, bottom = edges
    yield from ((x, y) for x in (left - out, right + out) for y in (top - out, bottom + out))


def _middles(edges: Area, room: int) -> Iterator[tuple[int, int]]:
    """Yield the middles of those sides of a box that have so much room."""
    left, top, right, bottom = edges
    if right - left >= room:
        yield from (((left + right) // 2, y) for y in (top, bottom))
    if bottom - top >= room:
        yield from ((x, (top + bottom) // 2) for x in (left, right))


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
