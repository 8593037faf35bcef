"""Whether pictures have an up is found out once, by those that are validated, and then kept to."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from studio.yolo.backend import tf
from studio.yolo.config import TrainConfig
from studio.yolo.data.pipeline import Batch
from studio.yolo.events import EpochMetrics, Losses, Status, StepMetrics
from studio.yolo.runs import Run, new_run
from studio.yolo.train import train
from studio.yolo.training import loop, upright
from studio.yolo.training.checkpoint import saved_place
from studio.yolo.training.place import Place
from studio.yolo.training.upright import AS_IT_IS, MIRRORED, TURNED, UPSIDE_DOWN

pytestmark = pytest.mark.tensorflow

VIEWS = (AS_IT_IS, MIRRORED, UPSIDE_DOWN, TURNED)


def epoch(number: int, ap50: float | None) -> EpochMetrics:
    return EpochMetrics(number, Losses(1.0, 0, 0), None, ap50, ap50, 1.0)


@pytest.mark.parametrize("view", VIEWS)
def test_a_drawn_rectangle_stays_on_its_box(view):
    image = np.zeros((64, 96, 3), np.uint8)
    image[10:30, 5:45] = 255
    boxes = np.array([[[5, 10, 45, 30], [0, 0, 0, 0]]], np.float32)
    batch = Batch(tf.constant(image[None]), tf.constant(boxes), tf.zeros((1, 2)), tf.zeros((1, 1)))
    seen = view.of_batch(batch)
    xmin, ymin, xmax, ymax = seen.boxes.numpy()[0, 0].astype(int)
    drawn = np.zeros((64, 96), bool)
    drawn[ymin:ymax, xmin:xmax] = True
    assert np.array_equal(seen.images.numpy()[0, ..., 0] == 255, drawn)
    left, top, right, bottom = seen.boxes.numpy()[0, 1]
    assert (left, top) == (right, bottom)  # padding is padding still
    assert np.array_equal(view.of_boxes(boxes[0, :1], (96, 64)), seen.boxes.numpy()[0, :1])


def test_each_view_is_another_one_and_its_own_opposite():
    boxes = np.array([[5, 10, 45, 30], [0, 1, 96, 2]], np.float32)
    seen = [view.of_boxes(boxes, (96, 64)) for view in VIEWS]
    assert len({found.tobytes() for found in seen}) == len(VIEWS)
    for view, found in zip(VIEWS, seen, strict=True):
        assert np.array_equal(view.of_boxes(found, (96, 64)), boxes)


@pytest.mark.parametrize(
    ("flip", "number", "ap50", "boxes", "has_up", "is_time"),
    [
        ("auto", 10, 0.5, 30, None, True),
        ("auto", 9, 0.9, 30, None, False),  # too early
        ("auto", 30, 0.49, 30, None, False),  # it does not know yet what it looks for
        ("auto", 30, None, 30, None, False),
        ("auto", 10, 0.9, 29, None, False),  # too few to tell
        ("auto", 20, 0.9, 30, True, False),  # known
        ("horizontal", 10, 0.9, 30, None, False),
    ],
)
def test_it_is_found_out_once_where_nothing_was_said(
    train_config, flip, number, ap50, boxes, has_up, is_time
):
    config = dataclasses.replace(train_config, flip=flip, epochs=30)
    assert upright.is_time(config, Place(has_up=has_up), epoch(number, ap50), boxes) == is_time


@pytest.mark.parametrize(
    ("flip", "has_up", "shown"),
    [
        ("auto", None, "horizontal"),
        ("auto", True, "horizontal"),
        ("auto", False, "both"),
        ("none", False, "none"),
        ("both", True, "both"),
    ],
)
def test_pictures_without_an_up_are_mirrored_both_ways_unless_it_was_said_how(
    train_config, flip, has_up, shown
):
    config = dataclasses.replace(train_config, flip=flip)
    assert upright.shown(config, Place(has_up=has_up)).flip == shown


def run_of(config: TrainConfig, data, run: Run, resume: bool = False) -> list:
    return list(train(config, data, run, resume))


@pytest.mark.usefixtures("slim")
def test_a_run_goes_on_with_both_flips_bit_for_bit_also_after_a_stop(
    train_config, squares, tmp_path, monkeypatch
):
    """Where nothing is found yet, no less is found upside down. It is said once."""
    monkeypatch.setattr(upright, "ABLE", 0.0)
    monkeypatch.setattr(upright, "BOXES", 1)
    shown = []
    batches = loop.training_batches

    def spy(prepared, config, schedule, first, steps):
        shown.append((first, config.flip))
        return batches(prepared, config, schedule, first, steps)

    monkeypatch.setattr(loop, "training_batches", spy)
    config = dataclasses.replace(train_config, flip="auto", epochs=6)
    whole = new_run(tmp_path / "runs", "whole", config)
    events = run_of(config, squares, whole)
    assert shown == [(0, "horizontal"), (4, "both")]
    (said,) = [e.text for e in events if isinstance(e, Status) and "upside down" in e.text]
    assert said.startswith("pictures have no up")
    assert saved_place(whole).has_up is False
    uncut = [e for e in events if isinstance(e, StepMetrics)]

    cut = new_run(tmp_path / "runs", "cut", config)
    before = []
    for event in (running := train(config, squares, cut)):
        before += [event] if isinstance(event, StepMetrics) else []
        if len(before) == 7:
            break
    running.close()
    shown.clear()
    after = run_of(config, squares, cut, resume=True)
    assert shown == [(7, "both")]
    losses = [e.losses for e in [*before, *after] if isinstance(e, StepMetrics)]
    assert losses == [e.losses for e in uncut]


@pytest.mark.usefixtures("slim")
def test_pictures_of_which_less_is_found_upside_down_keep_their_up(
    train_config, squares, tmp_path, monkeypatch
):
    monkeypatch.setattr(upright, "BOXES", 1)
    aps = itertools.chain([0.6, 0.5, 0.52, 0.4], itertools.repeat(0.6))
    measured = loop.average_precision

    def of_so_much(*arguments):
        return dataclasses.replace(measured(*arguments), ap50=0.8, ap=next(aps))

    monkeypatch.setattr(loop, "average_precision", of_so_much)
    config = dataclasses.replace(train_config, flip="auto")
    learnt = new_run(tmp_path / "runs", "first", config)
    events = run_of(config, squares, learnt)
    (said,) = [e.text for e in events if isinstance(e, Status) and "upside down" in e.text]
    assert said.startswith("pictures have an up (AP 0.460 upside down, 0.550 as they are)")
    assert saved_place(learnt).has_up is True
    assert next(e for e in events if isinstance(e, EpochMetrics)).ap == 0.6
