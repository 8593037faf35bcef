"""The line under the file list: how many pictures are shown and labelled."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Slot

from studio.gui.lines import Line
from studio.gui.session import Session
from studio.labels.folder.filtering import summary

_TOLD_FOR = 4000  # milliseconds


class CountLine(Line):
    """How many pictures are shown and labelled; more about it in the tool tip."""

    def __init__(self, session: Session) -> None:
        super().__init__(Qt.TextElideMode.ElideRight, Qt.AlignmentFlag.AlignLeft)
        self._session = session
        self._counts = ""
        self._silence = QTimer(self, singleShot=True, interval=_TOLD_FOR)
        self._silence.timeout.connect(self._show)

    def show_counts(self, shown: int | None) -> None:
        """Count; `shown` is None where nothing is left out."""
        counts = f"{self._session.labelled} of {len(self._session.items)} labelled"
        self._counts = counts if shown is None else f"{shown} shown · {counts}"
        self._show()

    def say(self, remark: str) -> None:
        """Show a remark for a while."""
        self.setText(remark)
        self._silence.start()

    @Slot()
    def _show(self) -> None:
        self._silence.stop()
        self.setText(self._counts)

    def event(self, event: QEvent) -> bool:
        """Count the rest when somebody wants to know."""
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip(summary(self._session.states))
        return super().event(event)
