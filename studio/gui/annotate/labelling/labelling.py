"""What happens to labels in the Annotate tab: opened, edited, saved by themselves.

The views call its methods and show what it holds when it says `opened` or `changed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from studio.errors import FileError
from studio.gui.annotate.classes.book import ClassBook
from studio.gui.annotate.commands.parts import Part
from studio.gui.annotate.labelling.loader import Loader
from studio.gui.annotate.labelling.saving import Saver
from studio.gui.messages import MessageBar
from studio.gui.picture import Picture
from studio.gui.session import Session
from studio.labels import editing
from studio.labels.boxes import Box
from studio.labels.dataset import Item, ItemState
from studio.labels.editing import Document
from studio.labels.editing.describing import describe
from studio.labels.editing.desk import Desk
from studio.labels.editing.history import Edit, History
from studio.labels.editing.sheet import Sheet
from studio.labels.problems import unlisted


class Labelling(QObject, Part):
    """The picture that is open, its labels, and all that is not saved yet."""

    opened = Signal()
    """Another picture is open, or this one was read again."""
    changed = Signal()
    """Labels or selection are not what they were."""
    classless = Signal()
    """The first box was drawn, before there was any class."""
    refused = Signal()
    """Something was to be edited although the folder is read-only."""
    released = Signal(bool)
    """What was at work on all label files is done: completed or not."""

    def __init__(self, session: Session, book: ClassBook, messages: MessageBar) -> None:
        super().__init__()
        self.book = book
        self.position = -1
        self.picture: Picture | None = None
        self.sheet: Sheet | None = None
        self.sentence = ""
        """Why there is no picture to see."""
        self.is_pinned = False
        """Whether the boxes of a picture are carried on to the next that is opened for the first
        time and has no labels."""
        self.previous: Callable[[], int] = lambda: self.position - 1
        """Which picture people see before this one, -1 for none."""
        self._carried: tuple[Box, ...] = ()
        self._session = session
        self._messages = messages
        self.history = History()
        self.read_only = ""
        """Why nothing can be edited in this folder, "" when it can."""
        self._busy = ""
        self.desk = Desk()
        self.loader = Loader(session, self)
        self.loader.ready.connect(self._take_picture)
        self.loader.failed.connect(self._take_fault)
        self.saver = Saver(session, messages, self)
        self.saver.theirs_wanted.connect(self._read_theirs)
        session.opened.connect(self._clear)
        session.labels_changed.connect(self._take_changed)
        session.items_changed.connect(self._follow_items)
        book.refused.connect(messages.say)

    @property
    def item(self) -> Item | None:
        return self._session.items[self.position] if self.position >= 0 else None

    @property
    def held(self) -> str:
        """Why nothing can be edited at present, "" when it can."""
        return self._busy or self.read_only

    def hold(self, reason: str) -> None:
        """Let nothing be edited until `release`: something is at work on all label files."""
        self._put_down_drag()
        self._busy = reason
        self.changed.emit()

    def release(self, *, completed: bool) -> None:
        """Let people edit again; what waited for the work at the label files follows now."""
        self._busy = ""
        self.look_again()
        self.released.emit(completed)
        self.changed.emit()

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what is done for each command."""
        return {
            "save": self._save_now,
            "paste_previous": self.paste_previous,
            "pin": self._pin,
        }

    def checked(self) -> dict[str, bool]:
        """Return which of those that can be on are on."""
        return {"pin": self.is_pinned}

    # --- opening ----------------------------------------------------------------------------

    def open(self, position: int) -> None:
        """Open the picture at a position, -1 for none."""
        self._put_down_drag()
        self._carried = self.sheet.current.boxes if self.sheet and self.is_pinned else ()
        self.position = position
        self._read()

    def look_again(self) -> bool:
        """Read labels that somebody else has changed meanwhile; True when they were."""
        if self._busy:
            return False  # who is at work on all label files takes care of this one
        is_changed = self.sheet and self.sheet.is_stale and not self.sheet.is_unsaved
        if is_changed:
            self._put_down_drag()
            self._read()
        return bool(is_changed)

    @Slot()
    def notice(self) -> None:
        """Say so where somebody else has just changed the labels that are seen."""
        if self.look_again() and self.item:
            self._say(f"{self.item.name}: its labels were changed elsewhere and are shown anew.")

    def _read(self) -> None:
        """Read picture and labels; large pictures are there a little later."""
        if not self.saver.is_refused:
            self._messages.clear()
        self.picture = self.sheet = None
        self.sentence = ""
        if self.item is None:
            self.loader.close()
            self.opened.emit()
            return
        self.loader.open(self.item)
        if self.loader.is_waiting:
            self.sentence = f"Reading {self.item.name}…"
            self.opened.emit()

    @Slot(object, object)
    def _take_picture(self, item: Item, picture: Picture) -> None:
        if self.item and self.item.image == item.image:
            self.sentence, self.picture = "", picture
            self.sheet = self._open_sheet(self.item, picture)
            self._carried = ()  # read again, it is no new picture
            self.opened.emit()

    @Slot(object, str)
    def _take_fault(self, item: Item, sentence: str) -> None:
        if self.item and self.item.image == item.image:
            self.sentence = sentence
            counts = self._session.states[self.position].counts
            self._set_state(ItemState(counts, problem=sentence))
            self.opened.emit()

    @Slot(list)
    def _take_changed(self, positions: list[int]) -> None:
        """Show what other programs wrote into the label files of pictures that were opened.

        Where nobody has written since this one did, what was read is no newer than the sheet.
        """
        for position in positions:
            sheet = self.desk.sheet(self._session.items[position])
            if sheet and (sheet.is_unsaved or not sheet.is_stale):
                self._set_state_of(sheet)
        if self.position in positions:
            self.notice()

    @Slot(object)
    def _follow_items(self, moved: dict[int, int]) -> None:
        """Stay at the picture that is open; other programs may have moved or removed it."""
        position = moved.get(self.position, -1)
        self._follow_label_files()
        if position < 0:
            self.open(-1)
            return
        self.position = position
        if self.sheet and self.sheet.item != self.item and not self.sheet.is_unsaved:
            self._read()

    def _follow_label_files(self) -> None:
        """Keep edits that are not saved yet out of label files that other pictures have now."""
        for sheet in self.desk.unsaved:
            item = self._session.item_called(sheet.item.name)
            if item and item.image == sheet.item.image and item != sheet.item:
                sheet.move_to(item)
                self.saver.keep(sheet)
                self._set_state_of(sheet)

    def _open_sheet(self, item: Item, picture: Picture) -> Sheet | None:
        before = self.desk.sheet(item)
        try:
            if before and self._busy:  # its file may differ at present
                sheet = before
            else:
                sheet = self.desk.open(item, picture.size, picture.depth)
        except FileError as error:
            self._say(f"{error}. Until it is mended, nothing is drawn or saved for this picture.")
            self._mark_problem(error)
            return None
        if before is not sheet:
            self.history.forget(item.name)
        if before is None and not sheet.is_labelled and self._carried and not self.held:
            self._carry_on(sheet)
        self._set_state(sheet.state)
        if sheet.annotation.problems:
            self._say(f"{item.labels}: {sheet.state.problem}.")
        elif self.book.is_listed:
            self._offer_strangers(sheet)
        return sheet

    def _carry_on(self, sheet: Sheet) -> None:
        """Put the boxes of the picture one comes from into a new one."""
        before = sheet.editor.document
        after = editing.add(before, self._carried)
        sheet.editor.put(after)
        self.history.push(Edit(sheet.item.name, describe(before, after), before, after))
        self._keep(sheet)
        count = len(after.boxes) - len(before.boxes)
        text = (
            f"{count} {'box was' if count == 1 else 'boxes were'} carried on to {sheet.item.name}."
        )
        self._messages.say(text, "done", "Carry on no more", self._pin)

    def _pin(self) -> None:
        self.is_pinned = not self.is_pinned
        self.changed.emit()

    def _offer_strangers(self, sheet: Sheet) -> None:
        """Offer to list the classes of these boxes that the project does not."""
        problems = unlisted(sheet.current, self.book.names)
        if problems:
            strangers = {box.label for box in sheet.current.boxes} - set(self.book.names)
            text = "; ".join(problem.detail for problem in problems)
            add = partial(self.book.add, *sorted(strangers))
            self._say(f"{sheet.item.name}: {text}.", "Add to classes", add)

    def _say(
        self, text: str, action: str = "", on_action: Callable[[], object] | None = None
    ) -> None:
        """Say something, unless an edit that could not be saved is being told of."""
        if not self.saver.is_refused:
            self._messages.say(text, "problem", action, on_action)

    def _mark_problem(self, error: FileError) -> None:
        counts = self._session.states[self.position].counts
        self._set_state(ItemState(counts, problem=str(error)))

    def _set_state_of(self, sheet: Sheet) -> None:
        position = self._session.position_of(sheet.item.name)
        state = sheet.state
        if position is not None and self._session.states[position] != state:
            self._session.set_state(position, state)

    def _set_state(self, state: ItemState) -> None:
        if self._session.states[self.position] != state:
            self._session.set_state(self.position, state)

    # --- edits ------------------------------------------------------------------------------

    def edit(self, change: Callable[[Document], Document]) -> None:
        """Make one edit and save it."""
        if self.sheet:
            self._put_down_drag()
            before = self.sheet.editor.document
            after = change(before)
            if not after.says_what(before) and not self.may_edit():
                return
            self.sheet.editor.apply(after)
            self.take_edit()

    @Slot()
    def take_edit(self) -> None:
        """Record and save what the editor was made to change."""
        if self.sheet:
            edits = self.sheet.editor.take_edits()
            if edits and not self.may_edit():
                self.sheet.editor.put(edits[0][0])
                edits = []
            for before, after in edits:
                text = describe(before, after)
                self.history.push(Edit(self.sheet.item.name, text, before, after))
            self._keep(self.sheet)
        self.changed.emit()

    def may_edit(self) -> bool:
        """Tell whether anything can be edited at present; say why where it cannot."""
        if self._busy:
            self._messages.say(self._busy)
        elif self.read_only:
            self.refused.emit()
        return not self.held

    def _keep(self, sheet: Sheet) -> None:
        """Save a sheet if it was changed, and tell of it."""
        is_taken_back = self.saver.keep(sheet)
        if sheet.is_unsaved:
            is_first = bool(sheet.current.boxes) and not self.book.names
            self._set_state_of(sheet)
            self.book.remember()
            if is_first:
                self.classless.emit()
        elif is_taken_back:
            self._set_state_of(sheet)
            self.look_again()

    def put(self, sheet: Sheet, document: Document) -> None:
        """Let a sheet, of whichever picture, say what it said before, and save it."""
        sheet.editor.put(document)
        self._keep(sheet)

    @Slot(frozenset)
    def select(self, indices: Iterable[int]) -> None:
        """Select these boxes and no others."""
        self.edit(lambda document: editing.select(document, indices))

    @Slot(str)
    def relabel(self, label: str) -> None:
        """Give the box that is being drawn, else the selected boxes, another class."""
        if self.sheet and self.sheet.editor.draw_as(label):
            self.changed.emit()
        else:
            self.edit(lambda document: editing.relabel(document, label))

    def toggle_nothing(self) -> None:
        """Say that there is nothing in the picture, or take that back: its label file goes then."""
        if self.sheet and self.sheet.editor.settled.labelled and self.sheet.must_stay:
            self._messages.say(
                f"{self.sheet.item.labels}: holds more than this program writes. "
                "It stays, and so the picture counts as labelled."
            )
            self.changed.emit()
        else:
            self.edit(editing.toggle_labelled)

    def paste_previous(self) -> None:
        """Copy the boxes of the picture before this one."""
        previous = self.previous()
        if previous >= 0:
            try:
                boxes = self.desk.boxes(self._session.items[previous])
            except FileError as error:
                self._say(f"{error}.")
            else:
                self.edit(lambda document: editing.add(document, boxes))

    def _save_now(self) -> None:
        """Save what could not be saved yet; say so where all is on disk, as most often."""
        self.saver.try_again()
        if not self.saver.is_refused and not self.held:
            self._messages.say("Every edit is saved by itself; nothing is left to save.", "done")

    def flush(self) -> bool:
        """Wait until every edit is on disk; False where one is not, which the bar tells."""
        self._put_down_drag()
        return self.saver.flush()

    def warn_of_leaving(self, leave: Callable[[], object]) -> None:
        """Say what would be lost by closing now, and offer to do so."""
        self.saver.warn_of_leaving(leave)

    @Slot(object)
    def _read_theirs(self, sheet: Sheet) -> None:
        """Give up the edits of a sheet for what another program wrote."""
        self.desk.put_away(sheet)
        self.history.forget(sheet.item.name)
        if sheet is self.sheet:
            self._put_down_drag()
            self._read()

    @Slot()
    def _clear(self) -> None:
        """Forget what belongs to a folder that is no longer open; what is not saved stays."""
        self.history.clear()
        self.desk.put_away_saved()
        self._follow_label_files()

    def _put_down_drag(self) -> None:
        if self.sheet:
            self.sheet.editor.cancel()
