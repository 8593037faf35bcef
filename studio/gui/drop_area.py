"""The large area that asks for a folder or for pictures."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from studio.gui.empty import EmptyState
from studio.gui.plot_style import faint
from studio.gui.theme import ACCENT, EDGE


class DropArea(EmptyState):
    """A dashed frame around a line and its button; takes the accent colour while files hover."""

    def __init__(self, text: str, button: str, parent: QWidget | None = None) -> None:
        super().__init__(text, button, parent)
        self._is_hovered = False

    def set_hovered(self, hovered: bool) -> None:
        """Show whether letting go now would drop something here."""
        self._is_hovered = hovered
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = ACCENT if self._is_hovered else faint(self.palette(), 0.35)
        painter.setPen(QPen(colour, 2, Qt.PenStyle.DashLine))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        frame = QRectF(self.rect()).adjusted(EDGE, EDGE, -EDGE, -EDGE)
        painter.drawRoundedRect(frame, 12, 12)
