"""Where the lines of boxes lie on a screen: all boxes at once, on whole device pixels.

Arrays of rectangles are `(n, 4)` int32: left, top, right, bottom. Edges lie between pixels (right
and bottom are the first pixel outside); what is filled is given by its first and last pixels.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.labels.boxes import Box, Floats, as_array
from studio.labels.screen.viewport import Viewport

Pixels = NDArray[np.int32]
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]
Area = tuple[int, int, int, int]
"""Left, top, right, bottom of a part of the screen, in device pixels."""

_FEW = 50  # so many tags are never too many
_CROWDED = 0.25  # of the area where boxes are, under tags


@dataclass(frozen=True, slots=True)
class Grid:
    """The device pixels of a screen: `pixel = image · scale + offset`, the offset in whole ones.

    A picture that is pushed moves by whole pixels, so what was painted can be moved instead.
    """

    scale: float
    x: int
    y: int

    @classmethod
    def of(cls, viewport: Viewport, ratio: float) -> Grid:
        """Return the grid nearest to a viewport; `ratio` is device pixels per logical one."""
        return cls(viewport.scale * ratio, round(viewport.x * ratio), round(viewport.y * ratio))

    def viewport(self, ratio: float) -> Viewport:
        """Return the viewport that lies exactly on this grid."""
        return Viewport(self.scale / ratio, self.x / ratio, self.y / ratio)

    def pixels(self, edges: Floats) -> Pixels:
        """Return `(n, 4)` edges in pixels of the picture as edges on the screen."""
        scaled = np.floor(edges.astype(np.float64) * self.scale + 0.5).astype(np.int32)
        return scaled + np.array((self.x, self.y, self.x, self.y), np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Boxes as arrays: `edges` `(n, 4)`; of `(n,)`, `codes` into `labels`, and Python's `ids`."""

    boxes: tuple[Box, ...]
    edges: Floats
    labels: tuple[str, ...]
    codes: NDArray[np.intp]
    ids: NDArray[np.int64]

    @classmethod
    def of(cls, boxes: tuple[Box, ...]) -> Marks:
        labels = tuple(dict.fromkeys([box.label for box in boxes]))
        code_of = {label: code for code, label in enumerate(labels)}
        codes = np.fromiter([code_of[box.label] for box in boxes], np.intp, len(boxes))
        ids = np.fromiter(map(id, boxes), np.int64, len(boxes))
        return cls(boxes, as_array(boxes), labels, codes, ids)

    def then(self, boxes: tuple[Box, ...]) -> Marks:
        """Return the marks of boxes most of which are these: an edit is of one or a few."""
        same = range(min(len(boxes), len(self.boxes)))
        head = next((i for i in same if boxes[i] is not self.boxes[i]), len(same))
        rest = same[: len(same) - head]
        tail = next((i for i in rest if boxes[-1 - i] is not self.boxes[-1 - i]), len(rest))
        fresh = Marks.of(boxes[head : len(boxes) - tail])
        labels = tuple(dict.fromkeys(self.labels + fresh.labels))
        codes = np.array([labels.index(label) for label in fresh.labels], np.intp)[fresh.codes]
        first, last = slice(0, head), slice(len(self.boxes) - tail, None)
        edges = np.concatenate((self.edges[first], fresh.edges, self.edges[last]))
        codes = np.concatenate((self.codes[first], codes, self.codes[last]))
        ids = np.concatenate((self.ids[first], fresh.ids, self.ids[last]))
        return Marks(boxes, edges, labels, codes, ids)

    def mask(self, positions: Iterable[int]) -> Mask:
        """Return which boxes are at these positions; positions that do not exist are left out."""
        chosen = np.zeros(len(self.boxes), bool)
        chosen[[i for i in positions if i < len(self.boxes)]] = True
        return chosen


def among(values: NDArray[np.int64], known: NDArray[np.int64]) -> Mask:
    """Return which of some numbers are among others; `np.isin` takes several times as long."""
    if not len(known):
        return np.zeros(len(values), bool)
    known = np.sort(known)
    found: Mask = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return found


def sides(edges: Pixels, out: int, thickness: int) -> Pixels:
    """Return the four sides `(4 n, 4)` of frames as first and last pixels.

    A frame begins `out` pixels outside the edges and is so thick inwards.
    """
    left, top, right, bottom = (edges + np.array((-out, -out, out, out), np.int32)).T
    below, above = top + thickness, np.maximum(bottom - thickness, top + thickness) - 1
    made = np.empty((4, len(edges), 4), np.int32)
    made[0].T[:] = left, top, right - 1, below - 1
    made[1].T[:] = left, bottom - thickness, right - 1, bottom - 1
    made[2].T[:] = left, below, left + thickness - 1, above
    made[3].T[:] = right - thickness, below, right - 1, above
    return made.reshape(-1, 4)


def touching(extents: Pixels, area: Area) -> Mask:
    """Return which `(n, 4)` extents have a pixel in a part of the screen."""
    left, top, right, bottom = area
    beside = (extents[:, 2] > left) & (extents[:, 0] < right)
    mask: Mask = beside & (extents[:, 3] > top) & (extents[:, 1] < bottom)
    return mask


def surfaces(edges: Pixels) -> Pixels:
    """Return what lies inside edges, as first and last pixels."""
    return edges - np.array((0, 0, 1, 1), np.int32)


def around(extents: Pixels) -> Area:
    """Return the smallest part of the screen with all of the extents in it; there must be one."""
    left, top = extents[:, :2].min(axis=0).tolist()
    right, bottom = extents[:, 2:].max(axis=0).tolist()
    return left, top, right, bottom


def overlap(one: Area, other: Area) -> Area | None:
    """Return what two parts of the screen have in common, None for nothing."""
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[2], other[2]), min(one[3], other[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def uncovered(dx: int, dy: int, view: Area) -> list[Area]:
    """Return the parts of a view that show something new once its contents moved by so much."""
    left, top, right, bottom = view
    beside = (left, top, left + dx, bottom) if dx > 0 else (right + dx, top, right, bottom)
    beyond = (left, top, right, top + dy) if dy > 0 else (left, bottom + dy, right, bottom)
    return [part for strip in (beside, beyond) if (part := overlap(strip, view))]


def is_crowded(edges: Pixels, tags: NDArray[np.int32]) -> bool:
    """Tell whether tags of so many pixels each (0 for none) would hide where the boxes are."""
    if np.count_nonzero(tags) <= _FEW:
        return False
    left, top, right, bottom = around(edges)
    return float(tags.sum(dtype=np.float64)) > _CROWDED * (right - left) * (bottom - top)
