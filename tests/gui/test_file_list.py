"""The file list by itself: searching, filtering, going through it, thumbnails."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.gui.annotate.files.panel import FileList
from studio.gui.annotate.rows import TRAILING
from studio.gui.session import Session
from studio.labels.boxes import Annotation, Box
from studio.labels.dataset import ItemState
from studio.labels.folder.filtering import State
from studio.labels.voc import write
from tests.gui.driving import open_folder, read_all
from tests.gui.folders import draw_picture

COUNT = 200
CAT, DOG = ItemState({"cat": 2}), ItemState({"dog": 1}, verified=True)
Make = Callable[[], FileList]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """p0 to p199; p0 has a cat, p1 a dog and is verified, p2 is empty, p3 cannot be read."""
    root = tmp_path_factory.mktemp("pictures")
    draw_picture(root / "p0.png", (80, 60))
    data = (root / "p0.png").read_bytes()
    for number in range(1, COUNT):
        (root / f"p{number}.png").write_bytes(data)
    (root / "p5.png").write_bytes(b"no picture")
    labels = root / "annotations"
    write(labels / "p0.xml", Annotation(root / "p0.png", 80, 60, boxes=(Box("cat", 1, 1, 9, 9),)))
    dog = (Box("dog", 1, 1, 9, 9),)
    write(labels / "p1.xml", Annotation(root / "p1.png", 80, 60, boxes=dog, verified=True))
    write(labels / "p2.xml", Annotation(root / "p2.png", 80, 60))
    (labels / "p3.xml").write_text("<annotation>")
    return root


@pytest.fixture
def session(folder: Path) -> Session:
    return Session()


@pytest.fixture
def files(qtbot: QtBot, session: Session, settings: QSettings, folder: Path) -> Iterator[FileList]:
    """The list with the first picture open, all labels read."""
    made = FileList(session, settings)
    made.resize(260, 600)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    session.open(folder)
    made.go_to(0)
    read_all(qtbot, session)
    yield made
    made.hide()
    qtbot.waitUntil(lambda: not session.jobs)


def shown(files: FileList) -> list[str]:
    model = files.view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def current(files: FileList) -> str | None:
    name = files.view.currentIndex().data()
    return None if name is None else str(name)


def opened(files: FileList) -> list[int]:
    """Return the list that the pictures which are opened from now on are added to."""
    positions: list[int] = []
    files.chosen.connect(positions.append)
    return positions


def count(files: FileList) -> str:
    return files._count.text()


# --- filtering ----------------------------------------------------------------------------------


def test_all_are_shown_in_natural_order_and_counted(files: FileList) -> None:
    assert shown(files) == [f"p{number}.png" for number in range(COUNT)]
    assert count(files) == "3 of 200 labelled"


def test_state_and_class_narrow_the_list(files: FileList) -> None:
    files.filter.ask(State.LABELLED)
    assert shown(files) == ["p0.png", "p1.png", "p2.png"]
    assert count(files) == "3 shown · 3 of 200 labelled"
    files.filter.ask(State.LABELLED, "dog")
    assert shown(files) == ["p1.png"]
    files.filter.ask(State.PROBLEM)
    assert shown(files) == ["p3.png"]
    files.filter.clear()
    assert len(shown(files)) == COUNT
    assert count(files) == "3 of 200 labelled"


def test_what_is_hidden_stays_open_and_is_found_again(files: FileList) -> None:
    files.go_to(50)
    positions = opened(files)
    files.search.setText("P10")
    assert shown(files) == ["p10.png", *(f"p{number}.png" for number in range(100, 110))]
    assert current(files) is None
    files.search.clear()
    assert current(files) == "p50.png"
    assert positions == []


def test_next_and_previous_go_over_what_is_shown(files: FileList) -> None:
    files.go_to(50)
    files.search.setText("p10")
    files.step(1)
    assert current(files) == "p100.png"
    files.step(-1)
    files.step(-1)
    assert current(files) == "p10.png"


def test_a_picture_that_no_longer_matches_goes_when_one_leaves_it(
    qtbot: QtBot, files: FileList, session: Session
) -> None:
    files.filter.ask(State.UNLABELLED)
    files.step(1)
    assert current(files) == "p4.png"
    session.set_state(4, CAT)
    session.set_state(7, DOG)
    qtbot.waitUntil(lambda: "p7.png" not in shown(files))
    assert current(files) == "p4.png"
    assert count(files) == "195 shown · 5 of 200 labelled"
    files.step(1)
    qtbot.waitUntil(lambda: "p4.png" not in shown(files))
    assert current(files) == "p5.png"


def test_rows_that_go_above_leave_the_list_where_it_is(
    qtbot: QtBot, files: FileList, session: Session
) -> None:
    files.filter.ask(State.UNLABELLED)
    files.go_to(150)
    y = files.view.visualRect(files.view.currentIndex()).y()
    for position in range(4, 60):
        session.set_state(position, CAT)
    qtbot.waitUntil(lambda: len(shown(files)) == 140)
    assert current(files) == "p150.png"
    assert files.view.visualRect(files.view.currentIndex()).y() == y


def test_a_picture_gone_to_is_shown_among_those_found(files: FileList) -> None:
    files.search.setText("p10")
    files.go_to(50)
    assert current(files) == "p50.png"
    assert shown(files)[:3] == ["p10.png", "p50.png", "p100.png"]


def test_the_menu_offers_states_and_classes(files: FileList) -> None:
    menu = files.filter.menu()
    menu.aboutToShow.emit()
    by_text = {action.text(): action for action in menu.actions()}
    classes = by_text["Class"].menu()
    names = [action.text() for action in classes.actions()]
    assert names == ["All classes", "cat", "dog"]
    assert by_text["All pictures"].isChecked()
    assert not by_text["Clear filter"].isEnabled()
    by_text["Verified"].trigger()
    classes.actions()[2].trigger()
    assert shown(files) == ["p1.png"]
    assert files.filter.toolTip() == "Filter: verified, with a box of dog"
    menu.aboutToShow.emit()
    assert [action.isChecked() for action in classes.actions()] == [False, False, True]
    by_text["Clear filter"].trigger()
    assert len(shown(files)) == COUNT


def test_another_folder_is_shown_whole(files: FileList, session: Session, folder: Path) -> None:
    files.filter.ask(State.VERIFIED)
    files.search.setText("1")
    session.open(folder)
    assert len(shown(files)) == COUNT
    assert not files.filter.is_active
    assert files.search.text() == ""


# --- going --------------------------------------------------------------------------------------


def test_next_unlabelled_begins_again_at_the_top(files: FileList, session: Session) -> None:
    go = files.acts()["next_unlabelled"]
    go()
    assert current(files) == "p4.png"
    files.go_to(COUNT - 1)
    go()
    assert current(files) == "p4.png"


def test_next_unlabelled_stays_within_the_search_and_tells_when_there_is_none(
    files: FileList, session: Session
) -> None:
    files.search.setText("p10")
    go = files.acts()["next_unlabelled"]
    files.go_to(10)
    go()
    assert current(files) == "p100.png"
    for position in (10, *range(101, 110)):
        session.set_state(position, CAT)
    go()
    assert current(files) == "p100.png"
    assert count(files) == "None of those shown is left to label"


def test_states_not_read_yet_are_told_by_the_label_files(
    qtbot: QtBot, session: Session, settings: QSettings, folder: Path
) -> None:
    files = FileList(session, settings)
    qtbot.addWidget(files)
    session.open(folder)
    files.go_to(0)
    assert not session.is_indexed
    files.acts()["next_unlabelled"]()
    assert current(files) == "p4.png"
    qtbot.waitUntil(lambda: not session.jobs)


def test_home_end_and_arrows_change_the_picture(qtbot: QtBot, files: FileList) -> None:
    positions = opened(files)
    for key in (Qt.Key.Key_End, Qt.Key.Key_Up, Qt.Key.Key_Home, Qt.Key.Key_Down):
        qtbot.keyClick(files.view, key)
    assert positions == [199, 198, 0, 1]


def test_down_goes_from_the_search_into_the_list(qtbot: QtBot, files: FileList) -> None:
    files.acts()["search"]()
    qtbot.keyClicks(files.search, "p19")
    qtbot.keyClick(files.search, Qt.Key.Key_Down)
    assert QApplication.focusWidget() is files.view
    assert current(files) == "p19.png"


def test_enter_opens_what_was_found(qtbot: QtBot, files: FileList) -> None:
    positions = opened(files)
    qtbot.keyClicks(files.search, "p19")
    qtbot.keyClick(files.search, Qt.Key.Key_Return)
    qtbot.keyClick(files.search, Qt.Key.Key_Return)
    assert positions == [19]


def test_a_picture_far_away_comes_to_the_middle(files: FileList) -> None:
    files.go_to(120)
    place = files.view.visualRect(files.view.currentIndex())
    assert abs(place.center().y() - files.view.viewport().height() / 2) < place.height()


def test_rows_say_what_they_are_in_words(files: FileList) -> None:
    def said(row: int, role: Qt.ItemDataRole) -> str:
        return str(files.view.model().index(row, 0).data(role))

    assert [said(row, Qt.ItemDataRole(TRAILING)) for row in range(5)] == ["1", "1 ✓", "∅", "!", "–"]
    assert said(1, Qt.ItemDataRole.AccessibleTextRole) == "p1.png: 1 box; verified"
    assert said(2, Qt.ItemDataRole.AccessibleTextRole) == "p2.png: no objects"
    assert said(4, Qt.ItemDataRole.AccessibleTextRole) == "p4.png: not labelled"


# --- thumbnails ---------------------------------------------------------------------------------


def colour(files: FileList, row: int) -> tuple[int, int, int]:
    """Return the colour in the middle of the thumbnail as the list paints it."""
    index = files.view.model().index(row, 0)
    place = files.view.visualRect(index)
    shot = files.view.viewport().grab().toImage()
    red, green, blue, _ = shot.pixelColor(24, place.center().y()).getRgb()
    return red, green, blue


def test_thumbnails_in_sight_are_made_in_the_background(qtbot: QtBot, files: FileList) -> None:
    qtbot.waitUntil(lambda: colour(files, 2) == (200, 200, 200))
    qtbot.waitUntil(lambda: colour(files, 5) != colour(files, 4))
    assert len(files._thumbnails._icons) < 60
    files.go_to(150)
    qtbot.waitUntil(lambda: colour(files, 150) == (200, 200, 200))


def test_thumbnails_can_be_put_away_for_good(
    qtbot: QtBot, files: FileList, session: Session, settings: QSettings
) -> None:
    high = files.view.rowHeight(0)
    assert files.checked() == {"thumbnails": True}
    files.acts()["thumbnails"]()
    assert files.checked() == {"thumbnails": False}
    assert files.view.rowHeight(0) == high // 2 == 24
    again = FileList(session, settings)
    qtbot.addWidget(again)
    assert again.checked() == {"thumbnails": False}


def test_the_toggle_keeps_the_picture_in_sight(files: FileList) -> None:
    files.go_to(100)
    for _ in range(2):
        files.acts()["thumbnails"]()
        assert 100 in files.view.rows_in_sight()


# --- what other programs do ---------------------------------------------------------------------


@pytest.fixture
def living(tmp_path: Path, folder: Path) -> Path:
    """A folder of its own, in which pictures come and go."""
    root = tmp_path / "living"
    shutil.copytree(folder, root)
    return root


def look(qtbot: QtBot, files: FileList, session: Session) -> None:
    before = len(session.items)
    session.look_again()
    qtbot.waitUntil(lambda: not session.jobs and len(session.items) != before)


def test_pictures_come_and_go_and_the_one_that_is_open_stays_where_it_is(
    qtbot: QtBot, files: FileList, session: Session, living: Path
) -> None:
    open_folder(qtbot, session, living)
    files.go_to(100)
    positions = opened(files)
    y = files.view.visualRect(files.view.currentIndex()).y()
    for number in range(10, 60):
        (living / f"p{number}.png").unlink()
    shutil.copy(living / "p0.png", living / "p99a.png")
    look(qtbot, files, session)
    assert len(shown(files)) == COUNT - 49
    assert current(files) == "p100.png"
    assert files.view.visualRect(files.view.currentIndex()).y() == y
    files.step(-1)
    assert current(files) == "p99a.png"
    assert positions == [50]


def test_where_the_open_picture_is_gone_the_next_one_is_opened(
    qtbot: QtBot, files: FileList, session: Session, living: Path
) -> None:
    open_folder(qtbot, session, living)
    files.search.setText("p10")
    files.go_to(103)
    (living / "p103.png").unlink()
    look(qtbot, files, session)
    qtbot.waitUntil(lambda: current(files) == "p104.png")
    assert len(shown(files)) == 10


def test_what_is_hidden_stays_hidden_when_pictures_come(
    qtbot: QtBot, files: FileList, session: Session, living: Path
) -> None:
    open_folder(qtbot, session, living)
    files.go_to(50)
    files.search.setText("p10")
    shutil.copy(living / "p0.png", living / "p10a.png")
    look(qtbot, files, session)
    assert shown(files)[:2] == ["p10.png", "p10a.png"]
    assert current(files) is None
    files.search.clear()
    assert current(files) == "p50.png"


def test_a_picture_that_was_replaced_gets_another_thumbnail(
    qtbot: QtBot, files: FileList, session: Session, living: Path
) -> None:
    open_folder(qtbot, session, living)
    qtbot.waitUntil(lambda: colour(files, 2) == (200, 200, 200))
    draw_picture(living / "p2.png", (80, 60), 90)
    (living / "p199.png").unlink()
    look(qtbot, files, session)
    qtbot.waitUntil(lambda: colour(files, 2) == (90, 90, 90))
