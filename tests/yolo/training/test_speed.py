"""How fast a training is said to be."""

from __future__ import annotations

import pytest

from studio.yolo.training.speed import Speed


def test_the_first_step_is_taken_as_it_is_and_later_ones_move_it():
    speed = Speed()
    speed.add(pictures=8, waited=0.5, seconds=2.0)
    assert (speed.images_per_second, speed.data_wait) == (4.0, 0.25)
    speed.add(pictures=8, waited=0.0, seconds=1.0)
    assert 4.0 < speed.images_per_second < 8.0
    assert 0.0 < speed.data_wait < 0.25


def test_steady_steps_are_told_as_they_are():
    speed = Speed()
    for _ in range(100):
        speed.add(pictures=16, waited=0.1, seconds=1.0)
    assert speed.images_per_second == pytest.approx(16)
    assert speed.data_wait == pytest.approx(0.1)
