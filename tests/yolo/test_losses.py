"""Each loss term against float64 numpy written from the papers, and its gradient."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.yolo import decode, losses
from studio.yolo.backend import tf
from studio.yolo.model import ModelConfig
from studio.yolo.targets import assign

pytestmark = pytest.mark.tensorflow


def giou_by_hand(a, b):
    width = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    height = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    both = width * height
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both
    frame = (max(a[2], b[2]) - min(a[0], b[0])) * (max(a[3], b[3]) - min(a[1], b[1]))
    return both / union - (frame - union) / frame


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),  # touching: the frame is full
        ((0, 0, 10, 10), (20, 0, 30, 10), -1 / 3),
        ((0, 0, 10, 10), (2, 2, 4, 4), 0.04),
        ((0, 0, 0, 0), (0, 0, 0, 0), 0.0),
        ((5, 5, 5, 5), (0, 0, 10, 10), 0.0),
    ],
)
def test_giou_of_known_pairs(a, b, expected):
    value = losses.giou(tf.constant([a], tf.float32), tf.constant([b], tf.float32))
    assert float(value[0]) == pytest.approx(expected, abs=1e-6)


def test_giou_equals_the_paper_on_random_pairs():
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 400, (500, 2, 2, 2))
    boxes = np.concatenate([corners.min(axis=2), corners.max(axis=2) + 1], axis=-1)
    ours = losses.giou(*(tf.constant(boxes[:, i], tf.float32) for i in (0, 1))).numpy()
    assert ours == pytest.approx([giou_by_hand(a, b) for a, b in boxes], abs=1e-5)


def numpy_losses(raw, boxes, labels, assigned, config: ModelConfig, ignore, gamma):
    """All three terms with plain loops in float64."""
    grid = decode.cells(config)
    whole = config.input_size[0] * config.input_size[1]
    giou = conf = prob = 0.0
    for picture in range(len(raw)):
        for cell, t in enumerate(raw[picture].astype(np.float64)):
            centre = (1 / (1 + np.exp(-t[:2])) + grid.offset[cell]) * grid.stride[cell]
            half = grid.anchor[cell] * np.exp(t[2:4]) / 2
            box = np.concatenate([centre - half, centre + half])
            truth = assigned[picture][cell]
            p = 1 / (1 + np.exp(-t[4]))
            if truth >= 0:
                target = boxes[picture][truth].astype(np.float64)
                area = (target[2] - target[0]) * (target[3] - target[1])
                giou += (2 - area / whole) * (1 - giou_by_hand(box, target))
                conf += (1 - p) ** gamma * -np.log(p)
                classes = 1 / (1 + np.exp(-t[5:]))
                for c, q in enumerate(classes):
                    prob -= np.log(q) if c == labels[picture][truth] else np.log(1 - q)
            elif all(plain_iou(box, t) <= ignore for t in boxes[picture].astype(np.float64)):
                conf += p**gamma * -np.log(1 - p)
    return np.array([giou, conf, prob]) / len(raw)


def plain_iou(a, b):
    width = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    height = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / union if union > 0 else 0.0


@pytest.mark.parametrize("boxes_a_picture", [0, 1, 7, 40])
def test_losses_equal_plain_loops(model_config, boxes_a_picture):
    rng = np.random.default_rng(boxes_a_picture)
    low = rng.uniform(0, [60, 40], (2, boxes_a_picture, 2))
    boxes = np.concatenate([low, low + rng.uniform(4, 24, low.shape)], axis=-1).astype(np.float32)
    labels = rng.integers(0, 3, (2, boxes_a_picture)).astype(np.int32)
    grid = decode.cells(model_config)
    raw = rng.normal(0, 1.2, (2, grid.count, 8)).astype(np.float32)
    assigned = np.stack([assign(tf.constant(b), model_config, 0.3)[0].numpy() for b in boxes])
    truth = losses.Truth(tf.constant(boxes), tf.constant(labels), tf.constant(assigned))
    ours = losses.yolo_losses(tf.constant(raw), truth, grid, 0.5, 2.0)
    expected = numpy_losses(raw, boxes, labels, assigned, model_config, 0.5, 2.0)
    assert np.array([float(t) for t in ours]) == pytest.approx(expected, rel=2e-4, abs=1e-6)


def test_padding_changes_nothing(model_config):
    """A batch pads truth lists with boxes of no area."""
    rng = np.random.default_rng(3)
    grid = decode.cells(model_config)
    raw = tf.constant(rng.normal(0, 1, (1, grid.count, 8)), tf.float32)
    boxes = np.array([[[10, 10, 30, 40]]], np.float32)
    assigned = assign(tf.constant(boxes[0]), model_config, 0.3)[0][None]
    labels = np.array([[1]], np.int32)
    padded = np.pad(boxes, ((0, 0), (0, 50), (0, 0))), np.pad(labels, ((0, 0), (0, 50)))
    plain = losses.yolo_losses(raw, losses.Truth(boxes, labels, assigned), grid, 0.5, 2.0)
    wide = losses.yolo_losses(raw, losses.Truth(*padded, assigned), grid, 0.5, 2.0)
    assert [float(t) for t in wide] == pytest.approx([float(t) for t in plain], rel=1e-6)


EXTREME = st.sampled_from(
    [0.0, 1.0, -1.0, 1e-45, -1e-38, 88.0, -88.0, 1e4, -1e4, 3e38, -3e38, np.inf, -np.inf]
)


@settings(max_examples=30, deadline=None)
@given(head=arrays(np.float32, (90, 8), elements=EXTREME), edge=EXTREME.filter(np.isfinite))
def test_losses_and_gradients_are_finite_whatever_the_head(model_config, head, edge):
    grid = decode.cells(model_config)
    raw = tf.constant(np.resize(head, (1, grid.count, 8)))
    low = np.clip(edge, 0, 90)
    boxes = tf.constant([[low, low, low + 4, low + 4], [0, 0, 96, 64]], tf.float32)
    assigned, _ = assign(boxes, model_config, 0.3)
    truth = losses.Truth(boxes[None], tf.constant([[0, 2]]), assigned[None])
    with tf.GradientTape() as tape:
        tape.watch(raw)
        flat = decode.flatten([tf.reshape(raw, (1, grid.count, 1, 1, 8))])
        terms = losses.yolo_losses(flat, truth, grid, 0.5, 2.0)
        total = tf.add_n(terms)
    assert np.isfinite([float(t) for t in terms]).all()
    assert np.isfinite(tape.gradient(total, raw).numpy()).all()


def test_gradient_points_where_finite_differences_do(model_config):
    rng = np.random.default_rng(5)
    grid = decode.cells(model_config)
    raw = rng.normal(0, 0.5, (1, grid.count, 8)).astype(np.float32)
    boxes = tf.constant([[12, 9, 40, 33]], tf.float32)
    assigned, _ = assign(boxes, model_config, 0.3)
    truth = losses.Truth(boxes[None], tf.constant([[1]]), assigned[None])

    def total(values):
        return tf.add_n(losses.yolo_losses(values, truth, grid, 0.5, 2.0))

    with tf.GradientTape() as tape:
        variable = tf.Variable(raw)
        loss = total(variable)
    gradient = tape.gradient(loss, variable).numpy()
    cell = int(np.flatnonzero(assigned.numpy() >= 0)[0])
    for value in range(8):
        moved = [raw.copy(), raw.copy()]
        moved[0][0, cell, value] += 1e-2
        moved[1][0, cell, value] -= 1e-2
        slope = (float(total(tf.constant(moved[0]))) - float(total(tf.constant(moved[1])))) / 2e-2
        assert gradient[0, cell, value] == pytest.approx(slope, rel=0.03, abs=0.02)


def test_a_sure_background_cell_on_a_truth_is_not_punished(model_config):
    """The ignore threshold looks at all truths, whichever scale they were assigned to."""
    grid = decode.cells(model_config)
    boxes = tf.constant([[[16, 16, 48, 48]]], tf.float32)
    nobody = tf.fill([1, grid.count], -1)
    truth = losses.Truth(boxes, tf.constant([[0]]), nobody)
    raw = np.full((1, grid.count, 8), -20, np.float32)
    raw[..., :4] = 0
    exact = int(np.abs(grid.anchor - (30, 34)).sum(axis=1).argmin())
    raw[0, exact, 4] = 5
    raw[0, exact, 2:4] = np.log(32 / grid.anchor[exact])
    centre = (grid.offset[exact] + 0.5) * grid.stride[exact]
    shifted = boxes + np.tile(centre - 32, 2)
    on_it = losses.yolo_losses(tf.constant(raw), truth._replace(boxes=shifted), grid, 0.5, 2.0)
    beside = losses.yolo_losses(tf.constant(raw), truth._replace(boxes=shifted + 500), grid, 0.5, 2)
    assert float(on_it.conf) < 1e-6
    assert float(beside.conf) > 4
