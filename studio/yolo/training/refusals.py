"""What follows when the learner has refused steps because a loss or gradient was no number."""

from __future__ import annotations

from collections.abc import Sequence

from studio.errors import StudioError
from studio.yolo.training.place import Place

MOST = 3  # refusals in a row, of which the last ends the run
FACTOR = 0.5  # of the rate, for the rest of the run


def count(place: Place, refused: Sequence[int]) -> int:
    """Count steps that were refused since one last looked; returns how often so in a row.

    Those that are seen at once count once: nothing could be done about them in between. They are
    in a row with those before where no step was taken in between. The rate is lowered.
    """
    follows = place.refusals and refused[0] == place.refused + 1
    place.refusals = place.refusals + 1 if follows else 1
    place.refused = refused[-1]
    place.rate_factor *= FACTOR
    return place.refusals


def sentence(refused: Sequence[int], names: Sequence[str], rate: float, restored: str) -> str:
    """Say what happened and what was done about it.

    `rate` is the highest from now on; `restored` says which weights it goes on with.
    """
    return (
        f"the loss or its gradient was no number in {_steps(refused)}, so {_it(refused)} not taken "
        f"and {restored}; the learning rate is at most {rate:.3g} from now on. "
        f"Pictures of the batch: {', '.join(names)}"
    )


UNCHANGED = "the weights are as they were"


class RefusedError(StudioError):
    """Steps were refused time after time. `rate` is a learning rate to go on with instead."""

    def __init__(self, refused: Sequence[int], names: Sequence[str], rate: float) -> None:
        super().__init__(_explanation(refused, names, rate))
        self.rate = float(f"{rate * FACTOR:.2g}")


def _explanation(refused: Sequence[int], names: Sequence[str], rate: float) -> str:
    """Say why the run has ended, and what can be tried."""
    return (
        "the loss or its gradient was no number for the third time in a row, in "
        f"{_steps(refused)}, although the learning rate had been lowered to {rate:.3g}; "
        "the last good state is kept. "
        "Try a lower learning rate, the precision float32, or correct the labels of these "
        f"pictures: {', '.join(names)}"
    )


def _steps(refused: Sequence[int]) -> str:
    if len(refused) == 1:
        return f"step {refused[0]}"
    return f"{len(refused)} steps up to {refused[-1]}"


def _it(refused: Sequence[int]) -> str:
    return "it was" if len(refused) == 1 else "they were"
