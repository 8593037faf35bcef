"""Pictures whose names are not UTF-8 are pictures like others."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from studio.labels import editing, voc
from tests.gui.driving import Shell, show_window

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


def test_it_is_opened_edited_saved_and_found_again(
    qtbot: QtBot, make_window: Shell, settings: QSettings, folder: Path
) -> None:
    window = make_window(folder)
    window.annotate.files.step(1)
    labelling = window.annotate.labelling
    assert labelling.picture is not None
    labelling.edit(lambda document: editing.draw(document, "cat", (2, 3), (12, 13)))
    assert labelling.flush()
    assert len(voc.read(folder / f"annotations/{ODD}.xml", folder).boxes) == 1
    window.close()
    settings.sync()

    again = QSettings(settings.fileName(), settings.format())
    item = show_window(qtbot, again, folder).annotate.labelling.item
    assert item is not None
    assert item.name == f"{ODD}.png"


def test_what_is_wrong_with_it_is_said(make_window: Shell, folder: Path) -> None:
    (folder / f"{ODD}.png").write_bytes(b"no picture")
    window = make_window(folder)
    window.annotate.files.step(1)
    assert "is not a picture" in window.annotate.labelling.sentence
