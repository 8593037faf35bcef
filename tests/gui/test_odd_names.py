"""Pictures whose names are not UTF-8 are pictures like others."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from studio.gui.main_window import MainWindow
from studio.labels import editing, voc

Make = Callable[..., Path]
ODD = os.fsdecode(b"caf\xe9")


@pytest.fixture
def folder(tmp_path: Path, picture: Make) -> Path:
    """A folder with two pictures, of which the second has an odd name."""
    root = tmp_path / "pictures"
    picture(root / "a.png")
    try:
        (picture(root / "b.png")).rename(root / f"{ODD}.png")
    except OSError:
        pytest.skip("this disk has no such names")
    (root / "studio.toml").write_text('classes = ["cat"]\n')
    return root


def opened(qtbot: QtBot, settings: QSettings, folder: Path) -> MainWindow:
    window = MainWindow(settings)
    qtbot.addWidget(window, before_close_func=lambda w: settle(qtbot, w))
    window.show()
    window.open(folder)
    settle(qtbot, window)
    return window


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.session.jobs)


def test_it_is_opened_edited_saved_and_found_again(
    qtbot: QtBot, settings: QSettings, folder: Path
) -> None:
    window = opened(qtbot, settings, folder)
    window.annotate.files.step(1)
    labelling = window.annotate.labelling
    assert labelling.picture is not None
    labelling.edit(lambda document: editing.draw(document, "cat", (2, 3), (12, 13)))
    assert labelling.flush()
    assert len(voc.read(folder / f"annotations/{ODD}.xml", folder).boxes) == 1
    window.close()
    settings.sync()

    again = QSettings(settings.fileName(), settings.format())
    item = opened(qtbot, again, folder).annotate.labelling.item
    assert item is not None
    assert item.name == f"{ODD}.png"


def test_what_is_wrong_with_it_is_said(qtbot: QtBot, settings: QSettings, folder: Path) -> None:
    (folder / f"{ODD}.png").write_bytes(b"no picture")
    window = opened(qtbot, settings, folder)
    window.annotate.files.step(1)
    assert "is not a picture" in window.annotate.labelling.sentence
