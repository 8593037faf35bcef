"""Who trains in a run folder: told by a lock in it that ends with its process."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from studio.errors import FileError
from studio.yolo.runs import Run

NAME = ".training"
TRIES, PAUSE = 5, 0.05  # somebody may just be looking


class _TakenError(Exception):
    """Another process, or another training of this one, has the lock."""


@contextlib.contextmanager
def occupied(run: Run) -> Iterator[None]:
    """Hold a run; raises FileError where another process, or window, is training it.

    Where the file system knows no locks, or nothing can be written, it goes without.
    """
    path = run.path / NAME
    file = _locked_soon(path)
    try:
        yield
    finally:
        _release(path, file)


def others(run: Run) -> list[str]:
    """Return the names of the project's other runs that are being trained now."""
    folders = [path.parent for path in sorted(run.path.parent.glob(f"*/{NAME}"))]
    return [folder.name for folder in folders if folder != run.path and is_occupied(folder)]


def is_occupied(folder: Path) -> bool:
    """Tell whether the run in a folder is being trained now."""
    try:
        file = _locked(folder / NAME, os.O_RDWR)  # one that goes meanwhile is not to come back
    except _TakenError:
        return True
    _unlock(file)  # of a process that was killed: it stays
    return False


def _locked_soon(path: Path) -> int | None:
    for _ in range(TRIES):
        with contextlib.suppress(_TakenError):
            return _locked(path)
        time.sleep(PAUSE)
    raise FileError(path.parent, "is being trained already, by another window or command")


def _locked(path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> int | None:
    """Return the descriptor of a file that is now locked, None where that cannot be done."""
    try:
        file = os.open(path, flags)
    except OSError:
        return None
    try:
        _lock(file)
    except (BlockingIOError, PermissionError) as error:
        os.close(file)
        raise _TakenError from error
    except OSError:
        os.close(file)
        return None
    if _is_there(path, file):
        return file
    os.close(file)  # its holder has just removed it
    return _locked(path, flags)


def _release(path: Path, file: int | None) -> None:
    """Remove the lock's file and let go of it: in that order, or another's might be removed.

    On Windows, which removes no open file, not another's either, in the other.
    """
    if file is not None and os.name != "nt":
        _remove(path)
        os.close(file)
    elif file is not None:
        os.close(file)
        _remove(path)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _unlock(file: int | None) -> None:
    if file is not None:
        os.close(file)


def _is_there(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except OSError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
