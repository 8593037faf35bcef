"""Brightness and contrast of the view."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QSlider
from pytestqt.qtbot import QtBot

from studio.gui.main_window import MainWindow
from studio.labels import images


@pytest.fixture
def window(qtbot: QtBot, settings: QSettings, tmp_path: Path) -> Iterator[MainWindow]:
    """Two grey pictures of one size."""
    root = tmp_path / "pictures"
    for name in ("a", "b"):
        images.save(root / f"{name}.png", np.full((120, 160, 3), 90, np.uint8))
    window = MainWindow(settings)
    window.resize(1200, 800)
    qtbot.addWidget(window, before_close_func=lambda w: settle(qtbot, w))
    window.show()
    window.open(root)
    settle(qtbot, window)
    return window


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.session.jobs)


def middle(window: MainWindow) -> int:
    """Return how bright the middle of the canvas is."""
    shown = window.annotate.canvas.grab().toImage()
    return shown.pixelColor(shown.rect().center()).red()


def slider(window: MainWindow, name: str) -> QSlider:
    found = [s for s in window.findChildren(QSlider) if s.accessibleName().startswith(name)]
    return found[0]


def test_the_view_is_brighter_for_every_picture_and_the_file_stays(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    before = (tmp_path / "pictures" / "a.png").read_bytes()
    assert middle(window) == 90
    window.annotate.commands["light"].trigger()
    slider(window, "Brightness").setValue(50)
    assert middle(window) > 200
    window.annotate.files.step(1)
    settle(qtbot, window)
    assert middle(window) > 200
    slider(window, "Contrast").setValue(-100)
    assert middle(window) > 200  # grey, made brighter
    window.annotate.commands["light"].trigger()  # put away, the sliders change nothing
    assert middle(window) == 90
    assert (tmp_path / "pictures" / "a.png").read_bytes() == before
