"""Box, confidence and class terms, one function each; always float32.

Every term is a sum over the cells of a batch, divided by the number of its pictures. All are
finite, with finite gradients, for whatever finite or infinite numbers a head puts out.
"""

from __future__ import annotations

from typing import NamedTuple

from studio.yolo.backend import tf
from studio.yolo.decode import Cells, decode_boxes

EPSILON = 1e-7
TRUTHS_AT_ONCE = 32  # keeps the (batch, n, truths) table small however many boxes a picture has


class Terms(NamedTuple):
    """The three loss terms: scalars."""

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
    raw: tf.Tensor, truth: Truth, grid: Cells, ignore_threshold: float, focal_gamma: float
) -> Terms:
    """Return the loss terms of raw predictions `(batch, n, 5 + classes)`."""
    pictures = tf.cast(tf.shape(raw)[0], tf.float32)
    responsible = truth.assigned >= 0
    where = tf.where(responsible)  # (r, 2): picture, cell; NaN × 0 stays NaN, so gather, not mask
    found = tf.gather_nd(raw, where)
    place = tf.stack([where[:, 0], tf.cast(tf.gather_nd(truth.assigned, where), tf.int64)], axis=1)
    target = tf.gather_nd(truth.boxes, place)
    boxes = decode_boxes(found, grid.at(where[:, 1]))
    ignored = _overlaps_a_truth(raw, truth.boxes, grid, ignore_threshold) & ~responsible
    return Terms(
        giou_loss(boxes, target, grid.size) / pictures,
        confidence_loss(raw[..., 4], responsible, ignored, focal_gamma) / pictures,
        class_loss(found[:, 5:], tf.gather_nd(truth.labels, place)) / pictures,
    )


def giou_loss(boxes: tf.Tensor, target: tf.Tensor, input_size: tuple[int, int]) -> tf.Tensor:
    """Sum 1 − GIoU over `(r, 4)` pairs, small targets weighing up to twice as much.

    The weight 2 − area/input area is Darknet's (yolo_layer.c, `2 - truth.w*truth.h`).
    """
    whole = float(input_size[0] * input_size[1])
    weight = 2.0 - tf.minimum(_area(target) / whole, 1.0)
    return tf.reduce_sum(weight * (1.0 - giou(boxes, target)))


def giou(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Return the generalised IoU `(…,)` of `(…, 4)` boxes, -1 to 1 (Rezatofighi et al. 2019)."""
    both = _area(
        tf.concat([tf.maximum(a[..., :2], b[..., :2]), tf.minimum(a[..., 2:], b[..., 2:])], -1)
    )
    union = _area(a) + _area(b) - both
    frame = _area(
        tf.concat([tf.minimum(a[..., :2], b[..., :2]), tf.maximum(a[..., 2:], b[..., 2:])], -1)
    )
    return both / (union + EPSILON) - (frame - union) / (frame + EPSILON)


def confidence_loss(
    logits: tf.Tensor, responsible: tf.Tensor, ignored: tf.Tensor, gamma: float
) -> tf.Tensor:
    """Sum the focal cross-entropy of objectness over cells, leaving out the ignored ones.

    The weight |target − p|^gamma is the modulating factor of Lin et al. 2017, without their
    alpha.
    """
    target = tf.cast(responsible, tf.float32)
    focus = tf.pow(tf.abs(target - tf.sigmoid(logits)) + EPSILON, gamma)
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(target, logits)
    return tf.reduce_sum(tf.where(ignored, 0.0, focus * entropy))


def class_loss(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Sum the per-class sigmoid cross-entropy of `(r, classes)` logits and `(r,)` labels."""
    target = tf.one_hot(labels, tf.shape(logits)[1])
    return tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(target, logits))


def _area(boxes: tf.Tensor) -> tf.Tensor:
    sides = tf.maximum(boxes[..., 2:] - boxes[..., :2], 0.0)
    return sides[..., 0] * sides[..., 1]


def _overlaps_a_truth(
    raw: tf.Tensor, truths: tf.Tensor, grid: Cells, threshold: float
) -> tf.Tensor:
    """Tell which predictions overlap any truth of their picture by more: `(batch, n)`.

    Compared with all truths, not only with those of the prediction's own scale, as Darknet does.
    """
    boxes = tf.stop_gradient(decode_boxes(raw, grid))[:, :, None]
    area = _area(boxes)
    above = tf.zeros(tf.shape(raw)[:2], tf.bool)
    for first in tf.range(0, tf.shape(truths)[1], TRUTHS_AT_ONCE):
        some = truths[:, None, first : first + TRUTHS_AT_ONCE]
        low = tf.maximum(boxes[..., :2], some[..., :2])
        high = tf.minimum(boxes[..., 2:], some[..., 2:])
        sides = tf.maximum(high - low, 0.0)
        both = sides[..., 0] * sides[..., 1]
        above |= tf.reduce_any(both > threshold * (area + _area(some) - both), axis=2)
    return above
