"""The Annotate tab, by mouse and keys."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from studio.gui.main_window import MainWindow
from studio.labels import voc
from studio.labels.boxes import Box
from tests.gui.driving import (
    Shell,
    at,
    boxes,
    document,
    drag,
    go_to,
    open_name,
    press,
    put_on_disk,
    said,
    settle,
)
from tests.gui.folders import LARGE, all_files, boxes_on_disk, label_file, make_folder, write_labels

BOX = Box("cat", 100, 80, 200, 160)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures; the first has a box, the class list is known."""
    pictures = {"one": (BOX,), "two": (), "three": ()}
    return make_folder(tmp_path / "pictures", LARGE, pictures, ("cat", "dog"))


def saved(root: Path, name: str) -> list[tuple[str, tuple[float, ...]]]:
    return [(box.label, box.xyxy) for box in boxes_on_disk(root, name)]


def click(qtbot: QtBot, window: MainWindow, x: float, y: float) -> None:
    drag(qtbot, window, (x, y))


def key(qtbot: QtBot, window: MainWindow, text: str) -> None:
    """Press a key where the focus is, such as "Ctrl+Z"; what it edited is on disk after it."""
    press(qtbot, text)
    put_on_disk(qtbot, window)


def near(*edges: float) -> object:
    """Compare with what a drag gave: a pixel of the screen is a fraction of one of the picture."""
    return pytest.approx(edges, abs=1.0)


# --- drawing and editing ------------------------------------------------------------------------


def test_w_and_a_drag_write_the_label_file(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    go_to(window, "two")
    assert not label_file(folder, "two").exists()
    key(qtbot, window, "2")
    key(qtbot, window, "W")
    drag(qtbot, window, (50, 40), (80, 60), (150, 120))
    ((label, edges),) = saved(folder, "two")
    assert label == "dog"
    assert edges == near(50, 40, 150, 120)
    assert not window.annotate.canvas.is_drawing


def test_looking_at_pictures_writes_nothing(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    before = all_files(folder)
    for _ in range(3):
        key(qtbot, window, "D")
    for _ in range(3):
        key(qtbot, window, "A")
    click(qtbot, window, 150, 120)
    assert all_files(folder) == before


def test_move_resize_delete_undo_and_redo_end_up_in_the_file(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    original = label_file(folder, "one").read_bytes()
    drag(qtbot, window, (150, 120), (170, 125), (190, 130))
    assert saved(folder, "one")[0][1] == near(140, 90, 240, 170)
    drag(qtbot, window, (240, 170), (260, 180), (300, 200))
    assert saved(folder, "one")[0][1] == near(140, 90, 300, 200)
    drag(qtbot, window, (140, 145), (100, 145), (60, 145))
    assert saved(folder, "one")[0][1] == near(60, 90, 300, 200)
    key(qtbot, window, "Delete")
    assert saved(folder, "one") == []
    for _ in range(4):
        key(qtbot, window, "Ctrl+Z")
    assert label_file(folder, "one").read_bytes() == original
    for _ in range(3):
        key(qtbot, window, "Ctrl+Shift+Z")
    assert saved(folder, "one")[0][1] == near(60, 90, 300, 200)


def test_history_outlives_a_visit_elsewhere(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    click(qtbot, window, 150, 120)
    key(qtbot, window, "Delete")
    go_to(window, "three")
    go_to(window, "one")
    key(qtbot, window, "Ctrl+Z")
    assert saved(folder, "one") == [("cat", BOX.xyxy)]


def test_undo_of_the_first_box_leaves_no_label_file(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    go_to(window, "two")
    key(qtbot, window, "W")
    drag(qtbot, window, (50, 40), (150, 120))
    assert label_file(folder, "two").exists()
    key(qtbot, window, "Ctrl+Z")
    assert not label_file(folder, "two").exists()
    assert window.annotate.state == "1/3"


def test_escape_gives_up_a_drag(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    canvas, left = window.annotate.canvas, Qt.MouseButton.LeftButton
    original = label_file(folder, "one").read_bytes()
    qtbot.mousePress(canvas, left, pos=at(window, 150, 120))
    qtbot.mouseMove(canvas, at(window, 200, 170))
    assert boxes(window)[0].xmin > 140
    key(qtbot, window, "Escape")
    qtbot.mouseRelease(canvas, left, pos=at(window, 200, 170))
    assert boxes(window)[0].xyxy == BOX.xyxy
    assert label_file(folder, "one").read_bytes() == original


def test_arrows_nudge_by_one_and_with_shift_by_ten(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    click(qtbot, window, 150, 120)
    key(qtbot, window, "Right")
    key(qtbot, window, "Shift+Up")
    assert saved(folder, "one") == [("cat", (101, 70, 201, 150))]


def test_number_key_relabels_the_selection_and_is_the_next_class(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    click(qtbot, window, 150, 120)
    key(qtbot, window, "2")
    assert [label for label, _ in saved(folder, "one")] == ["dog"]
    assert window.annotate.canvas.label == "dog"
    key(qtbot, window, "9")
    assert window.annotate.canvas.label == "dog"


def test_number_key_after_w_is_for_the_next_box_only(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    click(qtbot, window, 150, 120)
    key(qtbot, window, "W")
    key(qtbot, window, "2")
    drag(qtbot, window, (300, 200), (350, 250))
    assert [label for label, _ in saved(folder, "one")] == ["cat", "dog"]


def test_space_verifies_and_a_second_time_takes_it_back(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    original = label_file(folder, "one").read_bytes()
    key(qtbot, window, "Space")
    assert voc.read(label_file(folder, "one"), folder).verified
    key(qtbot, window, "Space")
    assert label_file(folder, "one").read_bytes() == original


def test_duplicate_and_the_previous_pictures_boxes(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    click(qtbot, window, 150, 120)
    key(qtbot, window, "Ctrl+D")
    assert len(saved(folder, "one")) == 2
    names = [item.stem for item in window.session.items]
    following = names[names.index("one") + 1]
    go_to(window, following)
    key(qtbot, window, "Ctrl+V")
    key(qtbot, window, "Ctrl+V")
    assert saved(folder, following) == saved(folder, "one")


def test_hidden_boxes_cannot_be_hit(qtbot: QtBot, window: MainWindow) -> None:
    key(qtbot, window, "Ctrl+H")
    drag(qtbot, window, (150, 120), (200, 160))
    assert boxes(window)[0].xyxy == BOX.xyxy
    key(qtbot, window, "Ctrl+A")
    drag(qtbot, window, (150, 120), (200, 160))
    assert boxes(window)[0].xyxy != BOX.xyxy


# --- the view -----------------------------------------------------------------------------------


def wheel(window: MainWindow, place: QPoint, modifiers: Qt.KeyboardModifier) -> None:
    canvas = window.annotate.canvas
    event = QWheelEvent(
        QPointF(place),
        canvas.mapToGlobal(QPointF(place)),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_ctrl_wheel_zooms_at_the_pointer_and_the_wheel_scrolls(
    qtbot: QtBot, window: MainWindow
) -> None:
    canvas, place = window.annotate.canvas, at(window, 100, 80)
    point = canvas.viewport.to_image((place.x(), place.y()))
    scale = canvas.viewport.scale
    wheel(window, place, Qt.KeyboardModifier.ControlModifier)
    assert canvas.viewport.scale == pytest.approx(1.25 * scale)
    assert canvas.viewport.to_image((place.x(), place.y())) == pytest.approx(point)
    top = canvas.viewport.y
    wheel(window, place, Qt.KeyboardModifier.NoModifier)
    assert canvas.viewport.y > top
    key(qtbot, window, "Ctrl+F")
    assert canvas.viewport.scale == pytest.approx(scale)


def test_middle_button_pans(qtbot: QtBot, window: MainWindow) -> None:
    canvas, middle = window.annotate.canvas, Qt.MouseButton.MiddleButton
    before = canvas.viewport
    qtbot.mousePress(canvas, middle, pos=QPoint(200, 200))
    qtbot.mouseMove(canvas, QPoint(230, 190))
    qtbot.mouseRelease(canvas, middle, pos=QPoint(230, 190))
    assert (canvas.viewport.x - before.x, canvas.viewport.y - before.y) == (30, -10)


def test_boxes_are_painted_in_their_colour(qtbot: QtBot, window: MainWindow) -> None:
    shot = window.annotate.canvas.grab().toImage()
    place = at(window, BOX.xmin, 120)
    seen = {shot.pixelColor(place.x() + dx, place.y()).getRgb()[:3] for dx in (-1, 0, 1)}
    assert (230, 159, 0) in seen
    assert shot.pixelColor(at(window, 300, 250)).getRgb()[:3] == (200, 200, 200)


# --- lists --------------------------------------------------------------------------------------


def test_letters_in_the_search_field_are_letters(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    search = window.annotate.files.search
    search.setFocus()
    for letter in ("W", "D", "Space", "1"):
        key(qtbot, window, letter)
    assert search.text() == "wd 1"
    assert not window.annotate.canvas.is_drawing
    assert open_name(window) == "one.png"


def test_search_narrows_the_list_and_next_stays_inside_it(qtbot: QtBot, window: MainWindow) -> None:
    files = window.annotate.files
    files.search.setText("T")
    assert files.view.model().rowCount() == 2
    window.annotate.canvas.setFocus()
    key(qtbot, window, "D")
    key(qtbot, window, "D")
    assert open_name(window) == "two.png"


def test_file_list_says_what_became_of_each_picture(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    def marks() -> dict[str, str]:
        rows = enumerate(window.session.items)
        model = window.annotate.files.view.model()
        role = Qt.ItemDataRole.UserRole
        return {item.stem: model.index(row, 0).data(role) for row, item in rows}

    assert marks() == {"one": "1", "two": "–", "three": "–"}
    key(qtbot, window, "Space")
    go_to(window, "two")
    key(qtbot, window, "Space")
    assert marks() == {"one": "1 ✓", "two": "∅ ✓", "three": "–"}
    assert window.annotate.state == "2/3"
    assert window.tabs.tabText(0) == "Annotate · 2/3"


def test_box_list_and_canvas_select_the_same(qtbot: QtBot, window: MainWindow) -> None:
    view = window.annotate.boxes.view
    click(qtbot, window, 150, 120)
    qtbot.waitUntil(lambda: [index.row() for index in view.selectedIndexes()] == [0])
    click(qtbot, window, 350, 250)
    qtbot.waitUntil(lambda: view.selectedIndexes() == [])
    view.setCurrentIndex(view.model().index(0, 0))
    assert document(window).selection == {0}


def test_a_class_added_in_place_is_drawn_next(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    field = window.annotate.classes.field
    qtbot.keyClicks(field, "bird")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.session.classes == ("cat", "dog", "bird")
    assert '"bird"' in (folder / "studio.toml").read_text()
    assert window.annotate.canvas.label == "bird"
    assert QApplication.focusWidget() is window.annotate.canvas


def test_first_box_without_classes_is_kept_and_then_named(
    qtbot: QtBot, make_window: Shell, folder: Path
) -> None:
    (folder / "studio.toml").unlink()
    label_file(folder, "one").unlink()
    window = make_window(folder)
    go_to(window, "one")
    window.annotate.canvas.setFocus()
    key(qtbot, window, "W")
    drag(qtbot, window, (50, 40), (150, 120))
    assert [label for label, _ in saved(folder, "one")] == ["object"]
    assert 'classes = ["object"]' in (folder / "studio.toml").read_text()
    window.annotate.choice.name_wanted.emit()
    qtbot.keyClicks(window.annotate.classes.field, "cell")
    qtbot.keyClick(window.annotate.classes.field, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert [label for label, _ in saved(folder, "one")] == ["cell"]
    assert 'classes = ["cell"]' in (folder / "studio.toml").read_text()
    assert window.annotate.canvas.label == "cell"


def test_the_first_edit_writes_down_the_classes_of_the_label_files(
    qtbot: QtBot, make_window: Shell, folder: Path
) -> None:
    (folder / "studio.toml").unlink()
    write_labels(folder, "three", Box("ant", 10, 10, 50, 50))
    window = make_window()
    window.open(folder)
    go_to(window, "one")  # before the label files were all read
    window.annotate.canvas.setFocus()
    click(qtbot, window, 150, 120)
    key(qtbot, window, "Right")
    settle(qtbot, window)
    qtbot.waitUntil((folder / "studio.toml").exists)
    assert window.session.classes == ("ant", "cat")


def test_an_unlisted_class_is_offered(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    write_labels(folder, "two", Box("yak", 10, 10, 50, 50))
    go_to(window, "two")
    assert "'yak'" in said(window)
    assert window.annotate.classes.model.names == ("cat", "dog", "yak")
    assert window.annotate.classes.model.listed.names == ("cat", "dog")
    window.annotate.labelling.book.add("yak")
    assert window.session.classes == ("cat", "dog", "yak")


# --- bad input ----------------------------------------------------------------------------------


def test_unreadable_labels_are_told_and_never_overwritten(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    label_file(folder, "two").write_text("<annotation><object>")
    go_to(window, "two")
    assert "two.xml" in said(window)
    for name in ("W", "Space", "Ctrl+V", "Ctrl+S"):
        key(qtbot, window, name)
    drag(qtbot, window, (50, 40), (150, 120))
    go_to(window, "three")
    assert label_file(folder, "two").read_text() == "<annotation><object>"
    assert said(window) == ""


def test_a_damaged_picture_is_told_in_its_place_and_the_rest_goes_on(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    (folder / "two.png").write_bytes(b"no picture")
    go_to(window, "two")
    assert "two.png" in window.annotate.labelling.sentence
    window.annotate.canvas.grab()
    assert not window.annotate.commands["draw"].isEnabled()
    key(qtbot, window, "A")
    assert window.annotate.labelling.sheet is not None


def test_a_box_without_area_is_told_and_stays_in_the_file(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    text = label_file(folder, "one").read_text()
    broken = text.replace("<xmax>200</xmax>", "<xmax>100</xmax>")
    label_file(folder, "two").write_text(broken.replace("one.png", "two.png"))
    go_to(window, "two")
    assert "no area" in said(window)
    key(qtbot, window, "W")
    drag(qtbot, window, (50, 40), (150, 120))
    assert label_file(folder, "two").read_text().count("<object>") == 2


def test_an_edit_that_cannot_be_saved_is_kept_and_saved_later(
    qtbot: QtBot, window: MainWindow, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = label_file(folder, "one").read_bytes()

    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", refuse)
    click(qtbot, window, 150, 120)
    key(qtbot, window, "Right")
    assert label_file(folder, "one").read_bytes() == original
    assert "one.xml" in said(window)
    assert "No space left" in said(window)
    go_to(window, "two")
    assert "No space left" in said(window)
    window.close()
    assert window.isVisible()
    assert "loses it" in said(window)
    monkeypatch.undo()
    key(qtbot, window, "Ctrl+S")
    assert saved(folder, "one") == [("cat", (101, 80, 201, 160))]
    assert said(window) == "What could not be saved before is saved now."


def overtake(qtbot: QtBot, window: MainWindow, folder: Path) -> list[tuple[str, object]]:
    """Edit a picture whose labels another program has changed; return what that one wrote."""
    write_labels(folder, "one", BOX, Box("dog", 10, 10, 50, 50))
    theirs = saved(folder, "one")
    click(qtbot, window, 150, 120)
    key(qtbot, window, "Right")
    assert "one.xml: was changed by another program; not saved" in said(window)
    assert saved(folder, "one") == theirs
    return list(theirs)


def test_labels_changed_by_another_program_are_written_over_when_asked(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    overtake(qtbot, window, folder)
    go_to(window, "two")
    button = next(b for b in window.annotate.messages.findChildren(QPushButton) if b.text())
    assert button.text() == "Write over it"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert saved(folder, "one") == [("cat", (101, 80, 201, 160))]


def test_undo_of_an_edit_that_was_not_saved_reads_what_another_program_wrote(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    theirs = overtake(qtbot, window, folder)
    key(qtbot, window, "Ctrl+Z")
    assert said(window) == ""
    assert [(box.label, box.xyxy) for box in boxes(window)] == theirs
    key(qtbot, window, "W")
    drag(qtbot, window, (220, 180), (300, 240))
    assert len(saved(folder, "one")) == 3


def test_a_class_list_that_cannot_be_saved_is_told(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    (folder / "studio.toml").unlink()
    (folder / "studio.toml").mkdir()
    window.annotate.classes.added.emit("bird")
    assert "studio.toml" in said(window)


def test_labels_changed_by_another_tab_are_read_again(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    write_labels(folder, "one", BOX, Box("dog", 10, 10, 50, 50))
    window.annotate.hide()
    assert not window.annotate.commands["next"].isEnabled()
    window.annotate.show()
    assert len(boxes(window)) == 2
    assert window.annotate.commands["next"].isEnabled()


def test_a_message_leaves_the_picture_where_it_is(qtbot: QtBot, window: MainWindow) -> None:
    canvas, before = window.annotate.canvas, window.annotate.canvas.viewport
    place = canvas.mapToGlobal(QPoint())
    window.annotate.messages.say("Something is wrong, and this sentence is about it. " * 8)
    QApplication.processEvents()
    assert window.annotate.messages.isVisible()
    assert (canvas.viewport, canvas.mapToGlobal(QPoint())) == (before, place)
