"""The side of the Anchors tab: the settings, and the buttons that begin and stop."""

from __future__ import annotations

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.gui.anchors.form import AnchorForm
from studio.gui.buttons import Button
from studio.gui.theme import GAP, GROUP

WIDTH = 240


class Controls(QWidget):
    """The form over its two buttons, of which one can be pressed at a time."""

    def __init__(self, settings: QSettings) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH)
        self.form = AnchorForm(settings)
        self.cluster = Button(
            "Cluster Anchors",
            "clusterButton",
            "Find the sizes that fit the boxes best",
            "mdi6.chart-scatter-plot",
            "Ctrl+Return",
        )
        self.cluster.setDefault(True)
        self.stop = Button(
            "Stop", "stopClusterButton", "Stop clustering; what is shown stays", "mdi6.stop"
        )
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addWidget(self.cluster, 1)
        buttons.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GROUP)
        column.addWidget(self.form)
        column.addLayout(buttons)
        column.addStretch()
        self.set_running(False)

    @property
    def is_running(self) -> bool:
        """Whether clustering is under way."""
        return self.stop.isEnabled()

    def set_running(self, running: bool) -> None:
        """Offer to stop, or to begin."""
        self.cluster.setEnabled(not running)
        self.stop.setEnabled(running)
