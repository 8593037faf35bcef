"""What every test of the window shares: no screen, settings of its own, no thread left running."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is imported

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QThread
from PySide6.QtGui import QGuiApplication

from studio.gui import watching


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    """Settings in a file of the test's own."""
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture(autouse=True)
def folders_are_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin no work that a test does not ask for; `tests/gui/test_watching.py` does."""
    for name in ("CALM", "AWAY", "OWN"):
        monkeypatch.setattr(watching, name, 3600.0)


@pytest.fixture(autouse=True)
def no_thread_left_running(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a QThread running."""
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
        return thread.isRunning()
    except RuntimeError:  # deleted, which Qt allows only after it has ended
        return False


@pytest.fixture(autouse=True, scope="session")
def clipboard_left_empty() -> Iterator[None]:
    """Empty the clipboard: without a screen, what Python put there outlives Python, and crashes."""
    yield
    if isinstance(QGuiApplication.instance(), QGuiApplication):
        QGuiApplication.clipboard().clear()
