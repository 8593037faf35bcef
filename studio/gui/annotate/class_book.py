"""Which classes there are while people label, and of which class the next box will be."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from studio.errors import StudioError
from studio.gui.session import Session

FIRST_CLASS = "object"
"""What boxes are called that are drawn before there is a class."""


class ClassBook(QObject):
    """Keeps the class chosen last, and writes down the class list once it has to be remembered.

    A folder without a list has the classes of its label files. Its list is written when those
    are all read: written before, it would lack some.
    """

    changed = Signal()
    refused = Signal(str)
    """The class list could not be saved, or a name is none."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._label = ""
        self._wanted: tuple[str, ...] = ()
        self._is_due = False
        session.opened.connect(self._forget)
        session.indexed.connect(self._save_if_due)
        session.classes_changed.connect(self.changed)

    @property
    def names(self) -> tuple[str, ...]:
        """The classes, those included that are not written down yet."""
        known = self._session.classes
        return known + tuple(name for name in self._wanted if name not in known)

    @property
    def label(self) -> str:
        """The class of the next box."""
        names = self.names
        return self._label if self._label in names else next(iter(names), FIRST_CLASS)

    @property
    def is_listed(self) -> bool:
        """Whether somebody decided on the classes, rather than that they were found in files."""
        return bool(self._session.project and self._session.project.classes)

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
        names = [new if name == old else name for name in self.names]
        self._wanted = ()
        self._save(tuple(dict.fromkeys(names)))
        self.choose(new)

    @Slot()
    def _forget(self) -> None:
        self._label, self._wanted, self._is_due = "", (), False

    @Slot()
    def _save_if_due(self) -> None:
        if self._is_due and (self.is_listed or self._session.is_indexed):
            names, self._wanted, self._is_due = self.names, (), False
            self._save(names)

    def _save(self, names: tuple[str, ...]) -> None:
        try:
            self._session.set_classes(names)
        except StudioError as error:
            self.refused.emit(str(error))
            self.changed.emit()
