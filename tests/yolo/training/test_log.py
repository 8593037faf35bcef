"""What a run leaves of its metrics."""

from __future__ import annotations

import pytest

from studio.labels.anchors import preset
from studio.yolo.config import TrainConfig
from studio.yolo.events import ClassResult, EpochMetrics, Losses
from studio.yolo.network.model import ModelConfig
from studio.yolo.runs import Run, new_run
from studio.yolo.training.log import MetricsLog
from studio.yolo.training.trend import Point

pytestmark = pytest.mark.tensorflow

MODEL = ModelConfig("yolov3-tiny", ("a",), preset("yolov3-tiny", (416, 416)), (416, 416))
PER_CLASS = {'a, "b"': ClassResult(0.5, 0.25, 3), "ü": ClassResult(None, None, 0)}
EPOCHS = [
    EpochMetrics(1, Losses(3.0, 2.0, 1.0), None, None, None, 1.0, step=5),
    EpochMetrics(
        2, Losses(2.0, 2.0, 1.0), Losses(1.0, 0.0, 0.0), 0.0, 0.0, 1.0, PER_CLASS, step=10
    ),
]


@pytest.fixture
def run(tmp_path) -> Run:
    return new_run(tmp_path, "one", TrainConfig(MODEL))


@pytest.fixture
def log(run) -> MetricsLog:
    """Both epochs, told."""
    log = MetricsLog(run, 0)
    for epoch in EPOCHS:
        log.epoch(epoch, 1e-3)
    log.close()
    return log


def history(run: Run, epochs: int) -> list[Point]:
    """Return what is known where a run goes on after so many epochs."""
    log = MetricsLog(run, epochs)
    log.close()
    return log.history()


def test_the_history_is_the_same_after_a_resume(run, log):
    """Also an AP of 0, which is not one that was not measured."""
    assert log.history() == [Point(1, 6.0, None, None), Point(2, 5.0, 1.0, 0.0)]
    assert history(run, 2) == log.history()
    assert [(epoch.ap, epoch.step) for epoch in run.epochs()] == [(None, 5), (0.0, 10)]
    assert [epoch.per_class for epoch in run.epochs()] == [{}, PER_CLASS]


def test_epochs_after_the_state_are_cut(run, log):
    assert history(run, 1) == log.history()[:1]
