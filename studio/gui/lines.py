"""Lines of text: one that is shortened where room is short, one with a link in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

from studio.gui.theme import tabular


class Line(QLabel):
    """One line of text that is shortened where there is no room for all of it."""

    def __init__(self, mode: Qt.TextElideMode, side: Qt.AlignmentFlag) -> None:
        super().__init__(alignment=side | Qt.AlignmentFlag.AlignVCenter)
        self._mode = mode
        self.setFont(tabular(self.font()))
        self.setMinimumWidth(1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what fits."""
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._mode, room.width())
        QPainter(self).drawText(room, self.alignment(), text)


class LinkLine(QLabel):
    """A label that wraps, and whose link takes the colours of a light or dark scheme."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)

    def changeEvent(self, event: QEvent) -> None:
        """Lay the text out anew: Qt keeps the colours that a link had."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            text = self.text()
            self.clear()
            self.setText(text)
