"""Finding out what has become of a folder since it was looked at last.

One generator does all of it, for a folder that was never seen as for one that another program has
just written into: pictures are listed anew, and the label files read whose stamps have changed.
"""

from __future__ import annotations

import contextlib
import posixpath
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from studio.errors import FileError
from studio.labels.dataset import (
    Item,
    ItemState,
    Layout,
    arrange,
    items_of,
    pictures_below,
)
from studio.labels.files import is_folder
from studio.labels.folder.index import (
    UNREAD,
    FolderIndex,
    save_index,
)
from studio.labels.folder.listing import entries_below
from studio.labels.folder.reading import read_labels

_BATCH = 2000  # label files
_BATCH_SECONDS = 0.5
_TURN, _REST, _PAUSE = 0.002, 0.001, 0.04  # seconds; in a pause, others show what is new


@dataclass(frozen=True, slots=True)
class Relisted:
    """An event: the pictures, or whose label file is whose, are not what they were.

    `index` is the one that was given, with these pictures; positions of all events that follow are
    those in it. `moved` tells the new position of each old one that is still there, `places` the
    old one of each new position, -1 for pictures that are new, and `gone` the old positions of
    those that are no more.
    """

    index: FolderIndex
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
Found = dict[str, tuple[int, int]]
"""Time of change in nanoseconds and size of label files, by their names."""


def catch_up(root: Path, layout: Layout, index: FolderIndex) -> Iterator[Event]:
    """Compare an index with the folder, and keep what comes out in the user's cache.

    Also what was found out until it was stopped. Raises FileError where the folder cannot be
    listed; a cache that cannot be written is no obstacle.
    """
    now, turns = index, _Turns()
    try:
        found = _label_stamps(root, layout, turns)
        relisted = _relist(root, layout, index, found)
        now = (relisted.index if relisted else index).copy()
        if relisted:
            yield relisted
        yield from _read_changed(now, found, turns)
        yield CaughtUp(now, _folders(layout, now.items))
    finally:
        if (now.items, now.stamps) != (index.items, index.stamps):
            with contextlib.suppress(FileError):
                save_index(now, root, layout)


class _Turns:
    """Lets other threads have a turn: Python gives them one at once only while this one sleeps."""

    def __init__(self) -> None:
        self._end = 0.0

    def take(self) -> None:
        """Go on, after a rest where it is time for one."""
        if time.monotonic() > self._end:
            time.sleep(_REST)
            self._end = time.monotonic() + _TURN


def _label_stamps(root: Path, layout: Layout, turns: _Turns) -> Found:
    """Look at all files that are label files, or might be."""
    found = {}
    if is_folder(layout.labels):
        for name, entry in entries_below(layout.labels, {root / "runs"}):
            with contextlib.suppress(OSError):  # gone meanwhile, or a link into nowhere
                status = entry.stat()
                found[name] = status.st_mtime_ns, status.st_size
            turns.take()
    return found


def _relist(root: Path, layout: Layout, index: FolderIndex, found: Found) -> Relisted | None:
    """List the pictures again and compare them with those of an index; None where they are same."""
    old = [item.name for item in index.items]
    there = set(pictures_below(root, layout))
    known = [name for name in old if name in there]  # in order already, so sorting is quick
    names, labels = arrange([*known, *there.difference(known)], found, layout)
    if names == old and labels == [item.label_name for item in index.items]:
        return None
    left = {name: place for place, name in enumerate(old)}
    places = [left.pop(name, -1) for name in names]
    moved = {place: i for i, place in enumerate(places) if place >= 0}
    relisted = index.moved(items_of(layout, names, labels), places)
    return Relisted(relisted, moved, places, list(left.values()))


# --- reading ------------------------------------------------------------------------------------


def _read_changed(index: FolderIndex, found: Found, turns: _Turns) -> Iterator[Reread]:
    """Bring an index to what the label files say, a few of them at a time."""
    due = deque(_due(index, found))
    count = len(due)
    while due:
        event = Reread({}, [], 0.0)
        end = time.monotonic() + _BATCH_SECONDS
        for _ in range(min(_BATCH, len(due))):
            _read_again(index, due.popleft(), event)
            turns.take()
            if time.monotonic() > end:
                break
        yield replace(event, share=1 - len(due) / count)
        time.sleep(_PAUSE)


def _due(index: FolderIndex, found: Found) -> Iterator[int]:
    """Yield the positions at which label files must be read."""
    for i, (item, stamp) in enumerate(zip(index.items, index.stamps, strict=True)):
        seen = found.get(item.label_name)
        if seen is None and stamp == UNREAD:
            index.stamps[i] = None
        elif seen != (stamp and stamp[:2]):
            yield i


def _read_again(index: FolderIndex, position: int, event: Reread) -> None:
    """Read a label file; an event tells of it if that says something new."""
    before = index.stamps[position]
    state, after = read_labels(index.items[position])
    index.states[position], index.stamps[position] = state, after
    if before == UNREAD:
        event.states[position] = state
    elif (before and before[2]) != (after and after[2]):
        event.states[position] = state
        event.changed.append(position)


# --- folders ------------------------------------------------------------------------------------


def _folders(layout: Layout, items: tuple[Item, ...]) -> tuple[Path, ...]:
    """Return the folders of pictures and label files and those on the way, as far as they exist."""
    found = {layout.images, layout.labels}
    if not _is_there(layout.labels):
        found.add(layout.labels.parent)
    for top, names in (
        (layout.images, {posixpath.dirname(item.name) for item in items}),
        (layout.labels, {posixpath.dirname(item.label_name) for item in items}),
    ):
        for name in names:
            while name:
                found.add(top / name)
                name = posixpath.dirname(name)
    return tuple(sorted(filter(_is_there, found)))


def _is_there(folder: Path) -> bool:
    """Tell whether a folder is known to exist; one that cannot be reached is not."""
    with contextlib.suppress(OSError):
        return folder.is_dir()
    return False
