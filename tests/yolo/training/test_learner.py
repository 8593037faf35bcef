"""The compiled step: what it changes, what it refuses, in parts, in other sizes, in float16."""

from __future__ import annotations

import dataclasses
import gc

import numpy as np
import pytest

from studio.labels.anchors import Anchors
from studio.yolo.backend import tf
from studio.yolo.config import TrainConfig
from studio.yolo.data.pipeline import Batch
from studio.yolo.network.model import ModelConfig
from studio.yolo.network.sections import Conv, Route, Yolo
from studio.yolo.runs import Run
from studio.yolo.training import scaling
from studio.yolo.training.learner import Learner

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("slim")]


SIDES = ((10, 10), (14, 14), (18, 18), (20, 20), (24, 24), (28, 28))


def a_config(batch_norm: bool = True, **settings) -> TrainConfig:
    """A network of few channels with heads at strides 16 and 32."""
    head = Conv(3 * (5 + 2), 1, 1, False, "linear")
    body = [Conv(filters, 3, 2, batch_norm) for filters in (8, 12, 16, 20)]
    layout = (*body, head, Yolo((0, 1, 2)), Route((3,)), Conv(24, 3, 2, batch_norm), head)
    model = ModelConfig(
        *("small", ("dark", "light"), Anchors(SIDES, (64, 64)), (64, 64)),
        masks=((0, 1, 2), (3, 4, 5)),
        layout=(*layout, Yolo((3, 4, 5))),
    )
    return TrainConfig(model, batch_size=4, **settings)


@pytest.fixture
def config() -> TrainConfig:
    return a_config()


def a_batch(pictures: int = 4, size: tuple[int, int] = (64, 64), seed: int = 0) -> Batch:
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, [0.6 * side for side in size], (pictures, 3, 2))
    boxes = np.concatenate([low, low + rng.uniform(8, 24, low.shape)], axis=-1)
    boxes[0, -1] = 0  # padding
    images = rng.integers(0, 256, (pictures, size[1], size[0], 3), np.uint8)
    labels = rng.integers(0, 2, (pictures, 3))
    return Batch(
        tf.constant(images),
        tf.constant(boxes, tf.float32),
        tf.constant(labels, tf.int32),
        tf.range(pictures)[:, None],
    )


def with_infinite_box(batch: Batch) -> Batch:
    boxes = batch.boxes.numpy()
    boxes[1, 0] = (3, 3, np.inf, np.inf)
    return batch._replace(boxes=tf.constant(boxes))


def differing(one: dict, other: dict) -> set[str]:
    assert one.keys() == other.keys()
    return {name for name in one if not np.array_equal(one[name], other[name])}


def take(learner: Learner, batches, first: int = 1, rate: float = 1e-3):
    for number, batch in enumerate(batches, start=first):
        learner.step(batch, number, rate)
    return learner.fetch()


def test_a_tally_is_of_all_steps_since_the_last(config):
    learner, twin = Learner(config, "float32"), Learner(config, "float32")
    batches = [a_batch(seed=seed) for seed in range(3)]
    each = [take(twin, [batch], number) for number, batch in enumerate(batches, start=1)]
    tally = take(learner, batches)
    assert (tally.steps, tally.boxes, tally.refused) == (3, 3 * 11, ())
    assert tally.lost == sum(one.lost for one in each)
    mean = np.mean([dataclasses.astuple(one.losses) for one in each], axis=0)
    assert dataclasses.astuple(tally.losses) == pytest.approx(mean)
    nothing = learner.fetch()
    assert (nothing.steps, nothing.boxes, nothing.refused) == (0, 0, ())
    assert np.isnan(nothing.losses.total)


@pytest.mark.parametrize("compute", ["float32", "bfloat16", "float16"])
def test_a_step_whose_loss_is_not_finite_changes_nothing(config, compute):
    """An infinite box; and it is the fourth step, in which the average would move."""
    learner = Learner(config, compute)
    take(learner, [a_batch(seed=seed) for seed in range(3)])
    before = learner.state()
    tally = take(learner, [with_infinite_box(a_batch())], first=4)
    assert (tally.steps, tally.refused) == (0, (4,))
    assert differing(before, learner.state()) == set()
    tally = take(learner, [a_batch(), with_infinite_box(a_batch()), a_batch()], first=5)
    assert (tally.steps, tally.refused) == (2, (6,))
    assert np.isfinite(tally.losses.total)
    assert {n for n in before if n.startswith("model/") and n.endswith("kernel")} <= differing(
        before, learner.state()
    )


def test_weights_too_large_for_statistics_are_refused(config):
    """The loss stays finite: batch normalisation divides by an infinite deviation."""
    learner = Learner(config, "float32")
    kernel = learner.model.trainable_variables[0]
    kernel.assign(kernel * 1e25)
    before = learner.state()
    tally = take(learner, [a_batch()])
    assert np.isnan(tally.losses.total)
    assert (tally.steps, tally.refused) == (0, (1,))
    assert differing(before, learner.state()) == set()


def test_refused_steps_leave_no_trace_in_those_after(config):
    """As if they had not been: count of steps, means, average."""
    learner, twin = Learner(config, "float32"), Learner(config, "float32")
    batches = [a_batch(seed=seed) for seed in range(6)]
    take(twin, batches)
    take(learner, batches[:2])
    learner.step(with_infinite_box(a_batch()), 3, 1e-3)
    take(learner, batches[2:], first=3)
    assert differing(learner.state(), twin.state()) == set()


@pytest.mark.parametrize("compute", ["float32", "float16"])
def test_state_goes_on_exactly(config, compute, tmp_path):
    whole, first, second = (Learner(config, compute) for _ in range(3))
    batches = [a_batch(seed=seed) for seed in range(6)]
    take(whole, batches)
    take(first, batches[:3])
    second.restore(first.state(), Run(tmp_path, config))
    take(second, batches[3:], first=4)
    assert differing(whole.state(), second.state()) == set()


def test_the_average_is_of_every_fourth_step(config):
    """In float64: momentum (1 + n) / (10 + n) at first, then that of the config."""
    config = dataclasses.replace(config, ema=0.25)
    learner = Learner(config, "float32")
    expected = {w.path: w.numpy().astype(np.float64) for w in learner.model.variables}
    for number in range(1, 13):
        take(learner, [a_batch(seed=number)], first=number)
        if number % 4 == 0:
            updates = number // 4
            momentum = min(0.25, (1 + updates) / (10 + updates))
            for weight in learner.model.variables:
                kept = expected[weight.path] * momentum
                expected[weight.path] = kept + weight.numpy() * (1 - momentum)
    for weight in learner.average.variables:
        assert weight.numpy() == pytest.approx(expected[weight.path], rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("loss", ["yolov3-giou", "yolov4"])
def test_a_batch_in_parts_has_the_gradient_of_the_whole(loss):
    """Without batch normalisation; Adam's first means are a tenth of the clipped gradient."""
    # No predictions are left out as too near to a truth: they would differ from part to part.
    config = a_config(batch_norm=False, loss=loss, ignore_threshold=1.0)
    found = []
    for parts in (1, 2, 3, 6):
        learner = Learner(dataclasses.replace(config, batch_size=6, parts=parts), "float32")
        for weight in learner.model.trainable_variables:
            weight.assign(weight * 15)
        tally = take(learner, [a_batch(6)])
        assert tally.steps == 1
        means = {n: v for n, v in learner.state().items() if n.endswith("_mean")}
        found.append((dataclasses.astuple(tally.losses), means))
    (losses, whole), *others = found
    assert all(np.abs(mean).max() > 1e-6 for mean in whole.values())
    for theirs, means in others:
        assert theirs == pytest.approx(losses, rel=1e-5)
        for name, mean in whole.items():
            assert means[name] == pytest.approx(
                mean, rel=1e-3, abs=1e-5 * float(np.abs(mean).max())
            ), name


def test_statistics_move_for_each_part(config):
    """Twice by 3 % towards the same batch."""
    one = a_batch(2)
    twice = Batch(*(tf.concat([part, part], axis=0) for part in one))
    whole = Learner(config, "float32")
    halves = Learner(dataclasses.replace(config, parts=2), "float32")
    start = whole.state()["model/000_conv/variance"]
    take(whole, [twice])
    take(halves, [twice])
    once, both = (n.state()["model/000_conv/variance"] for n in (whole, halves))
    batch = start + (once - start) / 0.03
    assert both == pytest.approx(start * 0.97**2 + batch * (1 - 0.97**2), rel=1e-4)


def test_a_batch_that_parts_do_not_divide_is_taken_in_fewer(config):
    learner = Learner(dataclasses.replace(config, batch_size=8, parts=8), "float32")
    assert take(learner, [a_batch(6), a_batch(3)]).steps == 2


def test_sizes_share_the_weights(config):
    """An anchor stays as large in pixels, so that the same box has the same loss."""
    learner = Learner(dataclasses.replace(config, multi_scale=0.5), "float32")
    plain = Learner(config, "float32")
    assert dataclasses.astuple(take(learner, [a_batch()]).losses) == pytest.approx(
        dataclasses.astuple(take(plain, [a_batch()]).losses), rel=1e-5
    )
    before = learner.state()
    tally = take(learner, [a_batch(size=(96, 32)), a_batch(), a_batch(size=(96, 32))], first=2)
    assert (tally.steps, tally.refused) == (3, ())
    assert len(learner._steps) == 2
    kernels = {name for name in before if name.startswith("model/") and name.endswith("kernel")}
    assert kernels <= differing(before, learner.state())


def test_no_step_compiles_anew(config):
    learner = Learner(config, "float32")
    take(learner, [a_batch()])
    crowded = a_batch(seed=1)
    boxes = tf.concat([crowded.boxes] * 4, axis=1)
    labels = tf.concat([crowded.labels] * 4, axis=1)
    take(learner, [crowded._replace(boxes=boxes, labels=labels)], first=2)
    (step,) = learner._steps.values()
    assert step.experimental_get_tracing_count() == 1


def test_an_overflow_halves_the_scale_and_is_no_refusal(config, monkeypatch):
    """At 1 there is nothing more to halve."""
    monkeypatch.setattr(scaling, "HIGHEST", 2.0**40)
    learner = Learner(config, "float16")
    before = learner.state()
    tally = take(learner, [a_batch()])
    assert (tally.steps, tally.refused) == (0, ())
    assert differing(before, learner.state()) == {"optimizer/loss_scale"}
    assert learner.state()["optimizer/loss_scale"] == 2.0**39
    tally = take(learner, [a_batch() for _ in range(40)], first=2)
    assert tally.refused == ()
    assert 5 < tally.steps < 40
    assert learner.state()["optimizer/loss_scale"] == 2.0 ** (39 - (40 - tally.steps))


def test_the_scale_doubles_after_many_good_steps(monkeypatch):
    monkeypatch.setattr(scaling, "STEPS_BEFORE_DOUBLING", 3)
    scale = scaling.LossScale("float16")
    seen = []
    for overflowed in (True, True, False, False, True, False, False, False, False, *[False] * 9):
        scale.move(tf.constant(not overflowed), tf.constant(overflowed))
        seen.append(float(np.log2(scale.value)))
    assert seen == [14, 13, 13, 13, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15, 15, 15]
    for _ in range(30):
        scale.move(tf.constant(False), tf.constant(True))
    assert float(scale.value) == 1


def test_float16_learns_what_float32_learns(config, monkeypatch):
    """Gradients with the scale taken out again, none of which overflows: the losses fall alike."""
    monkeypatch.setattr(scaling, "HIGHEST", 256.0)
    batches = [a_batch(seed=number % 2) for number in range(24)]
    ends = []
    for compute in ("float32", "float16"):
        learner = Learner(config, compute)
        start = take(learner, batches[:2], rate=1e-2)
        take(learner, batches[2:22], first=3, rate=1e-2)
        ends.append((start.losses.total, take(learner, batches[22:], first=23).losses.total))
    (start, end), (start_16, end_16) = ends
    assert start_16 == pytest.approx(start, rel=0.05)
    assert end < 0.8 * start
    assert end_16 == pytest.approx(end, rel=0.15)


def test_rare_classes_count_more(config):
    weighted = dataclasses.replace(config, class_weighting=1.0)
    plain = take(Learner(config, "float32", class_counts=(90, 10)), [a_batch()])
    same = take(Learner(weighted, "float32"), [a_batch()])
    found = take(Learner(weighted, "float32", class_counts=(90, 10)), [a_batch()])
    assert same == plain
    assert found.losses.conf == plain.losses.conf
    assert found.losses.prob != plain.losses.prob


def test_a_learner_that_is_gone_leaves_no_variables_in_memory(train_config):
    """TensorFlow keeps some functions for ever, and what they were traced in."""

    def variables_left() -> int:
        learner = Learner(train_config, "float32")
        learner.step(a_batch(), 1, 1e-3)
        learner.fetch()
        del learner
        gc.collect()
        tensors = [o for o in gc.get_objects() if type(o).__name__ == "EagerTensor"]
        return sum(tensor.dtype == tf.resource for tensor in tensors)

    before = variables_left()
    assert variables_left() == before
