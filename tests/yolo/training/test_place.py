"""How far a run is, as a checkpoint holds it."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.yolo.events import Losses
from studio.yolo.training.place import Place

FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.builds(
        Place, best=FLOATS, rate_factor=FLOATS, terms=st.lists(FLOATS, min_size=3, max_size=3)
    )
)
def test_json_gives_the_place_back_to_the_last_digit(place: Place):
    assert Place.from_json(place.to_json()) == place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps({"epoch": 1}),
        Place(terms=[1.0]).to_json(),
        '{"epoch": 1, "step": 2, "new": 3}',
    ],
)
def test_anything_else_is_no_place(text: str):
    with pytest.raises(ValueError):  # noqa: PT011  # JSON's own fault says where, ours what
        Place.from_json(text)


def test_losses_are_a_mean_over_steps_and_begin_anew_with_each_epoch():
    place = Place()
    assert math.isnan(place.mean().giou)
    place.add(Losses(1.0, 2.0, 3.0), steps=1)
    place.add(Losses(4.0, 5.0, 6.0), steps=2)
    place.add(Losses(math.nan, math.nan, math.nan), steps=0)  # all were refused
    assert place.mean() == Losses(3.0, 4.0, 5.0)
    place.end_epoch()
    assert place.epoch == 1
    assert math.isnan(place.mean().giou)


def test_patience_begins_anew_only_with_more_epochs():
    place = Place(epoch=5, epochs=5)
    place.plan(5)
    assert place.waiting_since == 0
    place.plan(4)
    assert (place.epochs, place.waiting_since) == (4, 0)
    place.plan(9)
    assert (place.epochs, place.waiting_since) == (9, 5)


def test_what_an_earlier_version_did_not_write_is_as_at_the_beginning():
    assert Place.from_json('{"epoch": 1, "step": 2}') == Place(epoch=1, step=2)


def test_another_rate_forgets_what_refusals_made_of_the_one_before():
    place = Place(rate=0.1, rate_factor=0.25)
    place.take_rate(0.1)
    assert place.rate_factor == 0.25
    place.take_rate(0.05)
    assert (place.rate, place.rate_factor) == (0.05, 1.0)
