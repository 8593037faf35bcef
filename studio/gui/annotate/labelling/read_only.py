"""Says that another window edits the folder, and when it does no more."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from studio.gui.annotate.labelling.labelling import Labelling
from studio.gui.messages import MessageBar
from studio.gui.session import Session

EDIT = "Edit all the same"
EDIT_NOW = "Edit here"


class ReadOnly(QObject):
    """Lets labels only be looked at while another window edits them."""

    reopening_wanted = Signal(str)
    """The other window has closed this folder, which shall be opened anew to be edited here."""

    def __init__(self, session: Session, labelling: Labelling, messages: MessageBar) -> None:
        super().__init__(labelling)
        self._session = session
        self._labelling = labelling
        self._messages = messages
        session.read_only_changed.connect(self.show)
        session.lock.came_free.connect(self._offer)
        labelling.refused.connect(self.say)

    @Slot()
    def show(self) -> None:
        """Let labels be edited or not, as the folder is now."""
        project, holder = self._session.project, self._session.lock.holder
        self._labelling.read_only = ""
        if project and holder:
            name = project.root.name
            self._labelling.read_only = (
                f"{name} is open in another window ({holder}). It is read-only here."
            )
        self.say()
        self._labelling.changed.emit()

    @Slot()
    def say(self) -> None:
        """Say why nothing can be edited, if that is so."""
        if self._labelling.read_only:
            text, edit = self._labelling.read_only, self._session.edit_all_the_same
            self._messages.say(text, action=EDIT, on_action=edit)

    @Slot()
    def _offer(self) -> None:
        project = self._session.project
        if project:
            text = f"The other window has closed {project.root.name}."
            self._messages.say(text, "done", EDIT_NOW, self._reopen)

    def _reopen(self) -> None:
        if self._session.project:
            self.reopening_wanted.emit(str(self._session.project.root))
