"""Takes back what was done and makes it again, in whichever picture it was."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from studio.gui.annotate.commands.parts import Part
from studio.gui.annotate.labelling.labelling import Labelling
from studio.gui.messages import MessageBar
from studio.gui.session import Session
from studio.labels.editing.history import Operation, Step


class Timeline(QObject, Part):
    """Goes back and forward through the history of the session."""

    elsewhere = Signal(int)
    """What was taken back or made again is in the picture at this position."""
    operation_wanted = Signal(object, bool)
    """This operation over the data set shall be taken back (False) or made again (True)."""

    def __init__(self, session: Session, labelling: Labelling, messages: MessageBar) -> None:
        super().__init__(labelling)
        self._session = session
        self._labelling = labelling
        self._messages = messages
        self._wanted: int | None = None
        labelling.released.connect(self._go_on)
        session.opened.connect(self._stay)

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what is done for each command."""
        return {"undo": self.undo, "redo": self.redo}

    def able(self) -> dict[str, bool]:
        """Return which of them can act now."""
        history, is_free = self._labelling.history, not self._labelling.held
        return {"undo": history.can_undo and is_free, "redo": history.can_redo and is_free}

    def undo(self) -> None:
        """Take back what was done last."""
        if self._labelling.may_edit() and (step := self._labelling.history.undo()):
            self._go_through(step, forward=False)

    def redo(self) -> None:
        """Make again what was taken back last."""
        if self._labelling.may_edit() and (step := self._labelling.history.redo()):
            self._go_through(step, forward=True)

    def go_to(self, count: int) -> None:
        """Let so many steps of the history be in effect.

        An operation over the data set takes a while: the steps behind it follow when it is done.
        """
        if not self._labelling.may_edit():
            return
        history = self._labelling.history
        turn = self.undo if history.done > count else self.redo
        before, length = -1, len(history.steps)  # where a step is refused or gone, it ends
        while history.done not in (count, before) and length == len(history.steps):
            before = history.done
            turn()
            if self._labelling.held:
                self._wanted = count
                return

    @Slot(bool)
    def _go_on(self, completed: bool) -> None:
        """Let the steps follow that wait for an operation, unless it was not completed."""
        wanted, self._wanted = self._wanted, None
        if completed and wanted is not None:
            self.go_to(wanted)

    @Slot()
    def _stay(self) -> None:
        self._wanted = None

    def _go_through(self, step: Step, *, forward: bool) -> None:
        if isinstance(step, Operation):
            self.operation_wanted.emit(step, forward)
            return
        labelling, item = self._labelling, self._session.item_called(step.name)
        if item is None:
            self._messages.say(f"{step.name}: is no longer there, so “{step.text}” stays as it is.")
            return
        sheet = labelling.desk.sheet(item)
        if sheet is None:
            labelling.history.forget(step.name)
            self._messages.say(
                f"{step.name}: has another label file now, {item.label_name}, "
                f"so “{step.text}” stays as it is."
            )
        else:
            labelling.put(sheet, step.after if forward else step.before)
            if item != labelling.item:
                self.elsewhere.emit(self._session.position_of(step.name))
        labelling.changed.emit()
