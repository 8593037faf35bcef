"""Which pictures a list shows."""

from __future__ import annotations

from studio.labels.dataset import ItemState
from studio.labels.folder.filtering import Filter, State, matching, summary

STATES = {
    "Unknown.png": ItemState(),
    "cats.png": ItemState({"cat": 2}),
    "empty.png": ItemState({}),
    "CHECKED.png": ItemState({"cat": 1, "dog": 1}, verified=True),
    "checked_empty.png": ItemState({}, verified=True),
    "broken.png": ItemState(problem="is no XML"),
    "odd.png": ItemState({"dog": 1}, problem="a box has no area"),
}
FOLDED = [name.casefold() for name in STATES]


def found(asked: Filter) -> list[str]:
    names = list(STATES)
    return [names[position] for position in matching(asked, FOLDED, list(STATES.values()))]


def test_nothing_asked_shows_all_without_a_list() -> None:
    assert matching(Filter(), FOLDED, list(STATES.values())) == range(len(STATES))


def test_text_is_found_anywhere_in_any_case() -> None:
    assert found(Filter(text="ChEcKed")) == ["CHECKED.png", "checked_empty.png"]
    assert found(Filter(text="nothing like it")) == []


def test_states() -> None:
    assert found(Filter(state=State.UNLABELLED)) == ["Unknown.png"]
    assert found(Filter(state=State.LABELLED)) == [
        *("cats.png", "empty.png", "CHECKED.png", "checked_empty.png", "odd.png")
    ]
    assert found(Filter(state=State.EMPTY)) == ["empty.png", "checked_empty.png"]
    assert found(Filter(state=State.VERIFIED)) == ["CHECKED.png", "checked_empty.png"]
    assert len(found(Filter(state=State.NOT_VERIFIED))) == 5
    assert found(Filter(state=State.PROBLEM)) == ["broken.png", "odd.png"]


def test_class_and_all_at_once() -> None:
    assert found(Filter(label="dog")) == ["CHECKED.png", "odd.png"]
    assert found(Filter("odd", State.PROBLEM, "dog")) == ["odd.png"]
    assert found(Filter("odd", State.PROBLEM, "cat")) == []


def test_summary_counts_the_kinds() -> None:
    lines = summary(list(STATES.values())).splitlines()
    assert lines == [
        *("5 labelled", "2 of them without objects", "2 verified", "1 not labelled"),
        "2 with a problem",
    ]
    assert summary([ItemState()]) == "1 not labelled"
