"""Edits of a picture's labels, without a screen.

A `Document` is never changed: every function returns another one. Points and lengths are in
pixels of the picture. A box that is locked stays as it is, selected or not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from studio.labels.boxes import MIN_SIDE, Box
from studio.labels.editing import edges
from studio.labels.editing.edges import FREE, Edges, Point, Shape
from studio.labels.editing.hits import Handle, HitTarget


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

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def free(self) -> frozenset[int]:
        """Those of the selected boxes that can be changed."""
        return self.selection - self.locked

    def says_what(self, other: Document) -> bool:
        """Tell whether both have the same labels, whatever is selected, hidden or locked."""
        marks = (self.verified, self.labelled)
        return marks == (other.verified, other.labelled) and self.boxes == other.boxes


def select(document: Document, indices: Iterable[int]) -> Document:
    """Select these boxes and no others; what is hidden, or gone meanwhile, cannot be selected."""
    there = frozenset(i for i in indices if 0 <= i < len(document.boxes))
    return replace(document, selection=there - document.hidden)


# --- boxes that come and go ---------------------------------------------------------------------


def add(document: Document, boxes: Iterable[Box]) -> Document:
    """Append copies of boxes, clipped to the picture, and select them.

    What lies outside, and what is already there to the letter, is left out.
    """
    there = {(box.label, box.xyxy) for box in document.boxes}
    fresh = [copy for box in boxes if (copy := _copied(box, document))]
    return _with_more(document, [box for box in fresh if (box.label, box.xyxy) not in there])


def _copied(box: Box, document: Document) -> Box | None:
    xmin, ymin = max(box.xmin, 0.0), max(box.ymin, 0.0)
    xmax, ymax = min(box.xmax, document.width), min(box.ymax, document.height)
    if xmax - xmin < MIN_SIDE or ymax - ymin < MIN_SIDE:
        return None
    clipped = box.at((xmin, ymin, xmax, ymax))
    is_cut = clipped.xyxy != box.xyxy
    return replace(clipped, truncated=box.truncated or is_cut, source=None)


def draw(document: Document, label: str, start: Point, end: Point, shape: Shape = FREE) -> Document:
    """Append a box between two points, and select it."""
    place = edges.drawn(start, end, document.size, shape)
    is_truncated = bool(edges.at_border(place, document.size))
    return _with_more(document, [Box(label, *place, truncated=is_truncated)])


def duplicate(document: Document, by: float) -> Document:
    """Copy the selected boxes, select the copies and move them aside so that both are seen."""
    copies = [replace(document.boxes[i], source=None) for i in sorted(document.selection)]
    doubled = _with_more(document, copies)
    aside = move(doubled, by, by)
    return aside if aside.boxes != doubled.boxes else move(doubled, -by, -by)


def _with_more(document: Document, boxes: list[Box]) -> Document:
    """Append boxes and select them."""
    count = len(document.boxes)
    selection = frozenset(range(count, count + len(boxes)))
    return replace(document, boxes=(*document.boxes, *boxes), selection=selection)


def delete(document: Document) -> Document:
    """Remove the selected boxes; those that stay are hidden and locked as before."""
    gone = document.free
    kept = [i for i in range(len(document.boxes)) if i not in gone]
    places = {old: new for new, old in enumerate(kept)}
    return replace(
        document,
        boxes=tuple(document.boxes[i] for i in kept),
        selection=frozenset(),
        hidden=frozenset(places[i] for i in document.hidden if i in places),
        locked=frozenset(places[i] for i in document.locked if i in places),
    )


# --- where boxes are ----------------------------------------------------------------------------


def resize(document: Document, target: HitTarget, dx: float, dy: float) -> Document:
    """Move one side or corner of a box; pulled across the opposite one, the box turns over."""
    box = document.boxes[target.index]
    column, row = target.handle.value
    xmin, xmax = edges.pulled((box.xmin, box.xmax), column, dx, document.width)
    ymin, ymax = edges.pulled((box.ymin, box.ymax), row, dy, document.height)
    return _with_places(document, {target.index: (xmin, ymin, xmax, ymax)})


def push_side(document: Document, handle: Handle, dx: float, dy: float) -> Document:
    """Move one side of each selected box, up to the border or to the opposite side."""
    places = {}
    for i in document.free:
        box, (column, row) = document.boxes[i], handle.value
        xmin, xmax = edges.pushed((box.xmin, box.xmax), column, dx, document.width)
        ymin, ymax = edges.pushed((box.ymin, box.ymax), row, dy, document.height)
        places[i] = xmin, ymin, xmax, ymax
    return _with_places(document, places)


def move(document: Document, dx: float, dy: float) -> Document:
    """Move the selected boxes together by whole pixels, as far as the picture's border."""
    chosen = {i: document.boxes[i] for i in document.free}
    if not chosen:
        return document
    columns = min(b.xmin for b in chosen.values()), max(b.xmax for b in chosen.values())
    rows = min(b.ymin for b in chosen.values()), max(b.ymax for b in chosen.values())
    by = edges.step(dx, columns, document.width), edges.step(dy, rows, document.height)
    places = {i: edges.shifted(box.xyxy, by, document.size) for i, box in chosen.items()}
    return _with_places(document, places)


def _with_places(document: Document, places: dict[int, Edges]) -> Document:
    """Return the boxes elsewhere, and `truncated` where that follows from it.

    A side that comes to the picture's border sets the flag, the last side that leaves the border
    clears it. As long as neither happens it stays as it is: what a person set holds.
    """
    boxes = {}
    for i, place in places.items():
        box = document.boxes[i]
        before = edges.at_border(box.xyxy, document.size)
        after = edges.at_border(place, document.size)
        is_truncated = bool(after - before) or (box.truncated and not (before and not after))
        boxes[i] = replace(box.at(place), truncated=is_truncated)
    return _with_boxes(document, boxes)


# --- what boxes say -----------------------------------------------------------------------------


def relabel(document: Document, label: str) -> Document:
    """Give the selected boxes another class."""
    return _with_boxes(
        document, {i: replace(document.boxes[i], label=label) for i in document.free}
    )


def rename(document: Document, old: str, new: str) -> Document:
    """Give every box of one class another, also those that are hidden or locked."""
    boxes = {i: replace(b, label=new) for i, b in enumerate(document.boxes) if b.label == old}
    return _with_boxes(document, boxes)


FLAGS = ("difficult", "truncated", "occluded")


def toggle_flag(document: Document, flag: str) -> Document:
    """Set one of `FLAGS` of the selected boxes, or clear it if all of them have it."""
    chosen = {i: document.boxes[i] for i in document.free}
    mark: dict[str, Any] = {flag: not all(getattr(box, flag) for box in chosen.values())}
    return _with_boxes(document, {i: replace(box, **mark) for i, box in chosen.items()})


def set_pose(document: Document, pose: str) -> Document:
    """Say from which side the selected boxes show their objects."""
    return _with_boxes(document, {i: replace(document.boxes[i], pose=pose) for i in document.free})


def _with_boxes(document: Document, changed: dict[int, Box]) -> Document:
    boxes = tuple(changed.get(i, box) for i, box in enumerate(document.boxes))
    return replace(document, boxes=boxes)


# --- what the picture says ----------------------------------------------------------------------


def toggle_verified(document: Document) -> Document:
    """Mark a picture as verified, or take the mark back."""
    return replace(document, verified=not document.verified)


def toggle_labelled(document: Document) -> Document:
    """Say of a picture without boxes that there is nothing in it, or take that back."""
    return replace(document, labelled=not document.labelled)
