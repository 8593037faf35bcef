"""What is said of how a training goes, on curves whose story is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from studio.yolo.training.trend import Point, trend

NOISE = np.random.default_rng(3).normal(0, 1, 400)


def told(train, val=None, ap=None) -> list[str]:
    """Return what is said after each epoch."""
    points = [
        Point(
            i + 1,
            train(i) * (1 + 0.02 * NOISE[i]),
            val(i) * (1 + 0.02 * NOISE[-i]) if val else None,
            ap(i) if ap else None,
        )
        for i in range(100)
    ]
    return [trend(points[: i + 1]) for i in range(100)]


def changes(words: list[str]) -> list[str]:
    """Return the kinds in the order in which they come."""
    kinds = [w.split(":")[0] for w in words]
    return [k for i, k in enumerate(kinds) if i == 0 or k != kinds[i - 1]]


def falling(i: int) -> float:
    return 10 * math.exp(-i / 20) + 0.5


def test_nothing_is_said_too_early():
    assert trend([]) == ""
    assert told(falling, falling)[:4] == [""] * 4


def test_better_ap_is_still_improving_in_spite_of_noise():
    words = told(falling, falling, lambda i: 0.6 * (1 - math.exp(-i / 25)) + 0.01 * NOISE[i])
    assert changes(words[:60]) == ["", "still improving"]


def test_a_plateau_counts_the_epochs_since_the_last_better_ap():
    words = told(falling, falling, lambda i: min(0.02 * (i + 1), 0.6))  # best in epoch 30
    assert words[29] == "still improving"
    assert words[41] == "plateau: no better AP for 12 epochs"
    assert changes(words) == ["", "still improving", "plateau"]


def test_overfitting_names_when_it_began_and_the_best_weights():
    words = told(
        falling,
        val=lambda i: falling(i) if i <= 30 else falling(30) * (1 + 0.02 * (i - 30)),
        ap=lambda i: min(0.02 * (i + 1), 0.62) - 0.002 * max(0, i - 30),
    )
    assert changes(words) == ["", "still improving", "plateau", "overfitting"]
    said, best = words[-1].rsplit(";", 1)
    since = int(said.rsplit(" ", 1)[1])
    assert said.startswith("overfitting: training loss falls while validation loss has risen since")
    assert abs(since - 31) <= 3
    assert best == " the best weights are of epoch 31"


def test_a_rising_validation_loss_with_better_ap_is_no_overfitting():
    words = told(falling, val=lambda i: 1 + 0.02 * i, ap=lambda i: 0.005 * i)
    assert words[-1] == "still improving"


def test_a_training_loss_that_stands_still_is_no_overfitting():
    words = told(lambda _: 2.0, val=lambda i: 1 + 0.02 * i, ap=lambda _: 0.1)
    assert words[-1].startswith("plateau")


def test_without_validation_the_training_loss_says_it():
    words = told(lambda i: max(falling(i), falling(50)))
    assert changes(words[:50]) == ["", "still improving"]
    assert words[-1].startswith("plateau: no lower training loss for ")


def test_measured_now_and_then_needs_some_measurements_to_be_a_plateau():
    points = [Point(i, 1.0, 1.0, 0.5 if i % 6 == 0 else None) for i in range(1, 61)]
    words = [trend(points[:n]) for n in range(1, 61)]
    assert words[17] == "still improving"
    assert words[-1] == "plateau: no better AP for 54 epochs"


def test_a_loss_far_above_the_first_diverges():
    words = trend([Point(1, 1.0, 1.0, 0.1), Point(2, 11.0, 1.0, 0.1)])
    assert words.startswith("diverging: the training loss is 11 times that of the first epoch; ")
    assert words.endswith("lower the rate")


@pytest.mark.parametrize("odd", [math.inf, math.nan])
@pytest.mark.parametrize("at", [1, 3, 12])
def test_an_epoch_without_a_finite_loss_says_nothing_for_ever(odd, at):
    points = [Point(i, odd if i == at else 10.0 / i, odd, i / 100) for i in range(1, 13)]
    assert trend(points) == "still improving"
    assert trend([Point(1, odd)]) == ""
    stuck = [Point(i, 1.0, odd, 0.1) for i in range(1, 13)]
    assert trend(stuck) == "plateau: no better AP for 11 epochs"
