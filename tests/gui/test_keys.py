"""Keys, menus and the key map: what is there, what can be changed, what is kept."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from studio.gui.annotate.commands import bindings as key_bindings
from studio.gui.annotate.commands import key_rows
from studio.gui.annotate.commands.actions import MENUS, WINDOW_KEYS, commands, default_bindings
from studio.gui.annotate.commands.bindings import Bindings, canonical
from studio.gui.annotate.commands.key_delegate import KeyField
from studio.gui.annotate.commands.key_map import KeyMap
from studio.gui.icons import icon
from studio.gui.main_window import MainWindow
from studio.labels.boxes import Box
from tests.gui.driving import Shell, document
from tests.gui.folders import LARGE, make_folder

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
SMALL = Bindings({"draw": ("W",), "redo": ("Ctrl+Y", "R"), "lock": ("L",), "light": ()})


# --- the table ----------------------------------------------------------------------------------


def test_a_name_and_a_key_are_used_once_and_every_command_has_a_text() -> None:
    table = list(commands())
    assert max(Counter(command.name for command in table).values()) == 1
    keys = Counter(key for command in table for key in command.keys)
    assert [key for key, times in keys.items() if times > 1] == []
    assert [command.name for command in table if not command.title.strip()] == []
    assert [key for key in keys if canonical(key) != key] == []


def test_no_default_key_is_reserved() -> None:
    bindings = default_bindings()
    keys = [key for name in bindings.defaults for key in bindings.defaults[name]]
    assert [key for key in keys if bindings.refusal(key)] == ["Esc"]


def test_icons_exist(qapp: QApplication) -> None:
    for command in commands():
        if command.icon:
            assert not icon(command.icon, qapp.palette()).isNull(), command.name


# --- bindings -----------------------------------------------------------------------------------


def test_a_key_given_is_lost_to_its_owner_and_comes_back() -> None:
    bindings = SMALL.give("lock", ("W",))
    assert (bindings.keys("lock"), bindings.keys("draw"), bindings.owner("W")) == (
        ("W",),
        (),
        "lock",
    )
    assert bindings.is_changed("draw")
    assert bindings.reset("lock") == SMALL
    assert bindings.reset("draw") == SMALL
    assert bindings.reset_all() == SMALL


def test_one_of_two_keys_is_lost_alone() -> None:
    bindings = SMALL.give("light", ("R",))
    assert bindings.keys("redo") == ("Ctrl+Y",)


def test_two_commands_that_swapped_keys_swap_back() -> None:
    bindings = SMALL.give("lock", ("W",)).give("draw", ("L",))
    assert (bindings.keys("lock"), bindings.keys("draw")) == (("W",), ("L",))
    assert bindings.reset("draw") == SMALL


def test_a_command_can_be_without_a_key() -> None:
    bindings = SMALL.give("lock", ()).give("draw", ("X",))
    assert bindings.keys("lock") == ()
    assert bindings.owner("L") == ""


KEYS = st.sampled_from(["W", "L", "R", "Ctrl+Y", "X", "Ctrl+Up"])
GIFTS = st.lists(st.tuples(st.sampled_from(list(SMALL.defaults)), st.lists(KEYS, max_size=2)))


@given(GIFTS)
def test_no_key_ever_belongs_to_two_commands(gifts: list[tuple[str, list[str]]]) -> None:
    bindings = SMALL
    for name, keys in gifts:
        bindings = bindings.give(name, tuple(dict.fromkeys(keys)))
        assert bindings.keys(name) == tuple(dict.fromkeys(keys))
        every = [key for name in bindings.defaults for key in bindings.keys(name)]
        assert len(every) == len(set(every))
        assert all(keys != SMALL.defaults[name] for name, keys in bindings.changed.items())
    for name in bindings.defaults:
        assert bindings.reset(name).keys(name) == SMALL.defaults[name]


@given(GIFTS)
def test_what_is_kept_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, gifts: list[tuple[str, list[str]]]
) -> None:
    path = tmp_path_factory.mktemp("keys") / "settings.ini"
    bindings = SMALL
    for name, keys in gifts:
        bindings = bindings.give(name, tuple(dict.fromkeys(keys)))
    settings = QSettings(str(path), QSettings.Format.IniFormat)
    key_bindings.save(SMALL.give("light", ("F5",)), settings)
    key_bindings.save(bindings, settings)
    settings.sync()
    again = QSettings(str(path), QSettings.Format.IniFormat)
    assert key_bindings.load(SMALL, again) == bindings


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            "[",
            "null",
            "7",
            '"X"',
            "[7]",
            '[["X"]]',
            '["Foo"]',
            '["Ctrl+"]',
            '["A, B"]',
            '[""]',
        ),
        *(
            '["Esc"]',
            '["Ctrl+Q"]',
            '["delete"]',
            '["\\u0000"]',
            "[" * 100_000,
            7,
            ["X", "Y"],
            b"\xff",
        ),
    ],
)
def test_a_damaged_value_is_ignored(settings: QSettings, value: object) -> None:
    settings.setValue("keys/draw", value)
    settings.setValue("keys/lock", '["F5"]')
    settings.setValue("keys/unknown", '["F6"]')
    bindings = default_bindings()
    assert key_bindings.load(bindings, settings) == bindings.give("lock", ("F5",))


def test_of_two_commands_with_one_key_in_the_settings_one_has_it(settings: QSettings) -> None:
    settings.setValue("keys/draw", '["F5"]')
    settings.setValue("keys/lock", '["F5"]')
    settings.setValue("keys/cancel", '["F6"]')
    loaded = key_bindings.load(default_bindings(), settings)
    assert loaded.changed == {"draw": ("F5",)}


def test_search_finds_by_name_key_and_menu() -> None:
    rows, bindings = key_rows.all_rows(), default_bindings()

    def found(words: str) -> list[str]:
        return [row.text for row in key_rows.matching(rows, words, bindings)]

    assert found("next not") == ["Go", "Next not labelled"]
    assert found("ctrl+d") == ["Box", "Duplicate", "Class", "Move down"]
    assert "Frontal" in found("pose")
    assert found("wheel") == ["Mouse", "Zoom at the pointer", "Scroll, and sideways"]
    assert found("pan") == ["Mouse", "Push the picture (pan)"]
    assert found("no such thing") == []
    assert {row.name for row in rows if row.name} == {command.name for command in commands()}


# --- the window ---------------------------------------------------------------------------------

BOX = Box("cat", 100, 80, 200, 160)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = {"one": (BOX,)}
    return make_folder(tmp_path / "pictures", LARGE, pictures, ("cat", "dog & bone"))


@pytest.fixture
def key_map(window: MainWindow, qtbot: QtBot) -> KeyMap:
    window.annotate.commands["keys"].trigger()
    key_map = window.findChild(KeyMap)
    assert key_map is not None
    qtbot.waitExposed(key_map)
    return key_map


def menus_of(menu: QMenu) -> Iterator[QMenu]:
    yield menu
    for action in menu.actions():
        submenu = action.menu()
        if isinstance(submenu, QMenu):
            yield from menus_of(submenu)


def all_menus(window: MainWindow) -> list[QMenu]:
    tops = [action.menu() for action in window.menuBar().actions()]
    return [menu for top in tops if isinstance(top, QMenu) for menu in menus_of(top)]


def test_every_command_is_in_one_menu(window: MainWindow) -> None:
    shown = [action for menu in all_menus(window) for action in menu.actions()]
    for command in commands():
        assert shown.count(window.annotate.commands[command.name]) == 1, command.name


def test_letters_are_unique_in_each_menu(window: MainWindow) -> None:
    bar = [action.text() for action in window.menuBar().actions()]
    for texts in (bar, *([a.text() for a in menu.actions()] for menu in all_menus(window))):
        letters = [found[1].upper() for text in texts if (found := re.search("&([^&])", text))]
        assert len(letters) == len(set(letters)), texts


def test_the_keys_of_the_window_are_as_the_key_map_tells(window: MainWindow) -> None:
    file_menu = all_menus(window)[0]
    own = {
        key.toString(): action.iconText()
        for action in file_menu.actions()
        for key in action.shortcuts()
        if action is not window.annotate.commands["save"]
    }
    assert own == {key: text.removesuffix("…") for key, (text, _) in WINDOW_KEYS.items()}
    tops = [action.text() for action in window.menuBar().actions()]
    assert tops == ["&File", *MENUS]


def test_what_a_text_does_not_say_is_in_the_tool_tip(window: MainWindow) -> None:
    tip = window.annotate.commands["paste"].toolTip()
    assert tip == "Paste boxes; with nothing copied, those of the previous picture (Ctrl+V)"
    assert "training" in window.annotate.commands["number_classes"].toolTip()


def test_class_names_on_boxes_are_remembered(
    window: MainWindow, make_window: Shell, qtbot: QtBot
) -> None:
    canvas, command = window.annotate.canvas, window.annotate.commands["names"]
    assert (canvas.names, command.isChecked()) == (True, True)
    qtbot.keyClick(canvas, Qt.Key.Key_P, CTRL_SHIFT)
    assert (canvas.names, command.isChecked()) == (False, False)
    again = make_window().annotate
    assert (again.canvas.names, again.commands["names"].isChecked()) == (False, False)


def test_classes_are_named_in_the_menu(window: MainWindow) -> None:
    actions = [window.annotate.commands[f"class_{number}"] for number in (1, 2, 3)]
    assert [action.isVisible() for action in actions] == [True, True, False]
    assert [action.text() for action in actions[:2]] == ["&1 cat", "&2 dog && bone"]
    assert actions[1].toolTip() == "2 dog & bone (2)"
    window.annotate.book.add("bird")
    assert actions[2].text() == "&3 bird"
    assert actions[2].isVisible()


def test_without_classes_there_is_none_to_take(make_window: Shell) -> None:
    window = make_window()
    submenu = next(menu for menu in all_menus(window) if menu.title() == "&Take")
    assert not submenu.menuAction().isEnabled()
    window.annotate.commands.name_classes(("cat",))
    assert submenu.menuAction().isEnabled()


# --- changing keys ------------------------------------------------------------------------------


def mark(key_map: KeyMap, name: str) -> None:
    model = key_map.view.model()
    assert isinstance(model, key_rows.KeyModel)
    row = next(i for i, row in enumerate(model.rows) if row.name == name)
    key_map.view.setFocus()
    key_map.view.setCurrentIndex(model.index(row))


_HELD = {"Ctrl": Qt.Key.Key_Control, "Shift": Qt.Key.Key_Shift, "Alt": Qt.Key.Key_Alt}


def hold(qtbot: QtBot, field: KeyField, key: str) -> None:
    """Press a key as a person does: what is held with it first, and all of it for a while."""
    combination = QKeySequence(key)[0]
    held = [code for name, code in _HELD.items() if f"{name}+" in key]
    for code in held:
        qtbot.keyPress(field, code)
        qtbot.wait(1)
    qtbot.keyPress(field, combination.key(), combination.keyboardModifiers())
    qtbot.wait(1)
    for code in (combination.key(), *held):
        if not shiboken6.isValid(field):
            return
        qtbot.keyRelease(field, code)
        qtbot.wait(1)


def press(qtbot: QtBot, key_map: KeyMap, name: str, key: str) -> None:
    """Begin to change the key of a command, and press it."""
    mark(key_map, name)
    qtbot.keyClick(key_map.view, Qt.Key.Key_Return)
    field = key_map.findChild(KeyField)
    assert field is not None
    assert QApplication.focusWidget() is field
    hold(qtbot, field, key)
    qtbot.waitUntil(lambda: key_map.findChild(KeyField) is None)


def button(key_map: KeyMap, text: str) -> QPushButton:
    return next(b for b in key_map.findChildren(QPushButton) if b.text() == text)


def test_a_new_key_acts_at_once_is_shown_and_is_kept(
    qtbot: QtBot, window: MainWindow, key_map: KeyMap, make_window: Shell, settings: QSettings
) -> None:
    press(qtbot, key_map, "draw", "F5")
    action = window.annotate.commands["draw"]
    assert [key.toString() for key in action.shortcuts()] == ["F5"]
    assert action.toolTip() == "Draw box (F5)"
    assert json.loads(str(settings.value("keys/draw"))) == ["F5"]
    key_map.close()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window.annotate.canvas, Qt.Key.Key_W)
    assert not window.annotate.canvas.is_drawing
    qtbot.keyClick(window.annotate.canvas, Qt.Key.Key_F5)
    assert window.annotate.canvas.is_drawing
    assert make_window().annotate.commands["draw"].toolTip() == "Draw box (F5)"


def test_a_key_is_changed_again_and_again(
    qtbot: QtBot, window: MainWindow, key_map: KeyMap, settings: QSettings
) -> None:
    for key in ("X", "Ctrl+J", "Ctrl+Shift+F9", "H", "Ctrl+J"):
        press(qtbot, key_map, "hide", key)
        assert window.annotate.commands.bindings.keys("hide") == (key,)
    assert json.loads(str(settings.value("keys/hide"))) == ["Ctrl+J"]


def test_a_mere_ctrl_takes_no_key_away(qtbot: QtBot, window: MainWindow, key_map: KeyMap) -> None:
    mark(key_map, "hide")
    qtbot.keyClick(key_map.view, Qt.Key.Key_Return)
    field = key_map.findChild(KeyField)
    assert field is not None
    qtbot.keyPress(field, Qt.Key.Key_Control)
    qtbot.wait(1)
    assert field.keySequence().isEmpty()
    assert key_map.findChild(KeyField) is field
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: key_map.findChild(KeyField) is None)
    assert window.annotate.commands.bindings == default_bindings()


@pytest.mark.parametrize("key", ["Return", "Space", "Del", "Backspace", "Ctrl+Shift+F12", "?"])
def test_any_key_can_be_pressed(qtbot: QtBot, key_map: KeyMap, key: str) -> None:
    press(qtbot, key_map, "fit_width", key)
    used = key_map.messages.text
    if used:
        qtbot.mouseClick(button(key_map, "Use it here all the same"), Qt.MouseButton.LeftButton)
    model = key_map.view.model()
    assert isinstance(model, key_rows.KeyModel)
    assert model.bindings.keys("fit_width") == (key,)


def test_a_key_of_another_command_is_told_and_taken_only_when_asked(
    qtbot: QtBot, window: MainWindow, key_map: KeyMap
) -> None:
    commands = window.annotate.commands
    press(qtbot, key_map, "lock", "W")
    assert "W is the key of “Draw box”" in key_map.messages.text
    assert commands.bindings == default_bindings()
    qtbot.mouseClick(button(key_map, "Use it here all the same"), Qt.MouseButton.LeftButton)
    assert commands["lock"].toolTip() == "Lock (W)"
    assert commands["draw"].toolTip() == "Draw box"
    assert commands["draw"].shortcuts() == []
    mark(key_map, "draw")
    qtbot.keyClick(key_map.view, Qt.Key.Key_Backspace)
    assert commands.bindings == default_bindings()
    assert "“Lock”" in key_map.messages.text


@pytest.mark.parametrize("key", ["Ctrl+Q", "Ctrl+O", "Alt+B"])
def test_a_reserved_key_is_refused(
    qtbot: QtBot, window: MainWindow, key_map: KeyMap, key: str
) -> None:
    press(qtbot, key_map, "lock", key)
    assert key in key_map.messages.text
    assert "cannot be used" in key_map.messages.text
    assert window.annotate.commands.bindings == default_bindings()


def test_esc_leaves_the_key_then_the_message_then_the_window(
    qtbot: QtBot, window: MainWindow, key_map: KeyMap
) -> None:
    press(qtbot, key_map, "lock", "W")
    press(qtbot, key_map, "lock", "Esc")
    assert window.annotate.commands.bindings == default_bindings()
    assert key_map.messages.text
    qtbot.keyClick(key_map.view, Qt.Key.Key_Escape)
    assert key_map.messages.text == ""
    assert key_map.isVisible()
    qtbot.keyClick(key_map.view, Qt.Key.Key_Escape)
    assert not key_map.isVisible()


def test_the_cross_takes_a_key_away(qtbot: QtBot, window: MainWindow, key_map: KeyMap) -> None:
    mark(key_map, "lock")
    qtbot.keyClick(key_map.view, Qt.Key.Key_F2)
    field = key_map.findChild(KeyField)
    assert field is not None
    (cross,) = [action for action in field.findChildren(QAction) if action.toolTip() == "No key"]
    cross.trigger()
    qtbot.waitUntil(lambda: key_map.findChild(KeyField) is None)
    assert window.annotate.commands["lock"].shortcuts() == []


def test_clicking_elsewhere_leaves_a_key(qtbot: QtBot, window: MainWindow, key_map: KeyMap) -> None:
    for name in ("redo", "thumbnails"):
        mark(key_map, name)
        qtbot.keyClick(key_map.view, Qt.Key.Key_F2)
        key_map.search.setFocus()
        qtbot.waitUntil(lambda: key_map.findChild(KeyField) is None)
    assert window.annotate.commands.bindings == default_bindings()
    assert key_map.messages.text == ""


def test_one_enter_leads_from_the_search_to_the_key(
    qtbot: QtBot, window: MainWindow, key_map: KeyMap
) -> None:
    key_map.search.setText("hide")
    qtbot.keyClick(key_map.search, Qt.Key.Key_Return)
    field = key_map.findChild(KeyField)
    assert field is not None
    hold(qtbot, field, "X")
    qtbot.waitUntil(lambda: key_map.findChild(KeyField) is None)
    assert window.annotate.commands.bindings.keys("hide") == ("X",)


def test_the_down_key_leads_from_the_search_to_the_list(qtbot: QtBot, key_map: KeyMap) -> None:
    qtbot.keyClick(key_map.search, Qt.Key.Key_Down)
    assert QApplication.focusWidget() is key_map.view


def test_what_is_fixed_is_not_edited(qtbot: QtBot, key_map: KeyMap) -> None:
    mark(key_map, "cancel")
    qtbot.keyClick(key_map.view, Qt.Key.Key_Return)
    assert key_map.findChild(KeyField) is None


def test_all_keys_are_reset_and_that_is_undone(
    qtbot: QtBot, window: MainWindow, key_map: KeyMap, settings: QSettings
) -> None:
    press(qtbot, key_map, "lock", "F5")
    changed = window.annotate.commands.bindings
    qtbot.mouseClick(button(key_map, "Reset all"), Qt.MouseButton.LeftButton)
    assert window.annotate.commands.bindings == default_bindings()
    assert settings.value("keys/lock") is None
    qtbot.mouseClick(button(key_map, "Undo"), Qt.MouseButton.LeftButton)
    assert window.annotate.commands.bindings == changed


def test_the_key_map_is_beside_the_work(window: MainWindow, key_map: KeyMap) -> None:
    assert not key_map.isModal()
    assert window.isEnabled()
    key_map.search.setText("zzz")
    assert key_map.view.model().rowCount() == 0
    shown = key_map.view.viewport().grab().toImage()
    colours = {shown.pixel(x, shown.height() // 2) for x in range(shown.width())}
    assert len(colours) > 1  # it says that there is none
    key_map.close()
    assert key_map.view.model().rowCount() == len(key_rows.all_rows())


def test_lines_name_the_keys_as_they_are(window: MainWindow) -> None:
    commands, line = (
        window.annotate.commands,
        "{draw} draw · {thumbnails} small · {cat} · 1–9 class",
    )
    assert commands.with_keys(line) == "W draw · {cat} · 1–9 class"
    commands.rebind(commands.bindings.give("draw", ("F5",)))
    assert commands.key("draw") == "F5"
    assert commands.with_keys(line) == "F5 draw · {cat} · 1–9 class"


# --- the menu of the canvas -----------------------------------------------------------------------


grabs = pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)")


def context_menu(window: MainWindow, x: float, y: float, *, by_key: bool = False) -> list[str]:
    """Open the menu at a point of the picture; return its texts."""
    canvas = window.annotate.canvas
    place = QPointF(*canvas.viewport.to_screen((x, y))).toPoint()
    reasons = QContextMenuEvent.Reason
    reason = reasons.Keyboard if by_key else reasons.Mouse
    QApplication.sendEvent(canvas, QContextMenuEvent(reason, place, canvas.mapToGlobal(place)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    texts = [action.text() for action in menu.actions() if not action.isSeparator()]
    menu.close()
    return texts


@grabs
def test_a_right_click_on_a_box_selects_it_and_offers_what_boxes_can(window: MainWindow) -> None:
    texts = context_menu(window, 150, 120)
    assert document(window).selection == {0}
    assert {"Cl&ass", "D&elete", "Di&fficult", "&Pose"} <= set(texts)
    assert context_menu(window, 350, 250, by_key=True) == texts


@grabs
def test_a_right_click_beside_the_boxes_offers_what_the_picture_can(window: MainWindow) -> None:
    texts = context_menu(window, 350, 250)
    assert {"&Draw box", "Select &all", "No &objects here"} <= set(texts)
    assert "D&elete" not in texts


def test_no_menu_where_there_is_no_picture(make_window: Shell) -> None:
    canvas = make_window().annotate.canvas
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(9, 9), QPoint(9, 9))
    QApplication.sendEvent(canvas, event)
    assert QApplication.activePopupWidget() is None
