"""The words for the list of edits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from studio.labels import editing
from studio.labels.boxes import Box
from studio.labels.editing import Document, select
from studio.labels.editing.describing import describe
from studio.labels.editing.hits import Handle, HitTarget

RBC, WBC = Box("RBC", 10, 10, 30, 30), Box("WBC", 40, 40, 70, 60)
THREE = (Box("a", 1, 1, 9, 9), Box("b", 2, 2, 9, 9), Box("c", 3, 3, 9, 9))
ONE, BOTH = frozenset({0}), frozenset({0, 1})


@pytest.mark.parametrize(
    ("selection", "change", "text"),
    [
        ((), lambda d: editing.draw(d, "RBC", (50, 5), (60, 15)), "Draw RBC"),
        (ONE, lambda d: editing.move(d, 3, 3), "Move RBC"),
        (BOTH, lambda d: editing.move(d, 3, 3), "Move 2 boxes"),
        (ONE, lambda d: editing.move(d, -90, 0), "Move RBC"),
        ((), lambda d: editing.resize(d, HitTarget(1, Handle.LEFT), 3, 0), "Resize WBC"),
        (BOTH, lambda d: editing.push_side(d, Handle.TOP, 0, 3), "Resize 2 boxes"),
        (ONE, lambda d: editing.relabel(d, "WBC"), "RBC → WBC"),
        (BOTH, lambda d: editing.relabel(d, "dot"), "2 boxes → dot"),
        (ONE, editing.delete, "Delete RBC"),
        (BOTH, editing.delete, "Delete 2 boxes"),
        ((), lambda d: editing.add(d, THREE), "Add 3 boxes"),
        (ONE, lambda d: editing.duplicate(d, 5), "Duplicate RBC"),
        (BOTH, lambda d: editing.duplicate(d, 5), "Duplicate 2 boxes"),
        (BOTH, lambda d: editing.toggle_flag(d, "difficult"), "Difficult on (2 boxes)"),
        (ONE, lambda d: editing.toggle_flag(d, "occluded"), "Occluded on"),
        (ONE, lambda d: editing.set_pose(d, "Left"), "Pose Left"),
        (BOTH, lambda d: editing.set_pose(d, "Rear"), "Pose Rear (2 boxes)"),
        ((), editing.toggle_verified, "Verified"),
        ((), editing.toggle_labelled, "No objects here"),
    ],
)
def test_words(
    selection: frozenset[int], change: Callable[[Document], Document], text: str
) -> None:
    before = select(Document(100, 80, (RBC, WBC)), selection)
    assert describe(before, change(before)) == text


def test_what_is_taken_back() -> None:
    on = Document(100, 80, (replace(RBC, truncated=True),), verified=True, labelled=True)
    off = editing.toggle_flag(select(on, (0,)), "truncated")
    assert describe(on, off) == "Truncated off"
    assert describe(on, editing.toggle_verified(on)) == "Not verified"
    assert describe(on, editing.toggle_labelled(on)) == "Not labelled yet"


def test_boxes_that_were_only_read_anew_are_not_deleted() -> None:
    before, after = Document(100, 80, (RBC, WBC)), Document(100, 80, (replace(WBC),))
    assert describe(before, after) == "Delete RBC"
