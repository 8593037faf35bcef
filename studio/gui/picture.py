"""A picture on the screen: the pixmap, and smaller ones so that shrinking stays smooth."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap

from studio.labels.images import Image
from studio.labels.viewport import Viewport, halvings

_IGNORE_ASPECT = Qt.AspectRatioMode.IgnoreAspectRatio
_SMOOTH = Qt.TransformationMode.SmoothTransformation
_PIXELS_SEEN = 2.0  # from this scale on, pixels are shown as squares


class Picture:
    """A decoded picture that can be painted at any scale."""

    def __init__(self, image: Image) -> None:
        self.height, self.width = image.shape[:2]
        data = image.tobytes()
        row = 3 * self.width
        whole = QImage(data, self.width, self.height, row, QImage.Format.Format_RGB888)
        self._levels = [QPixmap.fromImage(whole)]

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    def rectangle(self, viewport: Viewport) -> QRectF:
        """Return where the picture lies on the screen."""
        width, height = self.width * viewport.scale, self.height * viewport.scale
        return QRectF(viewport.x, viewport.y, width, height)

    def paint(self, painter: QPainter, viewport: Viewport, pixel_ratio: float) -> None:
        """Paint the picture where the viewport has it; `pixel_ratio` is device per logical."""
        scale = viewport.scale * pixel_ratio
        level = self._level(halvings(scale))
        is_smooth = scale < _PIXELS_SEEN
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        painter.drawPixmap(self.rectangle(viewport), level, QRectF(level.rect()))

    def _level(self, count: int) -> QPixmap:
        """Return the picture halved so often; made when first needed, each from the one before."""
        while len(self._levels) <= count:
            last = self._levels[-1]
            width, height = max(last.width() // 2, 1), max(last.height() // 2, 1)
            self._levels.append(last.scaled(width, height, _IGNORE_ASPECT, _SMOOTH))
        return self._levels[count]
