"""Edges as a person sets them."""

from __future__ import annotations

from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from studio.labels import voc
from studio.labels.boxes import MIN_SIDE, Annotation, Box
from studio.labels.editing.edges import Point, Shape, at_border, drawn, pulled, pushed, snap, step

far = st.floats(-3000, 3000)
points = st.tuples(far, far)
sides = st.integers(1, 800)
sizes = st.tuples(sides, sides)
shapes = st.builds(Shape, st.booleans(), st.booleans())
FREE, SQUARE = Shape(), Shape(is_square=True)
CENTRED, BOTH = Shape(is_centred=True), Shape(is_square=True, is_centred=True)


@given(points, points, sizes, shapes)
def test_what_is_drawn_lies_on_whole_pixels_inside_and_is_never_too_thin(
    start: Point, end: Point, size: tuple[int, int], shape: Shape
) -> None:
    edges = drawn(start, end, size, shape)
    assert all(edge == int(edge) for edge in edges)
    for low, high, limit in zip(edges[:2], edges[2:], size, strict=True):
        assert 0 <= low <= high - MIN_SIDE
        assert high <= limit


@given(points, points, sizes, st.booleans())
def test_a_square_is_one_at_the_border_too(
    start: Point, end: Point, size: tuple[int, int], is_centred: bool
) -> None:
    xmin, ymin, xmax, ymax = drawn(start, end, size, Shape(True, is_centred))
    assert xmax - xmin == ymax - ymin


@given(st.tuples(st.integers(0, 200), st.integers(0, 100)), points, shapes)
def test_the_start_is_the_corner_or_the_centre(
    start: tuple[int, int], end: Point, shape: Shape
) -> None:
    size = 200, 100
    edges = drawn(start, end, size, shape)
    for at, low, high, limit in zip(start, edges[:2], edges[2:], size, strict=True):
        if not shape.is_centred:
            assert at in (low, high)
        elif low > 0 and high < limit and high - low > MIN_SIDE:
            assert low + high == 2 * at


@pytest.mark.parametrize(
    ("shape", "edges"),
    [
        (FREE, (50, 30, 60, 34)),
        (SQUARE, (50, 30, 60, 40)),
        (CENTRED, (40, 26, 60, 34)),
        (BOTH, (40, 20, 60, 40)),
    ],
)
def test_shapes(shape: Shape, edges: tuple[float, ...]) -> None:
    assert drawn((50.2, 29.8), (60.3, 34.1), (100, 80), shape) == edges


def test_the_border_cuts_off_what_is_not_square() -> None:
    assert drawn((5, 5), (30, 20), (100, 80), CENTRED) == (0, 0, 30, 20)
    assert drawn((90, 10), (300, 40), (100, 80), SQUARE) == (90, 10, 100, 20)
    assert drawn((90, 10), (60, -30), (100, 80), SQUARE) == (80, 0, 90, 10)


@given(st.integers(0, 99), st.integers(1, 50), far, st.sampled_from((-1, 1)))
def test_pulled_and_pushed_ends_stay_inside_and_apart(
    low: int, length: int, by: float, side: int
) -> None:
    limit = 150
    for end in (pulled, pushed):
        first, last = end((low, low + length), side, by, limit)
        assert 0 <= first <= last - MIN_SIDE
        assert last <= limit
    assert pushed((low, low + length), 0, by, limit) == (low, low + length)


def test_a_pushed_end_never_passes_the_other() -> None:
    assert pushed((10, 11), -1, 1, 100) == (10, 11)
    assert pushed((10, 11), 1, -1, 100) == (10, 11)
    assert pushed((10.25, 20), -1, -1, 100) == (9, 20)


def test_a_step_is_whole_or_ends_at_the_border() -> None:
    assert step(2.4, (10, 20), 100) == 2
    assert step(-30, (10.5, 20), 100) == -10.5
    assert step(500, (10, 20.25), 100) == 79.75


def test_snap_stays_inside() -> None:
    assert [snap(value, 10) for value in (-3, 2.5, 2.4, 40)] == [0, 3, 2, 10]


def test_border() -> None:
    assert at_border((0, 5, 100, 80), (100, 80)) == {0, 2, 3}
    assert at_border((0.4, 5, 99, 79.6), (100, 80)) == {0, 3}
    assert at_border((1.4, 1.5, 99, 79), (100, 80)) == {0}


@given(low=st.floats(0, 30), high=st.floats(40, 100))
@example(low=1.5, high=99.5)
def test_what_is_saved_is_at_the_border_where_what_is_seen_is(low: float, high: float) -> None:
    seen = Annotation(Path("a.png"), 100, 100, boxes=(Box("cat", low, low, high, high),))
    saved = voc.parse(voc.render(seen, seen.image), seen.image, seen.image, (100, 100)).boxes[0]
    assert at_border(saved.xyxy, (100, 100)) == at_border(seen.boxes[0].xyxy, (100, 100))
