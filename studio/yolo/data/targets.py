"""Boxes -> the cells that learn them, in the graph."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.labels.boxes import Floats
from studio.yolo.backend import tf
from studio.yolo.network.decode import Head, heads
from studio.yolo.network.model import ModelConfig

NOBODY = -1


def assign(boxes: tf.Tensor, config: ModelConfig, threshold: float) -> tuple[tf.Tensor, tf.Tensor]:
    """Say for each cell which box of its picture it learns.

    `boxes` is `(batch, m, 4)` xyxy in pixels of the input, m ≥ 0; those without area are padding.
    A box goes to the best, over all scales, of the anchors that a head has, and to every other one
    whose IoU, by size alone, is above `threshold` (Darknet's `iou_thresh`, yolo_layer.c); there to
    the cell that its centre lies in, in each head that has the anchor. Where several boxes want
    one cell, a best anchor goes first, then the higher IoU, then the earlier box.

    Returns `(batch, n)` int32, the position of a box or -1, in the order of `decode.Cells`; and
    `(batch,)` int32, how many boxes have lost every cell of their best anchor to other ones.
    """
    slots = _slots(config)
    batch, room, cells = tf.shape(boxes)[0], tf.shape(boxes)[1], _count(config)
    sides = boxes[..., 2:] - boxes[..., :2]
    real = tf.reduce_all(sides > 0, axis=-1)
    overlap = _anchor_iou(sides, slots.sizes)
    winner = tf.gather(slots.anchor, tf.argmax(overlap, axis=2))
    best = slots.anchor == winner[..., None]
    wanted = tf.where((best | (overlap > threshold)) & real[..., None])
    picture, box, _ = tf.unstack(tf.cast(wanted, tf.int32), axis=1)
    cell = picture * cells + tf.gather_nd(_cell_of(boxes, slots), wanted)
    is_best = tf.gather_nd(best, wanted)
    rank = tf.gather_nd(overlap, wanted) + tf.cast(is_best, tf.float32)
    learner = _highest(rank, box, cell, batch * cells)
    learnt = tf.cast(is_best & (tf.gather(learner, cell) == box), tf.int32)
    held = tf.math.unsorted_segment_max(learnt, picture * room + box, batch * room) > 0
    lost = real & ~tf.reshape(held, (batch, room))
    assigned = tf.where(learner < room, learner, NOBODY)
    return tf.reshape(assigned, (batch, cells)), tf.reduce_sum(tf.cast(lost, tf.int32), axis=1)


class _Slots(NamedTuple):
    """The places that heads have for anchors, by anchor: constants `(s,)`, and `sizes` `(s, 2)`.

    An anchor in the masks of two heads has a slot in each; one in no mask has none.
    """

    anchor: NDArray[np.int32]
    stride: NDArray[np.int32]
    columns: NDArray[np.int32]
    rows: NDArray[np.int32]
    first: NDArray[np.int32]  # cell of the head
    place: NDArray[np.int32]  # among the anchors of the head
    each: NDArray[np.int32]  # anchors of the head
    sizes: Floats


def _slots(config: ModelConfig) -> _Slots:
    table = sorted(_slot(head, place) for head in heads(config) for place in range(len(head.mask)))
    anchor, stride, columns, rows, first, place, each = np.array(table, np.int32).T
    sizes = config.anchors.array()[anchor]
    return _Slots(anchor, stride, columns, rows, first, place, each, sizes)


def _slot(head: Head, place: int) -> tuple[int, ...]:
    size = (head.stride, head.columns, head.rows)
    return (head.mask[place], *size, head.first, place, len(head.mask))


def _count(config: ModelConfig) -> int:
    return sum(head.count for head in heads(config))


def _anchor_iou(sides: tf.Tensor, anchors: Floats) -> tf.Tensor:
    """Return the `(…, s)` IoU of boxes and anchors that share a corner."""
    width, height = sides[..., :1], sides[..., 1:]
    known = tf.constant(anchors, tf.float32)
    both = tf.minimum(width, known[:, 0]) * tf.minimum(height, known[:, 1])
    union = width * height + known[:, 0] * known[:, 1] - both
    return tf.math.divide_no_nan(both, union)


def _cell_of(boxes: tf.Tensor, slots: _Slots) -> tf.Tensor:
    """Return for each box and slot the cell of the picture that it falls into: `(…, s)` int32.

    A centre on the right or bottom border, or beyond, belongs to the last cell.
    """
    column = _spot(boxes[..., 0] + boxes[..., 2], slots.stride, slots.columns)
    row = _spot(boxes[..., 1] + boxes[..., 3], slots.stride, slots.rows)
    return slots.first + (row * slots.columns + column) * slots.each + slots.place


def _spot(twice: tf.Tensor, stride: NDArray[np.int32], count: NDArray[np.int32]) -> tf.Tensor:
    """Return the row or column of twice a centre: `(…, s)`; limited before it is a whole number."""
    spot = tf.floor(twice[..., None] / 2 / stride.astype(np.float32))
    return tf.cast(tf.clip_by_value(spot, 0.0, count.astype(np.float32) - 1), tf.int32)


def _highest(rank: tf.Tensor, box: tf.Tensor, cell: tf.Tensor, cells: tf.Tensor) -> tf.Tensor:
    """Return for each cell the box with the highest rank there, the first of equals; else the
    highest number there is. Segments instead of sorting: the same whatever the order of threads.
    """
    top = tf.math.unsorted_segment_max(rank, cell, cells)
    box = tf.where(rank == tf.gather(top, cell), box, tf.int32.max)
    return tf.math.unsorted_segment_min(box, cell, cells)
