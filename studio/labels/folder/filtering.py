"""Which pictures of a folder a list shows: by name, by what became of them, by class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from studio.labels.dataset import ItemState


class State(Enum):
    """What became of a picture, as one asks for it; the values are for people."""

    ALL = "All pictures"
    UNLABELLED = "Not labelled"
    LABELLED = "Labelled"
    EMPTY = "No objects"
    VERIFIED = "Verified"
    NOT_VERIFIED = "Not verified"
    PROBLEM = "With a problem"


def is_unlabelled(state: ItemState) -> bool:
    """Tell whether a picture waits for labels; a label file that cannot be read is a problem."""
    return state.counts is None and not state.problem


_TESTS: dict[State, Callable[[ItemState], bool]] = {
    State.ALL: lambda _: True,
    State.UNLABELLED: is_unlabelled,
    State.LABELLED: lambda state: state.counts is not None,
    State.EMPTY: lambda state: state.counts == {},
    State.VERIFIED: lambda state: state.verified,
    State.NOT_VERIFIED: lambda state: not state.verified,
    State.PROBLEM: lambda state: bool(state.problem),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for, all of it at once; empty texts ask for nothing.

    `text` is a part of the name in any case, `label` a class of which the picture has a box.
    """

    text: str = ""
    state: State = State.ALL
    label: str = ""


def matching(asked: Filter, folded: Sequence[str], states: Sequence[ItemState]) -> Sequence[int]:
    """Return the positions of the pictures that are asked for, in ascending order.

    `folded` are their names in folded case. One pass for each thing asked: 100,000 pictures are
    gone through for every letter that is typed.
    """
    found: Sequence[int] = range(len(folded))
    if asked.text:
        text = asked.text.casefold()
        found = [position for position, name in enumerate(folded) if text in name]
    if asked.state is not State.ALL:
        test = _TESTS[asked.state]
        found = [position for position in found if test(states[position])]
    if asked.label:
        label = asked.label
        found = [position for position in found if label in (states[position].counts or ())]
    return found


def summary(states: Sequence[ItemState]) -> str:
    """Return how many pictures came to what, in words; one kind a line."""
    kinds = {
        "labelled": State.LABELLED,
        "of them without objects": State.EMPTY,
        "verified": State.VERIFIED,
        "not labelled": State.UNLABELLED,
        "with a problem": State.PROBLEM,
    }
    counts = {words: sum(map(_TESTS[kind], states)) for words, kind in kinds.items()}
    return "\n".join(f"{count} {words}" for words, count in counts.items() if count)
