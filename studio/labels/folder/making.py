"""A folder that appears whole, or not at all."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from studio.errors import FileError, os_error_text
from studio.labels.files import sync_folder


def require_free(target: Path) -> None:
    """Raise FileError where there is something that a new folder would take the place of."""
    try:
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            raise FileError(target, "is there already and is no folder")
        if target.is_dir() and any(target.iterdir()):
            raise FileError(target, "holds files already; choose a folder that is new or empty")
    except OSError as error:
        raise FileError(target, f"cannot be read: {os_error_text(error)}") from error


@contextlib.contextmanager
def making(target: Path) -> Iterator[Path]:
    """Give a folder beside to write into; when that went well, it becomes the target.

    Otherwise, also when Ctrl-C comes in between, nothing of it is left. The target may be an
    empty folder. Raises FileError when there are files in it or the disk refuses.
    """
    require_free(target)
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        beside.mkdir(parents=True)
        yield beside
        sync_folder(beside)
        if target.exists():
            target.rmdir()  # which refuses if somebody has put a file there meanwhile
        beside.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise FileError(target, f"could not be written: {os_error_text(error)}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
