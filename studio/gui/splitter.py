"""A splitter that is where it was left."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt, Slot
from PySide6.QtWidgets import QSplitter


class KeptSplitter(QSplitter):
    """Remembers its place in the settings under a key; the first pane takes new room."""

    def __init__(self, orientation: Qt.Orientation, settings: QSettings, key: str) -> None:
        super().__init__(orientation)
        self._settings, self._key = settings, key
        self.setChildrenCollapsible(False)
        self.splitterMoved.connect(self._keep)

    def restore(self, sizes: list[int]) -> None:
        """Go to where it was, the first time to these sizes; call it when all panes are in."""
        self.setStretchFactor(0, 1)
        state = self._settings.value(self._key)
        if state is None or not self.restoreState(state):
            self.setSizes(sizes)

    @Slot()
    def _keep(self) -> None:
        self._settings.setValue(self._key, self.saveState())
