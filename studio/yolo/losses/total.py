"""The three terms of a batch, made and weighed by a scheme; always float32."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from studio.yolo.backend import tf
from studio.yolo.losses.ignore import overlaps_a_truth
from studio.yolo.losses.presets import Scheme
from studio.yolo.losses.terms import (
    box_loss,
    class_loss,
    confidence_loss,
    confidence_target,
    size_weight,
)
from studio.yolo.network.decode import Cells


class Terms(NamedTuple):
    """The three loss terms: scalars. `giou` is the box term, whichever box loss it is."""

    giou: tf.Tensor
    conf: tf.Tensor
    prob: tf.Tensor


class Truth(NamedTuple):
    """What a batch should predict: padded boxes `(batch, m, 4)` in pixels of the input with no
    area where there is none, labels `(batch, m)`, and `assigned` `(batch, n)` from `targets`.
    """

    boxes: tf.Tensor
    labels: tf.Tensor
    assigned: tf.Tensor


def yolo_losses(
    raw: tf.Tensor, truth: Truth, grid: Cells, scheme: Scheme, learning: tf.Tensor | None = None
) -> Terms:
    """Return the loss terms of raw predictions `(batch, n, 5 + classes)`.

    They are finite, with finite gradients, for whatever finite numbers a head puts out. `learning`
    says how many cells `(l,)` of each stride, in their order, learn a box: by them means are
    taken, where this is a part of a larger batch; else they are counted.
    """
    raw = tf.cast(raw, tf.float32) if raw.dtype.size < 4 else raw  # bfloat16 has three digits
    responsible = truth.assigned >= 0
    where = tf.where(responsible)  # (r, 2): picture, cell; NaN × 0 stays NaN, so gather, not mask
    found, cells = tf.gather_nd(raw, where), grid.at(where[:, 1])
    place = tf.stack([where[:, 0], tf.cast(tf.gather_nd(truth.assigned, where), tf.int64)], axis=1)
    target = tf.gather_nd(truth.boxes, place)
    box = box_loss(scheme.box, found[:, :4], target, cells)
    box *= size_weight(target, grid.size, scheme.small_boxes)
    answer = confidence_target(found[:, :4], target, cells, scheme.iou_aware)
    answer = tf.scatter_nd(where, answer, tf.shape(responsible, tf.int64))
    labels = tf.gather_nd(truth.labels, place)
    kind = class_loss(found[:, 5:], labels, scheme.label_smoothing)
    counted = responsible | ~overlaps_a_truth(raw, truth.boxes, grid, scheme.ignore_threshold)
    conf = confidence_loss(raw[..., 4], answer, scheme.focal_gamma)
    conf = tf.where(counted, conf, 0.0)
    if scheme.class_weights:
        weight = tf.gather(tf.constant(scheme.class_weights, box.dtype), labels)
        box, kind = box * weight, kind * weight[:, None]
    if scheme.sharing:
        share = _share(place, tf.shape(truth.labels, tf.int64), scheme.sharing, box.dtype)
        box, kind = box * share, kind * share[:, None]
        conf *= tf.tensor_scatter_nd_update(tf.ones_like(conf), where, share)
    if scheme.per == "scale":
        if learning is None:
            learning = learning_cells(truth.assigned, grid, box.dtype)
        return _of_means(scheme, grid, cells.stride, box, conf, counted, kind, learning)
    pictures = tf.cast(tf.shape(raw)[0], raw.dtype)
    box, conf, kind = (tf.reduce_sum(term) / pictures for term in (box, conf, kind))
    return _weighed(scheme, box, conf, kind)


def _share(place: tf.Tensor, shape: tf.Tensor, sharing: float, dtype: tf.DType) -> tf.Tensor:
    """Return what each cell that learns a box counts `(r,)`: n⁻ˢ where n cells learn the same one.

    `place` `(r, 2)` is where their boxes are in a batch of `shape` (pictures, boxes). With sharing
    s = 1 a box counts once, however many anchors have its size.
    """
    one = tf.ones(tf.shape(place)[:1], dtype)
    return tf.pow(tf.gather_nd(tf.scatter_nd(place, one, shape), place), -sharing)


def learning_cells(assigned: tf.Tensor, grid: Cells, dtype: tf.DType = tf.float32) -> tf.Tensor:
    """Return how many cells of each stride, in their order, learn a box: `(batch, n)` to `(l,)`."""
    of_cells = tf.reduce_sum(tf.cast(assigned >= 0, dtype), axis=0)
    return _sums(of_cells, grid.stride == np.unique(grid.stride))


def _of_means(
    scheme: Scheme,
    grid: Cells,
    stride: tf.Tensor,
    box: tf.Tensor,
    conf: tf.Tensor,
    counted: tf.Tensor,
    kind: tf.Tensor,
    learning: tf.Tensor,
) -> Terms:
    """Add up the means of each scale: of the box and class losses at `stride` `(r, 1)`, and of
    the confidence `(batch, n)` where it is counted, in the scheme's balance.
    """
    strides = np.unique(grid.stride)
    balance = tf.constant([scheme.balance_of(s) for s in strides], conf.dtype)
    seen = tf.reduce_sum(tf.cast(counted, conf.dtype), axis=0)
    seen = tf.maximum(_sums(seen, grid.stride == strides), 1.0)
    found = tf.where(learning > 0, learning, 1.0)  # less than one in a part of a batch
    box = _sums(box, stride == strides) / found
    conf = balance * _sums(tf.reduce_sum(conf, axis=0), grid.stride == strides) / seen
    kind = _sums(tf.reduce_mean(kind, axis=1), stride == strides) / found
    return _weighed(scheme, *(tf.reduce_sum(term) for term in (box, conf, kind)))


def _sums(values: tf.Tensor, belongs: tf.Tensor) -> tf.Tensor:
    """Return the sums of values `(k,)` in each of l groups, `(k, l)` says which: `(l,)`."""
    return tf.reduce_sum(values[:, None] * tf.cast(belongs, values.dtype), axis=0)


def _weighed(scheme: Scheme, box: tf.Tensor, conf: tf.Tensor, kind: tf.Tensor) -> Terms:
    return Terms(scheme.box_gain * box, scheme.confidence_gain * conf, scheme.class_gain * kind)
