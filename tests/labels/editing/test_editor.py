"""Drags, and the edits they come to."""

from __future__ import annotations

from dataclasses import replace

from studio.labels import editing
from studio.labels.boxes import Box
from studio.labels.editing import Document, selecting
from studio.labels.editing.edges import Shape
from studio.labels.editing.editor import Editor
from studio.labels.editing.hits import Handle, HitTarget

BIG = Box("cell", 10, 10, 60, 60, source=0)
SMALL = Box("dot", 30, 30, 40, 40, source=1)


def editor(*boxes: Box) -> Editor:
    return Editor(Document(100, 80, boxes))


def test_a_drag_is_one_edit() -> None:
    desk = editor(BIG)
    start = desk.document
    desk.press((35, 35), desk.hit((35, 35), 3), slop=2)
    for x in range(36, 46):
        desk.move((x, 35))
    assert desk.release((45, 35))
    assert desk.document.boxes[0].xmin == 20
    ((before, after),) = desk.take_edits()
    assert before.says_what(start)
    assert after == desk.document
    assert desk.take_edits() == []


def test_a_click_selects_and_changes_nothing() -> None:
    desk = editor(BIG, SMALL)
    desk.press((35, 35), desk.hit((35, 35), 3), slop=2)
    desk.move((36, 35))
    assert not desk.release((36, 35))
    assert desk.document.selection == {1}
    assert desk.take_edits() == []


def test_a_click_into_a_group_selects_one_and_a_drag_moves_all() -> None:
    desk = editor(BIG, SMALL)
    desk.apply(editing.select(desk.document, (0, 1)))
    target = desk.hit((35, 35), 3)
    desk.press((35, 35), target, slop=2)
    desk.release((45, 35))
    assert [box.xmin for box in desk.document.boxes] == [20, 40]
    desk.press((45, 35), desk.hit((45, 35), 3), slop=2)
    desk.release((45, 35))
    assert desk.document.selection == {1}


def test_extending_the_selection_and_a_click_beside() -> None:
    desk = editor(BIG, SMALL)
    for point in ((15, 15), (35, 35)):
        desk.press(point, desk.hit(point, 1), slop=2, extend=True)
        desk.release(point)
    assert desk.document.selection == {0, 1}
    desk.press((35, 35), desk.hit((35, 35), 1), slop=2, extend=True)
    desk.release((35, 35))
    assert desk.document.selection == {0}
    desk.press((90, 70), None, slop=2)
    desk.release((90, 70))
    assert desk.document.selection == frozenset()


def test_a_drag_that_is_given_up_leaves_no_trace() -> None:
    desk = editor(BIG)
    desk.press_to_draw((70, 10), "dot", slop=2)
    desk.move((90, 30))
    assert desk.is_drawing
    assert desk.settled.boxes == (BIG,)
    desk.cancel()
    assert desk.document.boxes == (BIG,)
    desk.press_to_draw((70, 10), "dot", slop=2)
    desk.move((90, 30))
    desk.put(Document(100, 80, (SMALL,)))
    assert desk.document.boxes == (SMALL,)
    assert not desk.release((90, 30))
    assert desk.take_edits() == []


def test_drawing_with_a_mere_click_draws_nothing() -> None:
    desk = editor()
    desk.press_to_draw((20, 20), "dot", slop=2)
    assert not desk.release((21, 20))
    assert desk.document.boxes == ()


# --- clicks that go on, bands -------------------------------------------------------------------

DISC = Box("disc", 20, 20, 50, 50, source=2)
HERE = (35.0, 35.0)


def click(desk: Editor, point: tuple[float, float], *, extend: bool = False) -> frozenset[int]:
    desk.press(point, desk.hit(point, 3), slop=2, extend=extend)
    desk.release(point, tolerance=3)
    return desk.document.selection


def drag(desk: Editor, start: tuple[float, float], end: tuple[float, float]) -> bool:
    desk.press(start, desk.hit(start, 3), slop=2)
    return desk.release(end, tolerance=3)


def test_clicks_at_one_place_go_from_the_smallest_box_to_the_largest_and_round() -> None:
    desk = editor(BIG, SMALL, DISC)
    near = (36.0, 34.0)
    assert [click(desk, p) for p in (HERE, near, HERE, near)] == [{1}, {2}, {0}, {1}]
    assert desk.below(HERE, 3)
    assert desk.below((40, 40), 3) is None
    assert desk.take_edits() == []


def test_a_drag_moves_the_box_that_was_gone_on_to_from_anywhere_in_it() -> None:
    desk = editor(BIG, SMALL, DISC)
    click(desk, HERE)
    click(desk, HERE)
    assert drag(desk, (33, 38), (43, 38))
    assert [box.xmin for box in desk.document.boxes] == [10, 30, 30]


def test_without_going_on_a_drag_moves_the_smallest() -> None:
    desk = editor(BIG, SMALL, DISC)
    click(desk, (15, 35))
    assert desk.document.selection == {0}
    assert drag(desk, HERE, (45, 35))
    assert [box.xmin for box in desk.document.boxes] == [10, 40, 20]


def test_a_click_elsewhere_begins_with_the_smallest_again() -> None:
    desk = editor(BIG, SMALL, DISC)
    click(desk, HERE)
    click(desk, HERE)
    assert click(desk, (31.5, 38.0)) == {1}
    assert click(desk, (15, 35)) == {0}
    assert click(desk, HERE) == {1}


def test_a_click_on_a_single_box_keeps_it_selected() -> None:
    desk = editor(BIG)
    assert [click(desk, HERE), click(desk, HERE)] == [{0}, {0}]
    assert desk.below(HERE, 3) is None


def test_a_band_from_an_empty_place_selects_what_lies_inside() -> None:
    desk = editor(BIG, SMALL, DISC)
    desk.press((70, 70), desk.hit((70, 70), 3), slop=2)
    desk.move((15, 15))
    assert desk.band == ((70, 70), (15, 15))
    assert desk.document.selection == {1, 2}
    assert not desk.release((15, 15))
    assert (desk.document.selection, desk.band) == ({1, 2}, None)
    assert desk.take_edits() == []


def test_a_band_that_extends_adds_and_may_begin_on_a_box() -> None:
    desk = editor(BIG, SMALL, DISC)
    click(desk, (15, 35))
    desk.press((25, 25), desk.hit((25, 25), 1), slop=2, extend=True)
    desk.release((45, 45))
    assert desk.document.selection == {0, 1}
    assert desk.document.boxes == (BIG, SMALL, DISC)


def test_a_band_that_is_given_up_selects_nothing() -> None:
    desk = editor(BIG, SMALL)
    desk.press((70, 70), None, slop=2)
    desk.move((0, 0))
    desk.cancel()
    assert desk.document.selection == frozenset()


def test_hidden_and_locked_boxes_are_neither_hit_nor_banded() -> None:
    desk = editor(BIG, SMALL, DISC)
    desk.apply(replace(desk.document, hidden=frozenset({1}), locked=frozenset({2})))
    assert desk.hit(HERE, 3) == HitTarget(0, Handle.INSIDE)
    assert drag(desk, (70, 70), (0, 0)) is False
    assert desk.document.selection == {0}


def test_undo_leaves_hidden_what_was_hidden_since() -> None:
    desk = editor(BIG, SMALL)
    before = editing.select(desk.document, (0,))
    desk.apply(editing.move(before, 5, 5))
    desk.apply(selecting.hide(desk.document))
    desk.put(before)
    assert desk.document.boxes == (BIG, SMALL)
    assert (desk.document.hidden, desk.document.selection) == ({0}, frozenset())


def test_a_square_is_drawn_while_that_is_asked_for() -> None:
    desk = editor()
    desk.press_to_draw((20, 20), "dot", slop=2)
    desk.move((40, 30), Shape(is_square=True))
    assert desk.document.boxes[0].xyxy == (20, 20, 40, 40)
    desk.move((40, 30), Shape(is_centred=True))
    assert desk.release((40, 30))
    assert desk.document.boxes[0].xyxy == (0, 10, 40, 30)
    assert desk.document.boxes[0].truncated


def test_the_class_of_a_box_can_be_chosen_while_it_is_drawn() -> None:
    desk = editor(BIG)
    assert not desk.draw_as("cell")
    desk.press_to_draw((20, 20), "dot", slop=2)
    assert desk.draw_as("ring")
    assert desk.document.boxes == (BIG,)
    desk.move((40, 30))
    assert desk.draw_as("cell")
    assert [box.label for box in desk.document.boxes] == ["cell", "cell"]
    assert desk.release((40, 30))
    assert desk.document.boxes[1].label == "cell"
