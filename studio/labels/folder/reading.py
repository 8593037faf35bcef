"""What the label file of one picture says, and by what is seen that it still does."""

from __future__ import annotations

import os
import time
import zlib
from functools import lru_cache

from studio.errors import FileError, os_error_text
from studio.labels import voc
from studio.labels.dataset import Item, ItemState, state_of
from studio.labels.folder.index import NOT_LABELLED, Stamp
from studio.labels.plain_voc import plain_counts

_CERTAIN_AFTER = 2_000_000_000  # nanoseconds; two changes within that may have one time


def read_state(item: Item) -> ItemState:
    """Read the state of a picture; a fault of its label file becomes the problem."""
    return read_labels(item)[0]


def read_labels(item: Item) -> tuple[ItemState, Stamp | None]:
    """Read the state of a picture and the stamp of the label file that says so.

    A fault of the file becomes the problem of the state.
    """
    path = item.labels
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            data = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return NOT_LABELLED, None
    except OSError as error:
        problem = FileError(path, f"cannot be read: {os_error_text(error)}")
        return ItemState(problem=str(problem)), (0, 0, 0)
    stamp = _stamp(status, zlib.crc32(data))
    plain = plain_counts(data)
    if plain:
        counts, verified = plain
        return _shared_state(tuple(counts.items()), verified), stamp
    try:
        return state_of(voc.parse(data, path, item.image), True), stamp
    except FileError as error:
        return ItemState(problem=str(error)), stamp


@lru_cache(maxsize=10_000)
def _shared_state(counts: tuple[tuple[str, int], ...], verified: bool) -> ItemState:
    """Return a state, always the same one for the same counts: there may be very many."""
    return ItemState(dict(counts), verified)


def _stamp(status: os.stat_result, checksum: int) -> Stamp:
    """Return the stamp of a file that was read; one just written may be written again at once."""
    is_certain = abs(time.time_ns() - status.st_mtime_ns) > _CERTAIN_AFTER
    return status.st_mtime_ns if is_certain else 0, status.st_size, checksum
