"""Reading and writing whole files; a crash at any instant leaves the old or the new one."""

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from studio.errors import FileError, os_error_text

OWN_FOLDER = ".yolo-studio"
"""The folder in a project for what is no setting and no label; scanning passes it over."""

_BESIDE = re.compile(r"\.[0-9a-f]{16}\.part")


def write_atomic(path: Path, data: bytes) -> None:
    """Write a whole file; see `replacing`."""
    with replacing(path) as file:
        file.write(data)


def write_unflushed(path: Path, data: bytes) -> None:
    """Write a whole file that can be made anew, and that whoever reads it checks.

    As `write_atomic`, and many times quicker; but a power cut may leave it damaged.
    """
    with _replacing(path) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Write to a file beside; when that went well, flush it to the disk and replace.

    Keeps the permissions of a file that is replaced, and writes through a symbolic link instead
    of replacing it. Raises FileError when the folder refuses, the file is write-protected or the
    disk is full; the old file is then as it was.
    """
    with _replacing(path) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{secrets.token_hex(8)}.part")  # see `_BESIDE`
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not os.access(target, os.W_OK):
            raise FileError(path, "could not be saved: the file is write-protected")
        with beside.open("xb") as file:
            yield file
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    except OSError as error:
        raise FileError(path, f"could not be saved: {os_error_text(error)}") from error
    finally:  # also when Ctrl-C comes in between; there is nothing to remove after success
        with contextlib.suppress(OSError):
            beside.unlink()


def sync_folder(folder: Path) -> None:
    """Flush to the disk which files a folder holds, on systems that can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_leftovers(folder: Path, older_than: float = 3600.0) -> None:
    """Remove what saves have left in a folder that were cut off, at least so many seconds ago.

    A younger one may be the work of another process. What cannot be removed stays.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not _BESIDE.fullmatch(entry.name) or not entry.is_file(follow_symlinks=False):
                continue
            if time.time() - entry.stat(follow_symlinks=False).st_mtime > older_than:
                Path(entry.path).unlink()


def is_folder(path: Path) -> bool:
    """Tell whether there is a folder; raises FileError where that may not be known."""
    try:
        return path.is_dir()
    except OSError as error:
        raise FileError(path, f"cannot be read: {os_error_text(error)}") from error


def read_if_there(path: Path) -> bytes | None:
    """Read a whole file, None where there is none; raises FileError."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise FileError(path, f"cannot be read: {os_error_text(error)}") from error


def read_bytes(path: Path) -> bytes:
    """Read a whole file; raises FileError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError(path, f"cannot be read: {os_error_text(error)}") from error
