"""What other programs do to the open folder is noticed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from studio.errors import FileError
from studio.gui import session as sessions
from studio.gui import watching
from studio.gui.session import Session
from studio.gui.watching import FolderWatch
from studio.labels.dataset import ItemState
from studio.labels.folder import catching_up
from tests.gui.driving import open_folder, read_all

Make = Callable[..., Path]


class Ear(QObject):
    """Hears what a session says."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.moves: list[dict[int, int]] = []
        self.changed: list[int] = []
        self.told: list[int] = []
        session.items_changed.connect(self.hear_move)
        session.labels_changed.connect(self.hear_change)
        session.states_changed.connect(self.hear_states)

    @Slot(object)
    def hear_move(self, moved: dict[int, int]) -> None:
        self.moves.append(moved)

    @Slot(list)
    def hear_change(self, positions: list[int]) -> None:
        self.changed += positions

    @Slot(list)
    def hear_states(self, positions: list[int]) -> None:
        self.told += positions


@pytest.fixture
def folder(tmp_path: Path, picture: Make, labels: Make) -> Path:
    root = tmp_path / "set"
    for name in ("a", "b", "c"):
        picture(root / "images" / f"{name}.png")
    labels(root / "annotations" / "a.xml", ("cat", 1, 1, 9, 9), ("dog", 2, 2, 9, 9))
    labels(root / "annotations" / "b.xml")
    for path in root.rglob("*.xml"):  # old enough for the time of change to prove something
        os.utime(path, (1e9, 1e9))
    return root


def opened(qtbot: QtBot, folder: Path) -> Session:
    session = Session()
    open_folder(qtbot, session, folder)
    return session


@pytest.fixture
def session(qtbot: QtBot, folder: Path) -> Session:
    return opened(qtbot, folder)


@pytest.fixture
def ear(session: Session) -> Ear:
    return Ear(session)


def look(qtbot: QtBot, session: Session) -> None:
    session.look_again()
    read_all(qtbot, session)


# --- what is found when one looks again ---------------------------------------------------------


def test_nothing_has_changed(qtbot: QtBot, session: Session, ear: Ear) -> None:
    items = session.items
    look(qtbot, session)
    assert (ear.moves, ear.changed, ear.told) == ([], [], [])
    assert session.items is items


def test_a_renamed_picture_leaves_the_others_as_they_are(
    qtbot: QtBot, session: Session, ear: Ear, folder: Path
) -> None:
    session.set_state(1, ItemState({"cat": 5}))
    (folder / "images/a.png").rename(folder / "images/x.png")
    look(qtbot, session)
    assert [item.name for item in session.items] == ["b.png", "c.png", "x.png"]
    assert ear.moves == [{1: 0, 2: 1}]
    assert [state.counts for state in session.states] == [{"cat": 5}, None, None]
    assert session.class_counts() == {"cat": 5}
    assert session.labelled == 1
    assert session.position_of("x.png") == 2
    assert session.position_of("a.png") is None


def test_an_added_picture_is_read(
    qtbot: QtBot, session: Session, ear: Ear, picture: Make, labels: Make, folder: Path
) -> None:
    picture(folder / "images/sub/new.png")
    labels(folder / "annotations/sub/new.xml", ("cow", 1, 1, 9, 9))
    look(qtbot, session)
    assert ear.moves == [{0: 0, 1: 1, 2: 2}]
    assert (ear.changed, ear.told) == ([], [3])
    assert session.classes == ("cat", "cow", "dog")


def test_label_files_of_others_are_read_and_told_of(
    qtbot: QtBot, session: Session, ear: Ear, labels: Make, folder: Path
) -> None:
    labels(folder / "annotations/a.xml", ("cow", 1, 1, 9, 9))
    (folder / "annotations/b.xml").unlink()
    look(qtbot, session)
    assert ear.changed == [0, 1]
    assert [state.counts for state in session.states] == [{"cow": 1}, None, None]
    assert session.class_counts() == {"cow": 1}


def test_what_is_edited_meanwhile_is_known_better(
    qtbot: QtBot, session: Session, ear: Ear, labels: Make, folder: Path
) -> None:
    labels(folder / "annotations/a.xml", ("cow", 1, 1, 9, 9))
    session.look_again()
    session.set_state(0, ItemState({"cat": 7}))
    read_all(qtbot, session)
    assert ear.changed == []
    assert session.states[0] == ItemState({"cat": 7})
    look(qtbot, session)  # who wrote it, and when, is not known, so it is looked at again
    assert ear.changed == [0]
    assert session.states[0] == ItemState({"cow": 1})


def test_looking_while_one_looks_comes_after(
    qtbot: QtBot, session: Session, ear: Ear, labels: Make, folder: Path
) -> None:
    session.look_again()
    labels(folder / "annotations/c.xml")
    session.look_again()
    read_all(qtbot, session)
    assert ear.changed == [2]


def test_a_look_that_ends_early_leaves_every_picture_in_its_place(
    qtbot: QtBot,
    session: Session,
    ear: Ear,
    picture: Make,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise FileError(folder, "cannot be read")

    picture(folder / "images/0.png")
    with monkeypatch.context() as patch:
        patch.setattr(catching_up, "_read_changed", fail)
        look(qtbot, session)
    look(qtbot, session)
    assert ear.moves == [{0: 1, 1: 2, 2: 3}]
    assert [item.name for item in session.items] == ["0.png", "a.png", "b.png", "c.png"]
    counts = [state.counts for state in session.states]
    assert counts == [None, {"cat": 1, "dog": 1}, {}, None]


def test_a_folder_that_goes_leaves_the_list(
    qtbot: QtBot, session: Session, ear: Ear, folder: Path
) -> None:
    folder.rename(folder.with_name("elsewhere"))
    look(qtbot, session)
    assert len(session.items) == 3
    folder.with_name("elsewhere").rename(folder)
    look(qtbot, session)
    assert (ear.moves, ear.changed) == ([], [])


# --- the second time ----------------------------------------------------------------------------


@pytest.mark.parametrize("few", [0, sessions.FEW])
def test_what_is_known_of_a_folder_is_there_at_once(
    qtbot: QtBot, session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(sessions, "FEW", few)
    again = Session()
    again.open(folder)
    assert [item.name for item in again.items] == ["a.png", "b.png", "c.png"]
    assert [state.counts for state in again.states] == [{"cat": 1, "dog": 1}, {}, None]
    assert again.class_counts() == {"cat": 1, "dog": 1}
    assert not again.is_indexed
    read_all(qtbot, again)


def test_many_pictures_are_listed_in_the_background(
    qtbot: QtBot, session: Session, folder: Path, monkeypatch: pytest.MonkeyPatch, picture: Make
) -> None:
    monkeypatch.setattr(sessions, "FEW", 0)
    picture(folder / "images/d.png")
    again = Session()
    ear = Ear(again)
    again.open(folder)
    assert len(again.items) == 3
    read_all(qtbot, again)
    assert len(again.items) == 4
    assert ear.moves == [{0: 0, 1: 1, 2: 2}]


def test_few_pictures_are_listed_at_once(
    qtbot: QtBot, session: Session, folder: Path, picture: Make
) -> None:
    picture(folder / "images/d.png")
    again = Session()
    again.open(folder)
    assert len(again.items) == 4
    read_all(qtbot, again)


def test_a_cache_that_cannot_be_written_is_no_obstacle(
    qtbot: QtBot, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("YOLO_STUDIO_CACHE", str(tmp_path / "file"))
    session = opened(qtbot, folder)
    assert session.labelled == 2
    look(qtbot, session)


# --- when one looks again -----------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "CALM", 0.01)
    monkeypatch.setattr(watching, "AWAY", 0.01)


def test_a_change_is_noticed(
    qtbot: QtBot, quick: None, session: Session, labels: Make, folder: Path, picture: Make
) -> None:
    labels(folder / "annotations/c.xml", ("cow", 1, 1, 9, 9))
    qtbot.waitUntil(lambda: session.states[2].counts == {"cow": 1})
    read_all(qtbot, session)
    picture(folder / "images/sub/d.png")
    qtbot.waitUntil(lambda: len(session.items) == 4)
    read_all(qtbot, session)


def test_a_folder_for_labels_that_is_made_is_noticed(
    qtbot: QtBot, quick: None, tmp_path: Path, picture: Make, labels: Make
) -> None:
    picture(tmp_path / "set/images/a.png")
    session = opened(qtbot, tmp_path / "set")
    labels(tmp_path / "set/annotations/a.xml", ("cow", 1, 1, 9, 9))
    qtbot.waitUntil(lambda: session.states[0].counts == {"cow": 1})
    read_all(qtbot, session)


def test_coming_back_to_the_window_is_a_reason_to_look(
    qtbot: QtBot, quick: None, session: Session, folder: Path
) -> None:
    path = folder / "annotations/a.xml"
    path.write_bytes(path.read_bytes().replace(b"cat", b"cow"))  # in place: no folder tells
    application = QGuiApplication.instance()
    assert isinstance(application, QGuiApplication)
    application.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    qtbot.waitUntil(lambda: session.states[0].counts == {"cow": 1, "dog": 1})
    read_all(qtbot, session)


def test_our_own_writing_is_no_reason_to_look_at_once(
    qtbot: QtBot, quick: None, tmp_path: Path
) -> None:
    owner = QObject()
    watch = FolderWatch(owner)
    (tmp_path / "ours").mkdir()
    (tmp_path / "theirs").mkdir()
    watch.watch([tmp_path / "ours", tmp_path / "theirs"])
    watch.expect(tmp_path / "ours")
    (tmp_path / "ours/file").touch()
    with qtbot.assertNotEmitted(watch.noticed, wait=200):
        pass
    with qtbot.waitSignal(watch.noticed):
        (tmp_path / "theirs/file").touch()


def test_a_folder_that_takes_long_is_looked_at_less_often(
    qtbot: QtBot, quick: None, tmp_path: Path
) -> None:
    owner = QObject()
    watch = FolderWatch(owner)
    watch.watch([tmp_path])
    watch.note_look(1000.0)
    (tmp_path / "file").touch()
    with qtbot.assertNotEmitted(watch.noticed, wait=200):
        pass
    watch.note_look(0.0)
    with qtbot.waitSignal(watch.noticed):
        (tmp_path / "another").touch()


def test_a_folder_that_is_closed_is_not_watched(qtbot: QtBot, quick: None, tmp_path: Path) -> None:
    owner = QObject()
    watch = FolderWatch(owner)
    watch.watch([tmp_path])
    watch.watch([])
    (tmp_path / "file").touch()
    with qtbot.assertNotEmitted(watch.noticed, wait=200):
        pass
