"""The history of a session: every edit, in the order in which they were made, over all pictures.

One list, as in a word processor, since an operation on a class touches many pictures: taking
something back always takes back what was done last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from studio.labels.editing import Document


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of one picture; `name` is the picture's, as in `Item.name`."""

    name: str
    text: str
    before: Document
    after: Document


@dataclass(frozen=True, slots=True)
class Operation:
    """A class operation over the whole data set; `journal` holds the files before and after."""

    text: str
    journal: Path


Step = Edit | Operation


class History:
    """Steps that were made and can be taken back, and those taken back that can be made again."""

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._done = 0

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, the oldest first; those from `done` on were taken back."""
        return tuple(self._steps)

    @property
    def done(self) -> int:
        """How many of the steps are in effect."""
        return self._done

    @property
    def can_undo(self) -> bool:
        return self._done > 0

    @property
    def can_redo(self) -> bool:
        return self._done < len(self._steps)

    def push(self, step: Step) -> None:
        """Record a step; what was taken back before cannot be made again from now on."""
        del self._steps[self._done :]
        self._steps.append(step)
        self._done += 1

    def undo(self) -> Step | None:
        """Return the step to take back, None when there is none."""
        if not self.can_undo:
            return None
        self._done -= 1
        return self._steps[self._done]

    def redo(self) -> Step | None:
        """Return the step to make again, None when there is none."""
        if not self.can_redo:
            return None
        self._done += 1
        return self._steps[self._done - 1]

    def forget(self, name: str) -> None:
        """Drop the edits of a picture whose labels were read anew: they fit it no longer."""
        self._keep(lambda step: not (isinstance(step, Edit) and step.name == name))

    def clear(self) -> None:
        """Drop everything: another folder is open."""
        self._keep(lambda _: False)

    def _keep(self, wanted: Callable[[Step], bool]) -> None:
        past, future = self._steps[: self._done], self._steps[self._done :]
        self._steps = [step for step in past if wanted(step)]
        self._done = len(self._steps)
        self._steps += [step for step in future if wanted(step)]
