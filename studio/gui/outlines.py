"""How a box looks over a picture: an outline that is seen on any, and a plate with its text.

Lines lie on whole pixels of the device, and all at once: thousands of boxes are a frame's work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import cast

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter
from shiboken6 import Shiboken

from studio.labels.boxes import Box
from studio.labels.screen.palette import Colour, ink_on
from studio.labels.screen.strokes import Pixels, sides
from studio.labels.screen.viewport import Viewport

DARK, LIGHT = QColor(0, 0, 0), QColor(255, 255, 255)
_PADDING = 4.0

# A QRect is four ints, so an array of them is one of QRects: no object is made for each. The
# memory is never given back, so that nothing else is ever taken for the QRect at its beginning.
_RECTS = np.zeros((2048, 4), np.int32)
_FIRST_RECT = cast(QRect, Shiboken.wrapInstance(_RECTS.ctypes.data, QRect))


def unit(ratio: float) -> int:
    """Return how many pixels of the device the finest line is wide: about one logical pixel."""
    return max(round(ratio), 1)


def ratio_of(painter: QPainter) -> float:
    """Return how many pixels of its device a logical pixel is long."""
    return painter.device().devicePixelRatioF()


@contextmanager
def in_device_pixels(painter: QPainter) -> Iterator[float]:
    """Paint in pixels of the device, without anti-aliasing; gives their ratio to logical ones."""
    ratio = ratio_of(painter)
    painter.save()
    painter.scale(1 / ratio, 1 / ratio)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    try:
        yield ratio
    finally:
        painter.restore()


def on_screen(box: Box, viewport: Viewport) -> QRectF:
    """Return where a box lies on the screen, on whole pixels so that its lines are crisp."""
    left, top = viewport.to_screen((box.xmin, box.ymin))
    right, bottom = viewport.to_screen((box.xmax, box.ymax))
    return QRectF(QPointF(round(left), round(top)), QPointF(round(right), round(bottom)))


def fill(painter: QPainter, rectangles: Pixels, colour: QColor) -> None:
    """Fill rectangles given by their first and last pixels; there must be no pen."""
    painter.setBrush(colour)
    for start in range(0, len(rectangles), len(_RECTS)):
        part = rectangles[start : start + len(_RECTS)]
        _RECTS[: len(part)] = part
        painter.drawRects(_FIRST_RECT, len(part))


@dataclass(frozen=True, slots=True)
class Line:
    """One line around a box: where it begins outside the edges, how far it goes inwards, in units.

    Without an ink it has the colour of the class. A box that is `smallest` or more has the line.
    """

    out: int
    thickness: int
    ink: QColor | None
    smallest: int = 0


BROAD = (Line(-1, 1, LIGHT, smallest=8), Line(2, 1, DARK), Line(1, 2, None))
"""A line in the class colour between a dark one outside and a light one inside."""
THIN = (Line(1, 1, DARK), Line(0, 1, None))
"""What cannot be edited now: nothing but a fine line and a dark one."""
RINGED = (Line(-1, 1, DARK, smallest=8), Line(4, 1, DARK), Line(3, 2, LIGHT), Line(1, 2, None))
"""What is selected: the coloured line where it is always, with a light ring around it."""
HOVERED = (Line(-1, 2, LIGHT, smallest=12),)
"""What is added under a broad outline at the pointer: it looks nearer, and is not larger."""


def reach(lines: Sequence[Line]) -> int:
    """Return how far an outline goes beyond the edges of its box, in units."""
    return max(line.out for line in lines)


def fill_outlines(
    painter: QPainter,
    edges: Pixels,
    colour: Colour,
    step: int,
    lines: Sequence[Line] = BROAD,
    chunk: int = 1 << 30,
) -> Iterator[None]:
    """Paint the lines of boxes on edges in device pixels; pauses after every `chunk` boxes.

    `step` is the `unit`. The painter paints device pixels.
    """
    lengths = np.min(edges[:, 2:] - edges[:, :2], axis=1)
    for line in lines:
        boxes = edges[lengths >= line.smallest * step] if line.smallest else edges
        ink = line.ink or QColor(*colour)
        for start in range(0, len(boxes), chunk):
            part = boxes[start : start + chunk]
            fill(painter, sides(part, line.out * step, line.thickness * step), ink)
            yield


def paint_outlines(painter: QPainter, rectangles: Sequence[QRectF], colour: Colour) -> None:
    """Paint the outlines of boxes, given in logical pixels."""
    with in_device_pixels(painter) as ratio:
        corners = [r.getCoords() for r in rectangles]
        edges = np.rint(np.array(corners).reshape(-1, 4) * ratio).astype(np.int32)
        for _ in fill_outlines(painter, edges, colour, unit(ratio)):
            pass


def plate(text: str, colour: Colour, font: QFont, ratio: float) -> QImage:
    """Return a plate with a text on it, for a screen of that ratio."""
    metrics = QFontMetricsF(font)
    width, height = metrics.horizontalAdvance(text) + 2 * _PADDING, metrics.height()
    made = QImage(ceil(width * ratio), ceil(height * ratio), QImage.Format.Format_RGB32)
    made.setDevicePixelRatio(ratio)
    made.fill(QColor(*colour))
    painter = QPainter(made)
    painter.setFont(font)
    painter.setPen(QColor(*ink_on(colour)))
    painter.drawText(QRectF(0, 0, width, height), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return made


def paint_plate(
    painter: QPainter, text: str, rectangle: QRectF, colour: Colour, font: QFont
) -> None:
    """Write a text on a plate above a box, or inside it at the top of the view."""
    made = plate(text, colour, font, ratio_of(painter))
    top = rectangle.top() - made.deviceIndependentSize().height() - 1
    if top < 0:
        top = rectangle.top() + 1
    painter.drawImage(QPointF(rectangle.left() - 1, top), made)
