"""What a tab shows while it has nothing: one line that says what to do next, and its button."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.gui.theme import EDGE, GROUP


class EmptyState(QWidget):
    """A line in the middle with one button under it, or two."""

    acted = Signal()
    """The button was pressed."""

    def __init__(self, text: str, button: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel(text, alignment=Qt.AlignmentFlag.AlignCenter)
        self._text.setWordWrap(True)
        font = self._text.font()
        font.setPointSizeF(font.pointSizeF() * 1.3)
        self._text.setFont(font)
        self._button = QPushButton(button)
        self._button.clicked.connect(self.acted)
        self._buttons = QHBoxLayout()
        self._buttons.addStretch()
        self._buttons.addWidget(self._button)
        self._buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        column.setSpacing(GROUP)
        column.addStretch()
        column.addWidget(self._text)
        column.addLayout(self._buttons)
        column.addStretch()

    def say(self, text: str, button: str = "") -> None:
        """Change the line; without `button` there is nothing to press."""
        self._text.setText(text)
        self._button.setText(button)
        self._button.setVisible(bool(button))

    def add_button(self, text: str) -> QPushButton:
        """Add a second way on, beside the first."""
        button = QPushButton(text)
        self._buttons.insertWidget(self._buttons.count() - 1, button)
        return button
