"""The picture where one left off in a folder, kept in the settings.

As bytes: a name need not be UTF-8, and Qt changes texts that are not.
"""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QSettings, QTimer, Slot

from studio.gui.folder_key import folder_key

_DELAY = 1000  # milliseconds; writing the settings takes longer than opening a picture


class Place(QObject):
    """Keeps the picture that was opened last, a moment later."""

    def __init__(self, settings: QSettings, parent: QObject) -> None:
        super().__init__(parent)
        self._settings = settings
        self._left_off: tuple[Path, str] | None = None
        self._timer = QTimer(self, singleShot=True, interval=_DELAY)
        self._timer.timeout.connect(self.keep)

    def note(self, root: Path, name: str) -> None:
        """Keep the name of a picture in that folder soon."""
        self._left_off = root, name
        self._timer.start()

    @Slot()
    def keep(self) -> None:
        """Keep it now."""
        self._timer.stop()
        if self._left_off:
            root, name = self._left_off
            self._settings.setValue(_key(root), QByteArray(os.fsencode(name)))
            self._left_off = None

    def kept(self, root: Path) -> str:
        """Return the name that was kept for a folder, "" where there is none."""
        value = self._settings.value(_key(root))
        return os.fsdecode(bytes(value.data())) if isinstance(value, QByteArray) else ""


def _key(root: Path) -> str:
    return f"annotate/pictures/{folder_key(root)}"
