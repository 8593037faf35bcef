"""What every tab has: the session, a message bar, and a state that its label carries."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QWidget

from studio.gui.messages import MessageBar
from studio.gui.session import Session


class Tab(QWidget):
    """One of the four tabs."""

    state_changed = Signal(str)
    tab_requested = Signal(int)
    """The next thing to do is in the tab at this position, counted from 0."""

    def __init__(self, session: Session, settings: QSettings) -> None:
        super().__init__()
        self.session = session
        self.settings = settings
        self.messages = MessageBar()
        self.state = ""

    def set_state(self, state: str) -> None:
        """Say in a few words how far this part of the work is: "37/205", "IoU 0.71"."""
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
