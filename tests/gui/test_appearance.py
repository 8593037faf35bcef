"""Light and dark: chosen in the menu, at once and for the next start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from studio.gui import appearance, theme
from studio.gui.appearance import SchemeMenu
from studio.gui.main_window import MainWindow
from studio.gui.theme import Scheme
from tests.gui.driving import Shell


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    style, palette = qapp.style().objectName(), qapp.palette()
    yield qapp
    qapp.setStyle(style)
    qapp.setPalette(palette)


def lightness(window: MainWindow, role: QPalette.ColorRole) -> int:
    return window.annotate.palette().color(role).lightness()


def test_the_choice_acts_at_once_and_is_remembered(
    make_window: Shell, application: QApplication, settings: QSettings
) -> None:
    window = make_window()
    window.show_tab(1)
    menu = window.findChild(SchemeMenu)
    actions = {action.data(): action for action in menu.actions()}
    there_and_back = (Scheme.DARK, Scheme.LIGHT, Scheme.DARK, Scheme.SYSTEM)
    for scheme, is_dark in zip(there_and_back, (True, False, True, False), strict=True):
        actions[scheme.value].trigger()
        QApplication.processEvents()  # Qt tells the widgets a moment later
        assert (lightness(window, QPalette.ColorRole.Base) < 128) is is_dark
        assert (lightness(window, QPalette.ColorRole.Text) > 128) is is_dark
        assert appearance.remembered(settings) is scheme


def test_a_choice_that_is_none_follows_the_system(settings: QSettings) -> None:
    settings.setValue("window/colours", "purple")
    assert appearance.remembered(settings) is Scheme.SYSTEM


@pytest.mark.parametrize("scheme", list(Scheme))
def test_text_can_be_read(application: QApplication, scheme: Scheme) -> None:
    theme.apply(application, scheme)
    palette = application.palette()
    for paper, ink in (
        (QPalette.ColorRole.Window, QPalette.ColorRole.WindowText),
        (QPalette.ColorRole.Base, QPalette.ColorRole.Text),
        (QPalette.ColorRole.AlternateBase, QPalette.ColorRole.Text),
        (QPalette.ColorRole.Button, QPalette.ColorRole.ButtonText),
        (QPalette.ColorRole.Highlight, QPalette.ColorRole.HighlightedText),
        (QPalette.ColorRole.ToolTipBase, QPalette.ColorRole.ToolTipText),
    ):
        difference = palette.color(paper).lightness() - palette.color(ink).lightness()
        assert abs(difference) > 120, (paper, ink)
