"""Boxes -> the cells that learn them, in the graph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.labels.boxes import Floats
from studio.yolo.backend import tf
from studio.yolo.decode import heads
from studio.yolo.model import ModelConfig

NOBODY = -1


def assign(boxes: tf.Tensor, config: ModelConfig, threshold: float) -> tuple[tf.Tensor, tf.Tensor]:
    """Say for each cell which box it learns.

    `boxes` is `(m, 4)` xyxy in pixels of the input, m ≥ 0. A box goes to its best anchor over all
    scales and to every other one whose IoU, by size alone, is above `threshold`; there to the
    cell that its centre lies in. Where several boxes want one cell, a best anchor goes first,
    then the higher IoU. Returns `(n,)` int32, the position of a box or -1, in the order
    of `decode.Cells`; and how many boxes lost their best anchor's cell to another one.
    """
    overlap = _anchor_iou(boxes[:, 2:] - boxes[:, :2], config.anchors.array())
    best = tf.range(tf.shape(overlap)[1])[None] == tf.argmax(overlap, 1, tf.int32)[:, None]
    wanted = tf.where(best | (overlap > threshold))
    cell = tf.gather_nd(_cell_of(boxes, config), wanted)
    rank = tf.gather_nd(overlap + tf.cast(best, tf.float32), wanted)
    order = tf.argsort(rank, direction="DESCENDING", stable=True)
    cell, box = tf.gather(cell, order), tf.gather(tf.cast(wanted[:, 0], tf.int32), order)
    winner = _first_of_each(cell)
    assigned = tf.tensor_scatter_nd_update(
        tf.fill([sum(head.count for head in heads(config))], NOBODY),
        tf.gather(cell, winner)[:, None],
        tf.gather(box, winner),
    )
    is_best = tf.gather(tf.gather_nd(best, wanted), tf.gather(order, winner))
    lost = tf.shape(boxes)[0] - tf.reduce_sum(tf.cast(is_best, tf.int32))
    return assigned, lost


def _anchor_iou(sizes: tf.Tensor, anchors: Floats) -> tf.Tensor:
    """Return the `(m, k)` IoU of boxes and anchors that share a corner."""
    sizes, known = sizes[:, None, :], tf.constant(anchors, tf.float32)[None]
    both = tf.reduce_prod(tf.minimum(sizes, known), axis=-1)
    union = tf.reduce_prod(sizes, axis=-1) + tf.reduce_prod(known, axis=-1) - both
    return tf.math.divide_no_nan(both, union)


def _cell_of(boxes: tf.Tensor, config: ModelConfig) -> tf.Tensor:
    """Return for each box and anchor the cell it falls into: `(m, k)` int32.

    A centre on the right or bottom border belongs to the last cell.
    """
    stride, columns, rows, first, place, each = (tf.constant(v) for v in _anchor_table(config).T)
    centre = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
    spot = tf.cast(tf.floor(centre / tf.cast(stride, tf.float32)[None, :, None]), tf.int32)
    column = tf.clip_by_value(spot[..., 0], 0, columns - 1)
    row = tf.clip_by_value(spot[..., 1], 0, rows - 1)
    return first + (row * columns + column) * each + place


def _anchor_table(config: ModelConfig) -> NDArray[np.int32]:
    """Return for each anchor: stride, columns, rows, first cell, place, anchors of its head."""
    table = np.zeros((len(config.anchors.sizes), 6), np.int32)
    for head in heads(config):
        for place, anchor in enumerate(head.mask):
            columns, rows, each = head.columns, head.rows, len(head.mask)
            table[anchor] = head.stride, columns, rows, head.first, place, each
    return table


def _first_of_each(values: tf.Tensor) -> tf.Tensor:
    """Return the position of the first occurrence of each distinct value."""
    distinct, group = tf.unique(values)
    positions = tf.range(tf.size(values))
    return tf.math.unsorted_segment_min(positions, group, tf.size(distinct))
