"""Which boxes are selected, hidden and locked; none of this is an edit of labels."""

from __future__ import annotations

from dataclasses import replace

from studio.labels.boxes import Box
from studio.labels.editing import Document, select


def select_all(document: Document) -> Document:
    """Select every box that can be seen and changed."""
    return select(document, _open_to_change(document))


def select_class(document: Document) -> Document:
    """Select the boxes of the classes of the selected ones that can be seen and changed."""
    labels = {document.boxes[i].label for i in document.selection}
    of_class = {i for i in _open_to_change(document) if document.boxes[i].label in labels}
    return select(document, document.selection | of_class)


def _open_to_change(document: Document) -> frozenset[int]:
    return frozenset(range(len(document.boxes))) - document.hidden - document.locked


def select_next(document: Document, by: int) -> Document:
    """Select the next box in reading order (`by` = 1) or the one before (-1), round and round."""
    order = [i for i in reading_order(document.boxes) if i not in document.hidden]
    if not order:
        return document
    places = [place for place, i in enumerate(order) if i in document.selection]
    if not places:
        return select(document, (order[0 if by > 0 else -1],))
    place = (max(places) if by > 0 else min(places)) + by
    return select(document, (order[place % len(order)],))


def reading_order(boxes: tuple[Box, ...]) -> list[int]:
    """Return the positions of boxes line by line; a line is what reaches beside its first box."""
    lines: list[list[int]] = []
    bottom = 0.0
    for i in sorted(range(len(boxes)), key=lambda i: boxes[i].ymin + boxes[i].ymax):
        middle = (boxes[i].ymin + boxes[i].ymax) / 2
        if not lines or middle >= bottom:
            lines.append([])
            bottom = boxes[i].ymax
        lines[-1].append(i)
    return [i for line in lines for i in sorted(line, key=lambda i: boxes[i].xmin)]


def hide(document: Document) -> Document:
    """Hide the selected boxes; they are selected no longer."""
    hidden = document.hidden | document.selection
    return replace(document, hidden=hidden, selection=frozenset())


def show_all(document: Document) -> Document:
    """Show every box."""
    return replace(document, hidden=frozenset())


def toggle_locked(document: Document) -> Document:
    """Lock the selected boxes, or unlock them if all of them are locked."""
    if document.free:
        return replace(document, locked=document.locked | document.selection)
    return replace(document, locked=document.locked - document.selection)


def unlock_all(document: Document) -> Document:
    """Let every box be changed again."""
    return replace(document, locked=frozenset())
