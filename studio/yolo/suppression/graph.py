"""Suppression on the graph, for many pictures at once; means what `suppress` says.

Nothing here depends on how many boxes a picture has: shapes in are shapes out, and how many of
them are detections is a number beside them.
"""

from __future__ import annotations

from typing import NamedTuple

from studio.yolo.backend import tf
from studio.yolo.suppression.plain import SIGMA, SOFT, Method


class Kept(NamedTuple):
    """`(batch, n)` boxes, scores and classes, best first; the first `count` `(batch,)` are kept."""

    boxes: tf.Tensor
    scores: tf.Tensor
    classes: tf.Tensor
    count: tf.Tensor


def suppress(
    boxes: tf.Tensor,
    scores: tf.Tensor,
    classes: tf.Tensor,
    confidence: tf.Tensor,
    iou: tf.Tensor,
    method: Method,
) -> Kept:
    """Suppress candidates `(batch, n, 4)`, `(batch, n)`, `(batch, n)`, which come best first.

    Those without area and those below the confidence are none.
    """
    limit = scores.shape[1]
    # Only as many as the fullest picture has: the overlaps of all with all are n² numbers.
    sure = tf.reduce_max(tf.reduce_sum(tf.cast(scores >= confidence, tf.int32), axis=1))
    boxes, scores, classes = boxes[:, :sure], scores[:, :sure], classes[:, :sure]
    usable = (scores >= confidence) & tf.reduce_all(boxes[..., 2:] > boxes[..., :2], axis=-1)
    overlaps = _overlaps(boxes, method)
    if method in SOFT:
        decay = tf.where(_rivals(classes, method), _decay(overlaps, iou, method), 1.0)
        scores, kept = _soften(scores, usable, decay, confidence)
    else:
        kept = _survivors(usable, (overlaps > iou) & _rivals(classes, method))
    return _best_first(boxes, scores, classes, kept, limit)


def _overlaps(boxes: tf.Tensor, method: Method) -> tf.Tensor:
    """Return how much each box overlaps each, `(batch, n, n)`; 0 for boxes without area."""
    low, high = boxes[..., :2], boxes[..., 2:]
    shared = _sides(tf.maximum(_rows(low), _columns(low)), tf.minimum(_rows(high), _columns(high)))
    both = shared[..., 0] * shared[..., 1]
    sides = _sides(low, high)
    area = sides[..., 0] * sides[..., 1]
    iou = tf.math.divide_no_nan(both, area[:, :, None] + area[:, None, :] - both)
    return iou - _apart(low, high) if method == "diou" else iou


def _apart(low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
    """Return d²/c² of DIoU: between the centres, and across the smallest box around both."""
    doubled = low + high
    between = (_columns(doubled) - _rows(doubled)) / 2
    across = tf.maximum(_rows(high), _columns(high)) - tf.minimum(_rows(low), _columns(low))
    return tf.math.divide_no_nan(_squares(between), _squares(across))


def _squares(values: tf.Tensor) -> tf.Tensor:
    return values[..., 0] * values[..., 0] + values[..., 1] * values[..., 1]


def _sides(low: tf.Tensor, high: tf.Tensor) -> tf.Tensor:
    return tf.maximum(high - low, 0.0)


def _rows(values: tf.Tensor) -> tf.Tensor:
    return values[:, :, None]


def _columns(values: tf.Tensor) -> tf.Tensor:
    return values[:, None, :]


def _rivals(classes: tf.Tensor, method: Method) -> tf.Tensor:
    """Tell which box `(batch, n, ·)` may suppress which `(batch, ·, n)`."""
    if method == "agnostic":
        return tf.constant(True)
    return _rows(classes) == _columns(classes)


def _survivors(usable: tf.Tensor, covers: tf.Tensor) -> tf.Tensor:
    """Return which boxes stay when each that stays removes those after it that it covers.

    All boxes are judged at once, again and again, by those that stayed the last time. The first i
    are right after i rounds at the latest, so what does not change any more is the answer; that
    takes as many rounds as boxes hang on one another in a chain, mostly fewer than ten.
    """
    count = tf.shape(usable)[1]
    later = tf.range(count)[:, None] < tf.range(count)[None, :]
    covers = covers & later

    def judge(stay: tf.Tensor, _changed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        again = usable & ~tf.reduce_any(covers & _rows(stay), axis=1)
        return again, tf.reduce_any(again != stay)

    def goes_on(_stay: tf.Tensor, changed: tf.Tensor) -> tf.Tensor:
        return changed

    return tf.while_loop(goes_on, judge, (usable, tf.constant(True)))[0]


def _decay(iou: tf.Tensor, threshold: tf.Tensor, method: Method) -> tf.Tensor:
    if method == "soft":
        return tf.exp(-iou * iou / SIGMA)
    return tf.where(iou > threshold, 1 - iou, 1.0)


def _soften(
    scores: tf.Tensor, usable: tf.Tensor, decay: tf.Tensor, confidence: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the lowered scores and which boxes stay: a round for each box that does."""
    count = tf.shape(scores)[1]

    def take(scores: tf.Tensor, left: tf.Tensor, kept: tf.Tensor) -> tuple[tf.Tensor, ...]:
        best = tf.argmax(tf.where(left, scores, -1.0), axis=1, output_type=tf.int32)
        taken = tf.one_hot(best, count, on_value=True, off_value=False) & left
        kept, left = kept | taken, left & ~taken
        scores = tf.where(left, scores * tf.gather(decay, best, batch_dims=1), scores)
        return scores, left & (scores >= confidence), kept

    def goes_on(_scores: tf.Tensor, left: tf.Tensor, _kept: tf.Tensor) -> tf.Tensor:
        return tf.reduce_any(left)

    start = (scores, usable, tf.zeros_like(usable))
    scores, _, kept = tf.while_loop(goes_on, take, start)
    return scores, kept


def _best_first(
    boxes: tf.Tensor, scores: tf.Tensor, classes: tf.Tensor, kept: tf.Tensor, limit: int
) -> Kept:
    """Put what is kept in front, by score; equal ones stay in order."""
    _, order = tf.math.top_k(tf.where(kept, scores, -1.0), tf.shape(scores)[1])
    boxes, scores, classes = (_take(part, order, limit) for part in (boxes, scores, classes))
    return Kept(boxes, scores, classes, tf.reduce_sum(tf.cast(kept, tf.int32), axis=1))


def _take(values: tf.Tensor, order: tf.Tensor, limit: int) -> tf.Tensor:
    """Put `(batch, m, …)` in order, and fill up to `(batch, limit, …)` with zeros."""
    ordered = tf.gather(values, order, batch_dims=1)
    rest = [[0, 0]] * (len(values.shape) - 2)
    padded = tf.pad(ordered, [[0, 0], [0, limit - tf.shape(values)[1]], *rest])
    return tf.ensure_shape(padded, (None, limit, *values.shape[2:]))
