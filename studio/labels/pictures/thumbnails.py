"""Thumbnails: small pictures, kept on disk by path, date and size of the file that they show.

The store is a cache: it is bounded, what is damaged is thrown away, and where it cannot be used
thumbnails are made each time.
"""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from studio.errors import FileError, os_error_text
from studio.labels.images import Image
from studio.labels.opencv import cv2
from studio.labels.pictures.views import thumbnail

SIDE = 96
"""Pixels of the longer side: 40 on the screen are sharp up to 240 %."""
FILE = "thumbnails-1.sqlite"
"""The store in the cache folder; another number where tables or pictures are made otherwise."""
MOST_BYTES = 200_000_000

_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 90]
_SHARE_KEPT = 0.8  # of the most bytes, when the store is full
_BATCH = 32  # thumbnails written at a time: other windows wait for a short while only
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_TABLES = """
CREATE TABLE IF NOT EXISTS thumbnail
    (path BLOB PRIMARY KEY, stamp TEXT, used INTEGER, bytes INTEGER, jpeg BLOB);
CREATE INDEX IF NOT EXISTS by_use ON thumbnail (used, bytes);
"""
_TRIM = """
DELETE FROM thumbnail WHERE rowid IN (SELECT rowid FROM (
    SELECT rowid, SUM(bytes) OVER (ORDER BY used DESC, rowid DESC) AS total FROM thumbnail
) WHERE total > ?)
"""

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """The small RGB picture of a file; None where the file cannot be decoded."""

    path: Path
    image: Image | None


def thumbnails(wanted: deque[Path], file: Path) -> Iterator[Thumbnail]:
    """Yield the thumbnail of each wanted picture until none is left; `file` is the store.

    Another thread may change `wanted` meanwhile: what it puts to the front comes next.
    """
    with closing(Store(file)) as store:
        while True:
            try:
                path = wanted.popleft()
            except IndexError:
                return
            yield Thumbnail(path, _small(path, store))


def _small(path: Path, store: Store) -> Image | None:
    try:
        stamp = stamp_of(path)
        image = store.get(path, stamp)
        if image is None:
            image = thumbnail(path, SIDE)
            store.put(path, stamp, image)
    except FileError:
        return None
    return image


def stamp_of(path: Path) -> str:
    """Return what tells one state of a file from another; raises FileError."""
    try:
        found = path.stat()
    except OSError as error:
        raise FileError(path, f"cannot be read: {os_error_text(error)}") from error
    return f"{found.st_mtime_ns} {found.st_size}"


class Store:
    """Thumbnails in an SQLite file. To be used and closed by one thread.

    It never raises: what cannot be read is not there, what cannot be written is not kept.
    """

    def __init__(self, file: Path, most_bytes: int = MOST_BYTES) -> None:
        self._file, self._most_bytes = file, most_bytes
        self._made: dict[bytes, tuple[str, bytes]] = {}
        self._seen: set[bytes] = set()
        self._database: sqlite3.Connection | None = None
        self._open()
        if self._database is None:  # damaged, and thrown away
            self._open()

    def get(self, path: Path, stamp: str) -> Image | None:
        """Return the thumbnail of a file in this state, None where it is not kept."""
        key = os.fsencode(path)  # as it is, also where it is no Unicode
        query = "SELECT jpeg FROM thumbnail WHERE path = ? AND stamp = ?"
        row = self._try(lambda db: db.execute(query, (key, stamp)).fetchone())
        if row is None:
            return None
        self._seen.add(key)
        data = np.frombuffer(row[0], np.uint8)
        return cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)  # type: ignore[return-value]

    def put(self, path: Path, stamp: str, image: Image) -> None:
        """Keep a thumbnail."""
        done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), _QUALITY)
        if done:
            self._made[os.fsencode(path)] = stamp, jpeg.tobytes()
        if len(self._made) >= _BATCH:
            self._try(self._write)

    def close(self) -> None:
        """Write what is left, and what was used of late."""
        if self._made or self._seen:
            self._try(self._write)
        if self._database:
            self._database.close()
            self._database = None

    def _open(self) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self._file, timeout=1)
        except (OSError, sqlite3.Error):
            return
        self._try(_prepare)

    def _write(self, database: sqlite3.Connection) -> None:
        """Write everything in one transaction; what is used together has one number."""
        made, self._made = self._made, {}
        seen, self._seen = self._seen, set()
        with database:
            (last,) = database.execute("SELECT MAX(used) FROM thumbnail").fetchone()
            used = (last or 0) + 1
            database.executemany(
                "INSERT OR REPLACE INTO thumbnail VALUES (?, ?, ?, ?, ?)",
                [(path, stamp, used, len(jpeg), jpeg) for path, (stamp, jpeg) in made.items()],
            )
            database.executemany(
                "UPDATE thumbnail SET used = ? WHERE path = ?", [(used, path) for path in seen]
            )
            if _bytes_used(database) > self._most_bytes:
                database.execute(_TRIM, (self._most_bytes * _SHARE_KEPT,))

    def _try(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result | None:
        if self._database is None:
            return None
        try:
            return work(self._database)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) in _DAMAGED:
                self._throw_away()
            return None

    def _throw_away(self) -> None:
        if self._database:
            self._database.close()
            self._database = None
        for file in (self._file, self._file.with_name(f"{self._file.name}-journal")):
            try:
                file.unlink(missing_ok=True)
            except OSError:  # another window has it open; it will find out by itself
                return


def _prepare(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA synchronous = OFF")  # what a power cut damages is thrown away
    database.executescript(_TABLES)


def _bytes_used(database: sqlite3.Connection) -> int:
    names = ("page_count", "freelist_count", "page_size")
    pages, free, size = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
    return int((pages - free) * size)
