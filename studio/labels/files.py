"""Reading and writing whole files; a crash at any instant leaves the old or the new one."""

import contextlib
import os
import secrets
import shutil
from pathlib import Path

from studio.errors import FileError, os_error_text


def write_atomic(path: Path, data: bytes) -> None:
    """Write beside, flush to the disk, replace.

    Keeps the permissions of a file that is replaced, and writes through a symbolic link instead
    of replacing it. Raises FileError when the folder refuses, the file is write-protected or the
    disk is full; the old file is then as it was.
    """
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not os.access(target, os.W_OK):
            raise FileError(path, "could not be saved: the file is write-protected")
        _write_through(beside, data)
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    except OSError as error:
        raise FileError(path, f"could not be saved: {os_error_text(error)}") from error
    finally:  # also when Ctrl-C comes in between; there is nothing to remove after success
        with contextlib.suppress(OSError):
            beside.unlink()


def _write_through(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def read_bytes(path: Path) -> bytes:
    """Read a whole file; raises FileError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError(path, f"cannot be read: {os_error_text(error)}") from error
