"""A bar inside a tab that says what went wrong or what was done, with the action that helps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from studio.gui.icons import icon
from studio.gui.theme import DONE, GAP, PROBLEM, mixed

Kind = Literal["problem", "done"]
_TINTS = {"problem": PROBLEM, "done": DONE}
_GLYPHS = {"problem": "mdi6.alert", "done": "mdi6.check-circle"}


LONGEST = 320  # letters of a message; the rest of a longer one is in the tool tip


class MessageBar(QWidget):
    """One sentence at a time; hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._kind: Kind = "problem"
        self._whole = ""
        self._icon = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = QPushButton()
        self._on_action: Callable[[], object] = self.clear
        self._action.clicked.connect(self._act)
        self._other = QPushButton()
        self._on_other: Callable[[], object] = self.clear
        self._other.clicked.connect(self._act_otherwise)
        close = QToolButton()
        close.setText("✕")
        close.setAutoRaise(True)
        close.setToolTip("Dismiss this message")
        close.setAccessibleName("Dismiss this message")
        close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, GAP // 2, GAP, GAP // 2)
        row.setSpacing(GAP)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._action)
        row.addWidget(self._other)
        row.addWidget(close)
        self.hide()

    @property
    def text(self) -> str:
        """What the bar says at present, all of it, "" when it is hidden."""
        return self._whole if not self.isHidden() else ""

    def say(
        self,
        text: str,
        kind: Kind = "problem",
        action: str = "",
        on_action: Callable[[], object] | None = None,
        other: str = "",
        on_other: Callable[[], object] | None = None,
    ) -> None:
        """Show a sentence, with a button or two where something can be done about it."""
        self._kind = kind
        self._draw_icon()
        self._whole = text
        self._text.setText(shortened(text))
        self._text.setToolTip(text if len(text) > LONGEST else "")
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self._on_action = on_action or self.clear
        self._other.setText(other)
        self._other.setVisible(bool(other))
        self._on_other = on_other or self.clear
        self.show()
        self.raise_()
        self.update()

    def clear(self) -> None:
        """Hide the bar."""
        self._whole = ""
        self._text.clear()
        self.hide()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the icon in the colours of a light or dark scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and not self.isHidden():
            self._draw_icon()

    def _draw_icon(self) -> None:
        self._icon.setPixmap(icon(_GLYPHS[self._kind], self.palette()).pixmap(16, 16))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the tint of what is said, under a line: the bar may lie over something."""
        paper, tint = self.palette().color(QPalette.ColorRole.Base), _TINTS[self._kind]
        painter = QPainter(self)
        painter.fillRect(self.rect(), mixed(tint, paper, 0.15))
        painter.setPen(mixed(tint, paper, 0.5))
        painter.drawLine(self.rect().topLeft(), self.rect().topRight())
        painter.drawLine(self.rect().bottomLeft(), self.rect().bottomRight())

    def _act(self) -> None:
        on_action = self._on_action
        self.clear()
        on_action()

    def _act_otherwise(self) -> None:
        on_other = self._on_other
        self.clear()
        on_other()


def shortened(text: str) -> str:
    """Return as many whole words as a bar has room for."""
    if len(text) <= LONGEST:
        return text
    kept = text[: LONGEST - 1]
    return f"{kept[: max(kept.rfind(' '), LONGEST // 2)].rstrip(' ,·')} …"
