"""The desk: the sheets of all pictures that were opened for editing."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from studio.labels.boxes import Annotation, Box
from studio.labels.classes.journal import Change
from studio.labels.dataset import Item
from studio.labels.editing import Document
from studio.labels.editing.saving import stamp_of
from studio.labels.editing.sheet import Sheet
from studio.labels.files import read_if_there

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


def _is_current(sheet: Sheet, size: tuple[int, int]) -> bool:
    """Tell whether a sheet says what the label file would say of a picture of that size."""
    if sheet.is_unsaved:
        return True
    return (sheet.annotation.width, sheet.annotation.height) == size and not sheet.is_stale
