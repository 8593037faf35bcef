"""How boxes, handles and guides look on the screen; everything of constant size there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from studio.labels.boxes import Box
from studio.labels.editing import Handle
from studio.labels.palette import Colour, class_colour, ink_on
from studio.labels.viewport import Viewport

DARK, LIGHT = QColor(0, 0, 0, 190), QColor(255, 255, 255, 150)
GRIP = 8.0
"""The side of a handle."""
_ROOM_FOR_SIDES = 4 * GRIP  # a box shorter than this on the screen shows handles at corners only
_TAG_PADDING = 4.0


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
        """Return a box on the screen, on whole pixels so that its lines are crisp."""
        left, top = self.viewport.to_screen((box.xmin, box.ymin))
        right, bottom = self.viewport.to_screen((box.xmax, box.ymax))
        return QRectF(QPointF(round(left), round(top)), QPointF(round(right), round(bottom)))


def paint_boxes(painter: QPainter, boxes: Iterable[Box], look: Look, view: QRectF) -> None:
    """Paint outlines, then the tags that can be read; what lies outside the view is left out."""
    by_label: dict[str, list[QRectF]] = {}
    for box in boxes:
        rectangle = look.rectangle(box)
        if rectangle.adjusted(-3, -3, 3, 3).intersects(view):
            by_label.setdefault(box.label, []).append(rectangle)
    for label, rectangles in by_label.items():
        _paint_outlines(painter, rectangles, QColor(*look.colour(label)))
    for label, rectangles in by_label.items():
        _paint_tags(painter, label, rectangles, look)


def paint_active(painter: QPainter, boxes: Iterable[Box], look: Look, *, grips: bool) -> None:
    """Paint boxes that are selected, under the pointer or being drawn: tinted, always tagged."""
    for box in boxes:
        rectangle, colour = look.rectangle(box), look.colour(box.label)
        painter.fillRect(rectangle, QColor(*colour, 45))
        _paint_outlines(painter, [rectangle], QColor(*colour))
        _paint_tag(painter, box.label, rectangle, look)
        if grips:
            _paint_grips(painter, rectangle, QColor(*colour))


def _paint_outlines(painter: QPainter, rectangles: list[QRectF], colour: QColor) -> None:
    """Paint a line in the class colour between a dark one outside and a light one inside."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_pen(LIGHT, 1))
    painter.drawRects([r.adjusted(1.5, 1.5, -1.5, -1.5) for r in rectangles if _is_roomy(r)])
    painter.setPen(_pen(DARK, 1))
    painter.drawRects([r.adjusted(-1.5, -1.5, 1.5, 1.5) for r in rectangles])
    painter.setPen(_pen(colour, 2))
    painter.drawRects(rectangles)


def _is_roomy(rectangle: QRectF) -> bool:
    return min(rectangle.width(), rectangle.height()) >= GRIP


def _pen(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    return pen


def _paint_tags(painter: QPainter, label: str, rectangles: list[QRectF], look: Look) -> None:
    """Write the class on every box that is wide enough for it and higher than its line."""
    metrics = QFontMetricsF(look.font)
    width, height = metrics.horizontalAdvance(label) + 2 * _TAG_PADDING, metrics.height()
    for rectangle in rectangles:
        if rectangle.width() >= width and rectangle.height() >= 1.5 * height:
            _paint_tag(painter, label, rectangle, look)


def _paint_tag(painter: QPainter, label: str, rectangle: QRectF, look: Look) -> None:
    """Write the class on a plate above the box, or inside it at the top of the view."""
    metrics = QFontMetricsF(look.font)
    width, height = metrics.horizontalAdvance(label) + 2 * _TAG_PADDING, metrics.height()
    top = rectangle.top() - height - 1
    if top < 0:
        top = rectangle.top() + 1
    plate = QRectF(rectangle.left() - 1, top, width, height)
    colour = look.colour(label)
    painter.fillRect(plate, QColor(*colour))
    painter.setFont(look.font)
    painter.setPen(QColor(*ink_on(colour)))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, label)


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
