"""The field that searches a list below it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

_KEYPAD = Qt.KeyboardModifier.KeypadModifier  # arrow keys carry it on some systems


class SearchField(QLineEdit):
    """A line for what is searched; the down key leaves it for the list, Esc gives it up."""

    left_downwards = Signal()
    given_up = Signal()
    """The field is empty again."""

    def __init__(self, placeholder: str, what: str) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(what)
        self.setClearButtonEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the down key and Esc, which have nothing to do in one line."""
        is_plain = event.modifiers() in (Qt.KeyboardModifier(0), _KEYPAD)
        if event.key() == Qt.Key.Key_Down and is_plain:
            self.left_downwards.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.given_up.emit()
        else:
            super().keyPressEvent(event)
