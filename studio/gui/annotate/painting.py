"""How boxes, handles and guides look on the screen; everything of constant size there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from studio.gui.outlines import (
    DARK,
    REACH,
    on_screen,
    paint_outlines,
    paint_plate,
    plate_size,
)
from studio.labels.boxes import Box
from studio.labels.editing import Handle
from studio.labels.palette import Colour, class_colour
from studio.labels.viewport import Viewport

GRIP = 8.0
"""The side of a handle."""
_ROOM_FOR_SIDES = 4 * GRIP  # a box shorter than this on the screen shows handles at corners only


@dataclass(frozen=True, slots=True)
class Look:
    """What is needed to paint any box: where the picture lies, the classes, the font of tags."""

    viewport: Viewport
    classes: tuple[str, ...]
    font: QFont

    def colour(self, label: str) -> Colour:
        place = self.classes.index(label) if label in self.classes else -1
        return class_colour(place)

    def rectangle(self, box: Box) -> QRectF:
        return on_screen(box, self.viewport)


def paint_boxes(painter: QPainter, boxes: Iterable[Box], look: Look, view: QRectF) -> None:
    """Paint outlines, then the tags that can be read; what lies outside the view is left out."""
    by_label: dict[str, list[QRectF]] = {}
    for box in boxes:
        rectangle = look.rectangle(box)
        if rectangle.adjusted(-REACH, -REACH, REACH, REACH).intersects(view):
            by_label.setdefault(box.label, []).append(rectangle)
    for label, rectangles in by_label.items():
        paint_outlines(painter, rectangles, look.colour(label))
    for label, rectangles in by_label.items():
        _paint_tags(painter, label, rectangles, look)


def paint_active(painter: QPainter, boxes: Iterable[Box], look: Look, *, grips: bool) -> None:
    """Paint boxes that are selected, under the pointer or being drawn: tinted, always tagged."""
    for box in boxes:
        rectangle, colour = look.rectangle(box), look.colour(box.label)
        painter.fillRect(rectangle, QColor(*colour, 45))
        paint_outlines(painter, [rectangle], colour)
        paint_plate(painter, box.label, rectangle, colour, look.font)
        if grips:
            _paint_grips(painter, rectangle, QColor(*colour))


def _paint_tags(painter: QPainter, label: str, rectangles: list[QRectF], look: Look) -> None:
    """Write the class on every box that is wide enough for it and higher than its line."""
    size, colour = plate_size(label, look.font), look.colour(label)
    for rectangle in rectangles:
        if rectangle.width() >= size.width() and rectangle.height() >= 1.5 * size.height():
            paint_plate(painter, label, rectangle, colour, look.font)


def _paint_grips(painter: QPainter, rectangle: QRectF, colour: QColor) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(DARK, 1))
    painter.setBrush(QColor("white"))
    painter.drawRects([_grip_at(point) for point in _grip_points(rectangle)])
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRects([_grip_at(p).adjusted(2, 2, -2, -2) for p in _grip_points(rectangle)])


def _grip_points(rectangle: QRectF) -> Iterator[QPointF]:
    centre = rectangle.center()
    for handle in Handle:
        column, row = handle.value
        along = rectangle.height() if row == 0 else rectangle.width()
        if handle is Handle.INSIDE or (0 in (column, row) and along < _ROOM_FOR_SIDES):
            continue
        dx, dy = column * rectangle.width() / 2, row * rectangle.height() / 2
        yield QPointF(centre.x() + dx, centre.y() + dy)


def _grip_at(point: QPointF) -> QRectF:
    return QRectF(point.x() - GRIP / 2, point.y() - GRIP / 2, GRIP, GRIP)


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
