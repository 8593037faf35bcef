"""Where a picture lies on the screen: a scale and an offset, and how people change them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studio.labels.edges import Point

MIN_SCALE, MAX_SCALE = 1 / 64, 64.0
STEP = 1.25
"""One notch of the wheel, or one press of a zoom key."""
KEPT = 48
"""So many pixels of the picture stay on the screen however far it is pushed."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """`screen = image · scale + offset`, both from the top left corner.

    Screen lengths are logical pixels, as the toolkit counts them.
    """

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def to_screen(self, point: Point) -> Point:
        return point[0] * self.scale + self.x, point[1] * self.scale + self.y

    def to_image(self, point: Point) -> Point:
        return (point[0] - self.x) / self.scale, (point[1] - self.y) / self.scale

    def zoom(self, factor: float, at: Point) -> Viewport:
        """Scale by a factor; the image point at that place of the screen stays there."""
        scale = min(max(self.scale * factor, MIN_SCALE), MAX_SCALE)
        ratio = scale / self.scale
        x, y = at
        return Viewport(scale, x - (x - self.x) * ratio, y - (y - self.y) * ratio)

    def pan(self, dx: float, dy: float) -> Viewport:
        """Push the picture over the screen."""
        return replace(self, x=self.x + dx, y=self.y + dy)

    def keep_visible(self, picture: Point, view: Point) -> Viewport:
        """Return a viewport that shows at least a strip of a picture of that size in the view."""
        return Viewport(
            self.scale,
            _kept(self.x, picture[0] * self.scale, view[0]),
            _kept(self.y, picture[1] * self.scale, view[1]),
        )


def fit(picture: Point, view: Point, margin: float = 0.0) -> Viewport:
    """Show a whole picture of that size in the middle of a view, with a margin around it."""
    room = max(view[0] - 2 * margin, 1.0), max(view[1] - 2 * margin, 1.0)
    scale = min(room[0] / picture[0], room[1] / picture[1], MAX_SCALE)
    return centred(picture, view, max(scale, MIN_SCALE))


def centred(picture: Point, view: Point, scale: float) -> Viewport:
    """Show the middle of a picture in the middle of a view at that scale."""
    x, y = (view[0] - picture[0] * scale) / 2, (view[1] - picture[1] * scale) / 2
    return Viewport(scale, x, y)


def _kept(offset: float, length: float, view: float) -> float:
    strip = min(KEPT, length, view)
    return min(max(offset, strip - length), view - strip)


def halvings(scale: float) -> int:
    """Return how often to halve a picture before it is drawn at that scale.

    What is left to bilinear drawing is a reduction by less than two, which skips no pixel.
    """
    count = 0
    while scale <= 0.5:
        scale, count = scale * 2, count + 1
    return count
