"""Menus and actions that do not get in each other's way."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu


class Menu(QMenu):
    """A menu that gets all keys while it is open, so that a letter means a line of it."""

    def event(self, event: QEvent) -> bool:
        """Take every key before a command does."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)


class KeyAction(QAction):
    """An action whose keys do nothing behind a menu.

    Qt lets keys of the widget that has the focus act there: Del would delete boxes.
    """

    def event(self, event: QEvent) -> bool:
        """Act on a key unless a menu is open."""
        if event.type() == QEvent.Type.Shortcut and QApplication.activePopupWidget():
            return True
        return super().event(event)
