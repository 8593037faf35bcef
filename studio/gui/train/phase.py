"""What is being done while there is nothing to count, with the seconds that it has taken."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.gui.jobs import duration


class Phase(QObject):
    """Says "Loading TensorFlow… 8 s" again each second, until it is stopped."""

    said = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._text, self._began = "", 0.0
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self._say)

    def begin(self, text: str) -> None:
        """Count from now on."""
        self._began = time.monotonic()
        self._clock.start()
        self.go_on(text)

    def go_on(self, text: str) -> None:
        """Something else is being done; the seconds go on."""
        self._text = text
        self._say()

    @Slot()
    def stop(self) -> None:
        """Say no more."""
        self._clock.stop()

    @Slot()
    def _say(self) -> None:
        self.said.emit(f"{self._text} {duration(time.monotonic() - self._began)}")
