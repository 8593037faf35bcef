"""How a box looks over a picture: an outline that is seen on any, and a plate with its text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from studio.labels.boxes import Box
from studio.labels.palette import Colour, ink_on
from studio.labels.viewport import Viewport

DARK, LIGHT = QColor(0, 0, 0, 190), QColor(255, 255, 255, 150)
REACH = 3.0
"""How far an outline goes beyond the edges of its box."""
_ROOMY = 8.0  # a box that is smaller on the screen has no light line inside
_PADDING = 4.0


def on_screen(box: Box, viewport: Viewport) -> QRectF:
    """Return where a box lies on the screen, on whole pixels so that its lines are crisp."""
    left, top = viewport.to_screen((box.xmin, box.ymin))
    right, bottom = viewport.to_screen((box.xmax, box.ymax))
    return QRectF(QPointF(round(left), round(top)), QPointF(round(right), round(bottom)))


def paint_outlines(painter: QPainter, rectangles: Sequence[QRectF], colour: Colour) -> None:
    """Paint a line in the class colour between a dark one outside and a light one inside."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_pen(LIGHT, 1))
    painter.drawRects([r.adjusted(1.5, 1.5, -1.5, -1.5) for r in rectangles if _is_roomy(r)])
    painter.setPen(_pen(DARK, 1))
    painter.drawRects([r.adjusted(-1.5, -1.5, 1.5, 1.5) for r in rectangles])
    painter.setPen(_pen(QColor(*colour), 2))
    painter.drawRects(rectangles)


def _is_roomy(rectangle: QRectF) -> bool:
    return min(rectangle.width(), rectangle.height()) >= _ROOMY


def _pen(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    return pen


def plate_size(text: str, font: QFont) -> QSizeF:
    """Return how large the plate of a text is."""
    metrics = QFontMetricsF(font)
    return QSizeF(metrics.horizontalAdvance(text) + 2 * _PADDING, metrics.height())


def paint_plate(
    painter: QPainter, text: str, rectangle: QRectF, colour: Colour, font: QFont
) -> None:
    """Write a text on a plate above a box, or inside it at the top of the view."""
    size = plate_size(text, font)
    top = rectangle.top() - size.height() - 1
    if top < 0:
        top = rectangle.top() + 1
    plate = QRectF(QPointF(rectangle.left() - 1, top), size)
    painter.fillRect(plate, QColor(*colour))
    painter.setFont(font)
    painter.setPen(QColor(*ink_on(colour)))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
