"""The canvas alone, by mouse and keys."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.gui.annotate.canvas.canvas import Canvas
from studio.gui.main_window import MainWindow
from studio.gui.picture import Picture
from studio.labels import editing
from studio.labels.boxes import Box
from studio.labels.editing import Document, select, selecting
from studio.labels.editing.editor import Editor
from tests.gui.driving import document, press
from tests.gui.folders import LARGE, make_folder

WIDTH, HEIGHT = LARGE
BIG, SMALL = Box("cat", 100, 80, 300, 200), Box("dog", 180, 120, 220, 160)
APART = Box("cat", 20, 220, 60, 260)
HERE = (200.0, 140.0)

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
PRESS, MOVE = QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove
RELEASE = QEvent.Type.MouseButtonRelease
Place = tuple[float, float]


class Hand:
    """Mouse and keys on a canvas; places are points of the picture."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.edits = self.taps = 0
        canvas.edited.connect(self._count_edit)
        canvas.space_tapped.connect(self._count_tap)
        self.hint = ""
        canvas.hinted.connect(self._hear)
        self._buttons = Qt.MouseButton.NoButton

    def _count_edit(self) -> None:
        self.edits += 1

    def _count_tap(self) -> None:
        self.taps += 1

    def _hear(self, hint: str) -> None:
        self.hint = hint

    def on_screen(self, place: Place) -> QPointF:
        return QPointF(*self.canvas.viewport.to_screen(place))

    def press(
        self, place: Place, held: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT
    ) -> None:
        self._buttons = button
        self._send(PRESS, self.on_screen(place), button, held)

    def move(self, place: Place, held: Qt.KeyboardModifier = NONE) -> None:
        self._send(MOVE, self.on_screen(place), Qt.MouseButton.NoButton, held)

    def release(
        self, place: Place, held: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT
    ) -> None:
        self._buttons = Qt.MouseButton.NoButton
        self._send(RELEASE, self.on_screen(place), button, held)

    def drag(self, start: Place, end: Place, held: Qt.KeyboardModifier = NONE) -> None:
        self.move(start)
        self.press(start, held)
        self.move(end, held)
        self.release(end, held)

    def click(self, place: Place, held: Qt.KeyboardModifier = NONE) -> frozenset[int]:
        self.move(place)
        self.press(place, held)
        self.release(place, held)
        return self.document.selection

    def _send(
        self, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, held: Qt.KeyboardModifier
    ) -> None:
        everywhere = self.canvas.mapToGlobal(at)
        QApplication.sendEvent(
            self.canvas, QMouseEvent(kind, at, everywhere, button, self._buttons, held)
        )

    def leave(self) -> None:
        """Put the mouse elsewhere."""
        QApplication.sendEvent(self.canvas, QEvent(QEvent.Type.Leave))

    def key(self, kind: QEvent.Type, key: Qt.Key, *, repeats: bool = False) -> None:
        QApplication.sendEvent(self.canvas, QKeyEvent(kind, key, NONE, "", repeats))

    def do(self, name: str) -> None:
        self.canvas.acts()[name]()

    @property
    def editor(self) -> Editor:
        assert self.canvas.editor is not None
        return self.canvas.editor

    @property
    def document(self) -> Document:
        return self.editor.document

    @property
    def last(self) -> tuple[float, ...]:
        return self.document.boxes[-1].xyxy


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    canvas = Canvas()
    canvas.resize(832, 632)
    qtbot.addWidget(canvas)
    canvas.label = "dog"
    canvas.classes = ("cat", "dog")
    image = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    canvas.show_picture(Picture(image), Editor(Document(WIDTH, HEIGHT, (BIG, SMALL, APART))))
    canvas.show()
    qtbot.waitExposed(canvas)
    canvas.setFocus()
    return canvas


@pytest.fixture
def hand(canvas: Canvas) -> Hand:
    return Hand(canvas)


# --- drawing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "edges"),
    [
        (NONE, (40, 30, 60, 40)),
        (SHIFT, (40, 30, 60, 50)),
        (ALT, (20, 20, 60, 40)),
        (SHIFT | ALT, (20, 10, 60, 50)),
    ],
)
def test_shapes_of_drawing(hand: Hand, held: Qt.KeyboardModifier, edges: tuple[float, ...]) -> None:
    hand.do("draw")
    hand.press((40, 30))
    hand.move((60, 40), held)
    hand.release((60, 40), held)
    assert hand.last == edges
    assert hand.document.boxes[-1].label == "dog"
    assert (hand.edits, hand.canvas.is_drawing) == (1, False)


def test_shift_makes_a_square_before_the_mouse_moves_on(hand: Hand) -> None:
    hand.do("draw")
    hand.press((40, 30))
    hand.move((60, 40))
    assert "Shift square" in hand.hint
    hand.key(QEvent.Type.KeyPress, Qt.Key.Key_Shift)
    assert hand.last == (40, 30, 60, 50)
    hand.key(QEvent.Type.KeyRelease, Qt.Key.Key_Shift)
    assert hand.last == (40, 30, 60, 40)


def test_alt_opens_no_menu_while_a_box_is_drawn(hand: Hand) -> None:
    def is_taken() -> bool:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Alt, ALT)
        event.ignore()
        QApplication.sendEvent(hand.canvas, event)
        return event.isAccepted()

    assert not is_taken()
    hand.do("draw")
    hand.press((40, 30))
    assert is_taken()


def test_a_drag_beyond_the_picture_ends_at_its_border_and_is_truncated(hand: Hand) -> None:
    hand.do("draw")
    hand.drag((350, 250), (600, 700))
    assert hand.last == (350, 250, WIDTH, HEIGHT)
    assert hand.document.boxes[-1].truncated


def test_a_place_between_two_pixels_of_the_screen_counts(hand: Hand) -> None:
    hand.canvas.lens.zoom(0.125)
    hand.do("draw")
    hand.drag((40.2, 30.4), (61.3, 43.3))
    assert hand.last == (40, 30, 61, 43)


def test_two_clicks_draw_a_box_too(hand: Hand) -> None:
    hand.do("draw")
    hand.click((40, 30))
    assert (hand.edits, hand.canvas.is_drawing) == (0, True)
    space(hand, QEvent.Type.KeyPress)
    hand.drag((40, 30), (30, 30))  # meanwhile the picture can be pushed
    space(hand, QEvent.Type.KeyRelease)
    hand.move((50, 50))
    assert hand.last == (40, 30, 50, 50)
    hand.click((60, 70))
    assert hand.last == (40, 30, 60, 70)
    assert (hand.edits, hand.taps, hand.canvas.is_drawing) == (1, 0, False)


def test_escape_takes_back_a_click_then_the_mode(hand: Hand) -> None:
    hand.do("draw")
    hand.click((40, 30))
    hand.do("cancel")
    hand.move((80, 90))
    assert hand.document.boxes == (BIG, SMALL, APART)
    assert hand.canvas.is_drawing
    hand.do("cancel")
    assert not hand.canvas.is_drawing


# --- drawing by keys ----------------------------------------------------------------------------


def test_a_box_is_drawn_without_the_mouse(hand: Hand) -> None:
    hand.leave()
    hand.do("draw")
    assert "Arrows move" in hand.hint
    hand.canvas.step_cross(10, 0)
    hand.do("confirm")
    hand.canvas.step_cross(30, 0)
    hand.canvas.step_cross(0, -20)
    assert hand.editor.is_drawing
    assert "other corner" in hand.hint
    hand.do("confirm")
    assert hand.last == (210, 130, 240, 150)
    assert (hand.edits, hand.canvas.is_drawing) == (1, False)


def test_the_cross_hair_begins_where_it_was(hand: Hand) -> None:
    hand.leave()
    hand.do("draw")
    hand.canvas.step_cross(-100, -100)
    hand.do("cancel")
    hand.do("draw")
    hand.do("confirm")
    hand.canvas.step_cross(5, 5)
    hand.do("confirm")
    assert hand.last == (100, 50, 105, 55)


def test_keys_move_the_cross_hair_of_the_mouse_and_the_mouse_takes_it_back(hand: Hand) -> None:
    hand.do("draw")
    hand.move((50, 60))
    hand.canvas.step_cross(1, 0)
    hand.do("confirm")
    hand.move((300, 200))  # touching the mouse does not change what keys draw
    hand.canvas.step_cross(9, 9)
    hand.do("confirm")
    assert hand.last == (51, 60, 60, 69)
    hand.do("draw")
    hand.drag((300, 210), (340, 230))
    assert hand.last == (300, 210, 340, 230)


def test_the_cross_hair_stays_in_the_picture_and_in_view(hand: Hand) -> None:
    hand.canvas.lens.zoom(16)
    hand.do("draw")
    for _ in range(60):
        hand.canvas.step_cross(10, 10)
    x, y = hand.canvas.viewport.to_screen((WIDTH, HEIGHT))
    assert 0 <= x <= hand.canvas.width()
    assert 0 <= y <= hand.canvas.height()
    hand.do("confirm")
    hand.do("confirm")
    assert hand.last == (WIDTH - 1, HEIGHT - 1, WIDTH, HEIGHT)


def test_escape_gives_up_the_corner_then_the_mode(hand: Hand) -> None:
    hand.do("draw")
    hand.do("confirm")
    hand.do("cancel")
    assert hand.document.boxes == (BIG, SMALL, APART)
    assert hand.canvas.is_drawing
    hand.do("cancel")
    assert not hand.canvas.is_drawing
    assert not hand.canvas.able()["confirm"]


# --- selecting ----------------------------------------------------------------------------------


def test_clicks_go_through_the_boxes_at_a_place(hand: Hand) -> None:
    assert [hand.click(HERE) for _ in range(3)] == [{1}, {0}, {1}]
    assert "click again" in hand.hint
    hand.click(HERE)
    hand.drag((210, 150), (220, 150))
    assert [box.xmin for box in hand.document.boxes] == [110, 180, 20]


def test_shift_and_ctrl_add_and_take_out(hand: Hand) -> None:
    hand.click(HERE)
    assert hand.click((40, 240), SHIFT) == {1, 2}
    assert hand.click((40, 240), CTRL) == {1}


def test_a_band_selects_what_lies_inside(hand: Hand) -> None:
    hand.press((390, 290))
    hand.move((90, 70))
    assert hand.document.selection == {0, 1}
    assert "wholly inside" in hand.hint
    shot = hand.canvas.grab().toImage()
    place = hand.on_screen((350, 250)).toPoint()
    plain = hand.on_screen((350, 295)).toPoint()
    assert shot.pixelColor(place) != shot.pixelColor(plain)
    hand.release((90, 70))
    hand.drag((5, 210), (70, 290), SHIFT)
    assert hand.document.selection == {0, 1, 2}
    assert hand.edits == 0


def test_escape_gives_up_a_band(hand: Hand) -> None:
    hand.press((390, 290))
    hand.move((90, 70))
    hand.do("cancel")
    hand.release((90, 70))
    assert hand.document.selection == frozenset()


def test_a_tiny_box_is_hit_from_far_out(hand: Hand) -> None:
    tiny = Box("dog", 250, 100, 252, 102)
    hand.editor.apply(Document(4000, 3000, (Box("cat", 10, 10, 390, 290), tiny)))
    hand.canvas.lens.zoom(0.1)
    assert hand.click((240, 101)) == {1}


def test_hidden_and_locked_boxes_are_not_hit(hand: Hand) -> None:
    document = hand.document
    hand.editor.apply(
        Document(WIDTH, HEIGHT, document.boxes, hidden=frozenset({1}), locked=frozenset({0}))
    )
    hand.drag(HERE, (210, 140))
    assert hand.document.boxes == document.boxes
    assert hand.edits == 0


def test_a_hidden_box_is_not_painted(hand: Hand) -> None:
    place = hand.on_screen((APART.xmin, 240)).toPoint()
    before = hand.canvas.grab().toImage().pixelColor(place)
    hand.editor.apply(Document(WIDTH, HEIGHT, hand.document.boxes, hidden=frozenset({2})))
    hand.canvas.refresh()
    assert before != QColor(200, 200, 200)
    assert hand.canvas.grab().toImage().pixelColor(place) == QColor(200, 200, 200)


def test_all_hidden_boxes_are_not_banded_either(hand: Hand) -> None:
    hand.do("hide_all")
    hand.drag((390, 290), (5, 5))
    assert hand.document.selection == frozenset()


# --- pushing the picture ------------------------------------------------------------------------


def space(hand: Hand, kind: QEvent.Type, *, repeats: bool = False) -> None:
    hand.key(kind, Qt.Key.Key_Space, repeats=repeats)


def test_space_and_a_drag_push_the_picture_and_verify_nothing(hand: Hand) -> None:
    before = hand.canvas.viewport
    space(hand, QEvent.Type.KeyPress)
    assert hand.canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
    assert "push" in hand.hint
    start, end = hand.on_screen(HERE), hand.on_screen(HERE) + QPointF(30, -20)
    hand.press(HERE)
    assert hand.canvas.cursor().shape() == Qt.CursorShape.ClosedHandCursor
    hand._send(MOVE, end, Qt.MouseButton.NoButton, NONE)
    space(hand, QEvent.Type.KeyPress, repeats=True)
    hand._buttons = Qt.MouseButton.NoButton
    hand._send(RELEASE, end, LEFT, NONE)
    space(hand, QEvent.Type.KeyRelease, repeats=True)
    space(hand, QEvent.Type.KeyRelease)
    after = hand.canvas.viewport
    assert (after.x - before.x, after.y - before.y) == (30, -20)
    assert (hand.taps, hand.document.selection) == (0, frozenset())
    assert start != end


def test_a_tap_on_space_is_told_once_however_long(hand: Hand) -> None:
    space(hand, QEvent.Type.KeyPress)
    space(hand, QEvent.Type.KeyRelease, repeats=True)
    space(hand, QEvent.Type.KeyPress, repeats=True)
    assert hand.taps == 0
    space(hand, QEvent.Type.KeyRelease)
    assert hand.taps == 1
    assert hand.canvas.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_space_does_nothing_to_a_drag(hand: Hand) -> None:
    hand.press((40, 240))
    hand.move((60, 240))
    space(hand, QEvent.Type.KeyPress)
    hand.move((80, 240))
    space(hand, QEvent.Type.KeyRelease)
    hand.release((80, 240))
    assert (hand.taps, hand.last) == (0, (60, 220, 100, 260))


def test_space_is_forgotten_when_the_window_loses_the_keys(hand: Hand) -> None:
    space(hand, QEvent.Type.KeyPress)
    hand.canvas.clearFocus()
    assert hand.canvas.cursor().shape() == Qt.CursorShape.ArrowCursor
    space(hand, QEvent.Type.KeyRelease)
    assert hand.taps == 0


# --- the view -----------------------------------------------------------------------------------


def another(canvas: Canvas, width: int, height: int) -> None:
    image = np.zeros((height, width, 3), np.uint8)
    canvas.show_picture(Picture(image), Editor(Document(width, height)))


def test_scale_and_place_stay_for_pictures_of_one_size(hand: Hand) -> None:
    hand.canvas.lens.zoom(3, QPointF(100, 100))
    before = hand.canvas.viewport
    another(hand.canvas, WIDTH, HEIGHT)
    assert hand.canvas.viewport == before
    another(hand.canvas, WIDTH, HEIGHT + 1)
    assert hand.canvas.viewport.scale < before.scale


def test_fit_width_stays_in_other_pictures_and_when_the_window_grows(hand: Hand) -> None:
    hand.do("fit_width")
    another(hand.canvas, 200, 1000)
    assert hand.canvas.viewport.scale == pytest.approx((832 - 16) / 200)
    hand.canvas.resize(432, 632)
    assert hand.canvas.viewport.scale == pytest.approx((432 - 16) / 200)
    hand.do("fit")
    assert hand.canvas.viewport.scale == pytest.approx((632 - 16) / 1000)


def test_a_box_out_of_view_is_brought_into_it(hand: Hand) -> None:
    hand.canvas.lens.zoom(8)
    hand.editor.apply(select(hand.document, (2,)))
    hand.canvas.reveal_selected()
    x, y = hand.canvas.viewport.to_screen((40, 240))
    assert hand.canvas.rect().contains(int(x), int(y))


# --- to look at only ----------------------------------------------------------------------------


def test_a_canvas_to_look_at_only_selects_and_changes_nothing(hand: Hand) -> None:
    hand.canvas.read_only = True
    hand.canvas.refresh()
    assert "look at only" in hand.hint
    hand.drag((40, 240), (90, 240))
    assert hand.document.selection == {2}
    hand.drag((390, 290), (90, 70))
    assert hand.document.selection == {0, 1}
    hand.do("draw")
    assert not hand.canvas.is_drawing
    assert not hand.canvas.able()["draw"]
    assert hand.document.boxes == (BIG, SMALL, APART)
    assert hand.edits == 0


# --- whatever comes ---


@pytest.mark.parametrize("seed", range(4))
def test_whatever_mouse_and_keys_do_boxes_stay_in_the_picture(hand: Hand, seed: int) -> None:
    luck = random.Random(seed)
    space_key, pressed, released = Qt.Key.Key_Space, QEvent.Type.KeyPress, QEvent.Type.KeyRelease
    acts: dict[str, Callable[[Place, Qt.KeyboardModifier], object]] = {
        "press": hand.press,
        "move": hand.move,
        "release": hand.release,
        "push": lambda at, held: hand.press(at, held, MIDDLE),
        "let go": lambda at, held: hand.release(at, held, MIDDLE),
        "do": lambda *_: hand.do(luck.choice(list(hand.canvas.acts()))),
        "space": lambda *_: hand.key(pressed, space_key),
        "no space": lambda *_: hand.key(released, space_key),
        "shift": lambda *_: hand.key(luck.choice((pressed, released)), Qt.Key.Key_Shift),
        "step": lambda *_: hand.canvas.is_drawing and hand.canvas.step_cross(9, -7),
        "leave": lambda *_: hand.leave(),
        "hide": lambda *_: hand.editor.put(selecting.hide(hand.document)),
        "delete": lambda *_: hand.editor.put(editing.delete(hand.document)),
    }
    for _ in range(200):
        place = luck.uniform(-50, WIDTH + 50), luck.uniform(-50, HEIGHT + 50)
        acts[luck.choice(list(acts))](place, luck.choice((NONE, NONE, SHIFT, CTRL, ALT)))
        for box in hand.document.boxes:
            assert min(box.xmin, box.ymin) >= 0
            assert min(box.width, box.height) >= 1
            assert (box.xmax <= WIDTH, box.ymax <= HEIGHT) == (True, True)
    hand.canvas.grab()


# --- in the window ------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One picture with three boxes."""
    pictures = {"one": (BIG, SMALL, APART)}
    return make_folder(tmp_path / "pictures", LARGE, pictures, ("cat", "dog"))


def after(qtbot: QtBot, window: MainWindow, key: str) -> Document:
    """Press a key, and return what it made of the labels."""
    press(qtbot, key)
    return document(window)


def choose(window: MainWindow, *indices: int) -> None:
    window.annotate.labelling.select(indices)


def test_alt_and_arrows_move_one_side(qtbot: QtBot, window: MainWindow) -> None:
    choose(window, 1, 2)
    press(qtbot, "Alt+Left")
    assert [box.xmin for box in document(window).boxes] == [100, 179, 19]
    press(qtbot, "Alt+Shift+Left")
    assert [box.xmax for box in document(window).boxes] == [300, 219, 59]
    press(qtbot, "Alt+Down")
    press(qtbot, "Alt+Shift+Down")
    assert document(window).boxes[1].xyxy == (179, 121, 219, 161)
    texts = [step.text for step in window.annotate.labelling.history.steps]
    assert texts == ["Resize 2 boxes"] * 4


def test_flags_pose_and_class_of_all_that_are_selected(qtbot: QtBot, window: MainWindow) -> None:
    commands = window.annotate.commands
    choose(window, 0)
    commands["select_class"].trigger()
    assert document(window).selection == {0, 2}
    press(qtbot, "F")
    press(qtbot, "O")
    commands["pose_left"].trigger()
    first = document(window).boxes[0]
    assert (first.difficult, first.occluded, first.pose) == (True, True, "Left")
    assert not document(window).boxes[1].difficult
    assert commands["difficult"].isChecked()
    assert commands["pose_left"].isChecked()
    choose(window, 0, 1)
    assert not commands["difficult"].isChecked()
    assert not commands["pose_left"].isChecked()
    steps = window.annotate.labelling.history.steps
    assert [step.text for step in steps] == [
        "Difficult on (2 boxes)",
        "Occluded on (2 boxes)",
        "Pose Left (2 boxes)",
    ]


def test_locked_boxes_stay_until_they_are_unlocked(qtbot: QtBot, window: MainWindow) -> None:
    commands = window.annotate.commands
    choose(window, 0, 1)
    press(qtbot, "L")
    assert document(window).locked == {0, 1}
    assert commands["lock"].isChecked()
    for name in ("delete", "difficult", "nudge_left", "grow_up", "cut", "pose_rear"):
        assert not commands[name].isEnabled()
    press(qtbot, "2")
    assert document(window).boxes == window.annotate.labelling.sheet.saved.boxes
    commands["select_all"].trigger()
    assert document(window).selection == {2}
    commands["unlock_all"].trigger()
    assert document(window).locked == frozenset()
    assert not commands["unlock_all"].isEnabled()


def test_hidden_boxes_come_back_together(qtbot: QtBot, window: MainWindow) -> None:
    choose(window, 0)
    press(qtbot, "H")
    assert (document(window).hidden, document(window).selection) == ({0}, frozenset())
    press(qtbot, "Ctrl+H")
    assert window.annotate.canvas.are_hidden
    press(qtbot, "Ctrl+A")
    assert document(window).hidden == frozenset()
    assert not window.annotate.canvas.are_hidden
    assert window.annotate.labelling.history.steps == ()


def test_boxes_one_after_the_other_come_into_view(qtbot: QtBot, window: MainWindow) -> None:
    canvas = window.annotate.canvas
    canvas.lens.zoom(10)
    seen = [next(iter(after(qtbot, window, "N").selection)) for _ in range(4)]
    assert seen == [0, 1, 2, 0]
    press(qtbot, "Shift+N")
    assert document(window).selection == {2}
    x, y = canvas.viewport.to_screen((40, 240))
    assert canvas.rect().contains(int(x), int(y))


def test_arrows_and_return_draw_a_box(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, "W")
    x, y = window.annotate.canvas.step_cross(0, 0)
    press(qtbot, "Return")
    press(qtbot, "Shift+Right")
    press(qtbot, "Down")
    drawn = after(qtbot, window, "Return").boxes[-1]
    assert drawn.xyxy == (x, y, x + 10, y + 1)
    assert [step.text for step in window.annotate.labelling.history.steps] == ["Draw cat"]


def test_arrows_scroll_where_nothing_is_selected(qtbot: QtBot, window: MainWindow) -> None:
    canvas = window.annotate.canvas
    canvas.lens.zoom(4)
    before = canvas.viewport
    press(qtbot, "Right")
    press(qtbot, "Shift+Up")
    assert (canvas.viewport.x - before.x, canvas.viewport.y - before.y) == (-48, 240)
    choose(window, 1)
    press(qtbot, "Right")
    assert document(window).boxes[1].xmin == 181


def test_a_number_key_is_for_the_box_that_is_being_drawn(qtbot: QtBot, window: MainWindow) -> None:
    press(qtbot, "W")
    press(qtbot, "Return")
    press(qtbot, "Shift+Right")
    press(qtbot, "2")
    assert document(window).boxes[-1].label == "dog"
    drawn = after(qtbot, window, "Return").boxes[-1]
    assert (drawn.label, drawn.width) == ("dog", 10)
    assert [step.text for step in window.annotate.labelling.history.steps] == ["Draw dog"]


def test_space_verifies_unless_it_has_another_meaning(qtbot: QtBot, window: MainWindow) -> None:
    assert after(qtbot, window, "Space").verified
    commands = window.annotate.commands
    commands.rebind(commands.bindings.give("verify", ("V",)))
    assert after(qtbot, window, "Space").verified
    assert not after(qtbot, window, "V").verified


def test_a_box_chosen_in_the_list_comes_into_view(qtbot: QtBot, window: MainWindow) -> None:
    canvas, view = window.annotate.canvas, window.annotate.boxes.view
    canvas.lens.zoom(12)
    view.setCurrentIndex(view.model().index(2, 0))
    x, y = canvas.viewport.to_screen((40, 240))
    assert canvas.rect().contains(int(x), int(y))


def test_nothing_is_edited_where_all_is_to_look_at_only(qtbot: QtBot, window: MainWindow) -> None:
    window.annotate.labelling.read_only = "Another window has this folder."
    choose(window, 0)
    commands = window.annotate.commands
    for name in ("draw", "delete", "difficult", "nudge_left", "verify", "paste", "duplicate"):
        assert not commands[name].isEnabled()
    assert commands["copy"].isEnabled()
    for name in ("hide", "show_all", "select_all", "lock"):
        commands[name].trigger()
    press(qtbot, "2")
    assert document(window).boxes == window.annotate.labelling.sheet.saved.boxes
    assert document(window).locked == {0, 1, 2}
