"""Finding out what has become of a folder since it was looked at last.

One generator does all of it, for a folder that was never seen as for one that another program has
just written into: pictures are listed anew, and the label files read whose stamps have changed.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.errors import FileError, os_error_text
from studio.labels import voc
from studio.labels.dataset import Item, ItemState, Layout, arrange, pictures_below, state_of
from studio.labels.files import is_folder
from studio.labels.folder_index import (
    NOT_LABELLED,
    UNREAD,
    FolderIndex,
    Stamp,
    save_index,
)
from studio.labels.listing import entries_below

_BATCH = 100  # label files
_BATCH_SECONDS = 0.05
_CERTAIN_AFTER = 2_000_000_000  # nanoseconds; two changes within that may have one time


@dataclass(frozen=True, slots=True)
class Relisted:
    """An event: the pictures, or whose label file is whose, are not what they were.

    Positions of all events that follow are those in `items`. `moved` tells the new position of
    each old one that is still there, `places` the old one of each new position, -1 for pictures
    that are new, and `gone` the old positions of those that are no more.
    """

    items: tuple[Item, ...]
    moved: dict[int, int]
    places: list[int]
    gone: list[int]


@dataclass(frozen=True, slots=True)
class Reread:
    """An event: label files were read, and these states are new.

    `changed` are the positions of those that were known before and say something else now.
    """

    states: dict[int, ItemState]
    changed: list[int]
    share: float
    """How much of what has to be read is read."""


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """The last event: all that is known now, and the folders that a change would happen in."""

    index: FolderIndex
    folders: tuple[Path, ...]


Event = Relisted | Reread | CaughtUp


def catch_up(root: Path, layout: Layout, index: FolderIndex) -> Iterator[Event]:
    """Compare an index with the folder, and keep what comes out in the user's cache.

    Also what was found out until it was stopped. Raises FileError where the folder cannot be
    listed; a cache that cannot be written is no obstacle.
    """
    now = index
    try:
        found = label_stamps(root, layout)
        relisted = _relist(index, _list(root, layout, index, found))
        if relisted:
            now = index.moved(relisted.items, relisted.places)
            yield relisted
        else:
            now = FolderIndex(index.items, list(index.states), list(index.stamps))
        yield from _read_changed(now, found)
        yield CaughtUp(now, _folders(layout, now.items))
    finally:
        if (now.items, now.stamps) != (index.items, index.stamps):
            with contextlib.suppress(FileError):
                save_index(now, root, layout)


def label_stamps(root: Path, layout: Layout) -> dict[str, tuple[int, int]]:
    """Return time of change and size of the files that are label files, or might be, by name."""
    stamps = {}
    if is_folder(layout.labels):
        for name, entry in entries_below(layout.labels, {root / "runs"}):
            with contextlib.suppress(OSError):  # gone meanwhile, or a link into nowhere
                status = entry.stat()
                stamps[name] = status.st_mtime_ns, status.st_size
    return stamps


def _list(
    root: Path, layout: Layout, index: FolderIndex, found: dict[str, tuple[int, int]]
) -> tuple[Item, ...]:
    """List the pictures again; those that are known first, since they are in order already."""
    names = set(pictures_below(root, layout))
    known = [item.name for item in index.items if item.name in names]
    names.difference_update(known)
    return arrange([*known, *names], found, layout)


def _relist(index: FolderIndex, items: tuple[Item, ...]) -> Relisted | None:
    """Compare pictures with those of an index; None where nothing has changed."""
    if _is_same(index.items, items):
        return None
    old = {item.name: place for place, item in enumerate(index.items)}
    places = [old.pop(item.name, -1) for item in items]
    moved = {place: i for i, place in enumerate(places) if place >= 0}
    return Relisted(items, moved, places, list(old.values()))


def _is_same(old: tuple[Item, ...], new: tuple[Item, ...]) -> bool:
    if len(old) != len(new):
        return False
    pairs = zip(old, new, strict=True)
    return all(a.name == b.name and a.label_name == b.label_name for a, b in pairs)


# --- reading ------------------------------------------------------------------------------------


def _read_changed(index: FolderIndex, found: dict[str, tuple[int, int]]) -> Iterator[Reread]:
    """Bring an index to what the label files say, a few of them at a time."""
    due = []
    for i, (item, stamp) in enumerate(zip(index.items, index.stamps, strict=True)):
        seen = found.get(item.label_name)
        if seen is None and stamp == UNREAD:
            index.stamps[i] = None
        elif seen != (stamp and stamp[:2]):
            due.append(i)
    done = 0
    while done < len(due):
        states: dict[int, ItemState] = {}
        changed = []
        last, end = min(done + _BATCH, len(due)), time.monotonic() + _BATCH_SECONDS
        while done < last and time.monotonic() < end:
            i = due[done]
            before, item = index.stamps[i], index.items[i]
            state, after = read_labels(item)
            index.states[i], index.stamps[i] = state, after
            done += 1
            if before == UNREAD:
                states[i] = state
            elif (before and before[2]) != (after and after[2]):
                states[i] = state
                changed.append(i)
        yield Reread(states, changed, done / len(due))


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
    try:
        return state_of(voc.parse(data, path, item.image), True), stamp
    except FileError as error:
        return ItemState(problem=str(error)), stamp


def _stamp(status: os.stat_result, checksum: int) -> Stamp:
    """Return the stamp of a file that was read; one just written may be written again at once."""
    is_certain = abs(time.time_ns() - status.st_mtime_ns) > _CERTAIN_AFTER
    return status.st_mtime_ns if is_certain else 0, status.st_size, checksum


# --- folders ------------------------------------------------------------------------------------


def _folders(layout: Layout, items: tuple[Item, ...]) -> tuple[Path, ...]:
    """Return the folders of pictures and label files and those on the way, as far as they exist."""
    found = {layout.images, layout.labels}
    if not layout.labels.is_dir():
        found.add(layout.labels.parent)
    for top, names in (
        (layout.images, {posixpath.dirname(item.name) for item in items}),
        (layout.labels, {posixpath.dirname(item.label_name) for item in items}),
    ):
        for name in names:
            while name:
                found.add(top / name)
                name = posixpath.dirname(name)
    return tuple(sorted(path for path in found if path.is_dir()))
