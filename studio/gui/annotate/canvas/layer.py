"""What stands still under the pointer, kept as painted: the picture, and the unselected boxes."""

from __future__ import annotations

import time
from collections.abc import Collection, Generator, Sequence
from math import inf

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPixmap

from studio.gui.annotate.canvas.look import Look
from studio.gui.annotate.canvas.sketch import Plates, Sketch
from studio.gui.outlines import in_device_pixels, ratio_of, unit
from studio.gui.picture import Picture
from studio.labels.boxes import Box
from studio.labels.screen.strokes import Area, Grid, Marks, Rows, uncovered
from studio.labels.screen.viewport import Viewport

AT_ONCE = 1000
"""So many boxes are painted before anything is shown, where pixels are large: some milliseconds."""
_SLICE = 0.004  # seconds of painting between two events

_REPLACE = QPainter.CompositionMode.CompositionMode_Source
_OVER = QPainter.CompositionMode.CompositionMode_SourceOver


class Ground:
    """A picture on its background, kept as painted once it is asked for again without a change."""

    def __init__(self) -> None:
        self._picture: Picture | None = None
        self._pixmap = QPixmap()
        self._key: tuple[object, ...] = ()
        self._is_kept = False

    def paint(
        self, painter: QPainter, picture: Picture, look: Look, background: QColor, size: QSize
    ) -> None:
        """Paint a picture over the whole of a view of that size, in logical pixels."""
        light = (picture.brightness, picture.contrast)
        key = (look.grid, look.ratio, background, size, light)
        viewport = look.grid.viewport(look.ratio)
        if picture is not self._picture or key != self._key:
            self._picture, self._key, self._is_kept = picture, key, False
            _paint_ground(painter, picture, viewport, background, size)
            return
        if not self._is_kept:
            self._is_kept = True
            if self._pixmap.size() != size * look.ratio:
                self._pixmap = QPixmap(size * look.ratio)
            self._pixmap.setDevicePixelRatio(look.ratio)
            on_pixmap = QPainter(self._pixmap)
            _paint_ground(on_pixmap, picture, viewport, background, size)
            on_pixmap.end()
        painter.drawPixmap(0, 0, self._pixmap)


def _paint_ground(
    painter: QPainter, picture: Picture, viewport: Viewport, background: QColor, size: QSize
) -> None:
    painter.fillRect(QRect(QPoint(), size), background)
    picture.paint(painter, viewport, ratio_of(painter))


class Layer(QObject):
    """Boxes on a transparent pixmap of the size of the canvas.

    What was painted is pushed with the picture, and repaired where boxes came, went or changed.
    After a zoom, thousands of boxes are painted anew in slices between events; so long, those of
    before are shown, scaled.
    """

    completed = Signal()
    """What was painted in slices can be shown."""

    def __init__(self) -> None:
        super().__init__()
        self._wanted: Sketch | None = None
        self._shown: _Painting | None = None
        self._next: _Painting | None = None
        self._spare: QPixmap | None = None
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._work)

    @property
    def is_settled(self) -> bool:
        """Whether what was painted last is what was asked for, to the pixel."""
        return self._next is None

    def paint(
        self,
        painter: QPainter,
        boxes: tuple[Box, ...],
        look: Look,
        size: QSize,
        left_out: Collection[int] = (),
        locked: Collection[int] = (),
        selected: Collection[int] = (),
    ) -> None:
        """Paint boxes over a view of that size, but those at some positions.

        Locked ones have a thinner outline; selected ones lie over the others.
        """
        if not boxes:
            self._drop()
            return
        wanted = self._sketch(boxes, look, left_out, locked, selected)
        shown = self._bring(wanted, size * look.ratio)
        with in_device_pixels(painter):
            shown.paint_as(painter, wanted.grid)

    def _sketch(self, boxes: tuple[Box, ...], look: Look, *positions: Collection[int]) -> Sketch:
        """Return boxes where they lie now; the very sketch of before if nothing has changed."""
        before = self._wanted
        if before is None:
            marks = Marks.of(boxes)
        else:
            marks = before.marks if before.marks.boxes == boxes else before.marks.then(boxes)
        left_out, locked, selected = map(marks.mask, positions)
        states = ~left_out, locked, selected
        if before and before.marks is marks and before.is_same(look, states):
            return before
        plates = before.plates if before and before.look.is_like(look) else Plates(look)
        self._wanted = Sketch.of(marks, states, look, plates)
        return self._wanted

    def _bring(self, wanted: Sketch, size: QSize) -> _Painting:
        """Return what is wanted if that is quick to paint, else begin it and return what is there.

        Boxes that are no more are never returned, however long it takes.
        """
        shown = self._shown
        if shown and shown.become(wanted, size):
            self._drop()
            return shown
        if self._next and not self._next.is_like(wanted, size):
            self._drop()
        fresh = self._next or self._begin(wanted, size)
        if shown and shown.sketch.marks is wanted.marks and not fresh.is_quick:
            self._next = fresh
            self._timer.start()
            return shown
        if fresh.sketch is not wanted:
            self._drop()
            fresh = self._begin(wanted, size)
        fresh.work(inf)
        return self._take(fresh)

    def _begin(self, wanted: Sketch, size: QSize) -> _Painting:
        pixmap, self._spare = self._spare, None
        if pixmap is None or pixmap.size() != size:
            pixmap = QPixmap(size)
            pixmap.fill(Qt.GlobalColor.transparent)  # lets it have transparent pixels at all
        return _Painting(wanted, pixmap)

    def _drop(self) -> None:
        """Give up what is painted in slices."""
        self._timer.stop()
        if self._next:
            self._spare, self._next = self._next.stop(), None

    def _take(self, painting: _Painting) -> _Painting:
        """Show a complete painting from now on."""
        self._timer.stop()
        self._spare = self._shown.stop() if self._shown else None
        self._shown, self._next = painting, None
        return painting

    @Slot()
    def _work(self) -> None:
        if self._next and self._next.work(_SLICE):
            self._take(self._next)
            self.completed.emit()


class _Painting:
    """A sketch on a pixmap, in device pixels: painted bit by bit, then kept up."""

    def __init__(self, sketch: Sketch, pixmap: QPixmap) -> None:
        self.sketch = sketch
        self._pixmap = pixmap
        self._view = (0, 0, pixmap.width(), pixmap.height())
        rows = sketch.rows(self._view)
        self.is_quick = len(rows) <= _quick(sketch)
        self._rest = _painted(self._pixmap, sketch, [(self._view, rows)])

    def work(self, seconds: float) -> bool:
        """Go on painting for so long; True once everything is painted."""
        until = time.perf_counter() + seconds
        return all(time.perf_counter() < until for _ in self._rest)

    def stop(self) -> QPixmap:
        """Paint no more; returns the pixmap for other uses."""
        self._rest.close()
        return self._pixmap

    def is_like(self, wanted: Sketch, size: QSize) -> bool:
        """Tell whether it can be pushed and repaired into another."""
        return self._pixmap.size() == size and self.sketch.is_like(wanted)

    def become(self, wanted: Sketch, size: QSize) -> bool:
        """Push and repair a complete painting into another, if that is quick; False if not."""
        if wanted is self.sketch and self._pixmap.size() == size:
            return True
        if not self.is_like(wanted, size):
            return False
        dx, dy = wanted.grid.x - self.sketch.grid.x, wanted.grid.y - self.sketch.grid.y
        areas = uncovered(dx, dy, self._view) + wanted.changes(self.sketch, self._view)
        repairs = [(area, wanted.rows(area)) for area in areas]
        if sum(len(rows) for _, rows in repairs) > _quick(wanted):
            return False
        if dx or dy:
            self._pixmap.scroll(dx, dy, self._pixmap.rect())
        for _ in _painted(self._pixmap, wanted, repairs):
            pass
        self.sketch = wanted
        return True

    def paint_as(self, painter: QPainter, grid: Grid) -> None:
        """Paint it pushed and scaled to another grid."""
        own = self.sketch.grid
        factor = grid.scale / own.scale
        width, height = self._pixmap.width() * factor, self._pixmap.height() * factor
        place = QRectF(grid.x - own.x * factor, grid.y - own.y * factor, width, height)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, factor != 1)
        painter.drawPixmap(place, self._pixmap, QRectF(self._pixmap.rect()))


def _quick(sketch: Sketch) -> int:
    """Return how many boxes are painted at once: fewer where lines are made of more pixels."""
    return AT_ONCE // unit(sketch.look.ratio)


def _painted(
    pixmap: QPixmap, sketch: Sketch, repairs: Sequence[tuple[Area, Rows]]
) -> Generator[None]:
    """Paint parts of a sketch anew, each with the boxes seen in it; pauses now and then."""
    painter = QPainter(pixmap)
    try:
        painter.setPen(Qt.PenStyle.NoPen)
        for (left, top, right, bottom), rows in repairs:
            part = QRect(left, top, right - left, bottom - top)
            painter.setClipRect(part)
            painter.setCompositionMode(_REPLACE)
            painter.fillRect(part, Qt.GlobalColor.transparent)
            painter.setCompositionMode(_OVER)
            yield from sketch.paint(painter, rows)
    finally:
        painter.end()
