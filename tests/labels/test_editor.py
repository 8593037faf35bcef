"""Drags, and the edits they come to."""

from __future__ import annotations

from studio.labels import editing
from studio.labels.boxes import Box
from studio.labels.editing import Document
from studio.labels.editor import Editor

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
