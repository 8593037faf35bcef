"""When validation happens, which epoch is the best, and when a run is over."""

from __future__ import annotations

import dataclasses
import math

import pytest

from studio.labels.anchors import preset
from studio.yolo.config import TrainConfig
from studio.yolo.events import EpochMetrics, Losses
from studio.yolo.network.model import ModelConfig
from studio.yolo.training.place import Place
from studio.yolo.training.validation import (
    is_best,
    is_measured,
    measured_every,
    note_measured,
    remember_best,
    why_over,
)

MODEL = ModelConfig("yolov3-tiny", ("a",), preset("yolov3-tiny", (416, 416)), (416, 416))
CONFIG = TrainConfig(MODEL, epochs=60)


def epoch(number: int, ap: float | None, loss: float = 1.0) -> EpochMetrics:
    ap50 = None if ap is None else ap + 0.1
    return EpochMetrics(number, Losses(loss, 0, 0), None, ap50, ap, 1.0)


def judge(place: Place, metrics: EpochMetrics, has_validation: bool) -> bool:
    best = is_best(place, metrics, has_validation)
    if best:
        remember_best(place, metrics, has_validation)
    return best


@pytest.mark.parametrize(
    ("train", "val", "every"),
    [(205, 87, 2), (200, 50, 1), (200, 51, 2), (10, 100, 40), (1, 1, 4)],
)
def test_by_itself_validation_takes_a_tenth_of_the_time(train, val, every):
    assert measured_every(CONFIG, train, val) == every
    assert 0.4 * val / every <= 0.1 * train * 1.0001


def test_validation_is_measured_every_so_often_and_after_the_last_epoch():
    config = dataclasses.replace(CONFIG, epochs=8, validate_every=3)
    assert [n for n in range(1, 9) if is_measured(config, n, 10, 5)] == [3, 6, 8]
    assert not any(is_measured(config, n, 10, 0) for n in range(1, 9))


def test_the_best_has_the_highest_ap_and_the_later_of_a_tie():
    place, figures = Place(), [None, 0.0, 0.0, 0.3, None, 0.3, 0.2]
    best = [judge(place, epoch(n, ap), True) for n, ap in enumerate(figures, 1)]
    assert best == [True, True, True, True, False, True, False]
    assert (place.best_epoch, place.best, place.best_ap50) == (6, 0.3, 0.4)


def test_a_tie_is_the_best_but_not_better():
    place = Place()
    for number, ap in enumerate([0.0, 0.0, 0.2, 0.2, 0.1], 1):
        assert judge(place, epoch(number, ap), True) == (number < 5)
        place.end_epoch()
        assert (place.best_epoch, place.better_epoch) == [(1, 1), (2, 2), (3, 3), (4, 3), (4, 3)][
            number - 1
        ]


def test_without_validation_the_best_has_the_lowest_training_loss():
    place, losses = Place(), [math.nan, 3.0, 2.0, 2.5, 2.0, math.inf, math.nan]
    best = [judge(place, epoch(n, None, loss), False) for n, loss in enumerate(losses, 1)]
    assert best == [True, True, True, False, True, False, False]
    assert (place.best_epoch, place.best_ap50) == (5, None)


def test_a_run_is_over_after_its_epochs_or_its_patience():
    assert why_over(CONFIG, Place(epoch=59)) is None
    assert why_over(CONFIG, Place(epoch=60)) == "finished after 60 epochs"
    patient = dataclasses.replace(CONFIG, patience=12)
    assert why_over(patient, Place(epoch=42, better_epoch=31, measured_epoch=42)) is None
    words = "ended after 43 epochs: none better than epoch 31 for 12 epochs"
    waited = Place(epoch=43, better_epoch=31, measured_epoch=43)
    assert why_over(patient, waited) == words
    assert why_over(patient, dataclasses.replace(waited, waiting_since=43)) is None
    assert why_over(patient, Place(epoch=43)) is None


def test_epochs_that_are_not_measured_try_nobodys_patience():
    """Measured each third: 0.2, then twice nothing better; patience of 4 ends it at the second."""
    config, place = dataclasses.replace(CONFIG, patience=4, validate_every=3), Place()
    while why_over(config, place) is None:
        number = place.epoch + 1
        ap = 0.2 if is_measured(config, number, 10, 5) else None
        judge(place, epoch(number, ap), True)
        place.end_epoch()
        note_measured(place, epoch(number, ap), True)
    assert why_over(config, place) == "ended after 9 epochs: none better than epoch 3 for 6 epochs"
