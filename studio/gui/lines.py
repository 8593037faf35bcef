"""Lines of text: one that is shortened where room is short, one with a link in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from studio.gui.theme import tabular


class Line(QWidget):
    """One line of text that is shortened where there is no room for all of it.

    A label would have the whole window laid out and painted anew whenever its text changes.
    """

    def __init__(self, mode: Qt.TextElideMode, side: Qt.AlignmentFlag) -> None:
        super().__init__()
        self._mode, self._side = mode, side | Qt.AlignmentFlag.AlignVCenter
        self._text = ""
        self.setFont(tabular(self.font()))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """Return all of the text."""
        return self._text

    @Slot(str)
    def setText(self, text: str) -> None:
        """Show another text."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.update()

    def sizeHint(self) -> QSize:
        """As high as a line, and as wide as there is room."""
        margins = self.contentsMargins()
        height = self.fontMetrics().height() + margins.top() + margins.bottom()
        return QSize(1, height)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what fits."""
        room = self.contentsRect()
        text = self.fontMetrics().elidedText(self._text, self._mode, room.width())
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(room, self._side, text)


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
