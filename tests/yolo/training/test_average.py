"""The moving average: how far it looks back."""

from __future__ import annotations

import pytest

from studio.yolo.backend import keras, tf
from studio.yolo.training.average import Average

pytestmark = pytest.mark.tensorflow

EPOCH = 2  # updates


def lag(epochs: int, momentum: float = 0.9999) -> float:
    """Let an average follow the number of its updates: return the share it is behind."""
    average, value = (keras.Variable(0.0, dtype="float32") for _ in range(2))
    averaging = Average([average], [value], momentum, EPOCH)
    for number in range(1, epochs * EPOCH + 1):
        value.assign(float(number))
        averaging.follow(tf.constant(True))
    return 1 - float(average.numpy()) / (epochs * EPOCH)


@pytest.mark.parametrize("epochs", [1, 20, 60, 120, 200])
def test_it_has_polynomial_decay(epochs):
    """In float64 loops; the exponent falls with the epochs, between its bounds."""
    expected = 0.0
    for number in range(1, epochs * EPOCH + 1):
        exponent = min(max(300 * EPOCH / number, 2.5), 9)
        expected += (number - expected) * exponent / (1 + exponent + number)
    assert lag(epochs) == pytest.approx(1 - expected / (epochs * EPOCH), abs=1e-4)


def test_it_looks_further_back_in_a_longer_run():
    """A mean of numbers weighed by their square, say, is a quarter behind the last."""
    lags = [lag(epochs) for epochs in (30, 60, 120, 600)]
    assert lags == sorted(lags)
    assert (lags[0], lags[-1]) == pytest.approx((1 / 10, 1 / 3.5), abs=0.01)


def test_it_looks_back_no_further_than_its_momentum():
    assert lag(100, momentum=0.9) * 100 * EPOCH == pytest.approx(9, abs=0.1)


def test_it_stays_where_no_step_was_taken():
    average, value = (keras.Variable(x, dtype="float32") for x in (0.0, 1.0))
    averaging = Average([average], [value], 0.9, EPOCH)
    averaging.follow(tf.constant(False))
    assert float(average.numpy()) == 0
    assert int(averaging.variables[0].numpy()) == 0
