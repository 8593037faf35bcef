"""Saving made for a thread of its own.

A sheet gives out a `SaveTask`, `save_all` carries such tasks out wherever that may be, and the
sheet is told of the `Outcome`.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.errors import FileError, os_error_text
from studio.labels import voc
from studio.labels.boxes import Annotation
from studio.labels.dataset import Item
from studio.labels.files import is_folder, read_if_there

Stamp = tuple[int, int, int]

_OVERTAKEN = "was changed by another program; not saved"


class OvertakenError(FileError):
    """Another program has written a label file since it was read or saved here."""


@dataclass(frozen=True, slots=True, eq=False)
class SaveTask:
    """What a label file shall say: a snapshot, which no later edit changes.

    `annotation` is None where there shall be no file. `stamp` is that of the file as it was read
    or saved here, and `has_folder` whether the folder of the label files was there then.
    """

    item: Item
    annotation: Annotation | None
    stamp: Stamp | None
    has_folder: bool

    def carry_out(self) -> Stamp | None:
        """Bring the label file to what the snapshot says; returns its new stamp.

        Raises FileError, and the file is as it was: OvertakenError where saving would replace
        what another program wrote. A folder that is gone is not made anew: it may be a disk
        that comes back.
        """
        path, layout = self.item.labels, self.item.layout
        for folder in (self.item.image.parent, *([layout.labels] if self.has_folder else [])):
            if not is_folder(folder):
                raise FileError(path, f"could not be saved: the folder {folder} is not there")
        if self.stamp != stamp_of(path):
            raise OvertakenError(path, _OVERTAKEN)
        if self.annotation:
            return _stamp_of_ours(path, voc.write(path, self.annotation))
        _remove(path)
        return None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: the new stamp of the label file, or the obstacle."""

    task: SaveTask
    stamp: Stamp | None = None
    obstacle: FileError | None = None


def save_all(tasks: Iterable[SaveTask]) -> Iterator[Outcome]:
    """Carry out every task, whatever becomes of the others."""
    for task in tasks:
        try:
            yield Outcome(task, task.carry_out())
        except FileError as error:
            yield Outcome(task, obstacle=error)
        except Exception as error:  # noqa: BLE001  a bug in one must not keep the others waiting
            traceback.print_exc(file=sys.stderr)
            what = f"could not be saved: unexpected fault ({type(error).__name__}): {error}"
            yield Outcome(task, obstacle=FileError(task.item.labels, what))


def stamp_of(path: Path) -> Stamp | None:
    """Return what changes when a file is written by anybody; None where there is no file.

    The time of the last change of its status is no part of it, though it would tell of a file that
    was given its old size and time again: permissions, links and attributes that backups and
    indexers set change it too. Raises FileError where nothing may be known.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise FileError(path, f"cannot be read: {os_error_text(error)}") from error
    return status.st_mtime_ns, status.st_size, status.st_ino


def _stamp_of_ours(path: Path, data: bytes) -> Stamp | None:
    """Return the stamp of a file that was just written; raises FileError.

    Another program may have written it since: what it holds after its stamp was taken tells.
    """
    stamp = stamp_of(path)
    if read_if_there(path) != data:
        raise OvertakenError(path, _OVERTAKEN)
    return stamp


def _remove(path: Path) -> None:
    """Remove a file; where there is a symbolic link, that stays for the file to come back."""
    try:
        Path(os.path.realpath(path)).unlink(missing_ok=True)
    except OSError as error:
        raise FileError(path, f"could not be removed: {os_error_text(error)}") from error
