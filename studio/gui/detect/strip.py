"""All pictures that were dropped, in a strip to choose from."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QStyle

from studio.gui.detect.engine import THUMBNAIL, Source
from studio.labels.images import Image

ROLE = Qt.ItemDataRole.UserRole


class PictureStrip(QListWidget):
    """Thumbnails from left to right."""

    chosen = Signal(object)
    """The source that somebody wants to see."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pictureStrip")
        self.setAccessibleName("Dropped pictures")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(*THUMBNAIL))
        cell = QSize(THUMBNAIL[0] + 16, THUMBNAIL[1] + self.fontMetrics().height() + 10)
        self.setGridSize(cell)
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        self.setFixedHeight(cell.height() + bar + 2 * self.frameWidth())
        self._items: dict[Source, QListWidgetItem] = {}
        self._blank = QPixmap(*THUMBNAIL)
        self._blank.fill(QColor(128, 128, 128, 60))
        self.currentItemChanged.connect(self._choose)

    def add(self, sources: list[Source]) -> None:
        """Add pictures at the end and choose the first of them."""
        for source in sources:
            item = QListWidgetItem(QIcon(self._blank), source.name)
            item.setToolTip(str(source.path or source.name))
            item.setData(ROLE, source)
            self._items[source] = item
            self.addItem(item)
        self.setVisible(self.count() > 1)
        self.setCurrentItem(self._items[sources[0]])

    def sources(self) -> list[Source]:
        """Return all pictures in their order."""
        return list(self._items)

    def show_thumbnail(self, source: Source, thumbnail: Image) -> None:
        """Show what a picture looks like."""
        height, width = thumbnail.shape[:2]
        data = thumbnail.tobytes()
        image = QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._items[source].setIcon(QIcon(QPixmap.fromImage(image)))

    def show_fault(self, source: Source, sentence: str) -> None:
        """Mark a picture that could not be read."""
        item = self._items[source]
        item.setText(f"⚠ {source.name}")
        item.setToolTip(sentence)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(ROLE))
