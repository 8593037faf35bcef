"""The whole tab without a mouse: keys go to whatever has the focus, as a person's do."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QKeySequence
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot

from studio.gui.annotate import hints
from studio.gui.annotate.commands.key_delegate import KeyField
from studio.gui.annotate.commands.key_map import KeyMap
from studio.gui.main_window import MainWindow
from studio.labels import voc
from studio.labels.boxes import Annotation, Box
from tests.gui.driving import Shell, boxes, document, focused, open_name, press, said
from tests.gui.folders import LARGE, label_file, make_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures; the first has two boxes, the class list is known."""
    two_cats = Box("cat", 20, 20, 80, 80), Box("cat", 300, 200, 380, 280)
    pictures = {"one": two_cats, "three": (), "two": ()}
    return make_folder(tmp_path / "pictures", LARGE, pictures, ("cat", "dog", "dormouse"))


@pytest.fixture
def window(make_window: Shell, folder: Path) -> MainWindow:
    """The window as it is found: nobody has clicked into it."""
    window = make_window(folder)
    assert focused() is window.annotate.canvas
    return window


def on_disk(window: MainWindow, folder: Path, name: str) -> Annotation:
    assert window.annotate.labelling.flush()
    return voc.read(label_file(folder, name), folder / f"{name}.png")


def test_a_box_is_drawn_named_flagged_and_resized(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    press(qtbot, "D", "2", "W", *["Left"] * 5, *["Shift+Up"] * 3, "Return")
    press(qtbot, *["Shift+Right"] * 4, *["Down"] * 7, "Return")
    (drawn,) = boxes(window)
    assert drawn.label == "dog"
    assert (drawn.width, drawn.height) == (40, 7)
    if not document(window).selection:
        press(qtbot, "N")
    press(qtbot, "3", "F", "Alt+Right", "Alt+Shift+Right", "Alt+Shift+Right")
    (done,) = boxes(window)
    assert (done.label, done.difficult) == ("dormouse", True)
    assert (done.xmin, done.xmax) == (drawn.xmin + 2, drawn.xmax + 1)
    (read,) = on_disk(window, folder, Path(open_name(window)).stem).boxes
    assert (read.label, read.difficult, read.xyxy) == ("dormouse", True, done.xyxy)
    press(qtbot, *["Ctrl+Z"] * 5)
    assert boxes(window) == (drawn,)
    press(qtbot, *["Ctrl+Shift+Z"] * 5)
    assert boxes(window) == (done,)


def test_boxes_are_selected_moved_copied_and_deleted(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    first, second = boxes(window)
    press(qtbot, "N")
    one = document(window).selection
    press(qtbot, "N")
    assert len(one) == 1
    assert document(window).selection == {0, 1} - one
    press(qtbot, "Shift+N")
    assert document(window).selection == one
    press(qtbot, "Ctrl+Shift+A", "Right", "Shift+Down", "3")
    assert boxes(window)[0].xyxy == (21, 30, 81, 90)
    assert {box.label for box in boxes(window)} == {"dormouse"}
    press(qtbot, "Ctrl+C", "D", "Ctrl+V")
    assert len(boxes(window)) == 2
    press(qtbot, "Ctrl+Shift+A", "Del")
    assert boxes(window) == ()
    press(qtbot, "A", "Ctrl+Z", "Ctrl+Z", "Ctrl+Z", "Ctrl+Z", "Ctrl+Z")
    assert boxes(window) == (first, second)


def test_a_class_is_found_by_typing(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, "N", "/")
    qtbot.keyClicks(focused(), "dorm")
    press(qtbot, "Return")
    assert focused() is window.annotate.canvas
    assert [box.label for box in boxes(window)].count("dormouse") == 1


def test_pictures_are_gone_through_marked_and_searched(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    press(qtbot, "U")
    assert open_name(window) == "three.png"
    press(qtbot, "E")
    assert on_disk(window, folder, "three").boxes == ()
    press(qtbot, "Space")
    assert on_disk(window, folder, "three").verified
    press(qtbot, "U")
    assert open_name(window) == "two.png"
    press(qtbot, "Ctrl+L")
    assert focused() is window.annotate.files.search
    qtbot.keyClicks(focused(), "one")
    press(qtbot, "Return")
    assert focused() is window.annotate.canvas
    press(qtbot, "A")
    assert open_name(window) == "one.png"


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)", "not accepted")
@pytest.mark.parametrize("key", ["Space", "Del", "Ctrl+X", "Esc"])
def test_no_command_acts_behind_an_open_menu(qtbot: QtBot, window: MainWindow, key: str) -> None:
    press(qtbot, "N")
    before = document(window)
    menus = [menu for menu in window.findChildren(QMenu) if menu.actions()]
    assert len(menus) > 10
    for menu in menus:
        menu.popup(window.mapToGlobal(window.rect().center()))
        combination = QKeySequence(key)[0]
        qtbot.keyClick(menu, combination.key(), combination.keyboardModifiers())
        menu.close()
        assert document(window) == before, menu.title()


def test_keys_are_for_the_picture_once_drawing_begins(qtbot: QtBot, window: MainWindow) -> None:
    window.annotate.files.view.setFocus()
    press(qtbot, "W", "Down")
    assert open_name(window) == "one.png"
    window.annotate.files.view.setFocus()
    press(qtbot, "Down")
    assert open_name(window) == "three.png"


@pytest.mark.parametrize("command", ["draw", "next_box", "previous_box"])
def test_a_command_after_which_arrows_move_boxes_takes_the_keys(
    qtbot: QtBot, window: MainWindow, command: str
) -> None:
    for view in (window.annotate.files.view, window.annotate.boxes.view):
        view.setFocus()
        window.annotate.commands[command].trigger()
        press(qtbot, "Down")
        assert focused() is window.annotate.canvas
        assert open_name(window) == "one.png"


@pytest.mark.parametrize("part", ["canvas", "files", "classes", "boxes"])
def test_the_class_is_renamed_from_everywhere(
    qtbot: QtBot, window: MainWindow, folder: Path, part: str
) -> None:
    widget = getattr(window.annotate, part)
    getattr(widget, "view", widget).setFocus()
    press(qtbot, "2", "F2")
    assert isinstance(focused(), QLineEdit)
    qtbot.keyClicks(focused(), "wolf")
    press(qtbot, "Return")
    qtbot.waitUntil(lambda: "wolf" in said(window))


def test_the_hint_tells_what_can_be_done_with_a_selected_box(
    qtbot: QtBot, window: MainWindow
) -> None:
    press(qtbot, "N")
    assert window.annotate.labelling.sheet is not None
    hint = hints.hint(window.annotate.labelling.sheet.editor, hints.Situation())
    told = "Drag, arrows or handles · Del delete · F T O flags · H hide · 1–9 class"
    assert window.annotate.commands.with_keys(hint) == told


def test_the_key_map_is_opened_searched_and_closed(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, "?")
    key_map = window.findChild(KeyMap)
    assert key_map is not None
    qtbot.waitUntil(key_map.isActiveWindow)
    qtbot.keyClicks(focused(), "corner")
    press(qtbot, "Return")
    assert isinstance(focused(), KeyField)
    press(qtbot, "Esc")
    assert focused() is key_map.view
    press(qtbot, "Esc")
    qtbot.waitUntil(window.isActiveWindow)
    assert not key_map.isVisible()
    assert focused() is window.annotate.canvas
    press(qtbot, "W")
    assert window.annotate.canvas.is_drawing


def test_esc_leaves_the_search_for_the_picture(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, "Ctrl+L")
    qtbot.keyClicks(focused(), "one")
    press(qtbot, "Esc")
    assert focused() is window.annotate.canvas
    assert window.annotate.files.search.text() == ""
    assert window.annotate.files.view.model().rowCount() == 3


def test_tab_goes_in_reading_order_and_back(qtbot: QtBot, window: MainWindow) -> None:
    annotate = window.annotate
    order = [
        *(annotate.files.search, annotate.files.view, annotate.canvas),
        *(annotate.classes.view, annotate.classes.field, annotate.boxes.view),
    ]
    press(qtbot, "Ctrl+L")
    assert focused() is order[0]
    for key, ways in (("Tab", order), ("Backtab", order[::-1])):
        visited = [focused()]
        while len(visited) < 40:
            press(qtbot, key)
            if focused() is visited[0]:
                break
            visited.append(focused())
        ways = ways if key == "Tab" else [order[0], *ways[:-1]]
        assert [widget for widget in visited if widget in ways] == ways


def test_whatever_takes_the_focus_has_a_name(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, "B", "Ctrl+Shift+H", "?")  # all there is to see
    widgets = [*window.findChildren(QWidget), window]
    takers = [w for w in widgets if w.focusPolicy() != Qt.FocusPolicy.NoFocus and w.isVisible()]
    assert len(takers) > 8
    nameless = [w for w in takers if not accessible_name(w)]
    assert nameless == []


def accessible_name(widget: QWidget) -> str:
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
