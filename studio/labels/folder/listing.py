"""Which files and pictures lie below a folder, and their order; looks at names only."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from studio.errors import FileError, os_error_text
from studio.labels import images

_DIGITS = re.compile(r"(\d+)")


def files_below(folder: Path, skip: set[Path]) -> Iterator[str]:
    """Yield the files below a folder, hidden ones left out, by their names relative to it."""
    return (name for name, _ in entries_below(folder, skip))


def entries_below(folder: Path, skip: set[Path]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield the files below a folder as `files_below` does, with what the system told of each."""
    passed_over = {str(path) for path in skip}
    waiting = [("", str(folder))]
    while waiting:
        prefix, here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    name = entry.name
                    if name.startswith("."):
                        continue
                    if not _is_folder(entry):
                        yield prefix + name, entry
                    elif entry.path not in passed_over and not entry.is_symlink():
                        waiting.append((f"{prefix}{name}/", entry.path))
        except OSError as error:
            raise FileError(Path(here), f"cannot be read: {os_error_text(error)}") from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link into nowhere
        return False


def stem_of(name: str) -> str:
    """Return a relative name without its suffix."""
    return posixpath.splitext(name)[0]


def is_picture(file: str) -> bool:
    """Tell by its name whether a file counts as a picture."""
    stem, dot, suffix = file.rpartition(".")
    if dot + suffix.lower() not in images.PICTURES:
        return False
    return not file.startswith(".") and not stem.endswith("/")


def natural(name: str) -> str:
    """Return a sort key that puts `img2` before `img10`, and `img01` before `img1`.

    It is the name in folded case with each number marked by how many digits it has, and then the
    name itself. The marks are below all characters that a name can have.
    """
    parts = _DIGITS.split(name.casefold())
    for i in range(1, len(parts), 2):
        digits = str(int(parts[i]))
        parts[i] = f"\0{chr(len(digits))}{digits}"
    return f"{''.join(parts)}\0\0{name}"
