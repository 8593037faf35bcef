"""The whole of YOLOv3-tiny learns."""

from __future__ import annotations

import dataclasses

import pytest

from studio.yolo.events import EpochMetrics
from studio.yolo.runs import new_run
from studio.yolo.train import train
from studio.yolo.training.checkpoint import Keeper

pytestmark = pytest.mark.tensorflow


def test_losses_fall_and_what_is_saved_finds_what_is_there(
    train_config, squares, tmp_path, monkeypatch
):
    monkeypatch.setattr(Keeper, "is_due", lambda *_args, **_kwargs: False)  # 140 MB each time
    config = dataclasses.replace(train_config, epochs=60, learning_rate=2e-3, validate_every=20)
    events = list(train(config, squares, new_run(tmp_path, "first", config)))
    epochs = [event for event in events if isinstance(event, EpochMetrics)]
    assert epochs[-1].train.total < epochs[0].train.total / 3
    assert events[-1].ap50 > 0.6  # 0.78 to 0.9, as processors round differently
    best = epochs[events[-1].best_epoch - 1]
    assert best.ap == max(epoch.ap for epoch in epochs if epoch.ap is not None)
    assert best.ap50 == events[-1].ap50
