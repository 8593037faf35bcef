"""The desk: pictures that were opened for editing, their histories, and what is not saved yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from studio.errors import FileError, os_error_text
from studio.labels import voc
from studio.labels.boxes import Annotation, Box
from studio.labels.dataset import Item, ItemState, state_of
from studio.labels.editing import Document
from studio.labels.editor import Editor
from studio.labels.images import Image

Stamp = tuple[int, int, int]


class OvertakenError(FileError):
    """Another program has written a label file since it was read or saved here."""


@dataclass(slots=True)
class Sheet:
    """The labels of one picture while they are edited.

    `annotation` is what was read: every save edits a copy of that file, so that a box which was
    deleted comes back with all that the file said about it when the deletion is undone.
    """

    item: Item
    annotation: Annotation
    editor: Editor
    saved: Document
    stamp: Stamp | None

    @classmethod
    def read(cls, item: Item, size: tuple[int, int]) -> Sheet:
        """Read the labels of a picture of that (width, height); raises FileError."""
        stamp = _stamp(item.labels)
        annotation = item.read(size)
        labelled = annotation.original is not None
        document = Document(*size, annotation.boxes, annotation.verified, labelled)
        return cls(item, annotation, Editor(document), document, stamp)

    @property
    def current(self) -> Annotation:
        """The labels as they are now, a drag under way left out."""
        document = self.editor.settled
        return replace(self.annotation, boxes=document.boxes, verified=document.verified)

    @property
    def is_labelled(self) -> bool:
        """Whether there is anything to keep a label file for.

        A picture that had none gets one with its first box or mark, and loses it with the last.
        """
        now = self.editor.settled
        return bool(now.boxes or now.verified or now.labelled or self.annotation.faulty)

    @property
    def is_unsaved(self) -> bool:
        return not self.saved.says_what(self.editor.settled)

    @property
    def is_stale(self) -> bool:
        """Whether somebody else has changed the label file since it was read or saved here."""
        return self.stamp != _stamp(self.item.labels)

    @property
    def state(self) -> ItemState:
        return state_of(self.current, self.is_labelled)

    def save(self) -> None:
        """Bring the label file to what the boxes say; raises FileError, and nothing is lost.

        Raises OvertakenError where that would replace what another program wrote; see `write_over`.
        """
        if self.is_stale:
            raise OvertakenError(self.item.labels, "was changed by another program; not saved")
        if self.is_labelled:
            voc.write(self.item.labels, self.current)
        else:
            _remove(self.item.labels)
        self.saved = self.editor.settled
        self.stamp = _stamp(self.item.labels)

    def write_over(self) -> None:
        """Let the next save replace what another program has written until now."""
        self.stamp = _stamp(self.item.labels)


class Desk:
    """All sheets; they stay, so that going back to a picture keeps its history."""

    def __init__(self) -> None:
        self._sheets: dict[Path, Sheet] = {}

    @property
    def unsaved(self) -> list[Sheet]:
        return [sheet for sheet in self._sheets.values() if sheet.is_unsaved]

    def sheet(self, item: Item) -> Sheet | None:
        """Return the sheet of a picture that was opened before."""
        return self._sheets.get(item.image)

    def open(self, item: Item, image: Image) -> Sheet:
        """Return the sheet of a picture; raises FileError when its labels cannot be read.

        A label file that was changed by somebody else is read again, unless there are edits here
        that could not be saved yet.
        """
        height, width = image.shape[:2]
        sheet = self._sheets.get(item.image)
        if sheet is None or not _is_current(sheet, item, (width, height)):
            sheet = self._sheets[item.image] = Sheet.read(item, (width, height))
        return sheet

    def boxes(self, item: Item) -> tuple[Box, ...]:
        """Return the boxes of a picture that need not be open; raises FileError."""
        sheet = self._sheets.get(item.image)
        return sheet.current.boxes if sheet and not sheet.is_stale else item.read().boxes

    def save(self) -> FileError | None:
        """Save every sheet that needs it; returns the first obstacle, after trying all."""
        obstacles = []
        for sheet in self.unsaved:
            try:
                sheet.save()
            except FileError as error:
                obstacles.append(error)
        return obstacles[0] if obstacles else None

    def write_over(self, labels: Path) -> None:
        """Let the next save replace that label file, whoever has written it."""
        for sheet in self.unsaved:
            if sheet.item.labels == labels:
                sheet.write_over()


def _is_current(sheet: Sheet, item: Item, size: tuple[int, int]) -> bool:
    if (sheet.item, (sheet.annotation.width, sheet.annotation.height)) != (item, size):
        return False
    return sheet.is_unsaved or not sheet.is_stale


def _stamp(path: Path) -> Stamp | None:
    """Return what changes when a file is written by anybody; None where there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(path, f"could not be removed: {os_error_text(error)}") from error
