"""The canvas without a screen."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from studio.labels import editing
from studio.labels.boxes import MIN_SIDE, Box, as_array
from studio.labels.editing import Document, Handle, HitTarget, hit_test
from studio.labels.editor import Editor

WIDTH, HEIGHT = 100, 80
BIG = Box("cell", 10, 10, 60, 60, source=0)
SMALL = Box("dot", 30, 30, 40, 40, source=1)


def document(*boxes: Box, selection: tuple[int, ...] = ()) -> Document:
    return Document(WIDTH, HEIGHT, boxes, selection=frozenset(selection))


def hit(point: tuple[float, float], *boxes: Box, selection: tuple[int, ...] = ()) -> HitTarget:
    target = hit_test(
        edges=as_array(boxes), point=point, tolerance=3.0, selection=frozenset(selection)
    )
    assert target is not None
    return target


# --- what is under the pointer ------------------------------------------------------------------


def test_nothing_under_the_pointer() -> None:
    assert hit_test(edges=as_array(()), point=(5, 5), tolerance=3) is None
    assert hit_test(edges=as_array((BIG,)), point=(80, 70), tolerance=3) is None


@pytest.mark.parametrize(
    ("point", "handle"),
    [
        ((10, 10), Handle.TOP_LEFT),
        ((61, 9), Handle.TOP_RIGHT),
        ((8, 62), Handle.BOTTOM_LEFT),
        ((60, 60), Handle.BOTTOM_RIGHT),
        ((10, 35), Handle.LEFT),
        ((62, 35), Handle.RIGHT),
        ((35, 12), Handle.TOP),
        ((35, 58), Handle.BOTTOM),
        ((35, 35), Handle.INSIDE),
    ],
)
def test_handles(point: tuple[float, float], handle: Handle) -> None:
    assert hit(point, BIG) == HitTarget(0, handle)


def test_smallest_box_first() -> None:
    assert hit((35, 35), BIG, SMALL).index == 1
    assert hit((35, 35), SMALL, BIG).index == 0


def test_handle_of_a_selected_box_comes_before_a_smaller_box() -> None:
    beside = Box("dot", 56, 30, 66, 40)
    assert hit((60, 35), BIG, beside) == HitTarget(1, Handle.INSIDE)
    assert hit((60, 35), BIG, beside, selection=(0,)) == HitTarget(0, Handle.RIGHT)


def test_inside_of_a_selected_box_gives_way_to_a_smaller_one() -> None:
    assert hit((35, 35), BIG, SMALL, selection=(0,)).index == 1


def test_even_a_tiny_box_can_be_moved() -> None:
    assert hit((31, 31), Box("dot", 30, 30, 32, 32)).handle is Handle.INSIDE


# --- single edits -------------------------------------------------------------------------------


def test_draw_in_any_direction_on_whole_pixels() -> None:
    drawn = editing.draw(document(BIG), "dot", (40.4, 50.2), (20.6, 30.1))
    assert drawn.boxes[1].xyxy == (21, 30, 40, 50)
    assert drawn.selection == {1}


def test_draw_beyond_the_border_is_clipped() -> None:
    drawn = editing.draw(document(), "dot", (-20, 70), (130, 500))
    assert drawn.boxes[0].xyxy == (0, 70, WIDTH, HEIGHT)


def test_resize_across_the_opposite_corner_turns_over() -> None:
    target = HitTarget(0, Handle.TOP_LEFT)
    resized = editing.resize(document(BIG), target, 70, 60)
    assert resized.boxes[0].xyxy == (60, 60, 80, 70)


def test_resize_to_nothing_leaves_the_least_side() -> None:
    resized = editing.resize(document(BIG), HitTarget(0, Handle.RIGHT), -50, 0)
    assert resized.boxes[0].xyxy == (10, 10, 10 + MIN_SIDE, 60)


def test_resize_one_side_leaves_the_other_edges_to_the_letter() -> None:
    box = Box("dot", 10.25, 10.25, 60.75, 60.75, source=4)
    resized = editing.resize(document(box), HitTarget(0, Handle.BOTTOM), 5, 3).boxes[0]
    assert resized.xyxy == (10.25, 10.25, 60.75, 64)
    assert resized.source == 4


def test_move_stops_at_the_border_and_keeps_size_and_source() -> None:
    moved = editing.move(document(BIG, selection=(0,)), 500, -500).boxes[0]
    assert moved.xyxy == (50, 0, 100, 50)
    assert moved.source == BIG.source


def test_move_keeps_a_group_together() -> None:
    moved = editing.move(document(BIG, SMALL, selection=(0, 1)), -30, 4)
    assert [box.xyxy[:2] for box in moved.boxes] == [(0, 14), (20, 34)]


def test_relabel_and_delete_act_on_the_selection() -> None:
    start = document(BIG, SMALL, selection=(1,))
    assert [box.label for box in editing.relabel(start, "ring").boxes] == ["cell", "ring"]
    assert editing.delete(start).boxes == (BIG,)


def test_duplicate_has_no_source_and_is_seen_even_in_the_corner() -> None:
    corner = Box("dot", 90, 70, 100, 80, source=3)
    doubled = editing.duplicate(document(corner, selection=(0,)), 5)
    assert doubled.boxes[1].source is None
    assert doubled.boxes[1].xyxy == (85, 65, 95, 75)
    assert doubled.selection == {1}


def test_add_clips_drops_what_is_outside_and_repeats_nothing() -> None:
    others = (BIG, Box("dot", 90, 70, 130, 90), Box("dot", 100, 10, 130, 20))
    added = editing.add(document(BIG), others)
    assert [box.xyxy for box in added.boxes[1:]] == [(90, 70, 100, 80)]
    assert editing.add(added, others).boxes == added.boxes


# --- drags and history --------------------------------------------------------------------------


def editor(*boxes: Box) -> Editor:
    return Editor(document(*boxes))


def test_a_drag_is_one_step() -> None:
    desk = editor(BIG)
    desk.press((35, 35), desk.hit((35, 35), 3), slop=2)
    for x in range(36, 46):
        desk.move((x, 35))
    assert desk.release((45, 35))
    assert desk.document.boxes[0].xmin == 20
    desk.undo()
    assert desk.document.boxes == (BIG,)
    assert not desk.can_undo
    desk.redo()
    assert desk.document.boxes[0].xmin == 20


def test_a_click_selects_and_changes_nothing() -> None:
    desk = editor(BIG, SMALL)
    desk.press((35, 35), desk.hit((35, 35), 3), slop=2)
    desk.move((36, 35))
    assert not desk.release((36, 35))
    assert desk.document.selection == {1}
    assert not desk.can_undo


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


def test_cancel_and_undo_within_a_drag_leave_no_trace() -> None:
    desk = editor(BIG)
    desk.press_to_draw((70, 10), "dot", slop=2)
    desk.move((90, 30))
    assert desk.is_drawing
    assert desk.settled.boxes == (BIG,)
    desk.cancel()
    assert desk.document.boxes == (BIG,)
    desk.press_to_draw((70, 10), "dot", slop=2)
    desk.move((90, 30))
    desk.undo()
    assert desk.document.boxes == (BIG,)
    assert not desk.release((90, 30))


def test_drawing_with_a_mere_click_draws_nothing() -> None:
    desk = editor()
    desk.press_to_draw((20, 20), "dot", slop=2)
    assert not desk.release((21, 20))
    assert desk.document.boxes == ()


def test_a_new_edit_ends_what_could_be_redone() -> None:
    desk = editor(BIG)
    desk.apply(editing.toggle_verified(desk.document))
    desk.undo()
    assert desk.can_redo
    desk.apply(editing.delete(editing.select(desk.document, (0,))))
    assert not desk.can_redo


# --- properties ---------------------------------------------------------------------------------

far = st.floats(-300, 300)
points = st.tuples(far, far)
actions = st.one_of(
    st.tuples(st.just("draw"), points, points),
    st.tuples(st.just("drag"), points, points),
    st.tuples(st.just("grip"), st.sampled_from(list(Handle)), points),
    st.tuples(st.just("nudge"), points, points),
    st.tuples(st.just("delete"), points, points),
    st.tuples(st.just("double"), points, points),
    st.tuples(st.just("label"), points, points),
    st.tuples(st.just("paste"), points, points),
    st.tuples(st.just("verify"), points, points),
)


def act(desk: Editor, action: tuple[str, object, tuple[float, float]]) -> None:
    kind, first, second = action
    if kind == "draw":
        desk.press_to_draw(first, "new", slop=2)
        desk.move((0, 0))
        desk.release(second)
    elif kind == "drag":
        desk.press(first, desk.hit(first, 5), slop=2)
        desk.release(second)
    elif kind == "grip" and desk.document.boxes:
        desk.press((0, 0), HitTarget(0, first), slop=2)
        desk.move((50, 50))
        desk.release(second)
    else:
        edits = {
            "nudge": lambda d: editing.move(d, *second),
            "delete": editing.delete,
            "double": lambda d: editing.duplicate(d, 7),
            "label": lambda d: editing.relabel(d, "other"),
            "paste": lambda d: editing.add(d, (SMALL, BIG)),
            "verify": editing.toggle_verified,
            "grip": lambda d: d,
        }
        desk.apply(edits[kind](desk.document))


@given(st.lists(actions, max_size=12))
def test_undo_of_everything_returns_to_the_start_and_redo_to_the_end(actions: list) -> None:
    start = document(BIG, Box("odd", 0.4, 0.2, 99.7, 79.9, source=1))
    desk = Editor(start)
    for action in actions:
        act(desk, action)
        for box in desk.document.boxes:
            assert 0 <= box.xmin < box.xmax <= WIDTH
            assert 0 <= box.ymin < box.ymax <= HEIGHT
            assert min(box.width, box.height) > MIN_SIDE - 1e-9
        assert all(0 <= i < len(desk.document.boxes) for i in desk.document.selection)
    end = desk.document
    steps = 0
    while desk.can_undo:
        desk.undo()
        steps += 1
    assert desk.document.says_what(start)
    for _ in range(steps):
        desk.redo()
    assert desk.document.says_what(end)
    assert not desk.can_redo
