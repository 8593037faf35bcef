"""Learning rates over a run."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from studio.labels.anchors import preset
from studio.yolo.config import TrainConfig
from studio.yolo.network.model import ModelConfig
from studio.yolo.training.rates import learning_rate

MODEL = ModelConfig("yolov3-tiny", ("a",), preset("yolov3-tiny", (416, 416)), (416, 416))
CONFIG = TrainConfig(MODEL, epochs=100, warmup_epochs=2, learning_rate=1.0)


def rates(config: TrainConfig, steps: int = 10_000, per_epoch: int = 100) -> np.ndarray:
    return np.array([learning_rate(config, step, steps, per_epoch) for step in range(1, steps + 1)])


def test_warm_up_and_cosine():
    found = rates(CONFIG)
    assert found[0] == pytest.approx(1 / 200)
    assert found[199] == pytest.approx(1.0)
    assert found[200 + 4900 - 1] == pytest.approx(0.01 + 0.99 / 2, abs=1e-3)
    assert found[-1] == pytest.approx(0.01)
    assert np.argmax(found) == 199
    assert (np.diff(found[199:]) < 0).all()


def test_step_goes_down_to_a_tenth_twice():
    found = rates(dataclasses.replace(CONFIG, rate="step"))
    assert (np.diff(found[:200]) > 0).all()
    assert found[199:8000] == pytest.approx(1.0)
    assert found[8000:9000] == pytest.approx(0.1)
    assert found[9000:] == pytest.approx(0.01)


def test_constant_stays_after_the_warm_up():
    found = rates(dataclasses.replace(CONFIG, rate="constant", final_rate=0.0))
    assert found[99] == pytest.approx(0.5)
    assert set(found[199:]) == {1.0}


def test_no_warm_up_begins_with_the_highest_rate():
    none = dataclasses.replace(CONFIG, warmup_epochs=0)
    found = rates(none)
    assert found[0] == pytest.approx(1.0, abs=1e-6)
    assert (np.diff(found) < 0).all()
    assert set(rates(dataclasses.replace(none, rate="constant"))) == {1.0}


@pytest.mark.parametrize("rate", ["cosine", "step", "constant"])
@pytest.mark.parametrize("steps", [1, 2, 3, 7])
def test_shortest_runs_have_positive_rates(rate, steps):
    config = dataclasses.replace(CONFIG, rate=rate)
    assert (rates(config, steps, 1) > 0).all()
