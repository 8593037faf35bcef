"""Assignment of boxes to cells, against plain loops."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.labels.anchors import Anchors, preset
from studio.yolo.backend import tf
from studio.yolo.data.targets import assign
from studio.yolo.network import decode
from studio.yolo.network.model import ModelConfig
from studio.yolo.network.networks import ARCHITECTURES

pytestmark = pytest.mark.tensorflow


def assign_by_hand(boxes, config, threshold):
    """Return which box each cell of a picture learns, and how many lost their best anchor's cells.

    One box after the other takes the cells that nobody who goes before it has.
    """
    sizes, (width, height) = config.anchors.array(), config.input_size
    claims = []  # of each box: by cell, the IoU, and 1 more where the anchor is its best
    count = decode.cells(config).count
    for xmin, ymin, xmax, ymax in boxes:
        w, h = xmax - xmin, ymax - ymin
        both = [min(w, a) * min(h, b) for a, b in sizes]
        unions = [w * h + a * b - c for (a, b), c in zip(sizes, both, strict=True)]
        ious = np.divide(both, unions).astype(np.float32)
        with_a_head = sorted({anchor for mask in config.head_masks for anchor in mask})
        best = max(with_a_head, key=lambda anchor: ious[anchor])
        claims.append({})
        first = 0
        for stride, mask in zip(config.strides, config.head_masks, strict=True):
            columns, rows = width // stride, height // stride
            column = min(int((xmin + xmax) / 2 // stride), columns - 1)
            row = min(int((ymin + ymax) / 2 // stride), rows - 1)
            for place, anchor in enumerate(mask):
                if anchor == best or ious[anchor] > np.float32(threshold):
                    cell = first + (row * columns + column) * len(mask) + place
                    claims[-1][cell] = ious[anchor] + np.float32(anchor == best)
            first += columns * rows * len(mask)
    assigned = np.full(count, -1)
    for m, mine in enumerate(claims):
        for cell, claim in mine.items():
            if assigned[cell] < 0 or claim > claims[assigned[cell]][cell]:
                assigned[cell] = m
    bests = [[cell for cell, claim in mine.items() if claim >= 1] for mine in claims]
    lost = sum(all(assigned[cell] != m for cell in cells) for m, cells in enumerate(bests))
    return assigned, lost


ODD = (("yolov4-tiny", ((3, 4, 5), (1, 2, 3))), ("yolov3-tiny", ((5,), (0, 4))))


@cache
def model(architecture, masks=(), size=(96, 64)) -> ModelConfig:
    anchors = preset(architecture, (416, 416))
    third = Anchors(tuple((w // 3, h // 3) for w, h in anchors.sizes), size)  # for small inputs
    return ModelConfig(architecture, ("a", "b"), third, size, masks)


CONFIGS = [model(name) for name in ARCHITECTURES] + [model(*odd) for odd in ODD]
CONFIGS += [model("yolov4", size=(64, 160)), model("yolov3-tiny", size=(32, 32))]

WHOLE = st.tuples(*[st.integers(0, 160)] * 2, *[st.integers(1, 160)] * 2)
LISTS = st.lists(st.lists(WHOLE, max_size=30), min_size=1, max_size=3)


def in_input(boxes, size):
    """Return boxes `(m, 4)` within the input, many of them at its right and bottom edges."""
    found = [
        (min(x, size[0] - 1), min(y, size[1] - 1), min(x + w, size[0]), min(y + h, size[1]))
        for x, y, w, h in boxes
    ]
    return np.array(found, np.float32).reshape(-1, 4)


def padded(lists):
    batch = np.zeros((len(lists), max(map(len, lists), default=0), 4), np.float32)
    for boxes, row in zip(lists, batch, strict=True):
        row[: len(boxes)] = boxes
    return batch


@pytest.mark.parametrize(
    "config", CONFIGS, ids=lambda c: f"{c.architecture}-{c.masks or ''}-{c.input_size}"
)
@pytest.mark.parametrize("threshold", [0.213, 0.3, 1.0])
@settings(max_examples=25, deadline=None)
@given(lists=LISTS)
def test_equals_plain_loops(config, threshold, lists):
    """Of whole numbers every IoU in float32 is the rounded true one: no other ties than theirs."""
    pictures = [in_input(boxes, config.input_size) for boxes in lists]
    assigned, lost = (t.numpy() for t in assign(tf.constant(padded(pictures)), config, threshold))
    for picture, boxes in enumerate(pictures):
        by_hand, lost_by_hand = assign_by_hand(boxes.astype(float), config, threshold)
        assert assigned[picture].tolist() == by_hand.tolist()
        assert lost[picture] == lost_by_hand


def test_a_box_whose_best_anchor_no_head_has_is_learnt_by_the_best_of_the_others():
    """YOLOv4-tiny's published masks leave out anchor 0; Darknet learns such a box nowhere."""
    config = model("yolov4-tiny", ((3, 4, 5), (1, 2, 3)))
    width, height = config.anchors.sizes[0]
    box = tf.constant([[[40, 30, 40 + width, 30 + height]]], tf.float32)
    assigned, lost = assign(box, config, 1.0)
    (cell,) = np.flatnonzero(assigned.numpy()[0] >= 0)
    assert decode.cells(config).anchor[cell] == pytest.approx(config.anchors.sizes[1])
    assert lost.numpy().tolist() == [0]


def test_an_anchor_of_two_heads_learns_in_both():
    config = model("yolov4-tiny", ((3, 4, 5), (1, 2, 3)))
    width, height = config.anchors.sizes[3]
    box = tf.constant([[[20, 10, 20 + width, 10 + height]]], tf.float32)
    assigned, lost = assign(box, config, 1.0)
    cells = np.flatnonzero(assigned.numpy()[0] >= 0)
    assert sorted(decode.cells(config).stride[cells, 0]) == [16, 32]
    assert lost.numpy().tolist() == [0]


def test_a_best_anchor_goes_before_a_better_fit_of_another_box(model_config):
    """Else the box would be learnt nowhere."""
    anchor = model_config.anchors.sizes[3]
    best = np.array([48, 32, 48, 32]) + np.array([-1, -1, 1, 1]) * np.tile(anchor, 2) / 2 * 0.9
    other = np.array([48, 32, 48, 32]) + np.array([-30, -20, 30, 20])
    assigned, lost = assign(tf.constant([[other, best]], tf.float32), model_config, 0.05)
    assert int(lost[0]) == 0
    assert {0, 1} <= set(assigned.numpy()[0].tolist())


def test_collisions_are_counted_picture_by_picture(model_config):
    box, elsewhere, nothing = (10, 10, 30, 40), (50, 10, 70, 40), (0, 0, 0, 0)
    boxes = [[box, box, box], [box, elsewhere, nothing], [nothing] * 3]
    assigned, lost = assign(tf.constant(boxes, tf.float32), model_config, 0.3)
    assert lost.numpy().tolist() == [2, 0, 0]
    assert set(assigned.numpy()[0].tolist()) == {-1, 0}  # the first of equals
    assert set(assigned.numpy()[1].tolist()) == {-1, 0, 1}
    assert set(assigned.numpy()[2].tolist()) == {-1}


@pytest.mark.parametrize(
    "box", [(80, 50, 96, 64), (95, 63, 96, 64), (0, 0, 1, 1), (96, 64, 97, 65), (-9, -9, 1, 1),
            (1e8, 1e8, 2e8, 2e8), (3e38, 0, 3.1e38, 9)]
)  # fmt: skip
def test_boxes_at_the_border_and_beyond_stay_inside_the_grid(model_config, box):
    assigned, lost = assign(tf.constant([[box]], tf.float32), model_config, 0.3)
    assert (assigned.numpy() == 0).sum() >= 1
    assert int(lost[0]) == 0


def test_a_box_on_the_right_or_bottom_edge_belongs_to_the_last_cell(model_config):
    assigned, _ = assign(tf.constant([[[90, 58, 102, 70]]], tf.float32), model_config, 1.0)
    (cell,) = np.flatnonzero(assigned.numpy()[0] >= 0)
    grid = decode.cells(model_config)
    assert grid.offset[cell].tolist() == [
        96 // grid.stride[cell, 0] - 1,
        64 // grid.stride[cell, 0] - 1,
    ]


@pytest.mark.parametrize("shape", [(2, 0, 4), (2, 5, 4), (0, 3, 4)])
def test_no_boxes_assign_nothing(model_config, shape):
    assigned, lost = assign(tf.zeros(shape), model_config, 0.3)
    assert assigned.shape == (shape[0], decode.cells(model_config).count)
    assert (assigned.numpy() == -1).all()
    assert lost.numpy().tolist() == [0] * shape[0]


def test_any_number_of_boxes(model_config):
    """Lists are no ring buffers of a hundred."""
    rng = np.random.default_rng(0)
    low = rng.uniform(0, [80, 50], (1, 3000, 2))
    boxes = np.concatenate([low, low + rng.uniform(1, 14, low.shape)], axis=2).astype(np.float32)
    assigned, lost = assign(tf.constant(boxes), model_config, 0.3)
    by_hand, lost_by_hand = assign_by_hand(boxes[0].astype(float), model_config, 0.3)
    assert (assigned.numpy()[0] == by_hand).mean() > 0.99  # rounding decides between near equals
    assert abs(int(lost[0]) - lost_by_hand) <= 2


def test_assigned_cell_can_decode_to_its_box():
    """The cell order of assignment and decoding is one."""
    anchors = Anchors(((10, 13), (30, 30), (60, 45), (80, 90), (120, 100), (200, 180)), (320, 224))
    config = ModelConfig("yolov3-tiny", ("x",), anchors, (320, 224))
    grid = decode.cells(config)
    box = np.array([100, 60, 170, 120], np.float32)
    assigned, _ = assign(tf.constant(box[None, None]), config, 1.0)
    (cell,) = np.flatnonzero(assigned.numpy()[0] >= 0)
    centre, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    share = centre / grid.stride[cell] - grid.offset[cell]
    assert ((share >= 0) & (share <= 1)).all()
    raw = np.concatenate([np.log(share / (1 - share)), np.log(size / grid.anchor[cell])])
    decoded = decode.decode_boxes(tf.constant(raw[None], tf.float32), grid.at([cell]))
    assert decoded.numpy()[0] == pytest.approx(box, abs=1e-3)
