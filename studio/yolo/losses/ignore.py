"""Which predictions are no background although no box was assigned to them."""

from __future__ import annotations

from studio.yolo.backend import tf
from studio.yolo.decode import Cells, decode_boxes


def overlaps_a_truth(raw: tf.Tensor, truths: tf.Tensor, grid: Cells, threshold: float) -> tf.Tensor:
    """Tell which predictions overlap any truth of their picture by more: `(batch, n)`.

    Compared with all truths `(batch, m, 4)`, not only with those of the prediction's own scale, as
    Darknet does (yolo_layer.c, `ignore_thresh`). One truth after the other, so that the few rows
    of `(batch, n)` that it takes stay in the processor's cache however many boxes there are.
    """
    xmin, ymin, xmax, ymax = tf.unstack(tf.stop_gradient(decode_boxes(raw[..., :4], grid)), axis=-1)
    area = (xmax - xmin) * (ymax - ymin)
    above = tf.zeros(tf.shape(raw)[:2], tf.bool)
    for number in tf.range(tf.shape(truths)[1]):
        left, top, right, bottom = tf.unstack(truths[:, number, :, None], axis=1)
        width = tf.minimum(xmax, right) - tf.maximum(xmin, left)
        height = tf.minimum(ymax, bottom) - tf.maximum(ymin, top)
        both = tf.maximum(width, 0.0) * tf.maximum(height, 0.0)
        union = area + (right - left) * (bottom - top) - both
        above |= both > threshold * union
    return above
