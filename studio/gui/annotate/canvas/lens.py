"""How the picture is looked at on a widget: zoom, scroll, fit; by wheel and by keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QWidget

from studio.gui.theme import GAP
from studio.labels.editing.edges import Edges, Point
from studio.labels.screen.camera import Camera, Fit
from studio.labels.screen.viewport import STEP, Viewport

_NOTCH = 120  # what one notch of a wheel reports
_SCROLL = 48.0  # pixels of the screen for one notch


class Lens(QObject):
    """Moves a camera over a picture; the widget is what it looks through."""

    changed = Signal()
    """Another part of the picture is seen, or at another scale."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._camera = Camera(GAP)

    @property
    def viewport(self) -> Viewport:
        """Where the picture lies on the screen."""
        return self._camera.viewport

    @property
    def middle(self) -> Point:
        """The point of the picture in the middle of the widget."""
        return self._camera.middle

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what is done for each command."""
        return {
            "zoom_in": lambda: self.zoom(STEP),
            "zoom_out": lambda: self.zoom(1 / STEP),
            "fit": lambda: self._go(partial(self._camera.fill, Fit.WHOLE)),
            "fit_width": lambda: self._go(partial(self._camera.fill, Fit.WIDTH)),
            "actual_size": self.show_actual_size,
        }

    def show(self, picture: tuple[int, int] | None) -> None:
        """Look at a picture of that (width, height)."""
        self._go(partial(self._camera.show, picture))

    def resize(self) -> None:
        """Look through the widget as large as it is now."""
        size = float(self._widget.width()), float(self._widget.height())
        self._go(partial(self._camera.resize, size))

    def show_actual_size(self) -> None:
        """Show one pixel of the picture as one of the screen."""
        self._go(partial(self._camera.show_at, 1 / self._widget.devicePixelRatioF()))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Scale around a point of the screen, else around the middle."""
        at = at or QPointF(self._widget.rect().center())
        self._go(partial(self._camera.zoom, factor, (at.x(), at.y())))

    def reveal(self, edges: Edges) -> None:
        """Bring a part of the picture into view, if it is not there."""
        self._go(partial(self._camera.reveal, edges))

    def pan(self, by: QPointF) -> None:
        """Push the picture by pixels of the screen."""
        self._go(partial(self._camera.pan, by.x(), by.y()))

    def scroll(self, dx: int, dy: int) -> None:
        """See more of the picture on one side, by so many notches of the wheel; five at most."""
        notches = QPointF(max(-5, min(dx, 5)), max(-5, min(dy, 5)))
        self.pan(notches * -_SCROLL)

    def turn_wheel(self, event: QWheelEvent) -> None:
        """Zoom at the pointer with Ctrl, else scroll; sideways with Shift."""
        turned = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(STEP ** (turned.y() / _NOTCH), event.position())
            return
        by = QPointF(event.pixelDelta()) or QPointF(turned) * (_SCROLL / _NOTCH)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            by = by.transposed()
        self.pan(by)

    def _go(self, change: Callable[[], object]) -> None:
        change()
        self.changed.emit()
