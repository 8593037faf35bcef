"""The canvas without a screen."""

from __future__ import annotations

import pytest

from studio.labels import editing
from studio.labels.boxes import MIN_SIDE, Box, as_array
from studio.labels.editing import Document, Handle, HitTarget, hit_test

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
