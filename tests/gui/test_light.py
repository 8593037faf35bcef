"""Brightness and contrast of the view."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QSlider
from pytestqt.qtbot import QtBot

from studio.gui.main_window import MainWindow
from tests.gui.driving import settle
from tests.gui.folders import SMALL, draw_picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two grey pictures of one size."""
    root = tmp_path / "pictures"
    for name in ("a", "b"):
        draw_picture(root / f"{name}.png", SMALL, 90)
    return root


def middle(window: MainWindow) -> int:
    """Return how bright the middle of the canvas is."""
    shown = window.annotate.canvas.grab().toImage()
    return shown.pixelColor(shown.rect().center()).red()


def slider(window: MainWindow, name: str) -> QSlider:
    found = [s for s in window.findChildren(QSlider) if s.accessibleName().startswith(name)]
    return found[0]


def test_the_view_is_brighter_for_every_picture_and_the_file_stays(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    before = (folder / "a.png").read_bytes()
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
    assert (folder / "a.png").read_bytes() == before
