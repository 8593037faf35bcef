"""Which run was being trained when the program ended: it was closed, killed or had no power."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from studio.gui.folder_key import folder_key
from studio.gui.known_runs import KnownRun
from studio.wording import counted


class CutOff:
    """Remembered for each folder of runs from a training's first step until it is over or stopped.

    As bytes: a name need not be UTF-8, and Qt changes texts that are not.
    """

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def note(self, run: Path) -> None:
        """Remember the run that is trained now."""
        self._settings.setValue(_key(run.parent), QByteArray(os.fsencode(run.name)))

    def forget(self, run: Path) -> None:
        """It is over, unless its folder has another one under way."""
        if self._noted(run.parent) == run.name:
            self._settings.remove(_key(run.parent))

    def take_from(self, runs: Sequence[KnownRun]) -> KnownRun | None:
        """Return, once, the run of a folder that was cut off, if it can be gone on with."""
        name = self._noted(runs[0].path.parent) if runs else ""
        found = next((known for known in runs if known.path.name == name), None)
        if found is None or found.is_occupied:  # it is being trained, by somebody else
            return None
        self._settings.sync()  # another window may have stopped it meanwhile
        is_cut_off = self._noted(found.path.parent) == name
        self.forget(found.path)
        return found if is_cut_off and found.outlook.can_resume else None

    def _noted(self, folder: Path) -> str:
        value = self._settings.value(_key(folder))
        return os.fsdecode(bytes(value.data())) if isinstance(value, QByteArray) else ""


def told(cut_off: KnownRun) -> str:
    """Return what to say of a run that was cut off."""
    run, so_far = cut_off.run, cut_off.reached
    said = f"{run.name} was being trained when the program ended"
    if so_far is None:
        return f"{said}."
    return f"{said}; it has {so_far.epochs} of {counted(run.config.epochs, 'epoch')} behind it."


def _key(folder: Path) -> str:
    return f"train/folders/{folder_key(folder)}/under_way"
