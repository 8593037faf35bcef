"""The part of a picture that is seen, and what becomes of it when picture or window change."""

from __future__ import annotations

from enum import Enum

from studio.labels.editing.edges import Edges, Point
from studio.labels.screen.viewport import Viewport, centred, fit, fit_width


class Fit(Enum):
    """What always fills the view."""

    WHOLE = "the whole picture"
    WIDTH = "its width"
    NOTHING = "nothing: the scale stays"


class Camera:
    """Looks at a picture through a view; sizes are (width, height).

    The margin, in pixels of the screen, is left around what fits or is brought into view.
    """

    def __init__(self, margin: float) -> None:
        self.viewport = Viewport()
        self.fit = Fit.WHOLE
        self._margin = margin
        self._picture: tuple[int, int] | None = None
        self._last: tuple[int, int] | None = None
        self._view: Point = (1.0, 1.0)

    @property
    def middle(self) -> Point:
        """The point of the picture in the middle of the view."""
        return self.viewport.to_image((self._view[0] / 2, self._view[1] / 2))

    def show(self, picture: tuple[int, int] | None) -> None:
        """Look at another picture; the part that is seen stays if it has the size of the last."""
        if picture and picture != self._last:
            self.fit = Fit.WHOLE if self.fit is Fit.NOTHING else self.fit
            self.viewport = Viewport(y=self._view[1])  # as wide as the view, its top is seen
        self._picture, self._last = picture, picture or self._last
        self._refit()

    def resize(self, view: Point) -> None:
        """Look through a view of another size."""
        self._view = view
        self._refit()

    def fill(self, wanted: Fit) -> None:
        """Let this fill the view from now on."""
        self.fit = wanted
        self._refit()

    def _refit(self) -> None:
        if self._picture is None:
            return
        if self.fit is Fit.WHOLE:
            self.viewport = fit(self._picture, self._view, self._margin)
        elif self.fit is Fit.WIDTH:
            self.viewport = fit_width(self._picture, self._view, self._margin, self.viewport)
        else:
            self.viewport = self.viewport.keep_visible(self._picture, self._view)

    def show_at(self, scale: float) -> None:
        """Show the middle of the picture at a scale."""
        if self._picture:
            self._go(centred(self._picture, self._view, scale))

    def zoom(self, factor: float, at: Point) -> None:
        """Scale by a factor around a point of the screen."""
        self._go(self.viewport.zoom(factor, at))

    def pan(self, dx: float, dy: float) -> None:
        """Push the picture over the screen; up and down, its width goes on filling the view."""
        wanted = self.fit if self.fit is Fit.WIDTH and dx == 0 else Fit.NOTHING
        self._go(self.viewport.pan(dx, dy), wanted)

    def reveal(self, edges: Edges) -> bool:
        """Push the picture no further than it takes to see these edges; False if they were seen."""
        revealed = self.viewport.reveal(edges, self._view, self._margin)
        if self._picture is None or revealed == self.viewport:
            return False
        self.pan(revealed.x - self.viewport.x, revealed.y - self.viewport.y)
        return True

    def _go(self, viewport: Viewport, wanted: Fit = Fit.NOTHING) -> None:
        if self._picture:
            self.fit = wanted
            self.viewport = viewport.keep_visible(self._picture, self._view)
