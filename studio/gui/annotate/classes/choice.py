"""Which class people take: by number, from the list, by its name; the first one gets its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from studio.gui.annotate.classes.book import FIRST_CLASS
from studio.gui.annotate.commands.actions import CLASS_KEYS
from studio.gui.annotate.commands.parts import Part
from studio.gui.annotate.labelling.labelling import Labelling
from studio.gui.messages import MessageBar
from studio.gui.session import Session
from studio.labels import editing


class ClassChoice(QObject, Part):
    """Gives classes to the selected boxes, and to the next one."""

    name_wanted = Signal()
    """The class of the first boxes shall be given a name."""

    def __init__(self, session: Session, labelling: Labelling, messages: MessageBar) -> None:
        super().__init__(labelling)
        self._session = session
        self._labelling = labelling
        self._book = labelling.book
        self._messages = messages
        labelling.classless.connect(self._ask_for_name)

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what is done for each command."""
        return {f"class_{number}": partial(self._take_number, number) for number in CLASS_KEYS}

    def _take_number(self, number: int) -> None:
        shown = self._book.listed.shown
        if number <= len(shown):
            self.take(shown[number - 1])

    @Slot(str)
    def take(self, name: str) -> None:
        """Take a class for the selected boxes and for the next."""
        self._book.choose(name)
        self._labelling.relabel(name)

    @Slot(str)
    def add(self, name: str) -> None:
        """Append a class, if it is new, and draw it next."""
        self._book.add(*({name} - set(self._book.names)))
        self._book.choose(name)

    @Slot(str)
    def add_and_take(self, name: str) -> None:
        """Append a class, for the selected boxes and for the next."""
        self.add(name)
        self.take(name)

    @Slot(str)
    def name_first(self, name: str) -> None:
        """Call this picture's boxes by the name that was given to the first class."""
        self._labelling.edit(lambda document: editing.rename(document, FIRST_CLASS, name))
        if self._session.class_counts().get(FIRST_CLASS):
            self.add(name)  # boxes of other pictures keep the first class
        else:
            self._book.replace(FIRST_CLASS, name)

    @Slot()
    def _ask_for_name(self) -> None:
        if not self._labelling.saver.is_refused:
            text = f"There are no classes yet, so this box became an “{FIRST_CLASS}”."
            self._messages.say(text, "done", "Name the class…", self.name_wanted.emit)
