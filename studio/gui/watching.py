"""Notices that other programs may have changed a folder."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

CALM = 0.5  # seconds from a change to when it is told of: others follow
AWAY = 3.0  # seconds between two looks because people came back to the window
OWN = 30.0  # seconds from what this program wrote itself to the next look
OWN_LASTS = 5.0  # seconds after it was expected that a write counts as our own
FOLDERS = 500  # are watched; systems limit how many can be


class FolderWatch(QObject):
    """Says when a folder should be looked at again; how often, depends on what that costs.

    Folders tell of files that are made, removed, renamed or replaced. What is written into a file
    in place is found when people come back to the window.
    """

    noticed = Signal()
    """Something may have changed."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._watcher: QFileSystemWatcher | None = None
        self._own: dict[str, float] = {}
        self._looked = time.monotonic()
        self._pause = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._tell)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._take_application_state)

    def watch(self, folders: Iterable[Path]) -> None:
        """Watch these folders and no others."""
        self._watcher = self._watcher or self._make_watcher()
        wanted = dict.fromkeys(str(folder) for folder in list(folders)[:FOLDERS])
        watched = self._watcher.directories()
        old = [folder for folder in watched if folder not in wanted]
        new = [folder for folder in wanted if folder not in set(watched)]
        if old:
            self._watcher.removePaths(old)
        if new:
            self._watcher.addPaths(new)

    def note_look(self, seconds: float) -> None:
        """Take note that the folder was looked at, which took so long."""
        self._looked = time.monotonic()
        self._pause = 5 * seconds

    def expect(self, folder: Path) -> None:
        """Take note that this program is about to write into a folder."""
        self._own[str(folder)] = time.monotonic() + OWN_LASTS

    def _make_watcher(self) -> QFileSystemWatcher:
        watcher = QFileSystemWatcher(self)
        watcher.directoryChanged.connect(self._take_change)
        return watcher

    @Slot(str)
    def _take_change(self, folder: str) -> None:
        is_own = self._own.get(folder, 0.0) > time.monotonic()
        self._tell_in(OWN if is_own else max(CALM, self._looked + self._pause - time.monotonic()))

    @Slot(Qt.ApplicationState)
    def _take_application_state(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self._tell_in(max(self._looked + AWAY + self._pause - time.monotonic(), 0.0))

    def _tell_in(self, seconds: float) -> None:
        wait = round(seconds * 1000)
        if not self._timer.isActive() or self._timer.remainingTime() > wait:
            self._timer.start(wait)

    @Slot()
    def _tell(self) -> None:
        self._looked = time.monotonic()
        self.noticed.emit()
