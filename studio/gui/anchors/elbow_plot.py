"""Mean IoU against the number of anchors, with the present number marked."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from studio.gui.anchors.plot import AXIS_WIDTH
from studio.gui.plot_style import faint, style_plot, text_colour
from studio.gui.theme import ACCENT
from studio.labels.anchors import Elbow, ElbowPoint
from studio.labels.anchors.curve import MOST_ANCHORS


class ElbowPlot(QFrame):
    """The curve grows while it is computed; hovering a point reads it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("elbowPlot")
        self.setAccessibleName("Mean IoU against the number of anchors")
        self.setFrameStyle(QFrame.Shape.StyledPanel)
        self.setMinimumHeight(110)
        self._graph = pg.PlotWidget()
        self._plot = self._graph.getPlotItem()
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setLabel("bottom", "anchors")
        self._plot.setLabel("left", "mean IoU")
        self._plot.getAxis("left").enableAutoSIPrefix(False)
        self._plot.getAxis("left").setWidth(AXIS_WIDTH)
        self._points: list[ElbowPoint] = []
        self._present: ElbowPoint | None = None
        self._enough: int | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._graph)
        self._follow_palette()

    @property
    def points(self) -> int:
        """How many numbers of anchors are drawn."""
        return len(self._points)

    @property
    def present(self) -> ElbowPoint | None:
        """The anchors that are marked."""
        return self._present

    def restart(self) -> None:
        """Forget the curve: other boxes are clustered, or in another way."""
        self._points, self._enough = [], None
        self._draw()

    def mark(self, k: int, mean_iou: float) -> None:
        """Mark the anchors that are shown."""
        self._present = ElbowPoint(k, mean_iou)
        self._draw()

    def add(self, point: ElbowPoint) -> None:
        """Draw one number more."""
        self._points.append(point)
        self._draw()

    def finish(self, found: Elbow) -> None:
        """Draw where enough is."""
        self._enough = found.enough
        self._draw()

    def _draw(self) -> None:
        self._plot.clear()
        ks, ious = [p.k for p in self._points], [p.mean_iou for p in self._points]
        if self._enough:
            pen = pg.mkPen(faint(self.palette()), width=1, style=Qt.PenStyle.DashLine)
            self._plot.addItem(pg.InfiniteLine(self._enough, pen=pen))
        self._plot.addItem(pg.PlotCurveItem(ks, ious, pen=pg.mkPen(ACCENT, width=2)))
        self._plot.addItem(self._dots(self._points, 6))
        if self._present:
            self._plot.addItem(self._dots([self._present], 13, "s"))
        self._set_range([*ks, MOST_ANCHORS], ious)

    def _dots(self, points: list[ElbowPoint], size: int, symbol: str = "o") -> pg.ScatterPlotItem:
        return pg.ScatterPlotItem(
            [point.k for point in points],
            [point.mean_iou for point in points],
            symbol=symbol,
            size=size,
            pen=pg.mkPen(text_colour(self.palette()), width=1.5) if symbol == "s" else None,
            brush=ACCENT,
            hoverable=True,
            hoverSize=size + 4,
            tip=_describe,
        )

    def _set_range(self, ks: list[int], ious: list[float]) -> None:
        marked = [self._present] if self._present else []
        right = max([*ks, *(point.k for point in marked)])
        heights = [*ious, *(point.mean_iou for point in marked)] if ious else [0.0, 1.0]
        low, high = min(heights), max(heights)
        room = max((high - low) * 0.12, 0.03)
        self._plot.setRange(
            xRange=(0.5, right + 0.5), yRange=(max(low - room, 0), high + room), padding=0
        )
        numbers = [k for k in range(1, right + 1) if right <= MOST_ANCHORS or k % 5 == 0]
        self._plot.getAxis("bottom").setTicks([[(k, str(k)) for k in numbers]])

    def _follow_palette(self) -> None:
        self._graph.setBackground(self.palette().color(QPalette.ColorRole.Base))
        style_plot(self._plot, self.palette())
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """Draw again in the colours of a light or dark scheme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._follow_palette()
        super().changeEvent(event)


def _describe(x: float, y: float, data: object) -> str:  # noqa: ARG001  pyqtgraph gives it
    return f"{x:.0f} anchors: mean IoU {y:.3f}"
