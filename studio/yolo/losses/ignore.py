"""Which predictions are no background although no box was assigned to them."""

from __future__ import annotations

from studio.yolo.backend import tf
from studio.yolo.network.decode import Cells, decode_boxes

TRUTHS_AT_ONCE = 8
"""Few, so that the rows of `(batch, 8, n)` stay near the processor however many boxes there are;
yet not one by one, which a GPU would be started for a thousand times.
"""


def overlaps_a_truth(raw: tf.Tensor, truths: tf.Tensor, grid: Cells, threshold: float) -> tf.Tensor:
    """Tell which predictions overlap any truth of their picture by more: `(batch, n)`.

    Compared with all truths `(batch, m, 4)`, not only with those of the prediction's own scale, as
    Darknet does (yolo_layer.c, `ignore_thresh`). Each edge is a tensor of its own: slices of an
    innermost axis of four take twice as long.
    """
    edges = tf.unstack(tf.stop_gradient(decode_boxes(raw[..., :4], grid)), axis=-1)
    xmin, ymin, xmax, ymax = (edge[:, None] for edge in edges)
    area = (xmax - xmin) * (ymax - ymin)
    above = tf.zeros(tf.shape(raw)[:2], tf.bool)
    for first in tf.range(0, tf.shape(truths)[1], TRUTHS_AT_ONCE):
        some = truths[:, first : first + TRUTHS_AT_ONCE, :, None]
        left, top, right, bottom = tf.unstack(some, axis=2)
        width = tf.minimum(xmax, right) - tf.maximum(xmin, left)
        height = tf.minimum(ymax, bottom) - tf.maximum(ymin, top)
        both = tf.maximum(width, 0.0) * tf.maximum(height, 0.0)
        union = area + (right - left) * (bottom - top) - both
        above |= tf.reduce_any(both > threshold * union, axis=1)
    return above
