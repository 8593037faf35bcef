"""Undo, redo and the list of edits, over several pictures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from studio.gui.main_window import MainWindow
from studio.labels import editing, images, voc
from studio.labels.boxes import Annotation, Box

NAMES = ("one", "two", "three")
BOX = Box("cat", 10, 20, 60, 70)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "pictures"
    for name in NAMES:
        picture = root / f"{name}.png"
        images.save(picture, np.full((120, 160, 3), 90, np.uint8))
        voc.write(label_file(root, name), Annotation(picture, 160, 120, boxes=(BOX,)))
    (root / "studio.toml").write_text('classes = ["cat", "dog"]\n')
    return root


def label_file(root: Path, name: str) -> Path:
    return root / "annotations" / f"{name}.xml"


@pytest.fixture
def window(qtbot: QtBot, settings: QSettings, folder: Path) -> Iterator[MainWindow]:
    window = MainWindow(settings)
    qtbot.addWidget(window, before_close_func=lambda w: settle(qtbot, w))
    window.show()
    window.open(folder)
    settle(qtbot, window)
    return window


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.session.jobs)


def go_to(window: MainWindow, name: str) -> None:
    window.annotate.files.go_to([item.stem for item in window.session.items].index(name))


def relabel(window: MainWindow, name: str, label: str) -> None:
    go_to(window, name)
    window.annotate.labelling.select([0])
    window.annotate.labelling.relabel(label)


def labels(window: MainWindow, qtbot: QtBot, folder: Path) -> dict[str, list[str]]:
    """Return the class names in the label files."""
    settle(qtbot, window)
    read = {name: voc.read(label_file(folder, name), folder / f"{name}.png") for name in NAMES}
    return {name: [box.label for box in found.boxes] for name, found in read.items()}


def test_undo_takes_back_what_was_done_last_in_whichever_picture(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    before = {name: label_file(folder, name).read_bytes() for name in NAMES}
    relabel(window, "one", "dog")
    relabel(window, "two", "dog")
    go_to(window, "three")
    undo = window.annotate.commands["undo"]
    undo.trigger()
    assert window.annotate.labelling.item.stem == "two"
    assert labels(window, qtbot, folder) == {"one": ["dog"], "two": ["cat"], "three": ["cat"]}
    undo.trigger()
    assert window.annotate.labelling.item.stem == "one"
    assert not undo.isEnabled()
    settle(qtbot, window)
    assert {name: label_file(folder, name).read_bytes() for name in NAMES} == before
    window.annotate.commands["redo"].trigger()
    window.annotate.commands["redo"].trigger()
    assert labels(window, qtbot, folder) == {"one": ["dog"], "two": ["dog"], "three": ["cat"]}


def test_clicking_an_edit_goes_back_to_it(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    window.annotate.commands["history"].trigger()
    view = window.annotate.edits.view
    for name in NAMES:
        relabel(window, name, "dog")
    window.annotate.labelling.edit(editing.toggle_verified)
    qtbot.waitUntil(lambda: view.model().rowCount() == 5)
    assert view.currentIndex().row() == 4
    assert view.model().index(4, 0).data() == "Verified"

    def click(row: int) -> None:
        place = view.visualRect(view.model().index(row, 0)).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)

    click(1)
    assert labels(window, qtbot, folder) == {"one": ["dog"], "two": ["cat"], "three": ["cat"]}
    assert view.model().rowCount() == 5
    click(4)
    assert labels(window, qtbot, folder) == {name: ["dog"] for name in NAMES}
    click(0)
    assert labels(window, qtbot, folder) == {name: ["cat"] for name in NAMES}


def test_the_edits_of_a_picture_that_another_program_changed_are_forgotten(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    relabel(window, "one", "dog")
    relabel(window, "two", "dog")
    settle(qtbot, window)
    theirs = Annotation(folder / "one.png", 160, 120, boxes=(BOX, Box("dog", 1, 1, 9, 9)))
    voc.write(label_file(folder, "one"), theirs)
    go_to(window, "one")
    window.annotate.commands["undo"].trigger()
    assert not window.annotate.commands["undo"].isEnabled()
    assert labels(window, qtbot, folder)["one"] == ["cat", "dog"]


def test_an_edit_that_is_clicked_while_nothing_can_be_edited_is_forgotten(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    labelling = window.annotate.labelling
    relabel(window, "one", "dog")
    relabel(window, "two", "dog")
    labelling.hold("Something is at work.")
    labelling.go_to_step(0)
    assert window.annotate.messages.text == "Something is at work."
    labelling.release(completed=True)
    assert labelling.history.done == 2
    assert labels(window, qtbot, folder) == {"one": ["dog"], "two": ["dog"], "three": ["cat"]}
