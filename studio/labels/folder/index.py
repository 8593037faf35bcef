"""What is known of a folder, kept in the user's cache so that it need not be found out again.

For each picture: its name, its label file, what that said, and by what is seen that it still does.
The file is lines of JSON, a thousand pictures each, so that writing it never keeps other threads
waiting for long; the last line is a checksum. Whatever else is found there is made anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

from studio.labels.dataset import Item, ItemState, Layout
from studio.labels.files import replacing
from studio.labels.folder.cache import cache_folder

FORMAT = 1
KEPT = 50  # indexes, those of the folders used last
_LINE = 1000  # pictures

Stamp = tuple[int, int, int]
"""Of a label file: time of change in nanoseconds, 0 where that proves nothing; size; checksum."""

UNREAD: Stamp = (-1, -1, -1)
"""The stamp of a label file that was not read yet, or of one that may not be there."""

_DOUBTED: Stamp = (0, 0, -1)  # no file has that checksum

NOT_LABELLED = ItemState()


@dataclass(frozen=True, slots=True)
class FolderIndex:
    """Pictures in their order; for each its state, and the stamp of the file that said so.

    The stamp is None where there was no label file. The lists are not changed once it is made.
    """

    items: tuple[Item, ...]
    states: list[ItemState]
    stamps: list[Stamp | None]

    @classmethod
    def unread(cls, items: tuple[Item, ...]) -> FolderIndex:
        """Return the index of pictures of which no label file was read."""
        return cls(items, [NOT_LABELLED] * len(items), [UNREAD] * len(items))

    def copy(self) -> FolderIndex:
        """Return an index of the same with lists of its own."""
        return FolderIndex(self.items, list(self.states), list(self.stamps))

    def doubting(self, positions: Iterable[int]) -> FolderIndex:
        """Return the same, but that the next look reads these label files whatever is seen."""
        index = self.copy()
        for position in positions:
            index.stamps[position] = _DOUBTED
        return index

    def at(self, items: tuple[Item, ...]) -> FolderIndex:
        """Return what is known of other pictures, those that have the same names."""
        places = {item.name: place for place, item in enumerate(self.items)}
        return self.moved(items, [places.get(item.name, -1) for item in items])

    def moved(self, items: tuple[Item, ...], places: list[int]) -> FolderIndex:
        """Return the index of pictures that were at these places, -1 for those that are new."""
        states = [self.states[place] if place >= 0 else NOT_LABELLED for place in places]
        stamps = [self._stamp_of(item, place) for item, place in zip(items, places, strict=True)]
        return FolderIndex(items, states, stamps)

    def _stamp_of(self, item: Item, place: int) -> Stamp | None:
        if place < 0:
            return UNREAD
        stamp = self.stamps[place]
        if self.items[place].label_name != item.label_name and stamp:
            return (0, *stamp[1:])  # another file is its label file now, which must be read
        return stamp


def index_file(root: Path) -> Path:
    """Return where the index of a folder is kept."""
    name = hashlib.blake2b(os.fsencode(root), digest_size=16).hexdigest()
    return cache_folder() / "folders" / f"{name}.index"


def load_index(root: Path, layout: Layout) -> FolderIndex | None:
    """Return what was kept of a folder; None where there is nothing, or nothing that is usable."""
    path = index_file(root)
    try:
        index = _read(path.read_bytes(), _header(root, layout), layout)
    except (OSError, ValueError, TypeError, LookupError):
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # it was used: others go before it
    return index


def save_index(index: FolderIndex, root: Path, layout: Layout) -> None:
    """Keep an index, in the place of what was kept; raises FileError."""
    path = index_file(root)
    checksum = 0
    with replacing(path) as file:
        for line in _lines(index, _header(root, layout)):
            data = line.encode() + b"\n"
            checksum = zlib.crc32(data, checksum)
            file.write(data)
        file.write(b"%08x" % checksum)
    _drop_oldest(path.parent)


def _drop_oldest(folder: Path) -> None:
    with contextlib.suppress(OSError):
        files = sorted(folder.glob("*.index"), key=lambda path: path.stat().st_mtime)
        for path in files[:-KEPT]:
            path.unlink()


def _header(root: Path, layout: Layout) -> list[Any]:
    return [FORMAT, str(root), str(layout.images), str(layout.labels)]


def _lines(index: FolderIndex, header: list[Any]) -> Iterator[str]:
    """Yield the lines of an index. A state is told once, and then named by its number."""
    yield json.dumps([*header, len(index.items)])
    numbers: dict[object, int] = {}
    for start in range(0, len(index.items), _LINE):
        part = slice(start, start + _LINE)
        new: list[Any] = []
        told: list[int] = []
        for state in index.states[part]:
            counts = None if state.counts is None else tuple(state.counts.items())
            key = (counts, state.verified, state.problem)
            if key not in numbers:
                numbers[key] = len(numbers)
                new.append((state.counts, state.verified, state.problem))
            told.append(numbers[key])
        names = [item.name for item in index.items[part]]
        labels = [_unusual(item) for item in index.items[part]]
        yield json.dumps([names, labels, index.stamps[part], new, told])


def _unusual(item: Item) -> str | None:
    """Return the name of a label file, None where it is the picture's own."""
    return None if item.label_name == _usual(item.name) else item.label_name


def _usual(name: str) -> str:
    return f"{name.rpartition('.')[0]}.xml"


def _read(data: bytes, header: list[Any], layout: Layout) -> FolderIndex:
    """Take an index apart; raises ValueError, TypeError or LookupError where it is damaged."""
    body, checksum = data[:-8], data[-8:]
    if int(checksum, 16) != zlib.crc32(body):
        raise ValueError
    first, *lines = body.splitlines()
    *found, count = json.loads(first)
    if found != header:
        raise ValueError
    items: list[Item] = []
    states: list[ItemState] = []
    stamps: list[Stamp | None] = []
    known: list[ItemState] = []
    for names, labels, part, new, told in map(json.loads, lines):
        label_names = [own or _usual(name) for name, own in zip(names, labels, strict=True)]
        items += map(Item, names, repeat(layout), label_names)
        stamps += [tuple(stamp) if stamp else None for stamp in part]
        known += [ItemState(*state) for state in new]
        states += [known[number] for number in told]
    if not len(items) == len(states) == len(stamps) == count:
        raise ValueError
    return FolderIndex(tuple(items), states, stamps)
