"""Boxes that go from one picture to another: pasted, from the previous one, pinned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QSettings
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from studio.gui.main_window import MainWindow
from studio.labels import editing, images, voc
from studio.labels.boxes import Annotation, Box
from studio.labels.folder.filtering import State

BOXES = (Box("cat", 10, 20, 60, 70, difficult=True), Box("dog", 80, 20, 120, 90))
SIZE = (160, 120)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures, of which the first and the last have labels."""
    root = tmp_path / "pictures"
    for name in ("a", "b", "c", "d"):
        images.save(root / f"{name}.png", np.full((*SIZE[::-1], 3), 90, np.uint8))
    write(root, "a", *BOXES)
    write(root, "d", BOXES[0])
    (root / "studio.toml").write_text('classes = ["cat", "dog"]\n')
    return root


def write(root: Path, name: str, *boxes: Box) -> None:
    path = root / "annotations" / f"{name}.xml"
    voc.write(path, Annotation(root / f"{name}.png", *SIZE, boxes=boxes))


@pytest.fixture
def window(qtbot: QtBot, settings: QSettings, folder: Path) -> Iterator[MainWindow]:
    window = MainWindow(settings)
    qtbot.addWidget(window, before_close_func=lambda w: settle(qtbot, w))
    window.show()
    window.open(folder)
    settle(qtbot, window)
    QGuiApplication.clipboard().clear()
    return window


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.session.jobs)


def act(qtbot: QtBot, window: MainWindow, *names: str) -> None:
    for name in names:
        assert window.annotate.commands[name].isEnabled(), name
        window.annotate.commands[name].trigger()
    settle(qtbot, window)


def saved(root: Path, name: str) -> list[tuple[str, bool]] | None:
    path = root / "annotations" / f"{name}.xml"
    if not path.exists():
        return None
    return [(box.label, box.difficult) for box in voc.read(path, root).boxes]


def test_boxes_are_copied_to_another_picture_with_their_flags(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    act(qtbot, window, "select_all", "copy", "next", "next", "paste")
    assert saved(folder, "c") == [("cat", True), ("dog", False)]
    assert saved(folder, "b") is None
    act(qtbot, window, "undo")
    assert saved(folder, "c") is None


def test_copies_lie_where_the_boxes_lie_at_the_border_too(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    labelling = window.annotate.labelling
    act(qtbot, window, "next")
    labelling.edit(lambda document: editing.draw(document, "cat", (0, 0), (12, 13)))
    act(qtbot, window, "copy", "paste")
    assert labelling.sheet
    assert len(labelling.sheet.current.boxes) == 1  # what is there to the letter is left out
    act(qtbot, window, "next", "paste")
    assert labelling.sheet.current.boxes[0].xyxy == (0, 0, 12, 13)


def test_boxes_that_another_program_copied_as_voc_are_pasted(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    mime = QMimeData()
    mime.setData("application/x-pascal-voc+xml", (folder / "annotations/a.xml").read_bytes())
    QGuiApplication.clipboard().setMimeData(mime)
    act(qtbot, window, "next", "paste")
    assert saved(folder, "b") == [("cat", True), ("dog", False)]


def test_cut_takes_away_and_can_be_taken_back(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    window.annotate.labelling.select([1])
    act(qtbot, window, "cut", "next", "paste")
    assert saved(folder, "a") == [("cat", True)]
    assert saved(folder, "b") == [("dog", False)]
    act(qtbot, window, "undo", "undo")
    assert saved(folder, "a") == [("cat", True), ("dog", False)]
    assert saved(folder, "b") is None


def test_with_nothing_copied_paste_takes_the_previous_pictures_boxes(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    act(qtbot, window, "next", "paste")
    assert saved(folder, "b") == [("cat", True), ("dog", False)]


def test_the_previous_picture_is_the_one_that_is_listed_before(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    window.annotate.files.filter.ask(State.LABELLED)
    act(qtbot, window, "next", "paste_previous")
    assert saved(folder, "d") == [("cat", True), ("dog", False)]


def test_what_was_copied_elsewhere_is_no_box(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    act(qtbot, window, "select_all", "copy")
    QGuiApplication.clipboard().setText("a recipe")
    act(qtbot, window, "next", "next", "paste")
    assert saved(folder, "c") is None  # the previous picture has none


def test_pinned_boxes_go_into_every_new_picture_once(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    act(qtbot, window, "pin")
    assert window.annotate.commands["pin"].isChecked()
    act(qtbot, window, "next")
    assert saved(folder, "b") == [("cat", True), ("dog", False)]
    act(qtbot, window, "delete", "next")
    assert saved(folder, "b") is None
    assert saved(folder, "c") is None  # there was nothing to carry on
    act(qtbot, window, "previous", "previous", "next")
    assert saved(folder, "b") is None  # they were taken out by hand, and stay out
    act(qtbot, window, "next", "next")
    assert saved(folder, "d") == [("cat", True)]  # it has labels of its own


def test_pinned_boxes_can_be_taken_back(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    act(qtbot, window, "pin", "next", "undo")
    assert saved(folder, "b") is None
    act(qtbot, window, "redo")
    assert saved(folder, "b") == [("cat", True), ("dog", False)]


def test_pinned_boxes_do_not_come_back_when_the_label_file_is_read_again(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    act(qtbot, window, "pin", "next")
    (folder / "annotations" / "b.xml").unlink()
    act(qtbot, window, "delete")
    assert "changed by another program" in window.annotate.messages.text
    buttons = window.annotate.messages.findChildren(QPushButton)
    next(button for button in buttons if button.text() == "Read theirs").click()
    settle(qtbot, window)
    assert saved(folder, "b") is None
    assert window.annotate.labelling.history.steps == ()
