"""The canvas without a screen: what is under the pointer, what a drag does, undo and redo.

A `Document` is never changed: every function returns another one. Points and lengths are in
pixels of the picture. Edges that a person sets lie on whole pixels, since that is what label files
hold: what is seen is what is saved.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from studio.labels.boxes import MIN_SIDE, Box, Floats, area

Point = tuple[float, float]
Edges = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Document:
    """All that can be edited of a picture of that size, and how its boxes are shown at present.

    `labelled` is whether the picture counts as labelled even without a box: somebody has seen
    that there is nothing in it. `selection`, `hidden` and `locked` are positions in `boxes`.
    """

    width: int
    height: int
    boxes: tuple[Box, ...] = ()
    verified: bool = False
    labelled: bool = False
    selection: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()
    locked: frozenset[int] = frozenset()

    def says_what(self, other: Document) -> bool:
        """Tell whether both have the same labels, whatever is selected, hidden or locked."""
        marks = (self.verified, self.labelled)
        return marks == (other.verified, other.labelled) and self.boxes == other.boxes


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


# --- what is under the pointer ------------------------------------------------------------------


def hit_test(
    *, edges: Floats, point: Point, tolerance: float, selection: Collection[int] = ()
) -> HitTarget | None:
    """Return the box and the part of it at a point, None where there is no box.

    `edges` are all boxes, `(n, 4)`. The handles of selected boxes come first, then the smallest
    box. `tolerance` is how far outside a box its handles still reach; inside they leave the
    middle half of each side free, so that every box can be moved however small it is.
    """
    x, y = point
    low, high = edges[:, :2] - tolerance, edges[:, 2:] + tolerance
    near = np.flatnonzero(np.all((low <= (x, y)) & (high >= (x, y)), axis=1))
    smallest_first = near[np.argsort(area(edges[near]), kind="stable")].tolist()
    targets = [HitTarget(i, _handle_at(edges[i].tolist(), x, y, tolerance)) for i in smallest_first]
    grips = (t for t in targets if t.index in selection and t.handle is not Handle.INSIDE)
    return next(grips, None) or next(iter(targets), None)


def _handle_at(edges: list[float], x: float, y: float, tolerance: float) -> Handle:
    xmin, ymin, xmax, ymax = edges
    return Handle((_side_at(x, xmin, xmax, tolerance), _side_at(y, ymin, ymax, tolerance)))


def _side_at(value: float, low: float, high: float, tolerance: float) -> int:
    reach = min(tolerance, (high - low) / 4)
    return int(value >= high - reach) - int(value <= low + reach)


# --- edits --------------------------------------------------------------------------------------


def select(document: Document, indices: Iterable[int]) -> Document:
    """Select these boxes and no others."""
    return replace(document, selection=frozenset(indices))


def add(document: Document, boxes: Iterable[Box]) -> Document:
    """Append copies of boxes, clipped to the picture, and select them.

    What lies outside, and what is already there to the letter, is left out.
    """
    there = {(box.label, box.xyxy) for box in document.boxes}
    fresh = [copy for box in boxes if (copy := _copied(box, document))]
    fresh = [box for box in fresh if (box.label, box.xyxy) not in there]
    count = len(document.boxes)
    selection = frozenset(range(count, count + len(fresh)))
    return replace(document, boxes=(*document.boxes, *fresh), selection=selection)


def _copied(box: Box, document: Document) -> Box | None:
    xmin, ymin = max(box.xmin, 0.0), max(box.ymin, 0.0)
    xmax, ymax = min(box.xmax, document.width), min(box.ymax, document.height)
    if xmax - xmin < MIN_SIDE or ymax - ymin < MIN_SIDE:
        return None
    return replace(box.at((xmin, ymin, xmax, ymax)), source=None)


def draw(document: Document, label: str, start: Point, end: Point) -> Document:
    """Append a box between two points, and select it."""
    (x0, y0), (x1, y1) = start, end
    xmin, xmax = _span(_snap(x0, document.width), x1, document.width)
    ymin, ymax = _span(_snap(y0, document.height), y1, document.height)
    boxes = (*document.boxes, Box(label, xmin, ymin, xmax, ymax))
    return replace(document, boxes=boxes, selection=frozenset({len(boxes) - 1}))


def resize(document: Document, target: HitTarget, dx: float, dy: float) -> Document:
    """Move one side or corner of a box; pulled across the opposite one, the box turns over."""
    box = document.boxes[target.index]
    column, row = target.handle.value
    xmin, xmax = _pull(box.xmin, box.xmax, column, dx, document.width)
    ymin, ymax = _pull(box.ymin, box.ymax, row, dy, document.height)
    return _with_boxes(document, {target.index: box.at((xmin, ymin, xmax, ymax))})


def _pull(low: float, high: float, side: int, by: float, limit: int) -> tuple[float, float]:
    if side == 0 or by == 0:
        return low, high
    return _span(high, low + by, limit) if side < 0 else _span(low, high + by, limit)


def _span(fixed: float, moving: float, limit: int) -> tuple[float, float]:
    """Return the edges between a fixed one and one that a person moves, inside the picture."""
    moving = _snap(moving, limit)
    low, high = min(fixed, moving), max(fixed, moving)
    if high - low >= MIN_SIDE:
        return low, high
    if moving < fixed:
        low = fixed - MIN_SIDE
    low = min(max(low, 0.0), limit - MIN_SIDE)
    return low, low + MIN_SIDE


def _snap(value: float, limit: int) -> float:
    """Return the nearest whole pixel inside the picture."""
    return float(min(max(math.floor(value + 0.5), 0), limit))


def move(document: Document, dx: float, dy: float) -> Document:
    """Move the selected boxes together by whole pixels, as far as the picture's border."""
    chosen = {i: document.boxes[i] for i in document.selection}
    if not chosen:
        return document
    lows = min(box.xmin for box in chosen.values()), min(box.ymin for box in chosen.values())
    highs = max(box.xmax for box in chosen.values()), max(box.ymax for box in chosen.values())
    dx = _step(dx, lows[0], highs[0], document.width)
    dy = _step(dy, lows[1], highs[1], document.height)
    moved = {i: _moved(box, dx, dy, document) for i, box in chosen.items()}
    return _with_boxes(document, moved)


def _step(by: float, low: float, high: float, limit: int) -> float:
    """Return how far a span may go; it touches the border exactly."""
    return min(max(float(math.floor(by + 0.5)), -low), limit - high)


def _moved(box: Box, dx: float, dy: float, document: Document) -> Box:
    """Return a box elsewhere; clipped, as float arithmetic may leave the picture by a hair."""
    xmin, ymin = max(box.xmin + dx, 0.0), max(box.ymin + dy, 0.0)
    xmax = min(box.xmax + dx, float(document.width))
    ymax = min(box.ymax + dy, float(document.height))
    return box.at((xmin, ymin, xmax, ymax))


def relabel(document: Document, label: str) -> Document:
    """Give the selected boxes another class."""
    chosen = {i: replace(document.boxes[i], label=label) for i in document.selection}
    return _with_boxes(document, chosen)


def delete(document: Document) -> Document:
    """Remove the selected boxes."""
    kept = tuple(box for i, box in enumerate(document.boxes) if i not in document.selection)
    return replace(document, boxes=kept, selection=frozenset())


def duplicate(document: Document, by: float) -> Document:
    """Copy the selected boxes, select the copies and move them aside so that both are seen."""
    copies = [replace(document.boxes[i], source=None) for i in sorted(document.selection)]
    count = len(document.boxes)
    selection = frozenset(range(count, count + len(copies)))
    doubled = replace(document, boxes=(*document.boxes, *copies), selection=selection)
    aside = move(doubled, by, by)
    return aside if aside.boxes != doubled.boxes else move(doubled, -by, -by)


def toggle_verified(document: Document) -> Document:
    """Mark a picture as verified, or take the mark back."""
    return replace(document, verified=not document.verified)


def toggle_labelled(document: Document) -> Document:
    """Say of a picture without boxes that there is nothing in it, or take that back."""
    return replace(document, labelled=not document.labelled)


def describe(before: Document, after: Document) -> str:
    """Say in a few words what an edit did, for the list of edits: "Draw RBC", "Move 3 boxes"."""
    if before.verified != after.verified:
        return "Verified" if after.verified else "Not verified"
    if before.labelled != after.labelled:
        return "No objects here" if after.labelled else "Not labelled yet"
    return "Edit boxes"


def _with_boxes(document: Document, changed: dict[int, Box]) -> Document:
    boxes = tuple(changed.get(i, box) for i, box in enumerate(document.boxes))
    return replace(document, boxes=boxes)
