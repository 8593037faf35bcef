"""What is under the pointer, and what is inside a band drawn around it.

Arrays of edges are `(n, 4)`; points and lengths are in pixels of the picture.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

import numpy as np

from studio.labels.boxes import Floats
from studio.labels.editing.edges import Point


class Handle(Enum):
    """A part of a box that can be dragged: which side it moves along x and y; the inside none."""

    INSIDE = (0, 0)
    LEFT = (-1, 0)
    RIGHT = (1, 0)
    TOP = (0, -1)
    BOTTOM = (0, 1)
    TOP_LEFT = (-1, -1)
    TOP_RIGHT = (1, -1)
    BOTTOM_LEFT = (-1, 1)
    BOTTOM_RIGHT = (1, 1)


@dataclass(frozen=True, slots=True)
class HitTarget:
    """What lies under the pointer: a box, by its position, and a part of it."""

    index: int
    handle: Handle


def hit_test(
    *,
    edges: Floats,
    point: Point,
    tolerance: float,
    selection: Collection[int] = (),
    skip: Collection[int] = (),
    first: int | None = None,
) -> HitTarget | None:
    """Return the box and the part of it at a point, None where there is no box.

    The handles of selected boxes come before the box `first`, and that before the smallest.
    """
    targets = targets_at(edges=edges, point=point, tolerance=tolerance, skip=skip)
    grips = (t for t in targets if t.index in selection and t.handle is not Handle.INSIDE)
    preferred = (t for t in targets if t.index == first)
    return next(grips, None) or next(preferred, None) or next(iter(targets), None)


def targets_at(
    *, edges: Floats, point: Point, tolerance: float, skip: Collection[int] = ()
) -> list[HitTarget]:
    """Return all boxes at a point, the smallest first; those to `skip` are left out.

    `tolerance` is how far outside a box its handles still reach; inside they leave the middle
    half of each side free, so that every box can be moved however small it is. A box beside the
    point counts as large as it were if it reached there: among tiny ones the one that is pointed
    at wins.
    """
    x, y = point
    low, high = edges[:, :2] - tolerance, edges[:, 2:] + tolerance
    near = np.flatnonzero(np.all((low <= (x, y)) & (high >= (x, y)), axis=1))
    reached = _area_with(edges[near], x, y)
    smallest_first = near[np.argsort(reached, kind="stable")].tolist()
    return [
        HitTarget(i, _handle_at(edges[i].tolist(), x, y, tolerance))
        for i in smallest_first
        if i not in skip
    ]


def _area_with(edges: Floats, x: float, y: float) -> Floats:
    """Return the areas `(n,)` of boxes grown on all sides until they reach a point."""
    gaps = np.concatenate([edges[:, :2] - (x, y), (x, y) - edges[:, 2:]], axis=1)
    grown = 2 * np.max(gaps, axis=1, initial=0)
    sides = edges[:, 2:] - edges[:, :2] + grown[:, None]
    area: Floats = sides[:, 0] * sides[:, 1]
    return area


def _handle_at(edges: list[float], x: float, y: float, tolerance: float) -> Handle:
    xmin, ymin, xmax, ymax = edges
    return Handle((_side_at(x, xmin, xmax, tolerance), _side_at(y, ymin, ymax, tolerance)))


def _side_at(value: float, low: float, high: float, tolerance: float) -> int:
    reach = min(tolerance, (high - low) / 4)
    return int(value >= high - reach) - int(value <= low + reach)


def next_below(targets: list[HitTarget], index: int) -> HitTarget | None:
    """Return the box after that one in a list of boxes at a point, the first after the last."""
    order = [target.index for target in targets]
    if index not in order:
        return None
    return targets[(order.index(index) + 1) % len(targets)]


def inside(
    *, edges: Floats, start: Point, end: Point, skip: Collection[int] = ()
) -> frozenset[int]:
    """Return the boxes that lie wholly in the band between two points, but those to `skip`."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    within = np.all((edges[:, :2] >= low) & (edges[:, 2:] <= high), axis=1)
    return frozenset(np.flatnonzero(within).tolist()) - frozenset(skip)
