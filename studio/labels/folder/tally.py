"""What became of the pictures of a folder, and what that adds up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from studio.labels.dataset import ItemState


class Tally:
    """The states of pictures by their positions; sums are kept while states change."""

    def __init__(self, states: Iterable[ItemState] = ()) -> None:
        self.states = list(states)
        self.labelled = 0
        self._boxes: dict[str, int] = {}
        told = {id(state): state for state in self.states}  # many are the very same
        for key, times in Counter(map(id, self.states)).items():
            self._add(told[key], times)

    @property
    def boxes(self) -> dict[str, int]:
        """How many boxes each class has, those that have any."""
        return {label: count for label, count in self._boxes.items() if count}

    def put(self, position: int, state: ItemState) -> None:
        """Record what became of a picture."""
        self._add(self.states[position], -1)
        self._add(state, 1)
        self.states[position] = state

    def rearrange(self, places: list[int], gone: Iterable[int], new: ItemState) -> None:
        """Follow pictures to other positions.

        `places` are the old positions of those that are there now, -1 for one that is `new`;
        `gone` are the old positions that are not among them.
        """
        for place in gone:
            self._add(self.states[place], -1)
        self.states = [self.states[place] if place >= 0 else new for place in places]

    def _add(self, state: ItemState, times: int) -> None:
        if state.counts is not None:
            self.labelled += times
            for label, count in state.counts.items():
                self._boxes[label] = self._boxes.get(label, 0) + times * count
