"""Edits of labels, without a screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from studio.labels import editing
from studio.labels.boxes import MIN_SIDE, Box
from studio.labels.editing import Document
from studio.labels.editing.hits import Handle, HitTarget

WIDTH, HEIGHT = 100, 80
BIG = Box("cell", 10, 10, 60, 60, source=0)
SMALL = Box("dot", 30, 30, 40, 40, source=1)


def document(*boxes: Box, selection: tuple[int, ...] = ()) -> Document:
    return Document(WIDTH, HEIGHT, boxes, selection=frozenset(selection))


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


# --- sides, flags, locks ------------------------------------------------------------------------


def test_one_side_is_pushed_of_every_selected_box() -> None:
    start = document(BIG, SMALL, selection=(0, 1))
    grown = editing.push_side(start, Handle.LEFT, -3, 0)
    assert [box.xmin for box in grown.boxes] == [7, 27]
    shrunk = editing.push_side(start, Handle.BOTTOM, 0, -3)
    assert [box.ymax for box in shrunk.boxes] == [57, 37]


def test_a_side_is_pushed_no_further_than_the_border_and_the_other_side() -> None:
    start = document(SMALL, selection=(0,))
    assert editing.push_side(start, Handle.RIGHT, 500, 0).boxes[0].xyxy == (30, 30, WIDTH, 40)
    assert editing.push_side(start, Handle.RIGHT, -500, 0).boxes[0].xyxy == (30, 30, 31, 40)
    assert editing.push_side(start, Handle.TOP, 0, 500).boxes[0].xyxy == (30, 39, 40, 40)


@pytest.mark.parametrize("by", [(-30, 0), (-500, 0), (0, -30), (60, 0), (0, 40)])
def test_a_box_moved_to_the_border_is_truncated_and_moved_away_is_not(
    by: tuple[float, float],
) -> None:
    there = editing.move(document(SMALL, selection=(0,)), *by)
    assert there.boxes[0].truncated
    back = editing.move(there, *(-2 * step / abs(step or 1) for step in by))
    assert not back.boxes[0].truncated


def test_drawn_and_resized_boxes_are_truncated_at_the_border_only() -> None:
    assert editing.draw(document(), "dot", (0, 10), (20, 20)).boxes[0].truncated
    assert editing.draw(document(), "dot", (1, 10), (20, 20)).boxes[0].truncated  # as it is saved
    assert not editing.draw(document(), "dot", (2, 10), (20, 20)).boxes[0].truncated
    target = HitTarget(0, Handle.RIGHT)
    assert editing.resize(document(BIG), target, 40, 0).boxes[0].truncated
    assert not editing.resize(document(BIG), target, 39, 0).boxes[0].truncated
    assert editing.add(document(), (Box("dot", 90, 10, 130, 20),)).boxes[0].truncated


def test_a_flag_set_by_hand_stays_while_no_side_comes_or_goes() -> None:
    at_left = document(Box("dot", 0, 10, 20, 20, truncated=True), selection=(0,))
    cleared = editing.toggle_flag(at_left, "truncated")
    assert not editing.move(cleared, 0, 5).boxes[0].truncated
    assert not editing.push_side(cleared, Handle.RIGHT, 3, 0).boxes[0].truncated
    assert editing.move(cleared, 0, 500).boxes[0].truncated  # another side comes to the border
    inside = editing.toggle_flag(document(SMALL, selection=(0,)), "truncated")
    assert editing.move(inside, 3, 3).boxes[0].truncated
    corner = document(Box("dot", 0, 0, 20, 20, truncated=True), selection=(0,))
    assert editing.move(corner, 5, 0).boxes[0].truncated  # the other side is there still


def test_flags_are_set_for_all_before_they_are_cleared_for_all() -> None:
    mixed = document(BIG, Box("dot", 30, 30, 40, 40, occluded=True), selection=(0, 1))
    on = editing.toggle_flag(mixed, "occluded")
    assert [box.occluded for box in on.boxes] == [True, True]
    assert [box.occluded for box in editing.toggle_flag(on, "occluded").boxes] == [False, False]
    assert [box.pose for box in editing.set_pose(mixed, "Left").boxes] == ["Left", "Left"]


@pytest.mark.parametrize(
    "change",
    [
        editing.delete,
        lambda d: editing.move(d, 5, 5),
        lambda d: editing.push_side(d, Handle.LEFT, -1, 0),
        lambda d: editing.relabel(d, "other"),
        lambda d: editing.toggle_flag(d, "difficult"),
        lambda d: editing.set_pose(d, "Rear"),
    ],
)
def test_a_locked_box_stays_as_it_is(change: Callable[[Document], Document]) -> None:
    start = replace(document(BIG, SMALL, selection=(0, 1)), locked=frozenset({0}))
    changed = change(start)
    assert changed.boxes[0] == BIG
    assert changed.boxes[1:] != (SMALL,)


def test_deleting_keeps_hidden_and_locked_with_their_boxes() -> None:
    boxes = tuple(Box("dot", 10 * i, 10, 10 * i + 5, 20) for i in range(5))
    start = document(*boxes, selection=(0, 2))
    start = replace(start, hidden=frozenset({1, 4}), locked=frozenset({3}))
    left = editing.delete(start)
    assert left.boxes == (boxes[1], boxes[3], boxes[4])
    assert (left.hidden, left.locked) == ({0, 2}, {1})


def test_a_class_is_renamed_wherever_it_is() -> None:
    start = replace(document(BIG, SMALL, BIG), hidden=frozenset({0}), locked=frozenset({2}))
    assert [b.label for b in editing.rename(start, "cell", "x").boxes] == ["x", "dot", "x"]
