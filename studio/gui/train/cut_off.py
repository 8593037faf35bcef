"""Which run was being trained when the program ended: it was closed, killed or had no power."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSettings

from studio.gui.known_runs import KnownRun
from studio.wording import counted

KEY = "train/under_way"


class CutOff:
    """Remembered in the settings from when a run has its folder until it is over or is stopped."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    def note(self, run: Path | None) -> None:
        """Remember the run that is trained now."""
        self._settings.setValue(KEY, str(run))

    def forget(self) -> None:
        """It is over."""
        self._settings.remove(KEY)

    def take_from(self, runs: Sequence[KnownRun]) -> KnownRun | None:
        """Return, once, the run that was cut off, if it is one of these and can be gone on with."""
        from studio.yolo.training.occupied import is_occupied

        path = self._settings.value(KEY)
        found = next((known for known in runs if str(known.path) == path), None)
        if found is None or is_occupied(found.path):  # by another window
            return None
        self.forget()
        return found if found.outlook.can_resume else None


def told(cut_off: KnownRun) -> str:
    """Return what to say of a run that was cut off."""
    done, run = cut_off.reached.epochs if cut_off.reached else 0, cut_off.run
    behind = f"{done} of {counted(run.config.epochs, 'epoch')} behind it"
    return f"{run.name} was being trained when the program ended; it has {behind}."
