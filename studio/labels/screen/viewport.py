"""Where a picture lies on the screen: a scale and an offset, and how people change them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studio.labels.editing.edges import Edges, Point

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

    def reveal(self, edges: Edges, view: Point, margin: float = 0.0) -> Viewport:
        """Push the picture so far that edges of it are seen, with a margin where there is room.

        What is larger than the view is shown by its middle.
        """
        left, top = self.to_screen(edges[:2])
        right, bottom = self.to_screen(edges[2:])
        return self.pan(
            _push_into((left, right), view[0], margin), _push_into((top, bottom), view[1], margin)
        )


def _push_into(span: Point, view: float, margin: float) -> float:
    """Return how far to push a span so that it lies in a view that begins at 0."""
    low, high = span
    margin = min(margin, (view - (high - low)) / 2)
    if margin < 0:
        return view / 2 - (low + high) / 2
    if low >= margin and high <= view - margin:
        return 0.0
    return margin - low if low < margin else view - margin - high


def fit(picture: Point, view: Point, margin: float = 0.0) -> Viewport:
    """Show a whole picture of that size in the middle of a view, with a margin around it."""
    room = max(view[0] - 2 * margin, 1.0), max(view[1] - 2 * margin, 1.0)
    scale = min(room[0] / picture[0], room[1] / picture[1], MAX_SCALE)
    return centred(picture, view, max(scale, MIN_SCALE))


def centred(picture: Point, view: Point, scale: float) -> Viewport:
    """Show the middle of a picture in the middle of a view at that scale."""
    x, y = (view[0] - picture[0] * scale) / 2, (view[1] - picture[1] * scale) / 2
    return Viewport(scale, x, y)


def fit_width(picture: Point, view: Point, margin: float, before: Viewport) -> Viewport:
    """Show a picture of that size as wide as a view; what was in the middle of it stays there.

    Only as far as no more than the margin is left above or below; a low picture is in the middle.
    """
    scale = max(view[0] - 2 * margin, 1.0) / picture[0]
    scale = min(max(scale, MIN_SCALE), MAX_SCALE)
    whole = centred(picture, view, scale)
    height = picture[1] * scale
    if height + 2 * margin <= view[1]:
        return whole
    middle = before.to_image((view[0] / 2, view[1] / 2))[1]
    y = min(max(view[1] / 2 - middle * scale, view[1] - margin - height), margin)
    return replace(whole, y=y)


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
