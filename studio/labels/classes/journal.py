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
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from studio.errors import FileError, os_error_text
from studio.labels.files import OWN_FOLDER

_PATIENCE = 1.0  # seconds to wait for somebody else who is at a journal

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
    _db: sqlite3.Connection | None = field(default=None, repr=False, compare=False)

    @property
    def state(self) -> State:
        """How far the operation is; raises FileError."""
        with self._open() as db:
            if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
                return State.EMPTY
            return State(_only(db.execute("SELECT state FROM operation"))[0])

    @property
    def about(self) -> dict[str, Any]:
        """What was said about the operation; raises FileError."""
        with self._open() as db:
            about: dict[str, Any] = json.loads(_only(db.execute("SELECT about FROM operation"))[0])
            return about

    def mark(self, state: State) -> None:
        """Keep how far the operation is; raises FileError."""
        with self._open() as db:
            db.execute("UPDATE operation SET state = ?", (state,))

    def paths(self) -> list[Path]:
        """Return the files, in the order in which they are changed; raises FileError."""
        with self._open() as db:
            rows = db.execute("SELECT path FROM files ORDER BY rowid").fetchall()
            return [self.project / os.fsdecode(path) for (path,) in rows]

    def change(self, path: Path) -> Change:
        """Return what is kept about one of the files; raises FileError."""
        with self._open() as db:
            key = _key(path, self.project)
            found = db.execute("SELECT before, after FROM files WHERE path = ?", (key,))
            before, after = map(zlib.decompress, _only(found))
        return Change(path, before, after)

    @contextlib.contextmanager
    def alone(self) -> Iterator[Journal]:
        """Yield the journal to use while nobody else can, not in another process either.

        Raises FileError, at once or so, where somebody else does.
        """
        with contextlib.ExitStack() as stack:
            with _refusing(self.path):
                db = stack.enter_context(contextlib.closing(_connect(self.path, "rw")))
                _take_alone(db)
                db.execute("COMMIT")
            yield Journal(self.path, db)

    def discard(self) -> None:
        """Remove the journal, and its folder if nothing else is in it."""
        if self._db:
            self._db.close()  # some systems keep a file that is open
        for path in (self.path, Path(f"{self.path}-journal")):  # SQLite's own lies beside
            with contextlib.suppress(OSError):
                path.unlink()
        with contextlib.suppress(OSError):
            self.path.parent.rmdir()

    @property
    def project(self) -> Path:
        return self.path.parent.parent

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for a moment, unless it is; FileError for whatever goes wrong with it."""
        with _refusing(self.path):
            if self._db:
                yield self._db
                return
            with contextlib.closing(_connect(self.path, "rw")) as db:
                yield db


@dataclass(frozen=True, slots=True)
class Draft:
    """A journal that is being written."""

    journal: Journal
    _db: sqlite3.Connection

    def add(self, change: Change) -> None:
        """Keep a file; raises FileError."""
        with _refusing(self.journal.path):
            row = _row(change, self.journal.project)
            self._db.execute("INSERT INTO files VALUES (?, ?, ?)", row)


@contextlib.contextmanager
def drafted(project: Path, about: dict[str, Any]) -> Iterator[Draft]:
    """Write the journal of an operation, which is on its way forwards when the block has ended.

    `about` is whatever its owner wants to know again, as JSON holds it. Raises FileError where the
    folder cannot be written; an exception in the block leaves no journal.
    """
    journal = Journal(project / OWN_FOLDER / f"{secrets.token_hex(8)}.journal")
    try:
        with contextlib.ExitStack() as stack:
            with _refusing(journal.path):
                journal.path.parent.mkdir(exist_ok=True)
                db = stack.enter_context(contextlib.closing(_connect(journal.path, "rwc")))
                _take_alone(db)
                for statement in _SCHEMA:
                    db.execute(statement)
                row = State.FORWARDS, json.dumps(about)
                db.execute("INSERT INTO operation VALUES (?, ?)", row)
            yield Draft(journal, db)
            with _refusing(journal.path):
                db.execute("COMMIT")
    except BaseException:
        journal.discard()
        raise


def journals(project: Path) -> list[Journal]:
    """Return the journals that a project's folder holds."""
    return [Journal(path) for path in sorted((project / OWN_FOLDER).glob("*.journal"))]


def _row(change: Change, project: Path) -> tuple[bytes, bytes, bytes]:
    return _key(change.path, project), zlib.compress(change.before), zlib.compress(change.after)


def _key(path: Path, project: Path) -> bytes:
    """Return a path as it is kept: below the project's folder, which may be moved."""
    return os.fsencode(path.relative_to(project) if path.is_relative_to(project) else path)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, _PATIENCE, uri=True, isolation_level=None)


def _take_alone(db: sqlite3.Connection) -> None:
    """Begin a transaction; nobody else can use the file from now on until it is closed."""
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("BEGIN EXCLUSIVE")


def _only(rows: sqlite3.Cursor) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = rows.fetchone()
    if row is None:
        raise ValueError("an entry is missing")
    return row


@contextlib.contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Say which journal it was that something went wrong with."""
    try:
        yield
    except OSError as error:
        raise FileError(path, f"could not be written: {os_error_text(error)}") from error
    except sqlite3.OperationalError as error:
        is_busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
        raise FileError(path, "is in use" if is_busy else f"could not be used: {error}") from error
    except (sqlite3.Error, zlib.error, ValueError, TypeError) as error:  # it holds something else
        raise FileError(path, f"could not be used: {error}") from error
