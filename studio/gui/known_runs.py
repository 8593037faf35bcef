"""What is known of the training runs of a folder; a job reads it, unchanged runs not again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studio.yolo.runs import Reached, Run
    from studio.yolo.training.outlook import Outlook

Stamp = tuple[int, int] | None  # when a file was written in nanoseconds, and its bytes


@dataclass(frozen=True, slots=True)
class KnownRun:
    """A run, what it has come to and what can be done with it.

    `reached` is None where its table cannot be read; `stamps` are of the files that this was read
    from.
    """

    run: Run
    reached: Reached | None
    outlook: Outlook
    can_detect: bool
    stamps: tuple[Stamp, ...]
    is_occupied: bool = False  # by somebody who trains it now

    @property
    def path(self) -> Path:
        return self.run.path

    @property
    def seconds_per_epoch(self) -> float | None:
        """How long an epoch took in the mean, None where there was none."""
        so_far = self.reached
        return so_far.seconds / so_far.epochs if so_far and so_far.epochs else None


def read_runs(folder: Path, before: Sequence[KnownRun]) -> Iterator[KnownRun]:
    """Yield the runs below a folder that can be detected or gone on with, newest first.

    What is known of them from `before` is not read again where none of their files has changed.
    """
    from studio.yolo.runs import known_runs
    from studio.yolo.training.occupied import is_occupied

    known = {one.path: one for one in before}
    for run in known_runs(folder):
        found, stamps = known.get(run.path), _stamps(run)
        if found is None or (found.run, found.stamps) != (run, stamps):
            found = _read(run, stamps)
        yield replace(found, is_occupied=is_occupied(run.path))


def _read(run: Run, stamps: tuple[Stamp, ...]) -> KnownRun:
    from studio.yolo.runs import reached
    from studio.yolo.training.outlook import outlook

    return KnownRun(run, reached(run), outlook(run), run.best.exists(), stamps)


def _stamps(run: Run) -> tuple[Stamp, ...]:
    """Return the stamps of a run's files; its settings are in `run` already."""
    files = (run.metrics, run.best, run.last, run.state, run.previous_state)
    return tuple(_stamp(file) for file in files)


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
