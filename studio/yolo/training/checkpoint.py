"""Two generations of a run's state on disk, of which one is whole at every instant."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileError
from studio.labels.files import replacing
from studio.yolo.runs import Run
from studio.yolo.training.notes import FROM_ITS_WEIGHTS
from studio.yolo.training.place import Place
from studio.yolo.weights.arrays import DAMAGE, Arrays, load_arrays

SHARE = 20  # times as long as a save took, none follows: it takes a twentieth of the time at most
SECONDS_WITHIN_EPOCH = 180.0  # between two saves in the middle of an epoch


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a run: `arrays` for the learner, and what they were learnt from and with."""

    arrays: Arrays
    place: Place
    compute: str
    pictures: tuple[str, ...]
    digests: tuple[str, ...] = ()  # of pictures and labels, in the order of `pictures`

    def save(self, run: Run, keep_last: bool = True) -> None:
        """Write to `run.state`; what was there becomes `run.previous_state` where it is to be kept.

        Written and flushed beside, then the old one is renamed, then the new one: a process that is
        killed in between leaves at least one of the two. Raises FileError, also for numbers that
        are not finite, which never replace good ones.
        """
        for name, array in self.arrays.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise FileError(run.state, f"was not saved: {name} holds values that are no number")
        facts = {
            "place": np.array(self.place.to_json()),
            "compute": np.array(self.compute),
            "pictures": np.array(self.pictures, np.str_),
            "digests": np.array(self.digests, np.str_),
        }
        with replacing(run.state) as file:
            np.savez(file, allow_pickle=False, **self.arrays, **facts)
            file.flush()
            os.fsync(file.fileno())
            if keep_last and run.state.exists():
                run.state.replace(run.previous_state)

    @classmethod
    def load(cls, path: Path) -> Checkpoint:
        """Read what `save` wrote; raises FileError."""
        arrays = load_arrays(path)
        try:
            return cls(
                place=Place.from_json(str(arrays.pop("place"))),
                compute=str(arrays.pop("compute")),
                pictures=tuple(arrays.pop("pictures").tolist()),
                digests=tuple(arrays.pop("digests").tolist()),
                arrays=arrays,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise FileError(path, "is not the state of a run") from error


def restore(run: Run, use: Callable[[Checkpoint], None]) -> tuple[Checkpoint, list[str]]:
    """Give `use` the run's last state, or the one before where that cannot be used.

    Returns the state that was, and a sentence where it was the one before. `use` raises FileError
    for what does not fit. Raises FileError where neither can be used.
    """
    faults: list[FileError] = []
    for path in (run.state, run.previous_state):
        if not path.exists():
            continue
        try:
            found = Checkpoint.load(path)
            use(found)
        except FileError as error:
            faults.append(FileError(path, error.what))
            continue
        return found, _sentences(path, found.place, run, faults)
    if not faults:
        raise FileError(run.path, f"cannot be resumed: {without_state(run)}")
    what = faults[0].what if len(faults) == 1 else f"{faults[0].what}, nor can {path.name} be used"
    raise FileError(faults[0].path, f"{what}; nothing was changed{_way_out(run)}")


def without_state(run: Run) -> str:
    """Say that nothing is left to go on from, and what can be done with a run all the same."""
    return f"{run.state.name} is missing{_way_out(run)}"


def _way_out(run: Run) -> str:
    return f"; {FROM_ITS_WEIGHTS}" if run.best.exists() else ""


def _sentences(path: Path, place: Place, run: Run, faults: list[FileError]) -> list[str]:
    if path == run.state:
        return []
    why = str(faults[0]) if faults else f"{run.state}: is missing"
    return [f"{why}; going on from the state before it, after step {place.step}"]


def saved_pictures(run: Run) -> tuple[str, ...] | None:
    """Return the names of the pictures that a run learns from, None where no state can be read."""
    names = _peek(run, "pictures")
    return None if names is None else tuple(names.tolist())


def saved_place(run: Run) -> Place | None:
    """Return how far the state is that a run goes on from, None where none can be read."""
    text = _peek(run, "place")
    try:
        return None if text is None else Place.from_json(str(text))
    except (TypeError, ValueError):
        return None


def _peek(run: Run, name: str) -> NDArray[Any] | None:
    """Return one array of a run's state, without reading the others."""
    for path in (run.state, run.previous_state):
        with (
            contextlib.suppress(*DAMAGE),
            path.open("rb") as file,  # which numpy would leave open where it is no archive
            np.load(file, allow_pickle=False) as archive,
        ):
            array: NDArray[Any] = archive[name]
            return array
    return None


@dataclass(slots=True)
class Keeper:
    """Saves a run's state now and then; a save that is slow is made less often."""

    run: Run
    clock: Callable[[], float] = time.monotonic
    is_last_whole: bool = True  # else it is replaced, not kept as the previous one
    _saved_at: float = field(init=False)
    _took: float = 0.0

    def __post_init__(self) -> None:
        self._saved_at = self.clock()

    def is_due(self, is_epochs_end: bool) -> bool:
        """Tell whether it is time to save: each epoch and every few minutes, but no more."""
        since = self.clock() - self._saved_at
        return since > SHARE * self._took and (is_epochs_end or since > SECONDS_WITHIN_EPOCH)

    def save(self, checkpoint: Checkpoint) -> None:
        """Save; raises FileError. A save that fails also waits before it is tried again."""
        began = self.clock()
        try:
            checkpoint.save(self.run, self.is_last_whole)
            self.is_last_whole = True
        finally:
            self._saved_at = self.clock()
            self._took = self._saved_at - began

    def finish(self) -> None:
        """Remove the state before the last, which a finished run needs no more."""
        if self.is_last_whole and self.run.state.exists():
            with contextlib.suppress(OSError):
                self.run.previous_state.unlink(missing_ok=True)
