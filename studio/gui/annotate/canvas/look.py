"""What decides how any box looks: where the picture lies, the classes, their colours, the font."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtGui import QFont, QImage

from studio.gui.outlines import plate
from studio.labels.screen.palette import Colour, class_colour
from studio.labels.screen.strokes import Grid
from studio.labels.screen.viewport import Viewport


@dataclass(frozen=True, slots=True)
class Look:
    """`ratio` is device pixels per logical one; `colours` are those that a person has chosen.

    Without `names` a box is tagged with its class only where it is painted alone.
    """

    viewport: Viewport
    classes: tuple[str, ...]
    font: QFont
    ratio: float = 1.0
    colours: Mapping[str, Colour] = field(default_factory=dict)
    names: bool = True

    @property
    def grid(self) -> Grid:
        """Where boxes are painted, and the picture under them."""
        return Grid.of(self.viewport, self.ratio)

    def colour(self, label: str) -> Colour:
        return self.colours.get(label) or class_colour(self.rank(label))

    def rank(self, label: str) -> int:
        """Return the position of a class in the project's list, -1 if it is not there."""
        return self.classes.index(label) if label in self.classes else -1

    def plate(self, label: str) -> QImage:
        """Return the tag of a class."""
        return plate(label, self.colour(label), self.font, self.ratio)

    def is_like(self, other: Look) -> bool:
        """Tell whether a box looks the same with both, wherever the picture lies."""
        mine = (self.classes, self.font, self.ratio, self.colours, self.names)
        return mine == (other.classes, other.font, other.ratio, other.colours, other.names)
