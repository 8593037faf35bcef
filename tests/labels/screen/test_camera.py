"""The part of a picture that is seen."""

from __future__ import annotations

import pytest

from studio.labels.screen.camera import Camera, Fit

PICTURE, OTHER, VIEW = (200, 100), (300, 900), (420.0, 320.0)


@pytest.fixture
def camera() -> Camera:
    camera = Camera(margin=10)
    camera.resize(VIEW)
    camera.show(PICTURE)
    return camera


def test_a_picture_is_seen_whole_at_first(camera: Camera) -> None:
    assert camera.fit is Fit.WHOLE
    assert camera.viewport.scale == 2
    assert camera.middle == (100, 50)


def test_scale_and_place_stay_with_pictures_of_one_size(camera: Camera) -> None:
    camera.zoom(2, (50, 60))
    camera.pan(-30, 20)
    before = camera.viewport
    camera.show(PICTURE)
    assert camera.viewport == before
    camera.show(OTHER)
    assert camera.fit is Fit.WHOLE
    assert camera.viewport.scale == pytest.approx(300 / 900)


def test_a_picture_that_cannot_be_shown_does_not_end_that(camera: Camera) -> None:
    camera.zoom(2, (50, 60))
    before = camera.viewport
    camera.show(None)
    camera.pan(5, 5)
    camera.show(PICTURE)
    assert camera.viewport == before


def test_width_stays_filled_in_other_pictures_and_windows(camera: Camera) -> None:
    camera.show(OTHER)
    camera.fill(Fit.WIDTH)
    assert camera.viewport.scale == pytest.approx(400 / 300)
    camera.pan(0, -200)
    assert camera.fit is Fit.WIDTH
    middle = camera.middle
    camera.resize((620.0, 320.0))
    assert camera.viewport.scale == 2
    assert camera.middle[1] == pytest.approx(middle[1])
    camera.show(OTHER)
    assert camera.middle[1] == pytest.approx(middle[1])
    camera.show(PICTURE)
    assert camera.viewport.scale == 3
    assert camera.viewport.y == 10
    camera.pan(1, 0)
    assert camera.fit is Fit.NOTHING


def test_a_smaller_window_leaves_a_strip_in_sight(camera: Camera) -> None:
    camera.pan(350, 0)
    camera.resize((200.0, 320.0))
    assert camera.fit is Fit.NOTHING
    assert camera.viewport.x < 200


def test_what_is_out_of_view_is_revealed(camera: Camera) -> None:
    camera.zoom(8, (0, 0))
    assert camera.reveal((190, 90, 200, 100))
    assert not camera.reveal((190, 90, 200, 100))
    right, bottom = camera.viewport.to_screen((200, 100))
    assert right <= VIEW[0]
    assert bottom <= VIEW[1]
