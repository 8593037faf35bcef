"""The tab follows what other programs do to the folder that is open."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.errors import FileError
from studio.gui.main_window import MainWindow
from studio.labels import editing
from studio.labels.boxes import Annotation, Box
from tests.gui.driving import boxes, look, open_name, said, settle
from tests.gui.folders import (
    SMALL,
    boxes_on_disk,
    draw_picture,
    label_file,
    label_names,
    make_folder,
    write_labels,
)

BOX = Box("cat", 10, 20, 60, 70)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = {"b": (), "d": (BOX,)}
    return make_folder(tmp_path / "pictures", SMALL, pictures, ("cat", "dog"))


def call_it_a_dog(qtbot: QtBot, window: MainWindow) -> None:
    """Give the box of the second picture another class."""
    window.annotate.files.step(1)
    window.annotate.labelling.select([0])
    window.annotate.labelling.relabel("dog")
    settle(qtbot, window)


def test_the_open_picture_stays_open_when_others_come(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    call_it_a_dog(qtbot, window)
    for name in ("a", "c"):
        draw_picture(folder / f"{name}.png", SMALL)
    look(qtbot, window)
    assert open_name(window) == "d.png"
    assert window.annotate.labelling.position == 3
    window.annotate.commands["undo"].trigger()
    settle(qtbot, window)
    assert label_names(folder, "d") == ["cat"]
    window.annotate.files.step(-1)
    assert open_name(window) == "c.png"


def test_labels_that_another_program_wrote_are_shown(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    window.annotate.files.step(1)
    write_labels(folder, "d", BOX, Box("dog", 1, 1, 9, 9))
    look(qtbot, window)
    assert len(boxes(window)) == 2
    assert window.annotate.boxes.view.model().rowCount() == 2


def test_what_another_program_writes_right_after_a_save_is_shown(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    call_it_a_dog(qtbot, window)
    write_labels(folder, "d", BOX, BOX)
    look(qtbot, window)
    sheet = window.annotate.labelling.sheet
    assert sheet
    assert [box.label for box in sheet.current.boxes] == ["cat", "cat"]
    assert window.session.states[1].counts == {"cat": 2}


def test_what_was_saved_is_not_taken_for_what_is_not_saved_yet(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    labelling = window.annotate.labelling
    call_it_a_dog(qtbot, window)
    with monkeypatch.context() as patch:
        patch.setattr(labelling.saver, "_begin", lambda: None)
        labelling.relabel("cat")
        look(qtbot, window)  # finds the edit before
        assert window.session.states[1].counts == {"cat": 1}
    assert labelling.flush()
    look(qtbot, window)
    assert window.session.states[1].counts == {"cat": 1}
    assert said(window) == ""


def test_when_the_open_picture_goes_another_is_shown(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    assert open_name(window) == "b.png"
    (folder / "b.png").unlink()
    look(qtbot, window)
    qtbot.waitUntil(lambda: open_name(window) == "d.png")


def test_a_folder_that_is_emptied_says_so_and_one_that_is_filled_is_shown(
    window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    for name in ("b", "d"):
        (folder / f"{name}.png").unlink()
    look(qtbot, window)
    assert open_name(window) == ""
    assert not window.annotate.canvas.isVisible()
    draw_picture(folder / "e.png", SMALL)
    look(qtbot, window)
    assert open_name(window) == "e.png"
    assert window.annotate.canvas.isVisible()


@pytest.fixture
def shared(folder: Path) -> Path:
    """Let the label file of `d` not say whose it is: a second `d` takes it away from the first."""
    path = label_file(folder, "d")
    path.write_text(path.read_text().replace("<filename>d.png</filename>", ""))
    return path


def add_box(window: MainWindow) -> None:
    window.annotate.labelling.edit(lambda d: editing.draw(d, "cat", (2, 3), (12, 13)))


def second_picture_called_d(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    draw_picture(folder / "d.jpg", SMALL)
    look(qtbot, window)
    names = {item.name: item.label_name for item in window.session.items}
    assert (names["d.jpg"], names["d.png"]) == ("d.xml", "d.png.xml")


def test_undo_writes_into_no_label_file_that_belongs_to_another_picture_now(
    shared: Path, window: MainWindow, qtbot: QtBot, folder: Path
) -> None:
    labelling = window.annotate.labelling
    window.annotate.files.step(1)
    add_box(window)
    settle(qtbot, window)
    window.annotate.files.step(-1)
    second_picture_called_d(window, qtbot, folder)
    before = shared.read_bytes()
    window.annotate.timeline.undo()
    settle(qtbot, window)
    assert shared.read_bytes() == before
    assert "d.png: has another label file now, d.png.xml" in said(window)
    assert labelling.history.steps == ()


def test_an_edit_that_waits_goes_into_the_label_file_that_its_picture_has_now(
    shared: Path,
    window: MainWindow,
    qtbot: QtBot,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labelling, before = window.annotate.labelling, shared.read_bytes()

    def refuse(path: Path, _: Annotation) -> None:
        raise FileError(path, "could not be saved: No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("studio.labels.editing.saving.voc.write", refuse)
        window.annotate.files.step(1)
        add_box(window)
        settle(qtbot, window)
        second_picture_called_d(window, qtbot, folder)
    labelling.flush()
    add_box(window)
    labelling.flush()
    settle(qtbot, window)
    assert open_name(window) == "d.png"
    assert shared.read_bytes() == before
    assert len(boxes_on_disk(folder, "d.png")) == 3
    assert labelling.sheet
    assert labelling.sheet.item == labelling.item
