"""Where the lines of boxes lie, against pixels set one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.labels.boxes import Box
from studio.labels.screen.strokes import (
    Area,
    Grid,
    Marks,
    among,
    around,
    is_crowded,
    overlap,
    sides,
    surfaces,
    touching,
    uncovered,
)
from studio.labels.screen.viewport import Viewport

SIDE = 24
VIEW = (0, 0, SIDE, SIDE)
spans = st.tuples(st.integers(0, SIDE), st.integers(0, SIDE)).map(lambda s: (min(s), max(s)))
areas = st.tuples(spans, spans).map(lambda s: (s[0][0], s[1][0], s[0][1], s[1][1]))
shifts = st.integers(-2 * SIDE, 2 * SIDE)


def canvas_of(*parts: Area) -> NDArray[np.bool_]:
    """Return a view in which the pixels of these parts are set."""
    made = np.zeros((SIDE, SIDE), bool)
    for left, top, right, bottom in parts:
        made[top:bottom, left:right] = True
    return made


def filled(rectangles: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return a view with a border of 8 in which what lies between first and last pixels is set."""
    made = np.zeros((SIDE + 16, SIDE + 16), bool)
    for left, top, right, bottom in rectangles + 8:
        made[top : bottom + 1, left : right + 1] = True
    return made


@given(areas, st.integers(0, 4), st.integers(1, 3))
def test_sides_are_a_frame_of_that_thickness(edges: Area, out: int, thickness: int) -> None:
    if 2 * thickness > 2 * out + min(edges[2] - edges[0], edges[3] - edges[1]):
        return
    left, top, right, bottom = np.array(edges) + 8 + np.array((-out, -out, out, out))
    frame = np.zeros((SIDE + 16, SIDE + 16), bool)
    frame[top:bottom, left:right] = True
    frame[top + thickness : bottom - thickness, left + thickness : right - thickness] = False
    np.testing.assert_array_equal(filled(sides(np.array([edges], np.int32), out, thickness)), frame)


@given(areas)
def test_a_box_of_no_width_still_has_its_sides(edges: Area) -> None:
    made = filled(sides(np.array([edges], np.int32), 1, 2))
    left, top, right, bottom = np.array(edges) + 8
    assert made[top - 1, left - 1 : right + 1].all()
    assert made[bottom, left - 1 : right + 1].all()
    assert made[top - 1 : bottom + 1, left - 1].all()
    assert not made[: top - 1].any()
    assert not made[bottom + 1 :].any()


@given(areas)
def test_a_surface_is_what_lies_inside_the_edges(edges: Area) -> None:
    made = filled(surfaces(np.array([edges], np.int32)))
    np.testing.assert_array_equal(made[8:-8, 8:-8], canvas_of(edges))


@given(shifts, shifts)
def test_what_a_push_uncovers_is_what_it_does_not_cover(dx: int, dy: int) -> None:
    kept = overlap((dx, dy, SIDE + dx, SIDE + dy), VIEW)
    covered = canvas_of(kept) if kept else canvas_of()
    np.testing.assert_array_equal(canvas_of(*uncovered(dx, dy, VIEW)), ~covered)


@given(areas, areas)
def test_parts_overlap_where_they_share_pixels(one: Area, other: Area) -> None:
    shared = overlap(one, other)
    both = canvas_of(one) & canvas_of(other)
    np.testing.assert_array_equal(canvas_of(shared) if shared else canvas_of(), both)
    if canvas_of(one).any() and canvas_of(other).any():
        assert touching(np.array([one], np.int32), other).tolist() == [both.any()]


@given(st.lists(areas, min_size=1, max_size=5))
def test_around_holds_all(parts: list[Area]) -> None:
    left, top, right, bottom = around(np.array(parts, np.int32))
    assert (left, top) == (min(p[0] for p in parts), min(p[1] for p in parts))
    assert (right, bottom) == (max(p[2] for p in parts), max(p[3] for p in parts))


@given(
    st.lists(st.floats(0, 30_000), min_size=4, max_size=4),
    st.floats(1 / 64, 64),
    st.floats(-5000, 5000),
    st.integers(-3000, 3000),
    st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0]),
)
def test_a_push_by_device_pixels_moves_all_edges_alike(
    edges: list[float], scale: float, x: float, by: int, ratio: float
) -> None:
    before = Grid.of(Viewport(scale, x, -x), ratio)
    after = Grid(before.scale, before.x + by, before.y)
    array = np.array([edges], np.float32)
    moved = after.pixels(array) - before.pixels(array)
    assert moved.tolist() == [[by, 0, by, 0]]
    exact = (np.float64(np.float32(edges[0])) * scale + x) * ratio
    assert abs(before.pixels(array)[0, 0] - exact) <= 1.01


def test_a_grid_is_its_own_nearest() -> None:
    grid = Grid.of(Viewport(0.37, 10.4, -3.3), 1.5)
    assert Grid.of(grid.viewport(1.5), 1.5) == grid


def test_marks_name_boxes_by_class_and_position() -> None:
    boxes = (Box("b", 0, 0, 2, 3), Box("a", 1, 1, 5, 6), Box("b", 4, 4, 6, 8))
    marks = Marks.of(boxes)
    assert [marks.labels[code] for code in marks.codes] == ["b", "a", "b"]
    assert marks.edges[1].tolist() == [1, 1, 5, 6]
    assert marks.mask([2, 7]).tolist() == [False, False, True]
    assert Marks.of(()).edges.shape == (0, 4)


def test_tags_are_left_out_where_they_would_hide_the_boxes() -> None:
    corners = np.array([(x, y) for x in range(10) for y in range(10)], np.int32) * 40
    edges = np.concatenate((corners, corners + 40), axis=1)
    assert is_crowded(edges, np.full(100, 500, np.int32))
    assert not is_crowded(edges, np.full(100, 300, np.int32))
    assert not is_crowded(edges[:50], np.full(50, 1600, np.int32))


@given(st.lists(st.integers(0, 5), max_size=12), st.lists(st.integers(0, 5), max_size=12))
def test_marks_that_follow_others_are_those_made_anew(old: list[int], new: list[int]) -> None:
    pool = [Box(f"c{i % 3}", i, 0, i + 1, 1) for i in range(6)]
    boxes = tuple(pool[i] for i in new)
    followed = Marks.of(tuple(pool[i] for i in old)).then(boxes)
    afresh = Marks.of(boxes)
    assert followed.boxes == boxes
    np.testing.assert_array_equal(followed.edges, afresh.edges)
    np.testing.assert_array_equal(followed.ids, afresh.ids)
    assert [followed.labels[code] for code in followed.codes] == [box.label for box in boxes]


@given(st.lists(st.integers(-9, 9)), st.lists(st.integers(-9, 9)))
def test_which_numbers_are_among_others(values: list[int], known: list[int]) -> None:
    found = among(np.array(values, np.int64), np.array(known, np.int64))
    assert found.tolist() == [value in known for value in values]
