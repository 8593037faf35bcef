"""The three terms of every preset and box loss against plain float64 loops; their gradients."""

from __future__ import annotations

import dataclasses
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.labels.anchors import preset as published
from studio.yolo.backend import keras, tf
from studio.yolo.data.targets import assign
from studio.yolo.losses import terms
from studio.yolo.losses.presets import BOX_LOSSES, PRESETS, Scheme, scheme
from studio.yolo.losses.total import Truth, yolo_losses
from studio.yolo.network import decode
from studio.yolo.network.model import ModelConfig
from tests.yolo import plain_losses

pytestmark = pytest.mark.tensorflow

GIOU = scheme("yolov3-giou", 3, (96, 64))
SCHEMES = [
    dataclasses.replace(scheme(name, 3, (96, 64)), box=box, label_smoothing=smoothing)
    for (name, box), smoothing in zip(
        product(PRESETS, BOX_LOSSES), [0.0, 0.1, 0.3] * 5, strict=True
    )
]


@pytest.fixture(scope="module")
def v4() -> ModelConfig:
    """YOLOv4 for a wide input: three scales, fine first, each with its own scale_x_y."""
    size = (96, 64)
    return ModelConfig("yolov4", ("a", "b", "c"), published("yolov4", (416, 416)).at(size), size)


def a_batch(config: ModelConfig, boxes_a_picture: int, seed: int):
    """Return random raw heads, boxes, labels and who learns what, for two pictures."""
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, [60, 40], (2, boxes_a_picture, 2))
    boxes = np.concatenate([low, low + rng.uniform(4, 24, low.shape)], axis=-1).astype(np.float32)
    labels = rng.integers(0, 3, (2, boxes_a_picture)).astype(np.int32)
    raw = rng.normal(0, 1.2, (2, decode.cells(config).count, 8)).astype(np.float32)
    return raw, boxes, labels, assign(tf.constant(boxes), config, 0.3)[0].numpy()


def ours(raw, boxes, labels, assigned, config, kind: Scheme):
    truth = Truth(tf.constant(boxes), tf.constant(labels), tf.constant(assigned))
    found = yolo_losses(tf.constant(raw), truth, decode.cells(config), kind)
    return np.array([float(term) for term in found])


@pytest.mark.parametrize("kind", SCHEMES, ids=lambda s: f"{s.box}-{s.per}-{s.focal_gamma}")
@pytest.mark.parametrize("boxes_a_picture", [0, 7])
def test_terms_equal_plain_loops(model_config, kind, boxes_a_picture):
    batch = a_batch(model_config, boxes_a_picture, seed=boxes_a_picture)
    expected = plain_losses.terms(*batch, model_config, kind, kind.ignore_threshold)
    assert ours(*batch, model_config, kind) == pytest.approx(expected, rel=2e-4, abs=1e-6)


@pytest.mark.parametrize("kind", SCHEMES[::4], ids=lambda s: f"{s.box}-{s.per}")
def test_terms_equal_plain_loops_with_three_scales(v4, kind):
    """Heads are in the order of the file, fine first: the balance must go by stride."""
    batch = a_batch(v4, 40, seed=1)
    expected = plain_losses.terms(*batch, v4, kind, kind.ignore_threshold)
    assert ours(*batch, v4, kind) == pytest.approx(expected, rel=2e-4, abs=1e-6)


def test_padding_changes_nothing(model_config):
    """A batch pads truth lists with boxes of no area."""
    raw, boxes, labels, assigned = a_batch(model_config, 3, seed=3)
    padded = np.pad(boxes, ((0, 0), (0, 50), (0, 0))), np.pad(labels, ((0, 0), (0, 50)))
    plain = ours(raw, boxes, labels, assigned, model_config, GIOU)
    assert (ours(raw, *padded, assigned, model_config, GIOU) == plain).all()


def in_double(config: ModelConfig) -> decode.Cells:
    grid = decode.cells(config)
    names = ("offset", "stride", "anchor", "scale")
    return dataclasses.replace(grid, **{n: getattr(grid, n).astype(np.float64) for n in names})


@pytest.mark.parametrize(
    "kind", [k for k in SCHEMES if k.box != "ciou"], ids=lambda s: f"{s.box}-{s.per}"
)
def test_gradient_equals_central_differences(model_config, kind):
    """In float64, of the whole; CIoU, whose α is held still, has its own test beside the boxes.

    What confidence learns of the IoU is held still too.
    """
    kind = dataclasses.replace(kind, iou_aware=0.0)
    raw, boxes, labels, assigned = a_batch(model_config, 5, seed=5)
    raw, grid = raw.astype(np.float64), in_double(model_config)
    truth = Truth(tf.constant(boxes, tf.float64), tf.constant(labels), tf.constant(assigned))

    @tf.function
    def total(values):
        return tf.add_n(yolo_losses(values, truth, grid, kind))

    with tf.GradientTape() as tape:
        variable = tf.constant(raw)
        tape.watch(variable)
        loss = total(variable)
    gradient = tape.gradient(loss, variable).numpy()
    learning = np.argwhere(assigned >= 0)[:2].tolist()
    for picture, cell in [*learning, np.argwhere(assigned < 0)[17].tolist()]:
        for value in range(8):
            step = np.zeros_like(raw)
            step[picture, cell, value] = 1e-5
            slope = (float(total(raw + step)) - float(total(raw - step))) / 2e-5
            assert gradient[picture, cell, value] == pytest.approx(slope, rel=1e-4, abs=1e-7)


def test_gradient_of_squared_errors_is_darknets_for_the_sides(model_config):
    """Darknet's delta of w and h is t̂ − t, times 2 − w·h; of x and y ours has σ' besides."""
    raw = tf.constant([[0.3, -0.2, 0.5, -0.4]])
    cell = decode.cells(model_config).at(tf.constant([4]))
    target = tf.constant([[10.0, 12.0, 40.0, 50.0]])
    with tf.GradientTape() as tape:
        tape.watch(raw)
        loss = terms.coordinate_loss(raw, target, cell)
    wanted = np.log(np.array([30, 38]) / cell.anchor.numpy()[0])
    gradient = tape.gradient(loss, raw).numpy()[0]
    assert gradient[2:] == pytest.approx([0.5, -0.4] - wanted, rel=1e-5)
    place = 1 / (1 + np.exp(-np.array([0.3, -0.2])))
    darknets = place - ([25, 31] / cell.stride.numpy()[0] - cell.offset.numpy()[0])
    assert gradient[:2] == pytest.approx(darknets * place * (1 - place), rel=1e-5)


EXTREME = st.sampled_from(
    [0.0, 1.0, -1.0, 1e-45, -1e-38, 88.0, -88.0, 1e4, -1e4, 3e38, -3e38, np.inf, -np.inf]
)


@pytest.mark.parametrize("kind", SCHEMES, ids=lambda s: f"{s.box}-{s.per}")
@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16])
@settings(max_examples=8, deadline=None)
@given(head=arrays(np.float32, (90, 8), elements=EXTREME), edge=EXTREME.filter(np.isfinite))
def test_terms_and_gradients_are_finite_whatever_the_head(model_config, kind, dtype, head, edge):
    grid = decode.cells(model_config)
    raw = tf.cast(np.resize(head, (1, grid.count, 8)), dtype)
    low = np.clip(edge, 0, 90)
    boxes = tf.constant([[[low, low, low + 4, low + 4], [0, 0, 96, 64]]], tf.float32)
    truth = Truth(boxes, tf.constant([[0, 2]]), assign(boxes, model_config, 0.3)[0])
    with tf.GradientTape() as tape:
        tape.watch(raw)
        flat = decode.flatten([tf.reshape(raw, (1, grid.count, 1, 1, 8))])
        found = yolo_losses(flat, truth, grid, kind)
        total = tf.add_n(found)
    assert all(term.dtype == tf.float32 for term in found)
    assert np.isfinite([float(t) for t in found]).all()
    assert np.isfinite(tf.cast(tape.gradient(total, raw), tf.float32).numpy()).all()


def test_heads_of_bfloat16_give_what_their_values_give_in_float32(model_config):
    """Only the heads are rounded, nothing after them."""
    raw, *rest = a_batch(model_config, 6, seed=8)
    brain = tf.cast(raw, tf.bfloat16)
    same = tf.cast(brain, tf.float32).numpy()
    assert (ours(brain, *rest, model_config, GIOU) == ours(same, *rest, model_config, GIOU)).all()


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_confidence_equals_keras(gamma):
    """Keras has a focal weight of its own, but one for each box, not for each cell."""
    rng = np.random.default_rng(0)
    logits, answers = rng.normal(0, 3, (50, 1)), rng.integers(0, 2, (50, 1))
    theirs = keras.losses.BinaryFocalCrossentropy(gamma=gamma, from_logits=True, reduction=None)
    given = tf.constant(logits, tf.float32), tf.constant(answers, tf.float32)
    found = terms.confidence_loss(*given, gamma)
    assert found.numpy()[:, 0] == pytest.approx(theirs(answers, logits).numpy(), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("classes", [1, 2, 20])
def test_smoothing_draws_each_answer_towards_a_half(classes):
    """Keras smooths binary answers so; one class alone still has something to learn."""
    logits = np.random.default_rng(classes).normal(0, 2, (9, classes)).astype(np.float32)
    labels = np.arange(9) % classes
    theirs = keras.losses.BinaryCrossentropy(True, label_smoothing=0.2, reduction=None)
    expected = theirs(np.eye(classes)[labels], logits).numpy()
    found = terms.class_loss(tf.constant(logits), labels, 0.2).numpy()
    assert found.mean(axis=1) == pytest.approx(expected, rel=1e-5)
    best = terms.class_loss(tf.constant([[np.log(0.9 / 0.1)]], tf.float32), [0], 0.2)
    for other in (1.0, 5.0):
        assert float(best[0, 0]) < float(terms.class_loss(tf.constant([[other]]), [0], 0.2)[0, 0])


def test_the_presets_have_the_published_figures():
    v4 = scheme("yolov4", 20, (608, 416))
    assert (v4.box, v4.focal_gamma, v4.box_gain, v4.class_gain) == ("ciou", 0, 0.05, 0.25)
    assert v4.confidence_gain == pytest.approx(5 * 608 / 416)
    assert [v4.balance_of(stride) for stride in (8, 16, 32)] == [4, 1, 0.4]
    assert (v4.ignore_threshold, v4.assign_threshold) == (0.7, 0.213)
    v3 = scheme("yolov3", 20, (416, 416))
    assert (v3.box, v3.focal_gamma, v3.per, v3.small_boxes) == ("mse", 0, "picture", 1)
    assert (v3.ignore_threshold, v3.assign_threshold) == (0.5, 1)
    assert scheme("yolov3-giou", 20, (416, 416)) == dataclasses.replace(
        v3,
        box="giou",
        focal_gamma=2,
        assign_threshold=0.3,
        iou_aware=1,
        sharing=1,
        confidence_gain=0.4,
    )


def test_a_box_counts_once_however_many_anchors_learn_it(model_config):
    """Heads that say nothing have ln 2 for each class of each cell that learns a box."""
    boxes = np.array([[[4, 4, 24, 20], [60, 30, 90, 58]]], np.float32)
    raw = np.zeros((1, decode.cells(model_config).count, 8), np.float32)

    def prob(anchors_above: float, sharing: float) -> float:
        assigned = assign(tf.constant(boxes), model_config, anchors_above)[0].numpy()
        kind = dataclasses.replace(GIOU, sharing=sharing)
        return float(
            ours(raw, boxes, np.array([[0, 2]], np.int32), assigned, model_config, kind)[2]
        )

    once = 2 * 3 * np.log(2)
    assert [prob(1.0, 0.0), prob(0.1, 1.0)] == pytest.approx([once, once])
    assert once < prob(0.1, 0.5) < prob(0.1, 0.0)


def test_a_sure_background_cell_on_a_truth_is_not_punished(model_config):
    """The ignore threshold looks at all truths, whichever scale they were assigned to."""
    grid = decode.cells(model_config)
    nobody = np.full((1, grid.count), -1, np.int32)
    raw = np.full((1, grid.count, 8), -20, np.float32)
    raw[..., :4] = 0
    exact = int(np.abs(grid.anchor - (30, 34)).sum(axis=1).argmin())
    raw[0, exact, 4] = 5
    raw[0, exact, 2:4] = np.log(32 / grid.anchor[exact])
    centre = (grid.offset[exact] + 0.5) * grid.stride[exact]
    on = np.concatenate([centre - 16, centre + 16])[None, None].astype(np.float32)
    labels = np.zeros((1, 1), np.int32)
    assert ours(raw, on, labels, nobody, model_config, GIOU)[1] < 1e-6
    assert ours(raw, on + 500, labels, nobody, model_config, GIOU)[1] > 4 * GIOU.confidence_gain


def test_the_default_gives_the_numbers_that_it_always_gave(model_config):
    """As the program computed them before there were presets."""
    batch = a_batch(model_config, 7, seed=11)
    assert ours(*batch, model_config, Scheme()) == pytest.approx(RECORDED, rel=1e-5)


RECORDED = (33.199966, 34.311977, 34.982037)
