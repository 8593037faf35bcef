"""The sums of the states of pictures."""

from __future__ import annotations

from collections import Counter

import hypothesis.strategies as st
from hypothesis import given

from studio.labels.dataset import ItemState
from studio.labels.folder.tally import Tally

counts = st.none() | st.dictionaries(st.sampled_from("abc"), st.integers(1, 4))
SHARED = [ItemState(), ItemState({}), ItemState({"a": 1}), ItemState({"a": 2, "b": 3})]
states = st.builds(ItemState, counts) | st.sampled_from(SHARED)  # many may be the very same


@given(st.lists(states, min_size=1, max_size=9), st.data())
def test_sums_are_those_of_the_states_whatever_happened(
    begin: list[ItemState], data: st.DataObject
) -> None:
    tally = Tally(begin)
    positions = st.integers(0, len(begin) - 1)
    for changed in data.draw(st.lists(st.dictionaries(positions, states), max_size=3)):
        tally.put(changed)
    left = data.draw(
        st.lists(st.integers(-1, len(begin) - 1), unique_by=lambda p: p if p >= 0 else object())
    )
    before = list(tally.states)
    tally.rearrange(left, set(range(len(begin))) - set(left), ItemState())
    assert tally.states == [before[p] if p >= 0 else ItemState() for p in left]
    labelled = [state.counts for state in tally.states if state.counts is not None]
    assert tally.labelled == len(labelled)
    assert tally.boxes == sum(map(Counter, labelled), Counter())


def test_classes_without_boxes_are_not_counted() -> None:
    tally = Tally([ItemState({"cat": 2}), ItemState({}), ItemState()])
    assert (tally.labelled, tally.boxes) == (2, {"cat": 2})
    tally.put({0: ItemState({"dog": 1})})
    assert tally.boxes == {"dog": 1}
