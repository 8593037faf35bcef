"""Who may edit a folder: the window that opened it first, told by a lock that lies in it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

from studio.labels.files import OWN_FOLDER

NAME = "lock"
LOOK_EVERY = 5000  # milliseconds between two looks whether the other window is still there
_UNREADABLE_FOR = 60_000  # milliseconds after which a lock that does not say whose it is counts not


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that has a folder open."""

    host: str
    process: int

    def __str__(self) -> str:
        return f"{self.host}, process {self.process}"


class FolderLock(QObject):
    """The lock on the folder that is open, or who else has it.

    A lock never grows old: it ends with its process. It lies with the label files where only these
    can be written; where nothing can, nobody can edit anyway, so there is none.
    """

    came_free = Signal()
    """The other window has closed the folder."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.holder: Holder | None = None
        """The other window that edits the folder, None where this one may."""
        self._root: Path | None = None
        self._place: Path | None = None
        self._file: QLockFile | None = None
        self._timer = QTimer(self, interval=LOOK_EVERY)
        self._timer.timeout.connect(self.look)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._take_application_state)

    def take(self, root: Path, labels: Path) -> None:
        """Take the lock of a project, and let go of that of another; see `holder`.

        `labels` is the folder of its label files.
        """
        if root == self._root and self._file:
            return
        self.release()
        self._root = root
        for place in (root, labels):
            self._place = place
            self._file, self.holder = _locked(place)
            if self._file or self.holder:
                break
        if self.holder:
            self._timer.start()

    def release(self) -> None:
        """Let others edit the folder."""
        self._timer.stop()
        if self._file and self._place:
            _unlock(self._file, self._place)
        self._file = self._root = self._place = self.holder = None

    def disregard(self) -> None:
        """Edit although another window does."""
        self._timer.stop()
        self.holder = None

    @Slot()
    def look(self) -> None:
        """Find out whether the other window is still there."""
        if not self.holder or not self._place:
            return
        file, holder = _locked(self._place)
        if file:
            _unlock(file, self._place)
        if not holder:
            self._timer.stop()
            self.came_free.emit()

    @Slot(Qt.ApplicationState)
    def _take_application_state(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive and self._timer.isActive():
            self.look()


def _locked(place: Path) -> tuple[QLockFile | None, Holder | None]:
    """Return the lock, or who has it; neither where the folder cannot be written."""
    folder = place / OWN_FOLDER
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return None, None
    file = QLockFile(str(folder / NAME))
    file.setStaleLockTime(0)
    if file.tryLock(0):
        return file, None
    if file.error() != QLockFile.LockError.LockFailedError:
        _remove_if_empty(folder)
        return None, None
    process, host, _ = file.getLockInfo()
    if not process:  # a machine that lost its power leaves an empty file
        file.setStaleLockTime(_UNREADABLE_FOR)
        if file.tryLock(0):
            return file, None
    return None, Holder(str(host) or "another machine", int(process))


def _unlock(file: QLockFile, place: Path) -> None:
    file.unlock()
    _remove_if_empty(place / OWN_FOLDER)


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):  # it is not empty, or gone with all the rest
        folder.rmdir()
