"""The Annotate tab: pictures, boxes, classes."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QMenuBar, QVBoxLayout

from studio.gui.session import Session
from studio.gui.tab import Tab


class AnnotateTab(Tab):
    """Draw boxes: the file list, the canvas, classes and boxes."""

    open_requested = Signal()

    def __init__(self, session: Session, settings: QSettings) -> None:
        super().__init__(session, settings)
        column = QVBoxLayout(self)
        column.addWidget(self.messages)

    def fill_menus(self, menus: QMenuBar) -> None:
        """Put the tab's actions into the window's menus."""

    def save_view(self) -> None:
        """Remember picture, zoom and splitters for the next start."""
