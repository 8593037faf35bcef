"""Which classes there are while people label, and of which class the next box will be."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.errors import StudioError
from studio.gui.session import Session
from studio.labels import classes
from studio.labels.classes import ClassList

FIRST_CLASS = "object"
"""What boxes are called that are drawn before there is a class."""
AGAIN_AFTER = 3000  # milliseconds
UNSETTLED = "The label files are still being read. Classes can be changed when that is done."


class ClassBook(QObject):
    """Keeps the class chosen last, and writes down the class list once it has to be remembered.

    A folder without a list has the classes of its label files. Its list is written when those
    are all read: written before, it would lack some.
    """

    changed = Signal()
    refused = Signal(str)
    """The class list could not be saved, or a name is none."""
    righted = Signal(str)
    """The class list is saved now, which could not be as that sentence had told."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._label = ""
        self._wanted: tuple[str, ...] = ()
        self._is_due = False
        self._busy = ""
        self._obstacle = ""
        self._again = QTimer(self, singleShot=True, interval=AGAIN_AFTER)
        self._again.timeout.connect(self._save_if_due)
        session.opened.connect(self._forget)
        session.indexed.connect(self._save_if_due)
        session.classes_changed.connect(self.changed)

    @property
    def listed(self) -> ClassList:
        """The classes with their looks, those included that are not written down yet."""
        return reduce(classes.add, self._wanted, self._session.class_list)

    @property
    def names(self) -> tuple[str, ...]:
        """The classes in the order of their ids."""
        return self.listed.names

    @property
    def unwritten(self) -> str:
        """One sentence about classes that closing now would lose, "" when there are none.

        Where another window edits the folder they are refused anyway.
        """
        lost = [name for name in dict.fromkeys(self._wanted) if name not in self._session.classes]
        if not lost or self._session.read_only:
            return ""
        why = self._obstacle or self._busy or UNSETTLED
        return f"Not in the list of classes on disk yet: {', '.join(lost)}. {why}"

    @property
    def label(self) -> str:
        """The class of the next box."""
        shown = self.listed.shown
        return self._label if self._label in shown else next(iter(shown), FIRST_CLASS)

    @property
    def is_listed(self) -> bool:
        """Whether somebody decided on the classes, rather than that they were found in files."""
        return bool(self._session.project and self._session.project.classes)

    @property
    def is_settled(self) -> bool:
        """Whether every label file was read, so that no class is unknown."""
        return self._session.is_indexed

    def hold(self, reason: str) -> None:
        """Write no list until `release`: an operation is about to write it."""
        self._busy = reason

    def release(self) -> None:
        """Let the list be changed again, and write down what was added meanwhile."""
        self._busy = ""
        self._save_if_due()

    def choose(self, name: str) -> None:
        """Draw this class from now on."""
        self._label = name
        self.changed.emit()

    def add(self, *names: str) -> None:
        """Append classes to the list."""
        self._wanted += names
        self._is_due = True
        self.changed.emit()
        self._save_if_due()

    def remember(self) -> None:
        """Write the list down if nobody has yet: somebody has begun to label."""
        if not self.is_listed:
            self.add(*({self.label} - set(self.names)))

    def replace(self, old: str, new: str) -> None:
        """Put one class into the place of another."""
        self._wanted = tuple(new if name == old else name for name in self._wanted)
        self._save(lambda listed: classes.rename(listed, old, new))
        self.choose(new)

    def change(self, edit: Callable[[ClassList], ClassList]) -> bool:
        """Change and save the list with its looks; False where that cannot be, which is told."""
        if self._busy or not self.is_settled:
            self.refused.emit(self._busy or UNSETTLED)
            return False
        return self._save(edit)

    def flush(self) -> bool:
        """Write down what was added; False where closing would lose a class: see `unwritten`."""
        self._save_if_due()
        return not self.unwritten

    @Slot()
    def _forget(self) -> None:
        self._label, self._wanted, self._is_due, self._obstacle = "", (), False, ""
        self._again.stop()

    @Slot()
    def _save_if_due(self) -> None:
        if self._is_due and not self._busy and (self.is_listed or self._session.is_indexed):
            self._save(lambda listed: listed)

    def _save(self, edit: Callable[[ClassList], ClassList]) -> bool:
        """Change the list and write down what was added; that is kept where it cannot be."""
        wanted, self._wanted = self._wanted, ()
        try:
            self._session.change_class_list(
                lambda listed: edit(reduce(classes.add, wanted, listed))
            )
        except StudioError as error:
            if self._session.read_only:
                self._is_due = False
            else:
                self._wanted = wanted
                self._again.start()
            is_told, self._obstacle = self._obstacle == f"{error}.", f"{error}."
            if not is_told or self.sender() is not self._again:
                self.refused.emit(self._obstacle)
            self.changed.emit()
            return False
        self._is_due = False
        obstacle, self._obstacle = self._obstacle, ""
        if obstacle:
            self.righted.emit(obstacle)
        return True
