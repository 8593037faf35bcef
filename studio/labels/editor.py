"""One picture's document, and the drag that is under way.

A canvas forwards presses, moves and releases; a drag, however long, is one edit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from studio.labels import editing
from studio.labels.boxes import Box, Floats, as_array
from studio.labels.editing import Document, Handle, HitTarget, Point


@dataclass(frozen=True, slots=True)
class Drag:
    """A drag from its press on. `label` is the class of the box being drawn, None while editing.

    It `started` once the pointer has left the press by `slop`: a click changes nothing.
    """

    start: Point
    before: Document
    target: HitTarget | None
    label: str | None
    slop: float
    extends: bool = False
    started: bool = False

    def to(self, point: Point) -> Document:
        """Return the document as it is with the pointer there."""
        if self.label is not None:
            return editing.draw(self.before, self.label, self.start, point)
        dx, dy = point[0] - self.start[0], point[1] - self.start[1]
        if self.target is None:
            return self.before
        if self.target.handle is Handle.INSIDE:
            return editing.move(self.before, dx, dy)
        return editing.resize(self.before, self.target, dx, dy)


class Editor:
    """Holds the present document, and the edits that nobody has put into a history yet."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.drag: Drag | None = None
        self._edits: list[tuple[Document, Document]] = []
        self._edges: tuple[tuple[Box, ...], Floats] = (document.boxes, as_array(document.boxes))

    @property
    def settled(self) -> Document:
        """The document without the drag that is under way."""
        return self.drag.before if self.drag else self.document

    @property
    def is_drawing(self) -> bool:
        """Whether a box is being drawn and seen at this moment."""
        return self.drag is not None and self.drag.label is not None and self.drag.started

    def apply(self, document: Document) -> None:
        """Make an edit, if the document has other labels, or show it otherwise."""
        if not document.says_what(self.document):
            self._edits.append((self.document, document))
        self.document = document

    def take_edits(self) -> list[tuple[Document, Document]]:
        """Return the edits since the last call, each before and after."""
        edits, self._edits = self._edits, []
        return edits

    def put(self, document: Document) -> None:
        """Show another state of the labels; a step of the history, not an edit of its own."""
        self.cancel()
        self.document = document

    def hit(self, point: Point, tolerance: float) -> HitTarget | None:
        """Return what lies under a point; see `editing.hit_test`."""
        if self._edges[0] is not self.document.boxes:
            self._edges = (self.document.boxes, as_array(self.document.boxes))
        return editing.hit_test(
            edges=self._edges[1],
            point=point,
            tolerance=tolerance,
            selection=self.document.selection,
        )

    def press_to_draw(self, point: Point, label: str, slop: float) -> None:
        """Begin a box."""
        self.drag = Drag(point, self.document, None, label, slop)

    def press(
        self, point: Point, target: HitTarget | None, slop: float, extend: bool = False
    ) -> None:
        """Select what was hit and begin to drag it.

        `extend` adds the box to the selection, or takes it out.
        """
        self.document = _pressed(self.document, target, extend)
        self.drag = Drag(point, self.document, target, None, slop, extend)

    def move(self, point: Point) -> None:
        """Follow the pointer."""
        if self.drag is None:
            return
        if math.dist(point, self.drag.start) >= self.drag.slop:
            self.drag = replace(self.drag, started=True)
        if self.drag.started:
            self.document = self.drag.to(point)

    def release(self, point: Point) -> bool:
        """End the drag as one edit; True when labels changed."""
        self.move(point)
        drag, self.drag = self.drag, None
        if drag is None:
            return False
        document, self.document = self.document, drag.before
        if drag.target and not drag.started and not drag.extends:
            document = editing.select(document, (drag.target.index,))
        self.apply(document)
        return not document.says_what(drag.before)

    def cancel(self) -> None:
        """Give up the drag; everything is as it was before the press."""
        if self.drag:
            self.document, self.drag = self.drag.before, None


def _pressed(document: Document, target: HitTarget | None, extend: bool) -> Document:
    selection = document.selection
    if target is None:
        return document if extend else editing.select(document, ())
    if extend:
        return editing.select(document, selection ^ {target.index})
    if target.handle is Handle.INSIDE and target.index in selection:
        return document
    return editing.select(document, (target.index,))
