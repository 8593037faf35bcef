"""Which boxes are selected, hidden and locked."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import given

from studio.labels import editing
from studio.labels.boxes import Box
from studio.labels.editing import Document, select, selecting

CELL, DOT, DISC = Box("cell", 10, 10, 60, 60), Box("dot", 5, 70, 9, 75), Box("cell", 70, 5, 90, 70)


def document(*selection: int) -> Document:
    return select(Document(100, 80, (CELL, DOT, DISC, DOT)), selection)


def test_all_that_can_be_seen_and_changed() -> None:
    start = replace(document(), hidden=frozenset({0}), locked=frozenset({1}))
    assert selecting.select_all(start).selection == {2, 3}
    assert selecting.select_all(document()).selection == {0, 1, 2, 3}


def test_all_of_the_classes_that_are_selected() -> None:
    assert selecting.select_class(document(0)).selection == {0, 2}
    assert selecting.select_class(document(0, 1)).selection == {0, 1, 2, 3}
    assert selecting.select_class(document()).selection == frozenset()


def test_what_is_hidden_is_not_selected_until_it_is_shown() -> None:
    hidden = selecting.hide(document(0, 1))
    assert (hidden.hidden, hidden.selection) == ({0, 1}, frozenset())
    assert select(hidden, (0, 2)).selection == {2}
    assert selecting.hide(select(hidden, (2,))).hidden == {0, 1, 2}
    shown = selecting.show_all(hidden)
    assert select(shown, (0,)).selection == {0}
    assert hidden.says_what(document())


def test_the_selected_are_locked_and_unlocked_together() -> None:
    some = selecting.toggle_locked(document(0))
    assert (some.locked, some.selection) == ({0}, {0})
    more = selecting.toggle_locked(select(some, (0, 1)))
    assert more.locked == {0, 1}
    assert selecting.toggle_locked(more).locked == frozenset()
    assert selecting.unlock_all(more).locked == frozenset()


def test_reading_order_goes_line_by_line() -> None:
    line = [Box("a", x, y, x + 20, y + 20) for x, y in ((50, 4), (5, 0), (30, 8))]
    below = [Box("a", 60, 40, 70, 50), Box("a", 2, 38, 9, 60)]
    assert selecting.reading_order((*below, *line)) == [3, 4, 2, 1, 0]


def test_boxes_one_after_the_other_and_round() -> None:
    start = replace(document(), hidden=frozenset({3}))
    seen = []
    for _ in range(4):
        start = selecting.select_next(start, 1)
        seen += start.selection
    assert seen == [0, 2, 1, 0]
    assert selecting.select_next(start, -1).selection == {1}
    assert selecting.select_next(document(), -1).selection == {3}
    nothing = Document(100, 80)
    assert selecting.select_next(nothing, 1) is nothing


boxes = st.builds(
    lambda x, y, w, h: Box("a", x, y, x + w, y + h),
    *(st.integers(0, 90), st.integers(0, 70), st.integers(1, 10), st.integers(1, 10)),
)


@given(st.lists(boxes, max_size=12).map(tuple))
def test_reading_order_leaves_nothing_out(some: tuple[Box, ...]) -> None:
    assert sorted(selecting.reading_order(some)) == list(range(len(some)))


@given(st.lists(boxes, min_size=1, max_size=12).map(tuple), st.data())
def test_deleting_leaves_hidden_and_locked_boxes_what_they_are(
    some: tuple[Box, ...], data: st.DataObject
) -> None:
    numbered = tuple(replace(box, label=f"box {i}") for i, box in enumerate(some))
    picked = st.frozensets(st.integers(0, len(some) - 1))
    hidden, locked, chosen = (data.draw(picked) for _ in range(3))
    start = Document(100, 80, numbered, hidden=hidden, locked=locked)
    after = editing.delete(select(start, chosen))
    gone = {numbered[i].label for i in chosen - hidden - locked}
    for before, now in ((hidden, after.hidden), (locked, after.locked)):
        expected = {numbered[i].label for i in before} - gone
        assert {after.boxes[i].label for i in now} == expected
