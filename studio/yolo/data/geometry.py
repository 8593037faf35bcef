"""Affine maps of the plane as 3 × 3 tensors, and boxes under them, in the graph.

A map takes a point (x, y, 1) in edge coordinates to another; `a @ b` does b first.
"""

from __future__ import annotations

import math

from studio.yolo.backend import tf

KEPT_AREA = 0.25  # of a box that must stay visible for it to be learnt
KEPT_SIDE = 2.0  # pixels of the input


def matrix(*rows: tuple[tf.Tensor | float, ...]) -> tf.Tensor:
    """Return the map of the two upper rows."""
    flat = [value for row in (*rows, (0.0, 0.0, 1.0)) for value in row]
    return tf.reshape(tf.stack(flat), (3, 3))


def moved(x: tf.Tensor | float, y: tf.Tensor | float) -> tf.Tensor:
    return matrix((1.0, 0.0, x), (0.0, 1.0, y))


def scaled(x: tf.Tensor | float, y: tf.Tensor | float) -> tf.Tensor:
    return matrix((x, 0.0, 0.0), (0.0, y, 0.0))


def turned(degrees: tf.Tensor) -> tf.Tensor:
    """Return the turn about the origin, clockwise as seen (y points down)."""
    angle = degrees * (math.pi / 180)
    return matrix((tf.cos(angle), -tf.sin(angle), 0.0), (tf.sin(angle), tf.cos(angle), 0.0))


def sheared(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Return the shear by so many degrees along each axis."""
    return matrix((1.0, tf.tan(x * (math.pi / 180)), 0.0), (tf.tan(y * (math.pi / 180)), 1.0, 0.0))


def about(x: tf.Tensor | float, y: tf.Tensor | float, change: tf.Tensor) -> tf.Tensor:
    """Return a map that leaves a point where it is and does `change` around it."""
    return moved(x, y) @ change @ moved(-x, -y)


def bounds(boxes: tf.Tensor, view: tf.Tensor) -> tf.Tensor:
    """Map `(m, 4)` xyxy boxes: the rectangle around their four corners."""
    corners = _corners(boxes, view)
    return tf.concat([tf.reduce_min(corners, axis=1), tf.reduce_max(corners, axis=1)], axis=1)


def bounds_inside(boxes: tf.Tensor, view: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Map `(m, 4)` boxes: the rectangle around what of each lies within (0, 0) to `size`.

    A turned box may have a corner outside, which then does not count: the sides are cut at the
    border (Liang and Barsky 1984), and corners of the input count where they lie in the box.
    What lies outside altogether has no area.
    """
    start = _corners(boxes, view)
    along = tf.roll(start, shift=-1, axis=1) - start
    along = tf.where(tf.abs(along) < 1e-6, 1e-6, along)
    cuts = tf.stack([-start / along, (size - start) / along])
    enter = tf.maximum(tf.reduce_max(tf.reduce_min(cuts, axis=0), axis=-1), 0.0)
    leave = tf.minimum(tf.reduce_min(tf.reduce_max(cuts, axis=0), axis=-1), 1.0)
    ends = [start + along * share[..., None] for share in (enter, leave)]
    whole = tf.concat([tf.zeros(2), size], axis=0)[None]
    frame, source = _corners(whole, tf.eye(3))[0], _corners(whole, tf.linalg.inv(view))[0]
    held = (source >= boxes[:, None, :2]) & (source <= boxes[:, None, 2:])
    frames = tf.broadcast_to(frame, tf.shape(start))
    points = tf.concat([*ends, frames], axis=1)
    counts = tf.concat([enter <= leave, enter <= leave, tf.reduce_all(held, axis=-1)], axis=1)
    far = tf.reduce_max(size)
    low = tf.reduce_min(tf.where(counts[..., None], points, far), axis=1)
    high = tf.reduce_max(tf.where(counts[..., None], points, 0.0), axis=1)
    return tf.concat([tf.clip_by_value(low, 0.0, size), tf.clip_by_value(high, 0.0, size)], axis=1)


def _corners(boxes: tf.Tensor, view: tf.Tensor) -> tf.Tensor:
    """Return the mapped corners of boxes, one after the other around them: `(m, 4, 2)`."""
    xmin, ymin, xmax, ymax = tf.unstack(boxes, axis=1)
    xs, ys = tf.stack([xmin, xmax, xmax, xmin], 1), tf.stack([ymin, ymin, ymax, ymax], 1)
    across = view[0, 0] * xs + view[0, 1] * ys + view[0, 2]
    down = view[1, 0] * xs + view[1, 1] * ys + view[1, 2]
    return tf.stack([across, down], axis=-1)


def clipped(boxes: tf.Tensor, window: tf.Tensor) -> tf.Tensor:
    """Clip `(m, 4)` boxes to a window xyxy `(4,)`."""
    low, high = tf.tile(window[:2], (2,)), tf.tile(window[2:], (2,))
    return tf.clip_by_value(boxes, low, high)


def area(boxes: tf.Tensor) -> tf.Tensor:
    """Return `(m,)` areas, 0 for what has none."""
    return tf.reduce_prod(tf.maximum(boxes[:, 2:] - boxes[:, :2], 0.0), axis=1)


def seen_through(
    boxes: tf.Tensor, view: tf.Tensor, window: tf.Tensor, size: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Map `(m, 4)` boxes of a picture of which only a window `(4,)` is shown into an input.

    `size` is the input's (width, height). Returns the boxes, around what is visible, and
    `(m,)` whether enough of each is left for it to be learnt.
    """
    shown = clipped(boxes, window)
    inside = bounds_inside(shown, view, size)
    kept = area(inside) >= KEPT_AREA * area(bounds(boxes, view))
    kept &= tf.reduce_all(inside[:, 2:] - inside[:, :2] >= KEPT_SIDE, axis=1)
    return inside, kept & (area(shown) > 0)
