"""The hand that pushes the picture: the middle button, or Space and the left one."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
_REPEAT_GAP = 30  # milliseconds; nobody lets go of a key and presses it again in less


class Hand(QObject):
    """Knows whether the picture is pushed, and whether Space was only tapped.

    A key that is held down is repeated by X as releases and presses that cannot always be told
    from real ones: there a release counts only when no press has followed it for `gap`
    milliseconds.
    """

    tapped = Signal()
    """Space was pressed and released, and the picture not pushed with it."""
    put_away = Signal()
    """Space is held no longer."""

    def __init__(self, parent: QObject, gap: int) -> None:
        super().__init__(parent)
        self.is_ready = False
        """Whether Space is held down."""
        self._button = Qt.MouseButton.NoButton
        self._at = QPointF()
        self._has_pushed = False
        self._release = QTimer(self, singleShot=True, interval=gap)
        self._release.timeout.connect(self._put_away)

    @property
    def is_pushing(self) -> bool:
        return self._button != Qt.MouseButton.NoButton

    def press(self, button: Qt.MouseButton, at: QPointF) -> bool:
        """Begin to push; False if this button is for something else."""
        if button == _MIDDLE or (button == _LEFT and self.is_ready):
            self._button, self._at, self._has_pushed = button, at, True
            return True
        return False

    def move(self, to: QPointF) -> QPointF:
        """Return how far the picture is pushed since the last time."""
        by, self._at = to - self._at, to
        return by

    def release(self, button: Qt.MouseButton) -> bool:
        """Let go; False if this is not the button that pushed."""
        if not self.is_pushing or button != self._button:
            return False
        self._button = Qt.MouseButton.NoButton
        return True

    def press_space(self) -> None:
        """Get ready to push with the left button."""
        if self._release.isActive():
            self._release.stop()
        else:
            self.is_ready, self._has_pushed = True, False

    def release_space(self) -> None:
        """Be ready no longer."""
        if self._release.interval():
            self._release.start()
        else:
            self._put_away()

    @Slot()
    def _put_away(self) -> None:
        is_tap = self.is_ready and not self._has_pushed
        self.is_ready = False
        self.put_away.emit()
        if is_tap:
            self.tapped.emit()

    def drop(self) -> None:
        """Let go of everything: keys and buttons are for another window now."""
        self._release.stop()
        self.is_ready, self._button = False, Qt.MouseButton.NoButton


def repeat_gap() -> int:
    """Return the gap that is needed here, in milliseconds."""
    return _REPEAT_GAP if QGuiApplication.platformName() == "xcb" else 0
