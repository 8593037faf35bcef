"""What follows when steps are refused."""

from __future__ import annotations

from studio.yolo.training import refusals
from studio.yolo.training.place import Place


def test_refusals_in_a_row_are_counted_and_halve_the_rate():
    place = Place()
    counts = [refusals.count(place, steps) for steps in ((7,), (8,), (10,), (11, 12), (13,))]
    assert counts == [1, 2, 1, 2, 3]
    assert place.rate_factor == 1 / 32
    assert Place.from_json(place.to_json()) == place


def test_sentences_of_refusals_name_pictures_and_what_to_try():
    told = refusals.sentence([7], ["a.png", "b.png"], 5e-4, refusals.UNCHANGED)
    assert told == (
        "the loss or its gradient was no number in step 7, so it was not taken and the weights "
        "are as they were; the learning rate is at most 0.0005 from now on. Pictures of the batch: "
        "a.png, b.png"
    )
    for words in ("step 9", "lower learning rate", "float32", "a.png", "last good state is kept"):
        assert words in str(refusals.RefusedError([9], ["a.png"], 1e-4))
    assert refusals.RefusedError([9], [], 1.23456e-4).rate == 6.2e-5
