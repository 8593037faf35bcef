"""Boxes that go from one picture to another: pasted, from the previous one, pinned."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from studio.gui.main_window import MainWindow
from studio.labels import editing
from studio.labels.boxes import Box
from studio.labels.folder.filtering import State
from tests.gui.driving import act, answer, said, settle
from tests.gui.folders import SMALL, boxes_on_disk, label_file, make_folder

BOXES = (Box("cat", 10, 20, 60, 70, difficult=True), Box("dog", 80, 20, 120, 90))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures, of which the first and the last have labels."""
    pictures = {"a": BOXES, "b": (), "c": (), "d": BOXES[:1]}
    return make_folder(tmp_path / "pictures", SMALL, pictures, ("cat", "dog"))


def do(qtbot: QtBot, window: MainWindow, *names: str) -> None:
    """Choose commands in the menu; what they edited is on disk after the last."""
    act(window, *names)
    settle(qtbot, window)


def saved(root: Path, name: str) -> list[tuple[str, bool]] | None:
    if not label_file(root, name).exists():
        return None
    return [(box.label, box.difficult) for box in boxes_on_disk(root, name)]


def test_boxes_are_copied_to_another_picture_with_their_flags(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    do(qtbot, window, "select_all", "copy", "next", "next", "paste")
    assert saved(folder, "c") == [("cat", True), ("dog", False)]
    assert saved(folder, "b") is None
    do(qtbot, window, "undo")
    assert saved(folder, "c") is None


def test_copies_lie_where_the_boxes_lie_at_the_border_too(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    labelling = window.annotate.labelling
    do(qtbot, window, "next")
    labelling.edit(lambda document: editing.draw(document, "cat", (0, 0), (12, 13)))
    do(qtbot, window, "copy", "paste")
    assert labelling.sheet
    assert len(labelling.sheet.current.boxes) == 1  # what is there to the letter is left out
    do(qtbot, window, "next", "paste")
    assert labelling.sheet.current.boxes[0].xyxy == (0, 0, 12, 13)


def test_boxes_that_another_program_copied_as_voc_are_pasted(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    mime = QMimeData()
    mime.setData("application/x-pascal-voc+xml", label_file(folder, "a").read_bytes())
    QGuiApplication.clipboard().setMimeData(mime)
    do(qtbot, window, "next", "paste")
    assert saved(folder, "b") == [("cat", True), ("dog", False)]


def test_cut_takes_away_and_can_be_taken_back(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    window.annotate.labelling.select([1])
    do(qtbot, window, "cut", "next", "paste")
    assert saved(folder, "a") == [("cat", True)]
    assert saved(folder, "b") == [("dog", False)]
    do(qtbot, window, "undo", "undo")
    assert saved(folder, "a") == [("cat", True), ("dog", False)]
    assert saved(folder, "b") is None


def test_with_nothing_copied_paste_takes_the_previous_pictures_boxes(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    do(qtbot, window, "next", "paste")
    assert saved(folder, "b") == [("cat", True), ("dog", False)]


def test_the_previous_picture_is_the_one_that_is_listed_before(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    window.annotate.files.filter.ask(State.LABELLED)
    do(qtbot, window, "next", "paste_previous")
    assert saved(folder, "d") == [("cat", True), ("dog", False)]


def test_what_was_copied_elsewhere_is_no_box(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    do(qtbot, window, "select_all", "copy")
    QGuiApplication.clipboard().setText("a recipe")
    do(qtbot, window, "next", "next", "paste")
    assert saved(folder, "c") is None  # the previous picture has none


def test_pinned_boxes_go_into_every_new_picture_once(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    do(qtbot, window, "pin")
    assert window.annotate.commands["pin"].isChecked()
    do(qtbot, window, "next")
    assert saved(folder, "b") == [("cat", True), ("dog", False)]
    do(qtbot, window, "delete", "next")
    assert saved(folder, "b") is None
    assert saved(folder, "c") is None  # there was nothing to carry on
    do(qtbot, window, "previous", "previous", "next")
    assert saved(folder, "b") is None  # they were taken out by hand, and stay out
    do(qtbot, window, "next", "next")
    assert saved(folder, "d") == [("cat", True)]  # it has labels of its own


def test_pinned_boxes_can_be_taken_back(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    do(qtbot, window, "pin", "next", "undo")
    assert saved(folder, "b") is None
    do(qtbot, window, "redo")
    assert saved(folder, "b") == [("cat", True), ("dog", False)]


def test_pinned_boxes_do_not_come_back_when_the_label_file_is_read_again(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    do(qtbot, window, "pin", "next")
    label_file(folder, "b").unlink()
    do(qtbot, window, "delete")
    assert "changed by another program" in said(window)
    answer(qtbot, window, "Read theirs")
    assert saved(folder, "b") is None
    assert window.annotate.labelling.history.steps == ()
