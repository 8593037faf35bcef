"""The field that searches the file list."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

_KEYPAD = Qt.KeyboardModifier.KeypadModifier  # arrow keys carry it on some systems


class SearchField(QLineEdit):
    """A line for a part of a name; the down key leaves it for the list."""

    left_downwards = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("Search")
        self.setAccessibleName("Search pictures by name")
        self.setClearButtonEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the down key, which has nothing to do in one line."""
        if event.key() == Qt.Key.Key_Down and event.modifiers() in (
            Qt.KeyboardModifier(0),
            _KEYPAD,
        ):
            self.left_downwards.emit()
        else:
            super().keyPressEvent(event)
