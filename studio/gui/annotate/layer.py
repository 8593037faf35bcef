"""What stands still under the pointer: picture and unselected boxes, painted only when changed."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPixmap

from studio.gui.annotate.painting import Look, paint_boxes
from studio.gui.picture import Picture
from studio.labels.boxes import Box


class Layer:
    """A pixmap of the size of the canvas, kept as long as nothing about it changes."""

    def __init__(self) -> None:
        self._pixmap = QPixmap()
        self._key: tuple[object, ...] = ()

    def pixmap(
        self,
        picture: Picture,
        boxes: tuple[Box, ...],
        look: Look,
        background: QColor,
        size: QSize,
        pixel_ratio: float,
    ) -> QPixmap:
        """Return picture and boxes as painted; `pixel_ratio` is device per logical."""
        key = (picture, boxes, look, background, size, pixel_ratio)
        if key != self._key:
            self._key = key
            self._pixmap = QPixmap(size * pixel_ratio)
            self._pixmap.setDevicePixelRatio(pixel_ratio)
            self._pixmap.fill(background)
            painter = QPainter(self._pixmap)
            picture.paint(painter, look.viewport, pixel_ratio)
            paint_boxes(painter, boxes, look, QRectF(0, 0, size.width(), size.height()))
            painter.end()
        return self._pixmap
