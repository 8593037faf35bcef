"""The commands on classes: what each does with the class that is marked in the list."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog

from studio.gui.annotate.classes.choice import ClassChoice
from studio.gui.annotate.classes.finder import ClassFinder
from studio.gui.annotate.classes.operations import ClassOperations
from studio.gui.annotate.classes.panel import ClassList
from studio.gui.annotate.commands.parts import Part
from studio.gui.annotate.labelling.labelling import Labelling
from studio.gui.annotate.labelling.timeline import Timeline
from studio.gui.messages import MessageBar
from studio.gui.session import Session
from studio.labels import classes
from studio.labels.screen.palette import OKABE_ITO

IN_THE_LIST = (
    "rename_class",
    "recolour_class",
    "class_up",
    "class_down",
    "number_classes",
    "remove_class",
)
"""The commands that the menu of the list shows."""
_NAMED = 3  # so many classes are named in a message


class ClassCommands(QObject, Part):
    """Joins the list of classes, the field that finds one, and what is done with them."""

    def __init__(
        self,
        session: Session,
        labelling: Labelling,
        timeline: Timeline,
        choice: ClassChoice,
        messages: MessageBar,
        view: ClassList,
        finder: ClassFinder,
    ) -> None:
        super().__init__(labelling)
        self.operations = ClassOperations(session, labelling, timeline, messages)
        self._session = session
        self._labelling = labelling
        self._book = labelling.book
        self._messages = messages
        self._list = view
        self._finder = finder
        self._recoloured = ""
        self._dialog: QColorDialog | None = None
        view.model.renamed.connect(self.operations.ask)
        view.model.moved.connect(self._move)
        view.uncoloured.connect(self._uncolour)
        finder.taken.connect(choice.take)
        finder.added.connect(choice.add_and_take)
        labelling.book.righted.connect(self._praise)

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what is done for each command."""
        return {
            "find_class": self._find,
            "rename_class": self._list.rename_current,
            "recolour_class": self._choose_colour,
            "class_up": partial(self._step, -1),
            "class_down": partial(self._step, 1),
            "number_classes": self._number,
            "remove_class": self._remove,
        }

    def able(self) -> dict[str, bool]:
        """Return which of them can act now."""
        listed, name = self._book.listed, self._list.current
        is_listed, is_free = name in listed.names, not self._labelling.held
        place = listed.shown.index(name) if is_listed else -1
        return {
            "find_class": self._labelling.position >= 0,
            "rename_class": bool(name) and is_free,
            "recolour_class": is_listed,
            "class_up": place > 0,
            "class_down": is_listed and place < len(listed.shown) - 1,
            "number_classes": listed.shown != listed.names and is_free,
            "remove_class": is_listed and is_free,
        }

    def _find(self) -> None:
        self._finder.open(self._book.listed)

    @Slot(str)
    def _praise(self, obstacle: str) -> None:
        """Put away what was told of the list while it could not be saved."""
        if self._messages.text == obstacle:
            self._messages.say("The list of classes is saved now.", "done")

    # --- looks ------------------------------------------------------------------------------

    def _step(self, by: int) -> None:
        name, shown = self._list.current, self._book.listed.shown
        if name in shown:
            self._move(name, shown.index(name) + by)

    @Slot(str, int)
    def _move(self, name: str, place: int) -> None:
        self._book.change(lambda listed: classes.move(listed, name, place))

    def _choose_colour(self) -> None:
        """Open the dialog of colours, beside which the window goes on."""
        self._recoloured = self._list.current
        if self._dialog is None:
            self._dialog = QColorDialog(self._list)
            self._dialog.setModal(False)
            for i, colour in enumerate(OKABE_ITO):
                QColorDialog.setCustomColor(i, QColor(*colour))
            self._dialog.colorSelected.connect(self._recolour)
        self._dialog.setWindowTitle(f"Colour of {self._recoloured}")
        self._dialog.setCurrentColor(QColor(*self._book.listed.colour(self._recoloured)))
        self._dialog.show()
        self._dialog.activateWindow()

    @Slot(QColor)
    def _recolour(self, colour: QColor) -> None:
        name, chosen = self._recoloured, (colour.red(), colour.green(), colour.blue())
        self._book.change(lambda listed: classes.recolour(listed, name, chosen))

    @Slot(str)
    def _uncolour(self, name: str) -> None:
        self._book.change(lambda listed: classes.recolour(listed, name, None))

    # --- ids --------------------------------------------------------------------------------

    def _number(self) -> None:
        before = self._book.listed
        if self._book.change(classes.number):
            numbers = _few([f"{i} {name}" for i, name in enumerate(self._book.names)])
            self._say_with_undo(f"Numbered as they are shown: {numbers}.", before)

    def _remove(self) -> None:
        """Take the marked class out of the list; ask where that changes the ids of others."""
        name, listed = self._list.current, self._book.listed
        count = self._session.class_counts().get(name, 0)
        if count:
            are = "1 box is" if count == 1 else f"{count:,} boxes are"
            text = f"{are} called {name}. Rename it into another class (F2), or delete them first."
            self._messages.say(text)
        elif classes.is_last(listed, name):
            self._remove_now(name)
        else:
            place = listed.names.index(name)
            behind = [f"{n} from {i} to {i - 1}" for i, n in enumerate(listed.names) if i > place]
            text = f"Without {name}, the numbers of other classes change: {_few(behind)}."
            remove = partial(self._remove_now, name)
            self._messages.say(text, "problem", "Remove and renumber", remove)

    def _remove_now(self, name: str) -> None:
        before = self._book.listed
        if self._book.change(lambda listed: classes.remove(listed, name)):
            self._say_with_undo(f"{name} is no longer in the list.", before)

    def _say_with_undo(self, text: str, before: classes.ClassList) -> None:
        after = self._book.listed

        def undo() -> None:
            self._book.change(lambda listed: before if listed == after else listed)
            if self._book.listed != before and not self._messages.text:
                self._messages.say("The list of classes was changed since, so it stays as it is.")

        self._messages.say(text, "done", "Undo", undo)


def _few(texts: list[str]) -> str:
    more = len(texts) - _NAMED
    return ", ".join(texts[:_NAMED]) + (f" and {more} more" if more > 0 else "")
