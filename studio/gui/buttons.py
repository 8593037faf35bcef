"""Push buttons with a text, an icon that follows light and dark, a tool tip and a name."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QPushButton

from studio.gui.icons import icon


class Button(QPushButton):
    """A button; `tip` says what it does, the key is added in brackets."""

    def __init__(self, text: str, name: str, tip: str, glyph: str, key: str = "") -> None:
        super().__init__(text)
        self._glyph = glyph
        self.setObjectName(name)
        self.setToolTip(f"{tip} ({_native(key)})" if key else tip)
        if key:
            self.setShortcut(key)
        self._draw_icon()

    def set_glyph(self, glyph: str) -> None:
        """Show another icon."""
        self._glyph = glyph
        self._draw_icon()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the icon in the colours of a light or dark scheme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icon()
        super().changeEvent(event)

    def _draw_icon(self) -> None:
        self.setIcon(icon(self._glyph, self.palette()))


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
