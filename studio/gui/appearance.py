"""The choice between light, dark and what the system has, in a menu and in the settings."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication, QWidget

from studio.gui import theme
from studio.gui.menu import Menu
from studio.gui.theme import Scheme

_KEY = "window/colours"
_TEXTS = {Scheme.SYSTEM: "Like the &system", Scheme.LIGHT: "&Light", Scheme.DARK: "&Dark"}


def remembered(settings: QSettings) -> Scheme:
    """Return the choice made last; the system's where there is none."""
    value = str(settings.value(_KEY, ""))
    return next((scheme for scheme in Scheme if scheme.value == value), Scheme.SYSTEM)


class SchemeMenu(Menu):
    """The menu; the choice acts at once."""

    def __init__(self, settings: QSettings, parent: QWidget) -> None:
        super().__init__("T&heme", parent)
        self._settings = settings
        group = QActionGroup(self)
        for scheme, text in _TEXTS.items():
            action = group.addAction(text)
            action.setCheckable(True)
            action.setChecked(scheme is remembered(settings))
            action.setData(scheme.value)
        self.addActions(group.actions())
        group.triggered.connect(self._choose)

    @Slot(QAction)
    def _choose(self, action: QAction) -> None:
        self._settings.setValue(_KEY, action.data())
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.apply(application, Scheme(action.data()))
