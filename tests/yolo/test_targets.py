"""Assignment of boxes to cells, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.labels.anchors import Anchors
from studio.yolo import decode
from studio.yolo.backend import tf
from studio.yolo.model import ModelConfig
from studio.yolo.targets import assign

pytestmark = pytest.mark.tensorflow


def assign_by_hand(boxes, config, threshold):
    """Return for each cell the set of boxes that may have it, and each box's best cell."""
    sizes = config.anchors.array()
    width, height = config.input_size
    wants, best = {}, []
    for m, (xmin, ymin, xmax, ymax) in enumerate(boxes):
        w, h = xmax - xmin, ymax - ymin
        ious = [min(w, a) * min(h, b) / (w * h + a * b - min(w, a) * min(h, b)) for a, b in sizes]
        for anchor, iou in enumerate(ious):
            if anchor != int(np.argmax(ious)) and iou <= threshold:
                continue
            first = 0
            for stride, mask in zip(config.strides, config.head_masks, strict=True):
                columns, rows = width // stride, height // stride
                if anchor in mask:
                    column = min(int((xmin + xmax) / 2 // stride), columns - 1)
                    row = min(int((ymin + ymax) / 2 // stride), rows - 1)
                    cell = first + (row * columns + column) * len(mask) + mask.index(anchor)
                first += columns * rows * len(mask)
            wants.setdefault(cell, set()).add(m)
            if anchor == int(np.argmax(ious)):
                best.append(cell)
    return wants, best


BOXES = st.lists(
    st.tuples(
        st.floats(0, 90, width=32),
        st.floats(0, 60, width=32),
        st.floats(2, 60, width=32),
        st.floats(2, 60, width=32),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(sizes=BOXES)
def test_every_cell_has_a_box_that_wants_it_and_no_wanted_cell_is_empty(model_config, sizes):
    boxes = np.array([(x, y, min(x + w, 96), min(y + h, 64)) for x, y, w, h in sizes], np.float32)
    boxes = boxes.reshape(-1, 4)
    assigned, lost = (t.numpy() for t in assign(tf.constant(boxes), model_config, 0.3))
    wants, best = assign_by_hand(boxes.astype(float), model_config, 0.3)
    taken = {int(c): int(assigned[c]) for c in np.flatnonzero(assigned >= 0)}
    assert taken.keys() == wants.keys()
    assert all(box in wants[cell] for cell, box in taken.items())
    assert lost == sum(taken[cell] != m for m, cell in enumerate(best))


def test_a_best_anchor_goes_before_a_better_fit_of_another_box(model_config):
    """Else the box would be learnt nowhere."""
    anchor = model_config.anchors.sizes[3]
    best = np.array([48, 32, 48, 32]) + np.array([-1, -1, 1, 1]) * np.tile(anchor, 2) / 2 * 0.9
    other = np.array([48, 32, 48, 32]) + np.array([-30, -20, 30, 20])
    assigned, lost = assign(tf.constant([other, best], tf.float32), model_config, 0.05)
    assert int(lost) == 0
    assert {0, 1} <= set(assigned.numpy().tolist())


def test_same_box_twice_is_counted_as_lost(model_config):
    twice = tf.constant([[10, 10, 30, 40], [10, 10, 30, 40]], tf.float32)
    _, lost = assign(twice, model_config, 0.3)
    assert int(lost) == 1


@pytest.mark.parametrize("box", [(80, 50, 96, 64), (95, 63, 96, 64), (0, 0, 1, 1)])
def test_boxes_at_the_border_stay_inside_the_grid(model_config, box):
    assigned, lost = assign(tf.constant([box], tf.float32), model_config, 0.3)
    assert (assigned.numpy() == 0).sum() >= 1
    assert int(lost) == 0


def test_no_boxes_assign_nothing(model_config):
    assigned, lost = assign(tf.zeros((0, 4)), model_config, 0.3)
    assert (assigned.numpy() == -1).all()
    assert int(lost) == 0


def test_assigned_cell_can_decode_to_its_box():
    """The cell order of assignment and decoding is one."""
    anchors = Anchors(((10, 13), (30, 30), (60, 45), (80, 90), (120, 100), (200, 180)), (320, 224))
    config = ModelConfig("yolov3-tiny", ("x",), anchors, (320, 224))
    grid = decode.cells(config)
    box = np.array([100, 60, 170, 120], np.float32)
    assigned, _ = assign(tf.constant(box[None]), config, 1.0)
    (cell,) = np.flatnonzero(assigned.numpy() >= 0)
    centre, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    share = centre / grid.stride[cell] - grid.offset[cell]
    assert ((share >= 0) & (share <= 1)).all()
    raw = np.concatenate([np.log(share / (1 - share)), np.log(size / grid.anchor[cell])])
    decoded = decode.decode_boxes(tf.constant(raw[None], tf.float32), grid.at([cell]))
    assert decoded.numpy()[0] == pytest.approx(box, abs=1e-3)
