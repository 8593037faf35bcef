"""A sheet: the labels of one picture while they are edited, and what of them is not saved yet."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studio.errors import FileError
from studio.labels import editing, voc
from studio.labels.boxes import Annotation
from studio.labels.dataset import Item, ItemState, state_of
from studio.labels.editing import Document
from studio.labels.editing.editor import Editor
from studio.labels.editing.saving import Outcome, SaveTask, Stamp, stamp_of
from studio.labels.files import is_folder


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
