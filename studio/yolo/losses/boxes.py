"""How well two boxes fit: IoU and what was made of it. Boxes are `(…, 4)` xyxy, results `(…,)`.

All are symmetric, 1 for identical boxes, finite and with finite gradients for boxes without area,
apart, one in the other, huge (1e8) or denormal.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from studio.yolo.backend import tf

EPSILON = 1e-7  # keeps quotients of areas finite; a ten-thousandth of a pixel's area is 1e-4
SMALLEST = 1e-6  # side, in pixels, that has a shape: the gradient of the angle is 1 / side


def iou(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Return the intersection over the union, 0 to 1 (the index of Jaccard 1901)."""
    return _shared(a, b).iou


def giou(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Return the generalised IoU, -1 to 1 (Rezatofighi et al. 2019, algorithm 1).

    It takes from the IoU the share of the smallest frame around both that neither covers.
    """
    _, union, overlap = _shared(a, b)
    frame = area(_frame(a, b))
    return overlap - (frame - union) / (frame + EPSILON)


def diou(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Return the distance IoU, -1 to 1 (Zheng et al. 2020, equation 7).

    It takes from the IoU the squared distance of the centres over that of the frame's corners.
    """
    frame = _frame(a, b)
    diagonal = tf.reduce_sum(tf.square(frame[..., 2:] - frame[..., :2]), axis=-1)
    between = (a[..., :2] + a[..., 2:] - b[..., :2] - b[..., 2:]) / 2
    return iou(a, b) - tf.reduce_sum(tf.square(between), axis=-1) / (diagonal + EPSILON)


def ciou(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Return the complete IoU, -1.5 to 1 (Zheng et al. 2020, equations 8 to 11).

    It takes from the DIoU α·v, with v = 4/π² · (difference of arctan(w / h))² for the shape and
    α = v / (1 − IoU + v), a trade-off that is no function to learn by: no gradient goes through.
    """
    shape = 4 / math.pi**2 * tf.square(_angle(a) - _angle(b))
    alpha = tf.stop_gradient(shape / (1.0 - iou(a, b) + shape + EPSILON))
    return diou(a, b) - alpha * shape


def area(boxes: tf.Tensor) -> tf.Tensor:
    """Return the areas, 0 where a box is turned inside out."""
    sides = tf.maximum(boxes[..., 2:] - boxes[..., :2], 0.0)
    return sides[..., 0] * sides[..., 1]


class _Shared(NamedTuple):
    intersection: tf.Tensor
    union: tf.Tensor
    iou: tf.Tensor


def _shared(a: tf.Tensor, b: tf.Tensor) -> _Shared:
    low, high = tf.maximum(a[..., :2], b[..., :2]), tf.minimum(a[..., 2:], b[..., 2:])
    both = area(tf.concat([low, high], -1))
    union = area(a) + area(b) - both
    return _Shared(both, union, both / (union + EPSILON))


def _frame(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Return the smallest boxes that hold both."""
    low, high = tf.minimum(a[..., :2], b[..., :2]), tf.maximum(a[..., 2:], b[..., 2:])
    return tf.concat([low, high], -1)


def _angle(boxes: tf.Tensor) -> tf.Tensor:
    """Return arctan(w / h), from 0 to π / 2; that of a square for a box without sides."""
    sides = tf.maximum(boxes[..., 2:] - boxes[..., :2], SMALLEST)
    return tf.atan2(sides[..., 0], sides[..., 1])
