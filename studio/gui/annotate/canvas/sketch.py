"""All boxes of a picture where they lie on the screen, ready to be painted in part or whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter

from studio.gui.annotate.canvas.look import Look
from studio.gui.outlines import BROAD, RINGED, THIN, fill_outlines, reach, unit
from studio.labels.screen.strokes import (
    Area,
    Grid,
    Marks,
    Mask,
    Pixels,
    Rows,
    among,
    around,
    is_crowded,
    overlap,
    touching,
)

SMALL = 24
"""A box shorter than this, in units, has its handles outside; its tag lies above them."""
CHUNK = 200
"""So many boxes are painted in one go: a millisecond or less."""
_SEPARATE = 8  # so many changed boxes are repaired one by one, more of them as one area

States = tuple[Mask, Mask, Mask]
"""Which boxes are shown, which are locked, which are selected."""


class Plates(dict[str, QImage]):
    """The tags of classes as painted, each made when first needed."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look

    def __missing__(self, label: str) -> QImage:
        self[label] = made = self._look.plate(label)
        made.setDevicePixelRatio(1)
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """Boxes on the device pixels of a screen. All arrays have a row for each box.

    Some boxes are `shown`, `locked`, `selected`; `tagged` ones have room for their tag, which
    begins at `tops`, for some `inside` the box. `extents` are `edges` with all that is painted
    around.
    """

    marks: Marks
    look: Look
    grid: Grid
    plates: Plates
    shown: Mask
    locked: Mask
    selected: Mask
    edges: Pixels
    extents: Pixels
    tagged: Mask
    inside: Mask
    tops: Pixels

    @classmethod
    def of(cls, marks: Marks, states: States, look: Look, plates: Plates) -> Sketch:
        """Lay out boxes; `plates` are those of a look like this one."""
        step, grid = unit(look.ratio), look.grid
        edges = grid.pixels(marks.edges)
        sizes = [(plates[label].width(), plates[label].height()) for label in marks.labels]
        width, height = np.array(sizes, np.int32).reshape(-1, 2)[marks.codes].T
        tagged = (edges[:, 2] - edges[:, 0] >= width) & (
            2 * (edges[:, 3] - edges[:, 1]) >= 3 * height
        )
        if not look.names or is_crowded(edges, width * height * tagged):
            tagged[:] = False
        above = edges[:, 1] - height - _rises(edges, states[2], step)
        inside = above < 0
        tops = np.where(inside, edges[:, 1] + step, above)
        out = np.where(states[2], np.int32(reach(RINGED)), np.int32(reach(BROAD)))
        extents = edges + np.array((-step, -step, step, step), np.int32) * out[:, None]
        extents[:, 1] = np.where(tagged, np.minimum(extents[:, 1], tops), extents[:, 1])
        return cls(marks, look, grid, plates, *states, edges, extents, tagged, inside, tops)

    def rows(self, area: Area) -> Rows:
        """Return which boxes are to be seen in a part of the screen."""
        return np.flatnonzero(self.shown & touching(self.extents, area))

    def is_like(self, other: Sketch) -> bool:
        """Tell whether boxes look the same in both, wherever the picture lies."""
        return self.grid.scale == other.grid.scale and self.look.is_like(other.look)

    def is_same(self, look: Look, states: States) -> bool:
        """Tell whether a sketch of the same boxes with these would be this one."""
        return (
            self.grid == look.grid
            and self.look.is_like(look)
            and np.array_equal((self.shown, self.locked, self.selected), states)
        )

    def changes(self, before: Sketch, view: Area) -> list[Area]:
        """Return what of a view is to be painted anew if `before`, like this, was pushed here."""
        if self.marks is before.marks:
            differs = (self.shown != before.shown) | (self._kinds() != before._kinds())
            fresh = self.extents[differs & self.shown]
            gone = before.extents[differs & before.shown]
        else:
            mine, its = self._signs(), before._signs()
            fresh = self.extents[self.shown][~among(mine, its)]
            gone = before.extents[before.shown][~among(its, mine)]
        dx, dy = self.grid.x - before.grid.x, self.grid.y - before.grid.y
        changed = np.concatenate((fresh, gone + np.array((dx, dy, dx, dy), np.int32)))
        changed = changed[touching(changed, view)]
        areas = [around(changed)] if len(changed) > _SEPARATE else changed.tolist()
        return [part for area in areas if (part := overlap(area, view))]

    def _kinds(self) -> NDArray[np.int64]:
        """Return by a number of each box how it is painted; 0 to 15."""
        kinds: NDArray[np.int64] = self.selected * 8 + self.locked * 4 + self.tagged * 2
        return kinds + (self.tagged & self.inside)

    def _signs(self) -> NDArray[np.int64]:
        """Return what tells each shown box from others, and from itself if painted otherwise."""
        return (self.marks.ids * 16 + self._kinds())[self.shown]

    def paint(self, painter: QPainter, rows: Rows) -> Iterator[None]:
        """Paint outlines, then the tags that can be read, and over them selected boxes; has pauses.

        The painter paints device pixels. What a pixel becomes depends on the boxes there alone.
        """
        is_selected = self.selected[rows]
        for some in (rows[~is_selected], rows[is_selected]):
            yield from self._paint_outlines(painter, some)
            yield from self._paint_tags(painter, some[self.tagged[some]])

    def paint_all(self, painter: QPainter, rows: Rows) -> None:
        """Paint these boxes at once, each with its tag if names are wanted or it is alone."""
        for _ in self._paint_outlines(painter, rows):
            pass
        if self.look.names or len(self.marks.boxes) == 1:
            for _ in self._paint_tags(painter, rows):
                pass

    def _paint_outlines(self, painter: QPainter, rows: Rows) -> Iterator[None]:
        """Paint the outlines of these boxes: ringed, or broad, or, of locked ones, thin."""
        step = unit(self.look.ratio)
        for label, some in self._by_label(rows):
            colour, is_selected = self.look.colour(label), self.selected[some]
            thin = self.locked[some] & ~is_selected
            kinds = (BROAD, ~thin & ~is_selected), (THIN, thin), (RINGED, is_selected)
            for lines, part in ((lines, some[mask]) for lines, mask in kinds):
                yield from fill_outlines(
                    painter, self.edges[part], colour, step, lines=lines, chunk=CHUNK
                )

    def _paint_tags(self, painter: QPainter, rows: Rows) -> Iterator[None]:
        """Paint the tags of these boxes."""
        out = np.where(self.selected, reach(RINGED), 1)
        lefts = self.edges[:, 0] - out * unit(self.look.ratio)
        for label, some in self._by_label(rows):
            made = self.plates[label]
            for start in range(0, len(some), CHUNK):
                part = some[start : start + CHUNK]
                for left, top in zip(lefts[part].tolist(), self.tops[part].tolist(), strict=True):
                    painter.drawImage(QPoint(left, top), made)
                yield

    def _by_label(self, rows: Rows) -> Iterator[tuple[str, Rows]]:
        """Yield the classes, in the order of the project's list, each with its boxes in order."""
        labels, codes = self.marks.labels, self.marks.codes[rows]
        for code in sorted(np.flatnonzero(np.bincount(codes)), key=lambda c: self._rank(labels[c])):
            yield labels[code], rows[codes == code]

    def _rank(self, label: str) -> tuple[int, str]:
        return self.look.rank(label), label


def _rises(edges: Pixels, selected: Mask, step: int) -> NDArray[np.int32]:
    """Return how far above each box its tag ends: over the ring, or the handles of a small one."""
    is_small = np.minimum(edges[:, 2] - edges[:, 0], edges[:, 3] - edges[:, 1]) < SMALL * step
    rises: NDArray[np.int32] = 1 + selected * (reach(RINGED) * (1 + is_small.astype(np.int32)) - 1)
    return rises * np.int32(step)
