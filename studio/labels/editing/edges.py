"""The edges of a box as a person sets them: whole pixels inside the picture, never too close.

Whole pixels, since that is what label files hold, counted from 1: of a box that is drawn up to
the left or upper border, at 0, they say that it begins at 1. Nothing else differs from what is
seen, and to `at_border` both are the border.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from studio.labels.boxes import MIN_SIDE

Point = tuple[float, float]
Edges = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax."""
Span = tuple[float, float]
"""Where a box begins and ends along one axis."""

_FIRST = 1  # what label files say of a side on the left or upper border


@dataclass(frozen=True, slots=True)
class Shape:
    """How a box is drawn: with equal sides, and out of its centre instead of a corner."""

    is_square: bool = False
    is_centred: bool = False


FREE = Shape()


def snap(value: float, limit: int) -> float:
    """Return the nearest whole pixel inside the picture."""
    return min(max(_whole(value), 0.0), float(limit))


def _whole(value: float) -> float:
    return float(math.floor(value + 0.5))


def drawn(start: Point, end: Point, size: tuple[int, int], shape: Shape = FREE) -> Edges:
    """Return the edges of a box drawn from a point to another, in a picture of that (w, h).

    A square stays one at the picture's border; any other box is cut off there.
    """
    anchor = snap(start[0], size[0]), snap(start[1], size[1])
    reach = _whole(end[0]) - anchor[0], _whole(end[1]) - anchor[1]
    if shape.is_square:
        reach = _squared(anchor, reach, size, shape)
    xmin, xmax = _drawn_span(anchor[0], reach[0], size[0], shape)
    ymin, ymax = _drawn_span(anchor[1], reach[1], size[1], shape)
    return xmin, ymin, xmax, ymax


def _squared(anchor: Point, reach: Point, size: tuple[int, int], shape: Shape) -> Point:
    """Return the larger reach for both axes, or as far as both can go."""
    rooms = [
        min(at, limit - at) if shape.is_centred else (limit - at if by >= 0 else at)
        for at, by, limit in zip(anchor, reach, size, strict=True)
    ]
    side = min(max(abs(reach[0]), abs(reach[1])), *rooms)
    return math.copysign(side, reach[0]), math.copysign(side, reach[1])


def _drawn_span(anchor: float, reach: float, limit: int, shape: Shape) -> Span:
    if shape.is_centred:
        return _inside(anchor - abs(reach), anchor + abs(reach), limit)
    return _inside(min(anchor, anchor + reach), max(anchor, anchor + reach), limit)


def _inside(low: float, high: float, limit: int) -> Span:
    """Cut a span off at the border; what would be too thin becomes as thin as is allowed."""
    low, high = max(low, 0.0), min(high, float(limit))
    if high - low < MIN_SIDE:
        low = min(max(low, 0.0), limit - MIN_SIDE)
        high = low + MIN_SIDE
    return low, high


def pulled(span: Span, side: int, by: float, limit: int) -> Span:
    """Drag one end of a span, -1 the low one, 1 the high one; across the other it turns over."""
    low, high = span
    if side == 0 or by == 0:
        return span
    return _between(high, low + by, limit) if side < 0 else _between(low, high + by, limit)


def _between(fixed: float, moving: float, limit: int) -> Span:
    moving = snap(moving, limit)
    low, high = min(fixed, moving), max(fixed, moving)
    if high - low >= MIN_SIDE:
        return low, high
    if moving < fixed:
        low = fixed - MIN_SIDE
    low = min(max(low, 0.0), limit - MIN_SIDE)
    return low, low + MIN_SIDE


def pushed(span: Span, side: int, by: float, limit: int) -> Span:
    """Move one end of a span by whole pixels, up to the border or up to the other end."""
    low, high = span
    if side < 0:
        return max(min(snap(low + by, limit), high - MIN_SIDE), 0.0), high
    if side > 0:
        return low, min(max(snap(high + by, limit), low + MIN_SIDE), float(limit))
    return span


def step(by: float, span: Span, limit: int) -> float:
    """Return how far a span may go; whole pixels, but it touches the border exactly."""
    return min(max(_whole(by), -span[0]), limit - span[1])


def shifted(edges: Edges, by: Point, size: tuple[int, int]) -> Edges:
    """Return edges elsewhere; clipped, as float arithmetic may leave the picture by a hair."""
    xmin, ymin, xmax, ymax = edges
    low = max(xmin + by[0], 0.0), max(ymin + by[1], 0.0)
    high = min(xmax + by[0], float(size[0])), min(ymax + by[1], float(size[1]))
    return *low, *high


def at_border(edges: Edges, size: tuple[int, int]) -> frozenset[int]:
    """Return which edges are saved as the border of a picture of that (w, h): 0 is xmin."""
    low = [i for i in (0, 1) if _whole(edges[i]) <= _FIRST]
    high = [i for i in (2, 3) if _whole(edges[i]) >= size[i - 2]]
    return frozenset(low + high)
