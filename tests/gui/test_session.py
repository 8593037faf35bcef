"""What the tabs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.errors import StudioError
from studio.gui.session import Session
from studio.labels.anchors import Anchors
from studio.labels.classes import ClassList, add
from studio.labels.dataset import ItemState
from studio.project import Project
from tests.gui.driving import open_folder

Make = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, picture: Make, labels: Make) -> Path:
    for name in ("a", "b", "c"):
        picture(tmp_path / f"{name}.png")
    labels(tmp_path / "annotations" / "a.xml", ("cat", 1, 1, 9, 9), ("dog", 2, 2, 9, 9))
    labels(tmp_path / "annotations" / "b.xml")
    return tmp_path


@pytest.fixture
def session(qtbot: QtBot, folder: Path) -> Session:
    session = Session()
    open_folder(qtbot, session, folder)
    return session


def test_opening_indexes_the_labels(session: Session) -> None:
    assert [state.counts for state in session.states] == [{"cat": 1, "dog": 1}, {}, None]
    assert session.labelled == 2
    assert session.class_counts() == {"cat": 1, "dog": 1}
    assert session.classes == ("cat", "dog")
    assert session.is_indexed


def test_nothing_is_written_by_opening(session: Session, folder: Path) -> None:
    assert not (folder / "studio.toml").exists()


def test_an_edit_changes_counts_and_tells(qtbot: QtBot, session: Session) -> None:
    with qtbot.waitSignals([session.states_changed, session.classes_changed]):
        session.set_state(0, ItemState({"cat": 3}))
    assert session.class_counts() == {"cat": 3}
    assert session.classes == ("cat",)
    session.set_state(1, ItemState(None))
    assert session.labelled == 1


def test_an_edit_made_while_the_index_reads_is_not_undone_by_it(qtbot: QtBot, folder: Path) -> None:
    session = Session()
    with qtbot.waitSignal(session.indexed):
        session.open(folder)
        session.set_state(0, ItemState({"cat": 7}))
    assert session.states[0].counts == {"cat": 7}
    assert session.states[1].counts == {}
    qtbot.waitUntil(lambda: not session.jobs)


def test_another_folder_makes_the_first_void(
    qtbot: QtBot, session: Session, tmp_path: Path, picture: Make
) -> None:
    picture(tmp_path / "other" / "x.png")
    with qtbot.waitSignal(session.opened):
        session.open(tmp_path / "other")
    assert len(session.states) == 1
    assert session.labelled == 0
    assert session.classes == ()
    qtbot.waitUntil(lambda: not session.jobs)


def test_what_is_no_folder_leaves_the_open_one(session: Session, folder: Path) -> None:
    with pytest.raises(StudioError, match="is not a folder"):
        session.open(folder / "missing")
    assert session.project is not None
    assert session.project.root == folder


def test_classes_and_anchors_are_remembered(qtbot: QtBot, session: Session, folder: Path) -> None:
    with qtbot.waitSignal(session.classes_changed):
        session.change_class_list(lambda _: ClassList(("dog", "cat")))
    anchors = Anchors(((10.0, 12.0), (30.0, 20.0)), (416, 416))
    with qtbot.waitSignal(session.anchors_changed):
        session.set_anchors(anchors)
    again = Project.open(folder)
    assert again.classes == ("dog", "cat")
    assert again.anchors == anchors


def test_classes_that_people_wrote_meanwhile_are_kept(session: Session, folder: Path) -> None:
    session.change_class_list(lambda _: ClassList(("cat",)))
    (folder / "studio.toml").write_text('classes = ["cat", "by hand"]  # mine\n')
    session.change_class_list(lambda listed: add(listed, "dog"))
    assert session.classes == ("cat", "by hand", "dog")
    text = (folder / "studio.toml").read_text()
    assert text.startswith('classes = ["cat", "by hand", "dog"]  # mine\n')
    (folder / "studio.toml").write_text('classes = ["owl"]\n')
    session.set_anchors(Anchors(((10.0, 12.0),), (416, 416)))
    assert session.classes == Project.open(folder).classes == ("owl",)


def test_nothing_can_be_set_before_a_folder_is_open() -> None:
    with pytest.raises(StudioError, match="open a folder"):
        Session().change_class_list(lambda _: ClassList(("cat",)))
