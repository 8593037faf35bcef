"""What is shown around the boxes or not: their names, the list of edits, the sliders of light."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QSettings, Signal

from studio.gui.annotate.canvas.canvas import Canvas
from studio.gui.annotate.commands.parts import Part
from studio.gui.annotate.history_list import HistoryList
from studio.gui.annotate.light_bar import LightBar

_NAMES, _HISTORY = "annotate/names", "annotate/history"


class ViewCommands(QObject, Part):
    """Shows these things or puts them away, and remembers it for the next start."""

    changed = Signal()

    def __init__(
        self, canvas: Canvas, light: LightBar, edits: HistoryList, settings: QSettings
    ) -> None:
        super().__init__(canvas)
        self._canvas, self._light, self._edits, self._settings = canvas, light, edits, settings
        canvas.set_names(bool(settings.value(_NAMES, True, bool)))
        edits.setVisible(bool(settings.value(_HISTORY, False, bool)))
        light.hide()
        light.changed.connect(canvas.set_light)

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what is done for each command."""
        return {
            "names": self._toggle_names,
            "history": self._toggle_edits,
            "light": self._toggle_light,
        }

    def checked(self) -> dict[str, bool]:
        """Return which of them are on."""
        return {
            "names": self._canvas.names,
            "history": not self._edits.isHidden(),
            "light": not self._light.isHidden(),
        }

    def _toggle_names(self) -> None:
        """Show the classes of boxes on them, or only colours."""
        self._canvas.set_names(not self._canvas.names)
        self._settings.setValue(_NAMES, self._canvas.names)
        self.changed.emit()

    def _toggle_edits(self) -> None:
        """Show the list of edits, or put it away."""
        is_shown = self._edits.isHidden()
        self._edits.setVisible(is_shown)
        self._settings.setValue(_HISTORY, is_shown)
        self.changed.emit()

    def _toggle_light(self) -> None:
        """Show the sliders of the view's light; put away, they change nothing any more."""
        self._light.setVisible(self._light.isHidden())
        if self._light.isHidden():
            self._light.reset()
            self._canvas.setFocus()
        else:
            self._light.focus()
        self.changed.emit()
