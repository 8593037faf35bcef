"""How the Detect tab is laid out once there are pictures."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.gui.buttons import Button
from studio.gui.detect.panel import DetectPanel
from studio.gui.detect.strip import PictureStrip
from studio.gui.detect.view import DetectView
from studio.gui.splitter import KeptSplitter
from studio.gui.theme import GAP, GROUP


class DetectContent(QWidget):
    """The picture over the strip of all, and the panel beside them."""

    def __init__(self, settings: QSettings) -> None:
        super().__init__()
        self.view = DetectView()
        self.strip = PictureStrip()
        self.panel = DetectPanel(settings)
        self.open_button = Button(
            "Open picture…",
            "openPictureButton",
            "Detect in other pictures; dropping and pasting work too",
            "mdi6.image-plus-outline",
        )
        splitter = KeptSplitter(Qt.Orientation.Horizontal, settings, "detect/splitter")
        splitter.addWidget(self._make_left())
        splitter.addWidget(self._make_right())
        splitter.restore([800, 280])
        row = QHBoxLayout(self)
        row.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        row.addWidget(splitter)

    def _make_left(self) -> QWidget:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.view, 1)
        column.addWidget(self.strip)
        return left

    def _make_right(self) -> QWidget:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(GAP, 0, 0, 0)
        column.setSpacing(GROUP)
        column.addWidget(self.open_button)
        column.addWidget(self.panel, 1)
        return right
