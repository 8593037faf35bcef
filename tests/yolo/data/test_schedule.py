"""Which picture is seen when, and at what size."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.yolo.backend import tf
from studio.yolo.data.schedule import Schedule, input_sizes

pytestmark = pytest.mark.tensorflow

ONE = ((416, 416),)


@settings(deadline=None)
@given(pictures=st.integers(1, 60), batch=st.integers(1, 20), seed=st.integers(0, 5))
def test_an_epoch_shows_no_picture_twice_and_leaves_out_less_than_a_batch(pictures, batch, seed):
    schedule = Schedule(pictures, batch, seed, ONE)
    for epoch in range(3):
        steps = range(epoch * schedule.steps_per_epoch, (epoch + 1) * schedule.steps_per_epoch)
        shown = [picture for step in steps for picture in schedule.batch_at(step)]
        assert len(set(shown)) == len(shown)
        assert pictures - len(shown) < schedule.batch


def test_the_order_comes_from_the_seed():
    one, same, other = (Schedule(50, 10, seed, ONE) for seed in (1, 1, 2))
    assert one.batch_at(7) == same.batch_at(7)
    assert one.batch_at(7) != other.batch_at(7)
    assert one.batch_at(0) != one.batch_at(5)


def test_orders_favour_no_picture():
    """Over 400 epochs each of 10 pictures comes first about 40 times."""
    schedule = Schedule(10, 1, 3, ONE)
    first = [schedule.batch_at(10 * epoch)[0] for epoch in range(400)]
    assert all(15 < first.count(picture) < 70 for picture in range(10))


@pytest.mark.parametrize(
    ("size", "share", "expected"),
    [
        ((416, 416), 0.0, [(416, 416)]),
        ((416, 416), 0.1, [(384, 384), (416, 416), (448, 448)]),
        ((64, 64), 0.5, [(32, 32), (64, 64), (96, 96)]),
        ((32, 32), 0.1, [(32, 32)]),
        ((96, 64), 0.5, [(64, 32), (96, 64), (128, 96)]),
    ],
)
def test_sizes_are_multiples_of_the_stride_within_the_share(size, share, expected):
    assert list(input_sizes(size, share)) == expected


@given(size=st.tuples(st.integers(1, 40), st.integers(1, 40)), share=st.floats(0, 0.5))
def test_any_size_stays_within_its_share(size, share):
    size = (size[0] * 32, size[1] * 32)
    sizes = input_sizes(size, share)
    assert size in sizes
    for sides in sizes:
        for side, middle in zip(sides, size, strict=True):
            assert side % 32 == 0
            assert abs(side - middle) <= share * middle + 1e-6


def size_at(schedule, step):
    return schedule.sizes[int(schedule.choice(tf.constant(step, tf.int64)))]


def test_sizes_differ_from_step_to_step_and_come_from_the_seed(train_config):
    model = dataclasses.replace(train_config.model, input_size=(416, 416))
    config = dataclasses.replace(train_config, model=model, multi_scale=0.5)
    schedule, same = Schedule.of(8, config), Schedule.of(8, config)
    drawn = [size_at(schedule, step) for step in range(300)]
    assert drawn == [size_at(same, step) for step in range(300)]
    assert set(drawn) == set(schedule.sizes)


def test_the_graph_draws_what_python_draws():
    schedule = Schedule(37, 5, 4, ((32, 32), (64, 64), (96, 96)))

    @tf.function
    def drawn(number):
        return schedule.order(number), schedule.choice(number)

    for number in range(6):
        order, choice = drawn(tf.constant(number, tf.int64))
        first = schedule.batch_at(number * schedule.steps_per_epoch)
        assert order.numpy()[:5].tolist() == first
        assert schedule.sizes[int(choice)] == size_at(schedule, number)
