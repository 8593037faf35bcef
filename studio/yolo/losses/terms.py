"""Box, confidence and class terms, one function each: the loss of each cell, before any sum."""

from __future__ import annotations

from collections.abc import Callable

from studio.yolo.backend import tf
from studio.yolo.losses import boxes as fit
from studio.yolo.losses.presets import BoxLoss
from studio.yolo.network.decode import Cells, decode_boxes

_FITS: dict[BoxLoss, Callable[[tf.Tensor, tf.Tensor], tf.Tensor]] = {
    "iou": fit.iou,
    "giou": fit.giou,
    "diou": fit.diou,
    "ciou": fit.ciou,
}


def box_loss(name: BoxLoss, raw: tf.Tensor, target: tf.Tensor, cells: Cells) -> tf.Tensor:
    """Return the loss `(r,)` of raw x, y, w, h `(r, 4)` to boxes `(r, 4)` xyxy in pixels."""
    if name == "mse":
        return coordinate_loss(raw, target, cells)
    return 1.0 - _FITS[name](decode_boxes(raw, cells), target)


def coordinate_loss(raw: tf.Tensor, target: tf.Tensor, cells: Cells) -> tf.Tensor:
    """Return half the summed squared errors of the four coordinates (Redmon and Farhadi 2018, 2.1).

    Width and height are compared as the network puts them out, t̂ = ln(side / anchor), so that the
    gradient is t − t̂. The centre is compared within its cell, after the logistic: before it a
    centre on a cell's border would be infinitely far. So does Darknet's delta_yolo_box, but hands
    that difference to the raw value as it is; here it goes through the logistic, by whose
    derivative σ'(x) · scale_x_y its gradient is smaller.
    """
    centre = (target[:, :2] + target[:, 2:]) / 2 / cells.stride - cells.offset
    sides = tf.maximum(target[:, 2:] - target[:, :2], fit.SMALLEST)
    shift = cells.scale * tf.sigmoid(raw[:, :2]) - (cells.scale - 1) / 2
    errors = tf.concat([shift - centre, raw[:, 2:4] - tf.math.log(sides / cells.anchor)], axis=1)
    return tf.reduce_sum(tf.square(errors), axis=1) / 2


def size_weight(target: tf.Tensor, input_size: tuple[int, int], more: float) -> tf.Tensor:
    """Return what each box counts `(r,)`: 1 + `more`, less `more` times its share of the input.

    With 1 it is Darknet's (yolo_layer.c, `2 - truth.w*truth.h`).
    """
    whole = float(input_size[0] * input_size[1])
    return (1.0 + more) - more * tf.minimum(fit.area(target) / whole, 1.0)


def confidence_target(raw: tf.Tensor, target: tf.Tensor, cells: Cells, aware: float) -> tf.Tensor:
    """Return what the confidence of cells with a box should be: raw and boxes `(r, 4)` to `(r,)`.

    1, or with `aware` the IoU of what they predict now, so that of two detections the better one
    has the higher score (Li et al. 2020, Generalized Focal Loss, section 3.1).
    """
    overlap = tf.stop_gradient(fit.iou(decode_boxes(raw, cells), target))
    return 1.0 - aware + aware * overlap


def confidence_loss(logits: tf.Tensor, target: tf.Tensor, gamma: float) -> tf.Tensor:
    """Return the focal cross-entropy of objectness: logits and answers 0 to 1 `(…)` to `(…)`.

    The weight |target − p|^gamma is the modulating factor of Lin et al. 2017 (equation 4),
    without their alpha.
    """
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(target, logits)
    if gamma == 0:
        return entropy
    return tf.pow(tf.abs(target - tf.sigmoid(logits)) + fit.EPSILON, gamma) * entropy


def class_loss(logits: tf.Tensor, labels: tf.Tensor, smoothing: float) -> tf.Tensor:
    """Return the sigmoid cross-entropy of each class: `(r, classes)` logits and `(r,)` labels.

    `smoothing` draws each answer towards ½: a class is one of two outcomes of its own sigmoid, so
    that the uniform distribution of Szegedy et al. 2016 (section 7) is over two, not over all
    classes, and one class alone is smoothed too.
    """
    hot = tf.one_hot(labels, tf.shape(logits)[1], dtype=logits.dtype)
    target = hot * (1.0 - smoothing) + smoothing / 2
    return tf.nn.sigmoid_cross_entropy_with_logits(target, logits)
