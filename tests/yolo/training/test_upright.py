"""Whether pictures have an up is found out once, by those that are validated, and then kept to."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from studio.yolo.backend import tf
from studio.yolo.data.pipeline import Batch
from studio.yolo.detect import SCORE_FLOOR, in_picture
from studio.yolo.events import EpochMetrics, Losses, Progress, Status, StepMetrics
from studio.yolo.runs import new_run
from studio.yolo.train import train
from studio.yolo.training import loop, upright
from studio.yolo.training.checkpoint import saved_place
from studio.yolo.training.learner import Learner
from studio.yolo.training.place import Place
from studio.yolo.training.upright import AS_IT_IS, MIRRORED, TURNED, UPSIDE_DOWN, Found
from studio.yolo.weights.arrays import load_arrays

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
        ("auto", 20, 0.5, 30, None, True),
        ("auto", 29, 0.5, 30, None, True),
        ("auto", 19, 0.9, 30, None, False),  # too early
        ("auto", 30, 0.9, 30, None, False),  # nothing follows
        ("auto", 20, 0.49, 30, None, False),  # it does not know yet what it looks for
        ("auto", 20, None, 30, None, False),
        ("auto", 20, 0.9, 29, None, False),  # too few to tell
        ("auto", 20, 0.9, 30, True, False),  # known
        ("horizontal", 20, 0.9, 30, None, False),
    ],
)
def test_it_is_found_out_once_where_nothing_was_said(
    train_config, flip, number, ap50, boxes, has_up, is_time
):
    config = dataclasses.replace(train_config, flip=flip, epochs=30)
    assert upright.is_time(config, Place(has_up=has_up), epoch(number, ap50), boxes) == is_time


@pytest.mark.parametrize(
    ("up", "down", "has_up"),
    [
        (1.0, 0.89, True),
        (1.0, 0.91, False),
        (0.5, 0.44, True),
        (0.5, 0.46, False),
        (0.4, 0.5, False),
    ],
)
def test_nine_tenths_of_the_ap_are_as_much(up, down, has_up):
    assert Found(upright=up, upside_down=down).has_up == has_up


def test_patience_begins_anew_where_pictures_are_mirrored_otherwise():
    place, other = Place(epoch=24), Place(epoch=24)
    assert upright.remember(place, Found(0.5, 0.5)).startswith("pictures have no up")
    assert (place.has_up, place.waiting_since) == (False, 25)
    assert upright.remember(other, Found(0.5, 0.2)).startswith("pictures have an up")
    assert (other.has_up, other.waiting_since) == (True, 0)


@pytest.mark.parametrize(
    ("flip", "has_up", "augmented"),
    [
        ("auto", None, "auto"),
        ("auto", True, "auto"),
        ("auto", False, "both"),
        ("none", False, "none"),
        ("both", True, "both"),
    ],
)
def test_pictures_without_an_up_are_mirrored_both_ways_unless_it_was_said_how(
    train_config, flip, has_up, augmented
):
    config = dataclasses.replace(train_config, flip=flip)
    assert upright.augmented(config, Place(has_up=has_up)).flip == augmented


@pytest.fixture
def soon(monkeypatch):
    """Find it out after the second epoch, whatever has been learnt."""
    for name, value in (("AFTER", 2), ("ABLE", 0.0), ("BOXES", 1)):
        monkeypatch.setattr(upright, name, value)


def sentences(events) -> list[str]:
    return [e.text for e in events if isinstance(e, Status) and "upside down" in e.text]


@pytest.mark.usefixtures("slim", "soon")
def test_what_is_where_it_should_be_is_found_in_every_view(
    train_config, squares, tmp_path, monkeypatch
):
    """A network that sees all there is in the images that it is shown, and nothing else."""

    def perfect(self, batch, examples):
        found = []
        for xyxy, labels, example in zip(batch.boxes, batch.labels, examples, strict=False):
            boxes, labels = xyxy.numpy(), labels.numpy()
            there = boxes[:, 2] > boxes[:, 0]
            scores, size = np.ones(there.sum(), np.float32), self.config.model.input_size
            found.append(
                in_picture(boxes[there], scores, labels[there], example.size, size, SCORE_FLOOR)
            )
        return np.zeros(3), found

    monkeypatch.setattr(Learner, "validate", perfect)
    config = dataclasses.replace(train_config, flip="auto")
    events = list(train(config, squares, new_run(tmp_path / "runs", "first", config)))
    (said,) = sentences(events)
    assert said.startswith("pictures have no up (AP 1.000 upside down, 1.000 upright)")


@pytest.mark.usefixtures("slim", "soon")
def test_pictures_of_which_less_is_found_upside_down_keep_their_up(
    train_config, squares, tmp_path, monkeypatch
):
    aps = itertools.chain([0.1, 0.6, 0.5, 0.52, 0.4], itertools.repeat(0.6))
    measured = loop.average_precision

    def of_so_much(*arguments):
        return dataclasses.replace(measured(*arguments), ap50=0.8, ap=next(aps))

    monkeypatch.setattr(loop, "average_precision", of_so_much)
    config = dataclasses.replace(train_config, flip="auto")
    run = new_run(tmp_path / "runs", "first", config)
    events = list(train(config, squares, run))
    (said,) = sentences(events)
    assert said.startswith("pictures have an up (AP 0.460 upside down, 0.550 upright)")
    assert saved_place(run).has_up is True
    assert [e.ap for e in events if isinstance(e, EpochMetrics)] == [0.1, 0.6, 0.6]


def is_steps(number: int):
    return lambda event, _: isinstance(event, StepMetrics) and event.step == number


def is_upside_down(event, before):
    """Whether the second epoch's pictures begin to be looked at upside down: the third look."""
    after_first = itertools.dropwhile(lambda e: not isinstance(e, EpochMetrics), before)
    begun = [e for e in after_first if isinstance(e, Progress) and e.done == 0]
    return isinstance(event, Progress) and len(begun) == 3


@pytest.mark.usefixtures("slim", "soon")
@pytest.mark.parametrize(
    ("is_end", "augmented"),
    [
        (is_steps(3), ["auto", "both"]),
        (is_upside_down, ["auto", "both"]),
        (is_steps(7), ["both"]),
    ],
)
def test_a_run_goes_on_with_both_flips_bit_for_bit_also_after_a_stop(
    train_config, squares, tmp_path, monkeypatch, is_end, augmented
):
    """Where nothing is found yet, no less is found upside down. It is said once."""
    shown = []
    batches = loop.training_batches

    def spy(prepared, config, schedule, first, steps):
        shown.append(config.flip)
        return batches(prepared, config, schedule, first, steps)

    monkeypatch.setattr(loop, "training_batches", spy)
    config = dataclasses.replace(train_config, flip="auto", epochs=6)
    whole, cut = (new_run(tmp_path / "runs", name, config) for name in ("whole", "cut"))
    uncut = list(train(config, squares, whole))
    assert shown == ["auto", "both"]
    assert saved_place(whole).has_up is False
    before = []
    for event in (running := train(config, squares, cut)):
        before.append(event)
        if is_end(event, before):
            break
    running.close()
    shown.clear()
    after = list(train(config, squares, cut, resume=True))
    assert shown == augmented
    assert sentences(uncut) == sentences([*before, *after])
    assert len(sentences(uncut)) == 1
    cut_losses = {e.step: e.losses for e in [*before, *after] if isinstance(e, StepMetrics)}
    assert cut_losses == {e.step: e.losses for e in uncut if isinstance(e, StepMetrics)}
    ours, theirs = load_arrays(cut.last), load_arrays(whole.last)
    assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)
