"""The journal of an operation over many files: all of them as they were and as they shall be.

It is one SQLite file, written in one transaction: a process that is killed leaves a journal with
everything in it or an empty one. With everything in it the operation can be finished, or taken
back, whatever happens to the process that began it.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from studio.errors import FileError, os_error_text

FOLDER = ".yolo-studio"
"""The folder in a project for what is no setting and no label; scanning passes it over."""

_SCHEMA = (
    "CREATE TABLE operation (state TEXT NOT NULL, about TEXT NOT NULL)",
    "CREATE TABLE files (path BLOB PRIMARY KEY, before BLOB NOT NULL, after BLOB NOT NULL)",
)


class State(StrEnum):
    """How far an operation is. While files are replaced it is on its way to one end or the other.

    A journal that is `EMPTY` was cut off before anything was decided, let alone changed.
    """

    EMPTY = "empty"
    FORWARDS = "forwards"
    DONE = "done"
    BACKWARDS = "backwards"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Change:
    """A file with its bytes before and after the operation."""

    path: Path
    before: bytes
    after: bytes

    @property
    def turned(self) -> Change:
        """The change that takes this one back."""
        return Change(self.path, self.after, self.before)


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal by its path. Any thread may use it, one at a time."""

    path: Path

    @property
    def state(self) -> State:
        """How far the operation is; raises FileError."""
        with self.open() as db:
            if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
                return State.EMPTY
            return State(db.execute("SELECT state FROM operation").fetchone()[0])

    @property
    def about(self) -> dict[str, Any]:
        """What was said about the operation; raises FileError."""
        with self.open() as db:
            about: dict[str, Any] = json.loads(
                db.execute("SELECT about FROM operation").fetchone()[0]
            )
            return about

    def mark(self, state: State) -> None:
        """Keep how far the operation is; raises FileError."""
        with self.open() as db:
            db.execute("UPDATE operation SET state = ?", (state,))

    def __len__(self) -> int:
        with self.open() as db:
            count: int = db.execute("SELECT COUNT(*) FROM files").fetchone()[0]
            return count

    def paths(self) -> list[Path]:
        """Return the files, in the order in which they are changed; raises FileError."""
        with self.open() as db:
            rows = db.execute("SELECT path FROM files ORDER BY rowid").fetchall()
        return [self.project / os.fsdecode(path) for (path,) in rows]

    def change(self, path: Path) -> Change:
        """Return what is kept about one of the files; raises FileError."""
        with self.open() as db:
            found = db.execute(
                "SELECT before, after FROM files WHERE path = ?", (_key(path, self.project),)
            )
            before, after = map(zlib.decompress, found.fetchone())
        return Change(path, before, after)

    def discard(self) -> None:
        """Remove the journal, and its folder if nothing else is in it."""
        for path in (self.path, Path(f"{self.path}-journal")):  # SQLite's own lies beside
            with contextlib.suppress(OSError):
                path.unlink()
        with contextlib.suppress(OSError):
            self.path.parent.rmdir()

    @property
    def project(self) -> Path:
        return self.path.parent.parent

    @contextlib.contextmanager
    def open(self, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        """Open the file for a moment; raises FileError for whatever goes wrong with it."""
        try:
            if create:
                self.path.parent.mkdir(exist_ok=True)
            uri = f"{self.path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
            with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as db:
                yield db
        except OSError as error:
            raise FileError(self.path, f"could not be written: {os_error_text(error)}") from error
        except (sqlite3.Error, zlib.error) as error:
            raise _refused(self.path, error) from error


@dataclass(frozen=True, slots=True)
class Draft:
    """A journal that is being written."""

    journal: Journal
    _db: sqlite3.Connection

    def add(self, change: Change) -> None:
        """Keep a file; raises FileError."""
        row = _row(change, self.journal.project)
        try:
            self._db.execute("INSERT INTO files VALUES (?, ?, ?)", row)
        except sqlite3.Error as error:
            raise _refused(self.journal.path, error) from error


@contextlib.contextmanager
def drafted(project: Path, about: dict[str, Any]) -> Iterator[Draft]:
    """Write the journal of an operation, which is on its way forwards when the block has ended.

    `about` is whatever its owner wants to know again, as JSON holds it. Raises FileError where the
    folder cannot be written; an exception in the block leaves no journal.
    """
    journal = Journal(project / FOLDER / f"{secrets.token_hex(8)}.journal")
    try:
        with journal.open(create=True) as db:
            db.execute("BEGIN")
            for statement in _SCHEMA:
                db.execute(statement)
            db.execute("INSERT INTO operation VALUES (?, ?)", (State.FORWARDS, json.dumps(about)))
            yield Draft(journal, db)
            db.execute("COMMIT")
    except BaseException:
        journal.discard()
        raise


def journals(project: Path) -> list[Journal]:
    """Return the journals that a project's folder holds."""
    return [Journal(path) for path in sorted((project / FOLDER).glob("*.journal"))]


def _row(change: Change, project: Path) -> tuple[bytes, bytes, bytes]:
    return _key(change.path, project), zlib.compress(change.before), zlib.compress(change.after)


def _key(path: Path, project: Path) -> bytes:
    """Return a path as it is kept: below the project's folder, which may be moved."""
    return os.fsencode(path.relative_to(project) if path.is_relative_to(project) else path)


def _refused(path: Path, error: Exception) -> FileError:
    return FileError(path, f"could not be used: {error}")
