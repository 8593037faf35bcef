"""Pictures side by side, each with its boxes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.outlines import on_screen, paint_outlines
from studio.gui.picture import Picture
from studio.gui.theme import GAP
from studio.gui.train.sampling import Boxed
from studio.labels.boxes import Box
from studio.labels.classes import ClassList
from studio.labels.screen.viewport import Viewport


class Mosaic(QWidget):
    """As many columns as make the pictures largest."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("examples")
        self.setAccessibleName("Examples of augmented pictures")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 150)
        self._pictures: list[tuple[Picture, tuple[Box, ...]]] = []
        self._room = 0
        self._classes = ClassList()

    def __len__(self) -> int:
        return len(self._pictures)

    def begin(self, room: int, classes: ClassList) -> None:
        """Show nothing yet; there will be so many pictures."""
        self._pictures, self._room, self._classes = [], room, classes
        self.update()

    def add(self, boxed: Boxed) -> None:
        """Show one more picture."""
        self._pictures.append((Picture(boxed.image), boxed.boxes))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(900, 600)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the pictures, and their boxes in the colours of the classes."""
        if not self._pictures:
            return
        painter = QPainter(self)
        first, _ = self._pictures[0]
        cells = grid((self.width(), self.height()), first.size, self._room)
        for (picture, boxes), cell in zip(self._pictures, cells, strict=False):
            scale = cell.width() / picture.width
            viewport = Viewport(scale, cell.x(), cell.y())
            picture.paint(painter, viewport, self.devicePixelRatioF())
            painter.save()
            painter.setClipRect(cell, Qt.ClipOperation.ReplaceClip)
            self._paint_boxes(painter, boxes, viewport)
            painter.restore()

    def _paint_boxes(self, painter: QPainter, boxes: Sequence[Box], viewport: Viewport) -> None:
        for name in dict.fromkeys(box.label for box in boxes):
            rectangles = [on_screen(box, viewport) for box in boxes if box.label == name]
            paint_outlines(painter, rectangles, self._classes.colour(name))


def grid(view: tuple[int, int], picture: tuple[int, int], count: int) -> list[QRectF]:
    """Return where `count` pictures of a size are largest in a view, row by row, in the middle."""

    def scale_of(columns: int) -> float:
        rows = math.ceil(count / columns)
        width, height = (view[0] - (columns - 1) * GAP), (view[1] - (rows - 1) * GAP)
        return max(min(width / columns / picture[0], height / rows / picture[1]), 1e-3)

    columns = max(range(1, count + 1), key=scale_of)
    scale = scale_of(columns)
    width, height = math.floor(picture[0] * scale), math.floor(picture[1] * scale)
    rows = math.ceil(count / columns)
    left = (view[0] - columns * (width + GAP) + GAP) // 2
    top = (view[1] - rows * (height + GAP) + GAP) // 2
    return [
        QRectF(left + column * (width + GAP), top + row * (height + GAP), width, height)
        for row in range(rows)
        for column in range(columns)
    ][:count]
