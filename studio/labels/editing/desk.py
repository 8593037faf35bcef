"""The desk: pictures that were opened for editing, and what is not saved yet.

Saving is made for a thread of its own: a sheet gives out a `SaveTask`, `save_all` carries such
tasks out wherever that may be, and the sheet is told of the `Outcome`.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from studio.errors import FileError, os_error_text
from studio.labels import editing, voc
from studio.labels.boxes import Annotation, Box
from studio.labels.classes.journal import Change
from studio.labels.dataset import Item, ItemState, state_of
from studio.labels.editing import Document
from studio.labels.editing.editor import Editor
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


@dataclass(slots=True, eq=False)
class Sheet:
    """The labels of one picture while they are edited.

    `annotation` is what was read: every save edits a copy of that file, so that a box which was
    deleted comes back with all that the file said about it when the deletion is undone.
    `saving` is what is being saved at present; until its outcome is known, nobody knows what the
    file says.
    """

    item: Item
    annotation: Annotation
    editor: Editor
    saved: Document
    stamp: Stamp | None
    has_folder: bool
    saving: Document | None = None

    @classmethod
    def read(cls, item: Item, size: tuple[int, int], depth: int = 3) -> Sheet:
        """Read the labels of a picture of that (width, height) and so many colours.

        Raises FileError.
        """
        stamp = stamp_of(item.labels)
        annotation = item.read(size)
        labelled = annotation.original is not None
        if not labelled:
            annotation = replace(annotation, depth=depth)
        document = Document(*size, annotation.boxes, annotation.verified, labelled)
        has_folder = stamp is not None or is_folder(item.layout.labels)
        return cls(item, annotation, Editor(document), document, stamp, has_folder)

    @property
    def current(self) -> Annotation:
        """The labels as they are now, a drag under way left out."""
        document = self.editor.settled
        return replace(self.annotation, boxes=document.boxes, verified=document.verified)

    @property
    def rendered(self) -> bytes:
        """The bytes of the label file as it is saved now; raises FileError."""
        return voc.render(self.current, self.item.labels)

    @property
    def is_labelled(self) -> bool:
        """Whether there is anything to keep a label file for.

        A picture that had none gets one with its first box or mark, and loses it with the last.
        """
        now = self.editor.settled
        return bool(now.boxes or now.verified or now.labelled) or self.must_stay

    @property
    def must_stay(self) -> bool:
        """Whether the label file that was read holds what this program could not write anew."""
        read = self.annotation
        return bool(read.faulty) or (read.original is not None and not voc.is_as_made_here(read))

    @property
    def is_unsaved(self) -> bool:
        return self.saving is not None or not self.saved.says_what(self.editor.settled)

    @property
    def is_stale(self) -> bool:
        """Whether somebody else has changed the label file since it was read or saved here."""
        try:
            return self.saving is None and self.stamp != stamp_of(self.item.labels)
        except FileError:  # nobody knows
            return False

    @property
    def state(self) -> ItemState:
        return state_of(self.current, self.is_labelled)

    def begin_save(self) -> SaveTask:
        """Return what is to be saved now; `end_save` must follow before the next."""
        self.saving = self.editor.settled
        annotation = self.current if self.is_labelled else None
        return SaveTask(self.item, annotation, self.stamp, self.has_folder)

    def end_save(self, outcome: Outcome) -> None:
        """Take over what became of it; where there was an obstacle, nothing is lost."""
        assert self.saving is not None
        if not outcome.obstacle and outcome.task.item == self.item:
            self.saved, self.stamp = self.saving, outcome.stamp
            self.has_folder |= outcome.stamp is not None
        self.saving = None

    def move_to(self, item: Item) -> None:
        """Save from now on into the label file that is this picture's now, made anew.

        Where there is one that somebody else wrote, saving is refused as `OvertakenError`.
        """
        size, depth = (self.annotation.width, self.annotation.height), self.annotation.depth
        self.item, self.stamp = item, None
        self.annotation = Annotation(item.image, *size, depth=depth)
        self.saved = Document(*size)

    def renamed(self, old: str, new: str) -> tuple[Annotation, Document]:
        """Return the labels with a class called otherwise; raises FileError."""
        annotation = self.annotation
        if annotation.original is not None:
            data, _ = voc.rename(annotation.original, self.item.labels, old, new)
            size = annotation.width, annotation.height
            annotation = voc.parse(data, self.item.labels, self.item.image, size)
        return annotation, editing.rename(self.editor.settled, old, new)

    def reread(self) -> tuple[Annotation, Document]:
        """Return the labels as the file has them; raises FileError."""
        fresh = Sheet.read(self.item, (self.annotation.width, self.annotation.height))
        return fresh.annotation, fresh.saved

    def put(self, annotation: Annotation, document: Document, stamp: Stamp | None) -> None:
        """Take labels over that the file of this stamp has already, whatever is selected."""
        if len(document.boxes) == len(self.editor.settled.boxes):
            document = replace(document, selection=self.editor.settled.selection)
        self.editor.put(document)
        self.annotation, self.saved, self.stamp = annotation, self.editor.settled, stamp

    def write_over(self) -> None:
        """Let the next save replace what another program wrote; raises FileError."""
        self.stamp = stamp_of(self.item.labels)


Kept = dict[Path, tuple[Annotation, Document]]
"""What sheets held, by their pictures."""

ChangeOf = Callable[[Path], Change]
"""Tells what a label file held before an operation, and what it left in it; raises FileError."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What those sheets held before that followed their files, and the pictures of the others.

    The others were put away: another program has had a hand in their files.
    """

    kept: Kept
    lost: tuple[str, ...]


class Desk:
    """All sheets; they stay, so that going back to a picture keeps its edits."""

    def __init__(self) -> None:
        self._sheets: dict[Path, Sheet] = {}

    def sheet(self, item: Item) -> Sheet | None:
        """Return the sheet of a picture that was opened before, with the label file it has now."""
        sheet = self._sheets.get(item.image)
        return sheet if sheet and sheet.item == item else None

    def open(self, item: Item, size: tuple[int, int], depth: int = 3) -> Sheet:
        """Return the sheet of a picture of that (width, height) and so many colours.

        A label file that was changed by somebody else is read again, unless there are edits here
        that could not be saved yet: they are kept, for a picture that has another size or label
        file now too. Raises FileError when labels cannot be read.
        """
        known = self._sheets.get(item.image)
        if known and known.item != item and known.is_unsaved:
            known.move_to(item)
        sheet = self.sheet(item)
        if sheet is None or not _is_current(sheet, size):
            sheet = self._sheets[item.image] = Sheet.read(item, size, depth)
        return sheet

    def boxes(self, item: Item) -> tuple[Box, ...]:
        """Return the boxes of a picture that need not be open; raises FileError."""
        sheet = self.sheet(item)
        is_current = sheet and (sheet.is_unsaved or not sheet.is_stale)
        return sheet.current.boxes if sheet and is_current else item.read().boxes

    def rename_class(
        self, files: Collection[Path], change_of: ChangeOf, old: str, new: str
    ) -> Followed:
        """Follow a class that was renamed in these label files; raises FileError.

        Everything must have been saved before.
        """
        return self._follow(files, change_of, lambda sheet: sheet.renamed(old, new))

    def put_back(self, files: Collection[Path], change_of: ChangeOf, kept: Kept) -> Followed:
        """Follow label files that have their former bytes again; raises FileError.

        A sheet that is not among the `kept` is read anew.
        """
        return self._follow(
            files, change_of, lambda sheet: kept.get(sheet.item.image) or sheet.reread()
        )

    def _follow(
        self,
        files: Collection[Path],
        change_of: ChangeOf,
        labels_of: Callable[[Sheet], tuple[Annotation, Document]],
    ) -> Followed:
        """Give the sheets of changed files the labels that the files have now.

        Only bytes tell whether a sheet says what its file said before, and whether the file still
        is as the operation left it: to the stamp, a change of another program looks like ours.
        """
        kept: Kept = {}
        lost = []
        for sheet in list(self._sheets.values()):
            path = sheet.item.labels
            if path not in files or sheet.is_unsaved or not sheet.is_stale:
                continue
            stamp, change = stamp_of(path), change_of(path)
            if sheet.rendered == change.before and read_if_there(path) == change.after:
                before = sheet.annotation, sheet.editor.settled
                sheet.put(*labels_of(sheet), stamp)
                kept[sheet.item.image] = before
            else:
                self.put_away(sheet)
                lost.append(sheet.item.name)
        return Followed(kept, tuple(lost))

    def put_away(self, sheet: Sheet) -> None:
        """Forget a sheet with its edits; its labels are read anew the next time."""
        if self._sheets.get(sheet.item.image) is sheet:
            del self._sheets[sheet.item.image]

    @property
    def unsaved(self) -> list[Sheet]:
        """The sheets that are not on disk as they are here."""
        return [sheet for sheet in self._sheets.values() if sheet.is_unsaved]

    def put_away_saved(self) -> None:
        """Forget every sheet that is on disk as it is here."""
        self._sheets = {sheet.item.image: sheet for sheet in self.unsaved}


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


def _is_current(sheet: Sheet, size: tuple[int, int]) -> bool:
    """Tell whether a sheet says what the label file would say of a picture of that size."""
    if sheet.is_unsaved:
        return True
    return (sheet.annotation.width, sheet.annotation.height) == size and not sheet.is_stale


def _remove(path: Path) -> None:
    """Remove a file; where there is a symbolic link, that stays for the file to come back."""
    try:
        Path(os.path.realpath(path)).unlink(missing_ok=True)
    except OSError as error:
        raise FileError(path, f"could not be removed: {os_error_text(error)}") from error
