"""The part of a class operation that runs on a job's thread."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.errors import StudioError
from studio.labels.classes import edits as class_edits
from studio.labels.classes.edits import Events, Finished, Progress, UpdateClasses
from studio.labels.classes.journal import journals
from studio.labels.dataset import Item, ItemState
from studio.labels.folder.reading import read_state

_EVERY = 0.05  # seconds between two reports


@dataclass(frozen=True, slots=True)
class Done:
    """The operation is done: the files that it changed, and the states of pictures by name."""

    finished: Finished
    files: frozenset[Path]
    states: dict[str, ItemState]


def run(events: Events, items: tuple[Item, ...]) -> Iterator[object]:
    """Pass events on, few enough for the window; read the changed pictures' states at the end."""
    told = 0.0
    with contextlib.closing(events):
        for event in events:
            if isinstance(event, Finished):
                files = frozenset(event.journal.paths()) - set(event.passed_over)
                yield Done(event, files, _states(items, files))
            elif not isinstance(event, Progress) or time.monotonic() - told > _EVERY:
                told = time.monotonic()
                yield event


def put_right(
    root: Path, items: tuple[Item, ...], update: UpdateClasses
) -> Iterator[tuple[str, dict[str, ItemState]]]:
    """Finish what was cut off; yield the sentence about it, and the states of pictures by name."""
    files: set[Path] = set()
    for journal in journals(root):
        try:
            files.update(journal.paths())
        except StudioError:  # it is empty, or `recover` tells of it
            continue
    yield class_edits.recover(root, update), _states(items, files)


def _states(items: tuple[Item, ...], files: Collection[Path]) -> dict[str, ItemState]:
    return {item.name: read_state(item) for item in items if item.labels in files}
