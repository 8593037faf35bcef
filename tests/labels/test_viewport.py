"""Zoom and pan."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from studio.labels.viewport import KEPT, MAX_SCALE, MIN_SCALE, Viewport, centred, fit, halvings

offsets = st.floats(-5000, 5000)
points = st.tuples(offsets, offsets)
viewports = st.builds(Viewport, st.floats(MIN_SCALE, MAX_SCALE), offsets, offsets)


@given(viewports, points)
def test_screen_and_image_are_inverse(viewport: Viewport, point: tuple[float, float]) -> None:
    there_and_back = viewport.to_image(viewport.to_screen(point))
    assert there_and_back == pytest.approx(point, abs=1e-6)


@given(viewports, st.floats(0.01, 100), points)
def test_zoom_keeps_the_point_under_the_cursor(
    viewport: Viewport, factor: float, cursor: tuple[float, float]
) -> None:
    zoomed = viewport.zoom(factor, cursor)
    assert MIN_SCALE <= zoomed.scale <= MAX_SCALE
    assert zoomed.to_screen(viewport.to_image(cursor)) == pytest.approx(cursor, abs=1e-4)


@given(viewports, st.tuples(st.integers(1, 4000), st.integers(1, 4000)))
def test_a_picture_cannot_be_pushed_out_of_sight(
    viewport: Viewport, picture: tuple[int, int]
) -> None:
    view = 800, 600
    kept = viewport.keep_visible(picture, view)
    for low, length, limit in zip((kept.x, kept.y), picture, view, strict=True):
        seen = min(low + length * kept.scale, limit) - max(low, 0)
        assert seen >= min(KEPT, length * kept.scale) - 1e-6


def test_pan_moves_the_picture_with_the_hand() -> None:
    assert Viewport(2, 10, 10).pan(5, -3) == Viewport(2, 15, 7)


def test_fit_shows_all_of_it_in_the_middle() -> None:
    viewport = fit((200, 100), (420, 420), margin=10)
    assert viewport.to_screen((0, 0)) == (10, 110)
    assert viewport.to_screen((200, 100)) == (410, 310)


def test_fit_into_a_view_without_room() -> None:
    assert fit((4000, 3000), (5, 0), margin=10).scale == MIN_SCALE


def test_one_to_one_is_centred() -> None:
    assert centred((200, 100), (100, 300), 1.0) == Viewport(1.0, -50, 100)


def test_halvings_leave_a_reduction_of_less_than_two() -> None:
    assert [halvings(s) for s in (3.0, 1.0, 0.51, 0.5, 0.26, 0.25, 0.1)] == [0, 0, 0, 1, 1, 2, 3]
