"""Undo, redo and the list of edits, over several pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.gui.main_window import MainWindow
from studio.labels import editing
from studio.labels.boxes import Box
from tests.gui.driving import go_to, open_name, said, settle
from tests.gui.folders import SMALL, label_file, label_names, make_folder, write_labels

NAMES = ("one", "two", "three")
BOX = Box("cat", 10, 20, 60, 70)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = dict.fromkeys(NAMES, (BOX,))
    return make_folder(tmp_path / "pictures", SMALL, pictures, ("cat", "dog"))


def relabel(window: MainWindow, name: str, label: str) -> None:
    go_to(window, name)
    window.annotate.labelling.select([0])
    window.annotate.labelling.relabel(label)


def labels(window: MainWindow, qtbot: QtBot, folder: Path) -> dict[str, list[str]]:
    """Return the class names in the label files."""
    settle(qtbot, window)
    return {name: label_names(folder, name) for name in NAMES}


def test_undo_takes_back_what_was_done_last_in_whichever_picture(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    before = {name: label_file(folder, name).read_bytes() for name in NAMES}
    relabel(window, "one", "dog")
    relabel(window, "two", "dog")
    go_to(window, "three")
    undo = window.annotate.commands["undo"]
    undo.trigger()
    assert open_name(window) == "two.png"
    assert labels(window, qtbot, folder) == {"one": ["dog"], "two": ["cat"], "three": ["cat"]}
    undo.trigger()
    assert open_name(window) == "one.png"
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
    write_labels(folder, "one", BOX, Box("dog", 1, 1, 9, 9))
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
    window.annotate.timeline.go_to(0)
    assert said(window) == "Something is at work."
    labelling.release(completed=True)
    assert labelling.history.done == 2
    assert labels(window, qtbot, folder) == {"one": ["dog"], "two": ["dog"], "three": ["cat"]}
