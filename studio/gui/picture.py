"""A picture on the screen: its levels as the toolkit paints them, without a copy of any pixel."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from studio.labels.images import Image
from studio.labels.pictures.views import View, adjusted, view_of
from studio.labels.screen.viewport import Viewport, halvings

_PIXELS_SEEN = 2.0  # from this scale on, pixels are shown as squares


class Picture:
    """A decoded picture that can be painted at any scale.

    Of a very large one, the pixels are those of a smaller version; `size` is always the whole.
    """

    def __init__(self, picture: View | Image) -> None:
        self._view = picture if isinstance(picture, View) else view_of(picture)
        self.width, self.height = self._view.size
        self.brightness = self.contrast = 0
        self._painted: dict[int, tuple[Image, QImage]] = {}

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def depth(self) -> int:
        """How many colours it has, as label files count them: 1 for grey, else 3."""
        return self._view.depth

    def adjust(self, brightness: int, contrast: int) -> None:
        """Show it brighter or of more contrast, each from -100 to 100; 0 and 0: as it is."""
        if (brightness, contrast) != (self.brightness, self.contrast):
            self.brightness, self.contrast = brightness, contrast
            self._painted.clear()

    def rectangle(self, viewport: Viewport) -> QRectF:
        """Return where the picture lies on the screen."""
        width, height = self.width * viewport.scale, self.height * viewport.scale
        return QRectF(viewport.x, viewport.y, width, height)

    def paint(self, painter: QPainter, viewport: Viewport, pixel_ratio: float) -> None:
        """Paint the picture where the viewport has it; `pixel_ratio` is device per logical."""
        shown = self._view.levels[0].shape[1]
        scale = viewport.scale * pixel_ratio * self.width / shown
        level = self._level(min(halvings(scale), len(self._view.levels) - 1))
        is_smooth = scale < _PIXELS_SEEN
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        painter.drawImage(self.rectangle(viewport), level, QRectF(level.rect()))

    def _level(self, count: int) -> QImage:
        """Return a level as it is to be seen; made when first painted."""
        if count not in self._painted:
            level = adjusted(self._view.levels[count], self.brightness, self.contrast)
            height, width = level.shape[:2]
            image = QImage(level.data, width, height, 4 * width, QImage.Format.Format_RGB32)
            self._painted[count] = level, image  # the pixels must live as long as the image
        return self._painted[count][1]
