"""What can be done with a run that was trained before: gone on with, or for more epochs."""

from __future__ import annotations

from dataclasses import dataclass

from studio.yolo.runs import Run
from studio.yolo.training.checkpoint import saved_place
from studio.yolo.training.place import Place
from studio.yolo.training.validation import why_over


@dataclass(frozen=True, slots=True)
class Outlook:
    """Why a run is over, "" where it is not, and whether there is something to go on from: its
    state, or the very beginning where nothing was saved yet.
    """

    why_over: str
    has_start: bool

    @property
    def can_resume(self) -> bool:
        return self.has_start and not self.why_over


def outlook(run: Run) -> Outlook:
    """Return what can be done with a run, by its settings and the state that it goes on from.

    What its other files say may be ahead of that: of an epoch whose process was killed while it
    saved. They count only where no state can be read, so that going on can say so.
    """
    place = saved_place(run) or Place(run.epochs_done(), epochs=run.config.epochs)
    place.plan(run.config.epochs)
    has_start = run.state.exists() or run.previous_state.exists() or run.is_blank
    return Outlook(why_over(run.config, place) or "", has_start)
