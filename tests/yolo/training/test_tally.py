"""What some steps of training came to."""

from __future__ import annotations

import math

import pytest

from studio.yolo.training.tally import OVERFLOWED, REFUSED, TAKEN, Figures, tally


def test_only_steps_that_were_taken_count():
    figures = [
        Figures(1.0, 2.0, 3.0, boxes=4, lost=1, outcome=TAKEN),
        Figures(math.nan, math.inf, 0.0, boxes=9, lost=9, outcome=REFUSED),
        Figures(3.0, 4.0, 5.0, boxes=6, lost=0, outcome=TAKEN),
        Figures(9.0, 9.0, 9.0, boxes=9, lost=9, outcome=OVERFLOWED),
    ]
    found = tally([7, 8, 9, 10], figures)
    assert (found.steps, found.boxes, found.lost, found.refused) == (2, 10, 1, (8,))
    assert (found.losses.giou, found.losses.conf, found.losses.prob) == pytest.approx((2, 3, 4))


def test_no_step_taken_has_no_losses():
    found = tally([1], [Figures(1.0, 1.0, 1.0, 1, 0, OVERFLOWED)])
    assert found.steps == 0
    assert found.refused == ()
    assert math.isnan(found.losses.total)
