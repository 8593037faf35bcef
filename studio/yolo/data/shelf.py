"""The folder of prepared pictures: what is in it, and what makes room for more."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from studio.labels.files import remove_leftovers

SUFFIX = ".rgb"
IN_USE = 3600.0  # seconds since a training has asked for a file that is not removed


class _File(NamedTuple):
    used: float
    length: int
    path: Path


class Shelf:
    """Keeps a folder below a number of bytes: files go that were not asked for the longest.

    Two programs may use one folder: what one removes, the other makes again.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        files = sorted(_files(folder))
        self._held = sum(file.length for file in files)
        self._old = deque(file for file in files if file.used < time.time() - IN_USE)
        self._used: set[Path] = set()
        for part in _folders(folder):
            remove_leftovers(part)

    def use(self, path: Path) -> None:
        """Note that a file is needed."""
        self._used.add(path)
        with contextlib.suppress(OSError):
            os.utime(path)

    def make_room(self, length: int) -> None:
        """Remove old files until so many bytes more may be written, as far as there are any."""
        with self._lock:
            self._held += length
            while self._held > self._most and self._old:
                file = self._old.popleft()
                if file.path in self._used:
                    continue
                with contextlib.suppress(OSError):
                    file.path.unlink()
                    self._held -= file.length


def held(folder: Path) -> int:
    """Return how many bytes of prepared pictures a folder holds, which may not exist."""
    return sum(file.length for file in _files(folder))


def _files(folder: Path) -> Iterator[_File]:
    for part in _folders(folder):
        with contextlib.suppress(OSError), os.scandir(part) as entries:
            for entry in entries:
                if entry.name.endswith(SUFFIX):
                    facts = entry.stat(follow_symlinks=False)
                    yield _File(facts.st_mtime, facts.st_size, Path(entry.path))


def _folders(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from (path for path in folder.iterdir() if path.is_dir())
