"""What a training step gets: order, augmentation, truth."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.labels.boxes import pairwise_iou
from studio.yolo.data.augment import augment, move_boxes, random_view
from studio.yolo.data.pipeline import (
    Examples,
    Schedule,
    plain_batches,
    read_examples,
    training_batches,
)

pytestmark = pytest.mark.tensorflow


def read(items, classes) -> Examples:
    """Run `read_examples` to its end and return what it returns."""
    reading = read_examples(items, classes)
    while True:
        try:
            next(reading)
        except StopIteration as end:
            return end.value


def test_a_picture_that_goes_missing_is_an_empty_one_and_noted(squares, train_config):
    examples = read(list(squares.items[:4]), squares.classes)
    squares.items[2].image.unlink()
    (batch,) = plain_batches(examples, train_config.model, 4, 0.3)
    assert (batch.truth.assigned.numpy() >= 0).any(axis=1).tolist() == [True, True, False, True]
    assert len(set(batch.images.numpy()[2].ravel().tolist())) == 1
    (note,) = examples.take_notes()
    assert "p02.png: cannot be read" in note
    assert examples.take_notes() == []


@given(pictures=st.integers(1, 60), batch=st.integers(1, 20), seed=st.integers(0, 5))
def test_an_epoch_shows_no_picture_twice_and_leaves_out_less_than_a_batch(pictures, batch, seed):
    schedule = Schedule(pictures, batch, seed)
    for epoch in range(3):
        steps = range(epoch * schedule.steps_per_epoch, (epoch + 1) * schedule.steps_per_epoch)
        shown = [picture for step in steps for picture in schedule.batch_at(step)]
        assert len(set(shown)) == len(shown)
        assert pictures - len(shown) < schedule.batch


def test_the_order_comes_from_the_seed():
    one, same, other = Schedule(50, 10, 1), Schedule(50, 10, 1), Schedule(50, 10, 2)
    assert one.batch_at(7) == same.batch_at(7)
    assert one.batch_at(7) != other.batch_at(7)
    assert one.batch_at(0) != one.batch_at(5)


def test_plain_batches_hold_every_picture_and_box_where_it_is(squares, train_config):
    examples = read(list(squares.items), squares.classes)
    batches = list(plain_batches(examples, train_config.model, 5, 0.3))
    assert [len(batch.images) for batch in batches] == [5, 5, 2]
    for batch in batches[:2]:
        for image, boxes, labels in zip(batch.images, *batch.truth[:2], strict=True):
            for box, label in zip(boxes.numpy(), labels.numpy(), strict=True):
                x, y = ((box[:2] + box[2:]) / 2).astype(int)
                assert image[y, x, 0].numpy() == {"dark": 20, "light": 230}[squares.classes[label]]


def test_training_batches_can_begin_anywhere(squares, train_config):
    """Resuming sees the very pictures that an uncut run would have seen."""
    examples = read(squares.labelled("train"), squares.classes)
    schedule = Schedule(len(examples), 4, 0)
    uncut = list(training_batches(examples, train_config, schedule, 0, 6))
    late = list(training_batches(examples, train_config, schedule, 4, 6))
    assert (len(uncut), len(late)) == (6, 2)
    for one, other in zip(uncut[4:], late, strict=True):
        assert (one.images.numpy() == other.images.numpy()).all()
        assert (one.truth.boxes.numpy() == other.truth.boxes.numpy()).all()


def test_a_picture_without_boxes_is_a_negative(squares, train_config):
    examples = read([squares.items[11]], squares.classes)
    (batch,) = plain_batches(examples, train_config.model, 4, 0.3)
    assert (batch.truth.assigned.numpy() == -1).all()


@pytest.mark.parametrize("flip", ["none", "horizontal", "both"])
def test_augmented_boxes_lie_where_the_augmented_picture_shows_them(train_config, flip):
    config = dataclasses.replace(train_config, flip=flip)
    image = np.zeros((120, 160, 3), np.uint8)
    image[30:70, 40:100] = 255
    truth = np.array([[40, 30, 100, 70]], np.float32)
    for seed in range(40):
        view, xyxy, _ = augment(image, truth, config, np.random.default_rng(seed))
        seen = (view[..., 0] == view[..., 0].max()) & (view[..., 0] > 140)  # the grey border: 128
        middle = ((xyxy[0, :2] + xyxy[0, 2:]) / 2).astype(int)
        down, across = np.flatnonzero(seen[:, middle[0]]), np.flatnonzero(seen[middle[1]])
        edges = np.array([across[0], down[0], across[-1] + 1, down[-1] + 1])
        assert np.abs(edges - xyxy[0]).max() <= 2  # the mixed pixels at an edge are not counted


def test_boxes_that_left_the_picture_are_not_learnt(train_config):
    config = dataclasses.replace(train_config, shift=0.0, scale=0.0, flip="none")
    image = np.zeros((64, 64, 3), np.uint8)
    boxes = np.array([[-30, 10, 5, 20], [-5, 10, 30, 20], [10, 10, 11, 30]], np.float32)
    _, _, kept = augment(image, boxes, config, np.random.default_rng(0))
    assert kept.tolist() == [False, True, False]


@pytest.mark.parametrize("seed", range(30))
def test_views_keep_shape_and_stay_within_their_limits(train_config, seed):
    view = random_view((160, 120), train_config, np.random.default_rng(seed))
    boxes = np.array([[10, 20, 50, 90], [0, 0, 160, 120]], np.float64)
    moved = move_boxes(boxes, view)
    size = moved[:, 2:] - moved[:, :2]
    factor = size / (boxes[:, 2:] - boxes[:, :2]) / 0.4  # 64 / 160
    assert factor == pytest.approx(np.full((2, 2), factor[0, 0]))
    assert 0.7 <= factor[0, 0] <= 1.3
    centre = (moved[1, :2] + moved[1, 2:]) / 2 - 32
    assert (np.abs(centre) <= 0.15 * 64 + 1e-6).all()
    assert pairwise_iou(moved, moved).diagonal() == pytest.approx([1, 1])
