"""Raw heads -> boxes and scores, on the graph.

All heads of a picture are handled as one list of n cells: head by head in the order of the
network's file, then rows, columns, anchors. For YOLOv3 at 416 that is
n = 3 · (13² + 26² + 52²) = 10,647.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.yolo.backend import tf
from studio.yolo.network.model import ModelConfig

RAW_LIMIT = 1e4  # keeps an infinite head finite; sigmoid and losses are long saturated there
SIZE_LIMIT = 10.0  # of the exponent of a side: a factor of 22,000 to the anchor


@dataclass(frozen=True, slots=True)
class Head:
    """Where the cells of one head lie in the list: from `first`, row by row, anchor by anchor."""

    stride: int
    columns: int
    rows: int
    mask: tuple[int, ...]
    first: int

    @property
    def count(self) -> int:
        return self.columns * self.rows * len(self.mask)


def heads(config: ModelConfig) -> list[Head]:
    """Lay out the heads of a model, in the order of its file."""
    width, height = config.input_size
    found: list[Head] = []
    for stride, mask in zip(config.strides, config.head_masks, strict=True):
        first = sum(head.count for head in found)
        found.append(Head(stride, width // stride, height // stride, mask, first))
    return found


@dataclass(frozen=True, slots=True)
class Cells:
    """The constants of each cell, or of some: column and row `(n, 2)`, stride `(n, 1)`, anchor
    `(n, 2)` and `scale_x_y` `(n, 1)`; arrays, or tensors in the graph.

    `size` is the input's width and height.
    """

    offset: Any
    stride: Any
    anchor: Any
    scale: Any
    size: tuple[int, int]

    @property
    def count(self) -> int:
        return len(self.offset)

    def at(self, places: tf.Tensor) -> Cells:
        """Return those of some cells: `(…)` places, `(…, 2)` or `(…, 1)` constants."""
        return Cells(
            tf.gather(self.offset, places),
            tf.gather(self.stride, places),
            tf.gather(self.anchor, places),
            tf.gather(self.scale, places),
            self.size,
        )


def cells(config: ModelConfig) -> Cells:
    """Lay out the cells of a model."""
    anchors = config.anchors.array().astype(np.float32)
    offsets, strides, sizes, scales = [], [], [], []
    for head, scale in zip(heads(config), config.scales, strict=True):
        shape = (head.rows, head.columns, len(head.mask))
        row, column, place = np.indices(shape).reshape(3, -1)
        offsets.append(np.stack([column, row], axis=1))
        strides.append(np.full((len(row), 1), head.stride))
        sizes.append(anchors[np.array(head.mask)[place]])
        scales.append(np.full((len(row), 1), scale))
    return Cells(
        np.concatenate(offsets).astype(np.float32),
        np.concatenate(strides).astype(np.float32),
        np.concatenate(sizes),
        np.concatenate(scales).astype(np.float32),
        config.input_size,
    )


def flatten(raw: list[tf.Tensor]) -> tf.Tensor:
    """Join raw heads `(batch, rows, columns, anchors, values)` to `(batch, n, values)`."""
    values = raw[0].shape[-1]
    flat = [tf.reshape(head, (tf.shape(head)[0], -1, values)) for head in raw]
    return tf.clip_by_value(tf.concat(flat, axis=1), -RAW_LIMIT, RAW_LIMIT)


def decode_boxes(raw: tf.Tensor, cells: Cells) -> tf.Tensor:
    """Turn raw x, y, w, h `(…, 4)` of cells into boxes `(…, 4)` xyxy in pixels of the input.

    b_xy = (s · sigmoid(t) − (s − 1) / 2 + cell) · stride, b_wh = anchor · exp(t) (YOLOv3, Redmon
    and Farhadi 2018, section 2.1; s is `scale_x_y` of Darknet's yolo_layer.c, 1 in YOLOv3).
    """
    scale = cells.scale
    shift = scale * tf.sigmoid(raw[..., :2]) - (scale - 1) / 2
    centre = (shift + cells.offset) * cells.stride
    half = cells.anchor * tf.exp(tf.clip_by_value(raw[..., 2:4], -SIZE_LIMIT, SIZE_LIMIT)) / 2
    return tf.concat([centre - half, centre + half], axis=-1)


def best_candidates(
    raw: tf.Tensor, grid: Cells, limit: int
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the best `limit` cells of each picture: boxes, scores and classes, best first.

    `raw` is `(batch, n, 5 + classes)`. A cell's score is its objectness times the probability of
    its best class. Shapes `(batch, k, 4)`, `(batch, k)`, `(batch, k)` with k = min(limit, n).
    """
    label = tf.argmax(raw[..., 5:], axis=-1, output_type=tf.int32)
    score = tf.sigmoid(raw[..., 4]) * tf.sigmoid(tf.reduce_max(raw[..., 5:], axis=-1))
    score, place = tf.math.top_k(score, min(limit, grid.count))
    boxes = decode_boxes(tf.gather(raw[..., :4], place, batch_dims=1), grid.at(place))
    return boxes, score, tf.gather(label, place, batch_dims=1)
