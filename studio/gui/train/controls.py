"""The buttons of training: Train, Pause and Stop."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.gui.buttons import Button
from studio.gui.theme import GAP


class TrainControls(QWidget):
    """Three buttons; those that make no sense now cannot be pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.train = Button(
            "Train", "trainButton", "Train with these settings", "mdi6.play", "Ctrl+Return"
        )
        self.train.setDefault(True)
        self.pause = Button("Pause", "pauseButton", "Hold after this step, or go on", "mdi6.pause")
        self.pause.setCheckable(True)
        self.pause.toggled.connect(self._name_pause)
        self.stop = Button("Stop", "stopButton", "Stop and keep what was reached", "mdi6.stop")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.train, 1)
        row.addWidget(self.pause)
        row.addWidget(self.stop)
        self.set_running(False)

    def set_running(self, running: bool) -> None:
        """Training begins or is over."""
        self.train.setEnabled(not running)
        self.pause.setEnabled(running)
        self.pause.setChecked(False)
        self.stop.setEnabled(running)

    def set_stopping(self) -> None:
        """It was stopped and is being saved: nothing can be pressed until it is over."""
        self.pause.setEnabled(False)
        self.stop.setEnabled(False)

    @Slot(bool)
    def _name_pause(self, paused: bool) -> None:
        self.pause.setText("Resume" if paused else "Pause")
        self.pause.set_glyph("mdi6.play" if paused else "mdi6.pause")
