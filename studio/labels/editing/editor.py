"""One picture's document, and the drag that is under way.

A canvas forwards presses, moves and releases; a drag, however long, is one edit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from studio.labels import editing
from studio.labels.boxes import Box, Floats, as_array
from studio.labels.editing import Document, hits
from studio.labels.editing.edges import FREE, Point, Shape
from studio.labels.editing.hits import Handle, HitTarget


@dataclass(frozen=True, slots=True)
class Drag:
    """A drag from its press on: it draws a box, moves or resizes what was hit, or spans a band.

    `label` is the class of the box being drawn, None while not drawing; without `target` too it
    is a band. The drag `started` once the pointer has left the press by `slop`: a click changes
    nothing. With `extends` a click adds to the selection or takes out of it, and so does a band.
    """

    start: Point
    before: Document
    target: HitTarget | None
    label: str | None
    slop: float
    extends: bool = False
    started: bool = False
    point: Point = (0.0, 0.0)
    shape: Shape = FREE

    @property
    def is_band(self) -> bool:
        return self.label is None and (self.target is None or self.extends)

    def document(self, edges: Floats) -> Document:
        """Return the document as it is with the pointer there; `edges` are those before."""
        if self.label is not None:
            return editing.draw(self.before, self.label, self.start, self.point, self.shape)
        if self.target is None or self.extends:
            return self._banded(edges)
        dx, dy = self.point[0] - self.start[0], self.point[1] - self.start[1]
        if self.target.handle is Handle.INSIDE:
            return editing.move(self.before, dx, dy)
        return editing.resize(self.before, self.target, dx, dy)

    def _banded(self, edges: Floats) -> Document:
        skip = self.before.hidden | self.before.locked
        found = hits.inside(edges=edges, start=self.start, end=self.point, skip=skip)
        kept = self.before.selection if self.extends else frozenset()
        return editing.select(self.before, kept | found)


@dataclass(frozen=True, slots=True)
class Click:
    """The last click on a box: where it was, and which box it selected out of which.

    While that box is the only one selected, a click at the same place goes on to the next larger
    one; after that a drag inside the box moves it, whatever smaller ones there are.
    """

    point: Point
    index: int
    went_on: bool


class Editor:
    """Holds the present document, and the edits that nobody has put into a history yet."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.drag: Drag | None = None
        self._click: Click | None = None
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

    @property
    def band(self) -> tuple[Point, Point] | None:
        """Two opposite corners of the band that is being spanned."""
        is_seen = self.drag is not None and self.drag.is_band and self.drag.started
        return (self.drag.start, self.drag.point) if self.drag and is_seen else None

    # --- edits ------------------------------------------------------------------------------

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
        """Show another state of the labels; a step of the history, not an edit of its own.

        What is hidden and locked now stays so, if no box comes or goes.
        """
        self.cancel()
        now = self.document
        if len(document.boxes) == len(now.boxes):
            document = replace(document, hidden=now.hidden, locked=now.locked)
        self.document = editing.select(document, document.selection)

    # --- what is under the pointer ----------------------------------------------------------

    def hit(self, point: Point, tolerance: float) -> HitTarget | None:
        """Return what lies under a point; see `hits.hit_test`."""
        document = self.document
        return hits.hit_test(
            edges=self._edges_of(document),
            point=point,
            tolerance=tolerance,
            selection=document.free,
            skip=document.hidden | document.locked,
            first=self._first(point, tolerance),
        )

    def _first(self, point: Point, tolerance: float) -> int | None:
        """Return the box that clicks went on to, or that the next click would go on from."""
        click = self._valid_click
        is_first = click and (click.went_on or math.dist(point, click.point) <= tolerance)
        return click.index if click and is_first else None

    @property
    def _valid_click(self) -> Click | None:
        click = self._click
        return click if click and self.settled.selection == {click.index} else None

    def below(self, point: Point, tolerance: float) -> HitTarget | None:
        """Return the box that another click here would select, None when it would be the same."""
        click = self._valid_click
        if click is None or math.dist(point, click.point) > tolerance:
            return None
        following = hits.next_below(self._targets_at(point, tolerance), click.index)
        return following if following and following.index != click.index else None

    def _targets_at(self, point: Point, tolerance: float) -> list[HitTarget]:
        document = self.settled
        edges, skip = self._edges_of(document), document.hidden | document.locked
        return hits.targets_at(edges=edges, point=point, tolerance=tolerance, skip=skip)

    def _edges_of(self, document: Document) -> Floats:
        if self._edges[0] is not document.boxes:
            self._edges = (document.boxes, as_array(document.boxes))
        return self._edges[1]

    # --- drags ------------------------------------------------------------------------------

    def press_to_draw(self, point: Point, label: str, slop: float) -> None:
        """Begin a box."""
        self.cancel()
        self.drag = Drag(point, self.document, None, label, slop, point=point)

    def draw_as(self, label: str) -> bool:
        """Let the box that is being drawn be of another class; False if none is."""
        if self.drag is None or self.drag.label is None:
            return False
        self.drag = replace(self.drag, label=label)
        self.move(self.drag.point, self.drag.shape)
        return True

    def press(
        self, point: Point, target: HitTarget | None, slop: float, extend: bool = False
    ) -> None:
        """Select what was hit and begin to drag it, or to span a band from an empty place.

        `extend` keeps the selection: a click adds the box or takes it out, a drag is a band.
        """
        self.cancel()
        self.document = self.document if extend else _pressed(self.document, target)
        self.drag = Drag(point, self.document, target, None, slop, extend, point=point)

    def move(self, point: Point, shape: Shape = FREE) -> None:
        """Follow the pointer."""
        if self.drag is None:
            return
        started = self.drag.started or math.dist(point, self.drag.start) >= self.drag.slop
        self.drag = replace(self.drag, started=started, point=point, shape=shape)
        if started:
            self.document = self.drag.document(self._edges_of(self.drag.before))

    def release(self, point: Point, tolerance: float = 0.0) -> bool:
        """End the drag as one edit, in the shape of the last move; True when labels changed."""
        self.move(point, self.drag.shape if self.drag else FREE)
        below = self.below(point, tolerance)
        drag, self.drag = self.drag, None
        if drag is None:
            return False
        if drag.started:
            document, self.document = self.document, drag.before
            self.apply(document)
        elif drag.target and drag.extends:
            self.apply(editing.select(self.document, self.document.selection ^ {drag.target.index}))
        elif drag.target:
            index = below.index if below else self._clicked(drag.start, drag.target, tolerance)
            self.document = editing.select(drag.before, (index,))
            self._click = Click(drag.start, index, went_on=below is not None)
        return not self.document.says_what(drag.before)

    def _clicked(self, point: Point, target: HitTarget, tolerance: float) -> int:
        """Return the box that a click selects: the smallest, but a handle is that of its box."""
        if target.handle is not Handle.INSIDE:
            return target.index
        return next(iter(self._targets_at(point, tolerance)), target).index

    def cancel(self) -> None:
        """Give up the drag; everything is as it was before the press."""
        if self.drag:
            self.document, self.drag = self.drag.before, None


def _pressed(document: Document, target: HitTarget | None) -> Document:
    if target is None:
        return editing.select(document, ())
    if target.handle is Handle.INSIDE and target.index in document.selection:
        return document
    return editing.select(document, (target.index,))
