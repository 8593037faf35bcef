"""What a training step gets: pictures, boxes, and the same wherever one begins."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from studio.labels.images import Letterbox
from studio.yolo.backend import tf
from studio.yolo.data.pipeline import plain_batches, training_batches
from studio.yolo.data.prepared import prepare
from studio.yolo.data.samples import Sampled, augmented_samples
from studio.yolo.data.schedule import Schedule
from tests.yolo.data.preparing import finish, prepared_with

pytestmark = pytest.mark.tensorflow

EVERYTHING = {
    "flip": "both", "crop": 0.5, "rotate": 10.0, "shear": 5.0, "hue": 0.1, "saturation": 0.3,
    "mosaic": 0.5, "mixup": 0.5, "multi_scale": 0.5,
}  # fmt: skip


def areas(boxes) -> np.ndarray:
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def same(one, other) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("cache", ["memory", "disk", "none"])
def test_plain_batches_hold_every_picture_and_box_where_it_is(squares, train_config, cache):
    _, prepared = prepared_with(prepare, squares.items, train_config, cache)
    batches = list(plain_batches(prepared, 5))
    assert [len(batch.images) for batch in batches] == [5, 5, 2]
    assert [batch.pictures.numpy().ravel().tolist() for batch in batches] == [
        [0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11]
    ]  # fmt: skip
    seen = 0
    for batch in batches:
        for image, boxes, labels, picture in zip(*(part.numpy() for part in batch), strict=True):
            item = squares.items[picture[0]]
            plain = Letterbox.fit((160, 120), (64, 64)).apply(item.load())
            assert (image == plain).all()
            for box, label in zip(boxes, labels, strict=True):
                if areas(box) > 0:
                    x, y = ((box[:2] + box[2:]) / 2).astype(int)
                    assert image[y, x, 0] == {"dark": 20, "light": 230}[squares.classes[label]]
                    seen += 1
    assert seen == 22


@pytest.mark.parametrize("cache", ["memory", "disk", "none"])
def test_training_batches_can_begin_anywhere(squares, train_config, cache):
    """Resuming sees the very pictures that an uncut run would have seen, whatever the cache."""
    config = dataclasses.replace(train_config, batch_size=3, **EVERYTHING)
    _, prepared = prepared_with(prepare, squares.labelled("train"), config, cache)
    _, kept = prepared_with(prepare, squares.labelled("train"), config, "memory")
    schedule = Schedule.of(len(prepared), config)
    uncut = list(training_batches(kept, config, schedule, 0, 9))
    late = list(training_batches(prepared, config, schedule, 5, 9))
    assert (len(uncut), len(late)) == (9, 4)
    assert all(map(same, uncut[5:], late))


def test_batches_are_of_the_pictures_and_sizes_that_the_schedule_says(squares, train_config):
    config = dataclasses.replace(train_config, batch_size=3, multi_scale=0.5)
    _, prepared = finish(prepare(squares.labelled("train"), config))
    schedule = Schedule.of(len(prepared), config)
    sizes = set()
    for step, batch in enumerate(training_batches(prepared, config, schedule, 0, 10)):
        assert batch.pictures.numpy()[:, 0].tolist() == schedule.batch_at(step)
        size = schedule.sizes[int(schedule.choice(tf.constant(step, tf.int64)))]
        assert batch.images.shape[2:0:-1] == size
        sizes.add(size)
    assert len(sizes) > 1


def test_pictures_tell_which_are_in_each(squares, train_config):
    config = dataclasses.replace(train_config, mosaic=0.5, mixup=0.5)
    _, prepared = finish(prepare(squares.labelled("train"), config))
    schedule = Schedule.of(len(prepared), config)
    counts = set()
    for batch in training_batches(prepared, config, schedule, 0, 20):
        assert batch.pictures.shape == (4, 5)
        counts.update((batch.pictures.numpy() >= 0).sum(axis=1).tolist())
    assert counts == {1, 2, 4, 5}


def test_a_picture_without_boxes_is_a_negative(squares, train_config):
    _, prepared = finish(prepare([squares.items[11]], train_config))
    (batch,) = plain_batches(prepared, 4)
    assert (areas(batch.boxes.numpy()) == 0).all()


def test_no_pictures_make_no_batches(train_config):
    _, prepared = finish(prepare([], train_config))
    assert len(prepared) == 0
    assert list(plain_batches(prepared, 4)) == []


def test_samples_are_what_training_shows(squares, train_config):
    config = dataclasses.replace(train_config, **EVERYTHING)
    shown = [e for e in augmented_samples(squares, config, 6, 2) if isinstance(e, Sampled)]
    assert len(shown) == 6
    again = [e for e in augmented_samples(squares, config, 6, 2) if isinstance(e, Sampled)]
    others = [e for e in augmented_samples(squares, config, 6, 8) if isinstance(e, Sampled)]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(shown, again, strict=True))
    assert not any(np.array_equal(a.image, b.image) for a, b in zip(shown, others, strict=True))
    for sample in shown:
        assert len(sample.xyxy) == len(sample.labels)
        assert (areas(sample.xyxy) > 0).all()
