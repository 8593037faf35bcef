"""What became of the pictures of a folder, and what that adds up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from studio.labels.dataset import ItemState


class Tally:
    """The states of pictures by their positions; sums are kept while states change."""

    def __init__(self, states: Iterable[ItemState] = ()) -> None:
        self.states = list(states)
        self.labelled = 0
        self._boxes: dict[str, int] = {}
        self._add(self.states, 1)

    @property
    def boxes(self) -> dict[str, int]:
        """How many boxes each class has, those that have any."""
        return {label: count for label, count in self._boxes.items() if count}

    def put(self, states: Mapping[int, ItemState]) -> None:
        """Record what became of the pictures at these positions."""
        self._add([self.states[position] for position in states], -1)
        self._add(states.values(), 1)
        for position, state in states.items():
            self.states[position] = state

    def rearrange(self, places: list[int], gone: Iterable[int], new: ItemState) -> None:
        """Follow pictures to other positions.

        `places` are the old positions of those that are there now, -1 for one that is `new`;
        `gone` are the old positions that are not among them.
        """
        self._add([self.states[place] for place in gone], -1)
        self.states = [self.states[place] if place >= 0 else new for place in places]

    def _add(self, states: Collection[ItemState], sign: int) -> None:
        """Count these states in (1) or out (-1)."""
        told = {id(state): state for state in states}  # many are the very same
        for key, times in Counter(map(id, states)).items():
            counts = told[key].counts
            if counts is not None:
                self.labelled += sign * times
                for label, count in counts.items():
                    self._boxes[label] = self._boxes.get(label, 0) + sign * times * count
