"""What an edit did, in a few words, for the list of edits; told from the labels alone."""

from __future__ import annotations

from collections import Counter

from studio.labels.boxes import Box
from studio.labels.editing import FLAGS, Document

Pairs = list[tuple[Box, Box]]


def describe(before: Document, after: Document) -> str:
    """Say what an edit did: "Draw RBC", "Move 3 boxes", "RBC → WBC"."""
    if before.verified != after.verified:
        return "Verified" if after.verified else "Not verified"
    if before.labelled != after.labelled:
        return "No objects here" if after.labelled else "Not labelled yet"
    if len(after.boxes) > len(before.boxes):
        return _of_new(list(after.boxes[len(before.boxes) :]), before)
    if len(after.boxes) < len(before.boxes):
        gone = Counter(_without(before, after)) - Counter(_without(after, before))
        return f"Delete {_named(list(gone.elements()))}"
    pairs = zip(before.boxes, after.boxes, strict=True)
    return _of_changed([(a, b) for a, b in pairs if a is not b and a != b])


def _without(document: Document, other: Document) -> list[Box]:
    """Return the boxes that are not the very same objects in the other document.

    Comparing what thousands of boxes say would be felt at every edit.
    """
    same = set(map(id, other.boxes))
    return [box for box in document.boxes if id(box) not in same]


def _of_new(boxes: list[Box], before: Document) -> str:
    originals = Counter(_likeness(before.boxes[i]) for i in before.selection)
    if Counter(map(_likeness, boxes)) == originals:
        return f"Duplicate {_named(boxes)}"
    return f"{'Draw' if len(boxes) == 1 else 'Add'} {_named(boxes)}"


def _likeness(box: Box) -> tuple[str, float, float]:
    return box.label, round(box.width, 3), round(box.height, 3)


def _of_changed(pairs: Pairs) -> str:
    if not pairs:
        return "Edit boxes"
    boxes = [before for before, _ in pairs]
    if any(before.xyxy != after.xyxy for before, after in pairs):
        is_move = all(_likeness(before)[1:] == _likeness(after)[1:] for before, after in pairs)
        return f"{'Move' if is_move else 'Resize'} {_named(boxes)}"
    labels = {after.label for before, after in pairs if before.label != after.label}
    if len(labels) == 1:
        return f"{_named(boxes)} → {labels.pop()}"
    return _of_marks(pairs)


def _of_marks(pairs: Pairs) -> str:
    """Say which flag or pose was set."""
    count = f" ({len(pairs)} boxes)" if len(pairs) > 1 else ""
    for flag in FLAGS:
        if any(getattr(before, flag) != getattr(after, flag) for before, after in pairs):
            return f"{flag.title()} {'on' if getattr(pairs[0][1], flag) else 'off'}{count}"
    poses = {after.pose for before, after in pairs if before.pose != after.pose}
    return f"Pose {poses.pop()}{count}" if len(poses) == 1 else "Edit boxes"


def _named(boxes: list[Box]) -> str:
    """Return the class of a single box, or how many there are."""
    return boxes[0].label if len(boxes) == 1 else f"{len(boxes)} boxes"
