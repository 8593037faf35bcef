"""The hand that pushes the picture: the middle button, or Space and the left one."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt

_LEFT, _MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


class Hand:
    """Knows whether the picture is pushed, and whether Space was only tapped."""

    def __init__(self) -> None:
        self.is_ready = False
        """Whether Space is held down."""
        self._button = Qt.MouseButton.NoButton
        self._at = QPointF()
        self._has_pushed = False

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
        self.is_ready, self._has_pushed = True, False

    def release_space(self) -> bool:
        """Be ready no longer; True if Space was tapped, and nothing done with it."""
        is_tap = self.is_ready and not self._has_pushed
        self.is_ready = False
        return is_tap

    def drop(self) -> None:
        """Let go of everything: keys and buttons are for another window now."""
        self.is_ready, self._button = False, Qt.MouseButton.NoButton
