"""Zoom and pan."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from studio.labels.screen.viewport import (
    KEPT,
    MAX_SCALE,
    MIN_SCALE,
    Viewport,
    centred,
    fit,
    fit_width,
    halvings,
)

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
    assert zoomed.scale == pytest.approx(np.clip(viewport.scale * factor, MIN_SCALE, MAX_SCALE))
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


def test_a_picture_that_is_in_sight_is_left_where_it_is() -> None:
    viewport = Viewport(2, -500, -300)
    assert viewport.keep_visible((400, 300), (800, 600)) == viewport


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


def test_fit_width_leaves_no_gap_and_keeps_what_is_in_the_middle() -> None:
    top = fit_width((200, 1000), (420, 300), 10, Viewport(1, 0, 300))
    assert top == Viewport(2, 10, 10)
    lower = fit_width((200, 1000), (420, 300), 10, Viewport(1, 0, -350))
    assert lower.to_image((210, 150))[1] == pytest.approx(500)
    end = fit_width((200, 1000), (420, 300), 10, Viewport(1, 0, -5000))
    assert end.to_screen((0, 1000))[1] == pytest.approx(290)


def test_fit_width_of_a_picture_that_fits_without_its_margins_alone_can_be_at_the_top() -> None:
    assert fit_width((200, 145), (420, 300), 10, Viewport(1, 0, 300)) == Viewport(2, 10, 10)


def test_fit_width_of_a_low_picture_is_in_the_middle() -> None:
    assert fit_width((200, 100), (420, 420), 10, Viewport(7, 3, 3)) == Viewport(2, 10, 110)


@given(viewports, st.tuples(st.floats(0, 900), st.floats(0, 900)), st.floats(1, 100))
def test_what_is_revealed_is_seen(
    viewport: Viewport, corner: tuple[float, float], side: float
) -> None:
    view, edges = (800, 600), (*corner, corner[0] + side, corner[1] + side)
    revealed = viewport.reveal(edges, view, margin=8)
    assert revealed.scale == viewport.scale
    for place, limit in ((0, 800), (1, 600)):
        low, high = revealed.to_screen(edges[:2])[place], revealed.to_screen(edges[2:])[place]
        if high - low <= limit:
            assert low >= -1e-6
            assert high <= limit + 1e-6
        else:
            assert (low + high) / 2 == pytest.approx(limit / 2, abs=1e-6)
    again = revealed.reveal(edges, view, margin=8)
    assert (again.x, again.y) == pytest.approx((revealed.x, revealed.y), abs=1e-6)


def test_what_is_seen_already_is_not_pushed() -> None:
    viewport = Viewport(2, 10, 10)
    assert viewport.reveal((20, 20, 40, 40), (800, 600), margin=8) == viewport
