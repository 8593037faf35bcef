"""What every test of the window shares: no screen, settings of its own, no thread left running.

A test file says what its `folder` is; `window` is the window on it. What a test does with the
window is in `tests/gui/driving.py`, how folders are made in `tests/gui/folders.py`.
"""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is imported

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QThread
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from studio.gui import watching
from studio.gui.main_window import MainWindow
from tests.gui.driving import Shell, show_window

PATIENCE = 5000  # milliseconds


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    """Settings in a file of the test's own."""
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def make_window(qtbot: QtBot, settings: QSettings) -> Shell:
    """Show a window, on a folder if one is given."""
    return partial(show_window, qtbot, settings)


@pytest.fixture
def window(make_window: Shell, folder: Path) -> MainWindow:
    """The window on the folder, with the canvas in focus."""
    window = make_window(folder)
    window.annotate.canvas.setFocus()
    return window


@pytest.fixture(autouse=True)
def folders_are_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin no work that a test does not ask for; `tests/gui/test_watching.py` does."""
    for name in ("CALM", "AWAY", "OWN"):
        monkeypatch.setattr(watching, name, 3600.0)


@pytest.fixture(autouse=True)
def no_thread_left_running(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a QThread running, and not about to end by itself."""
    started: list[QThread] = []
    start = QThread.start

    def remember_and_start(thread: QThread) -> None:
        started.append(thread)
        start(thread)

    monkeypatch.setattr(QThread, "start", remember_and_start)
    yield
    left = [thread.objectName() for thread in started if _is_running(thread)]
    assert not left, f"threads left running: {left}"


def _is_running(thread: QThread) -> bool:
    try:
        return not thread.wait(PATIENCE)  # thumbnails may have been asked for by the last paint
    except RuntimeError:  # deleted, which Qt allows only after it has ended
        return False


@pytest.fixture(autouse=True)
def clipboard_left_empty() -> Iterator[None]:
    """Empty the clipboard: the next test would paste what is left in it."""
    yield  # and without a screen, what Python put there outlives Python, and crashes
    if isinstance(QGuiApplication.instance(), QGuiApplication):
        QGuiApplication.clipboard().clear()
