"""Every labelled box as a point of its width and height, and the anchors over them."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from studio.gui.plot_style import faint, legible, style_plot, text_colour
from studio.labels.anchors import AnchorUse, Quality, Sizes
from studio.labels.screen.palette import class_colour

AXIS_WIDTH = 46  # of both plots, so that they stand in line
MOST_POINTS = 20_000
"""More points are thinned out: the eye sees no difference, the screen does."""


class AnchorPlot(QFrame):
    """The scatter. Hovering an anchor's corner says what it is for; double-click fits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("anchorPlot")
        self.setAccessibleName("Box sizes and anchors")
        self.setFrameStyle(QFrame.Shape.StyledPanel)
        self._graph = pg.PlotWidget()
        self._plot = self._graph.getPlotItem()
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.getAxis("left").setWidth(AXIS_WIDTH)
        self._view = self._plot.getViewBox()
        self._view.setAspectLocked(True)
        self._view.setLimits(xMin=0, yMin=0)
        self._graph.scene().sigMouseClicked.connect(self._fit_on_double_click)
        self._shown: tuple[Sizes, Quality | None, list[AnchorUse], tuple[int, int]] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._graph)
        self._follow_palette()

    @property
    def anchors_shown(self) -> int:
        """How many anchors are drawn."""
        return len(self._shown[2]) if self._shown else 0

    def show_sizes(
        self,
        sizes: Sizes,
        found: Quality | None,
        anchors: list[AnchorUse],
        input_size: tuple[int, int],
    ) -> None:
        """Draw `(n, 2)` box sizes in pixels of the input, coloured by their best anchor."""
        self._shown = (sizes, found, anchors, input_size)
        self._plot.setLabel("bottom", f"width, px at {input_size[0]}")
        self._plot.setLabel("left", f"height, px at {input_size[1]}")
        self._plot.clear()
        self._add_points(sizes, found, len(anchors))
        for i, anchor in enumerate(anchors):
            self._add_rectangle(anchor, QColor(*class_colour(i)))
        self._add_corners(anchors)
        self._fit()

    def clear(self) -> None:
        """Draw nothing."""
        self._shown = None
        self._plot.clear()

    def _add_points(self, sizes: Sizes, found: Quality | None, k: int) -> None:
        step = max(len(sizes) // MOST_POINTS, 1)
        points = sizes[::step]
        if found is None:
            self._add_cluster(points, faint(self.palette()))
            return
        assignment = found.assignment[::step]
        for i in range(k):
            self._add_cluster(points[assignment == i], QColor(*class_colour(i)))

    def _add_cluster(self, points: Sizes, colour: QColor) -> None:
        colour = legible(colour, self.palette())
        colour.setAlpha(130)
        dots = pg.ScatterPlotItem(points[:, 0], points[:, 1], size=5, pen=None, brush=colour)
        self._plot.addItem(dots)

    def _add_rectangle(self, anchor: AnchorUse, colour: QColor) -> None:
        """Draw from the origin, with a broad edge below so that it is seen over points."""
        x, y = [0, anchor.width, anchor.width], [anchor.height, anchor.height, 0]
        paper = self.palette().color(QPalette.ColorRole.Base)
        for pen in (pg.mkPen(paper, width=4), pg.mkPen(legible(colour, self.palette()), width=2)):
            self._plot.addItem(pg.PlotCurveItem(x, y, pen=pen))

    def _add_corners(self, anchors: list[AnchorUse]) -> None:
        corners = pg.ScatterPlotItem(
            [anchor.width for anchor in anchors],
            [anchor.height for anchor in anchors],
            data=anchors,
            symbol="s",
            size=11,
            pen=pg.mkPen(text_colour(self.palette()), width=1.5),
            brush=[QColor(*class_colour(i)) for i in range(len(anchors))],
            hoverable=True,
            hoverSize=15,
            tip=_describe,
        )
        self._plot.addItem(corners)

    def _fit(self) -> None:
        """Show from the origin to the largest box or anchor."""
        if self._shown is None:
            return
        sizes, _, anchors, _ = self._shown
        largest = sizes.max(axis=0).tolist() if len(sizes) else [1.0, 1.0]
        right = max([largest[0], *(anchor.width for anchor in anchors)])
        top = max([largest[1], *(anchor.height for anchor in anchors)])
        self._view.setRange(xRange=(0, right * 1.06), yRange=(0, top * 1.06), padding=0)

    def _fit_on_double_click(self, event: pg.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        if event.double() and event.button() == Qt.MouseButton.LeftButton:
            self._fit()

    def _follow_palette(self) -> None:
        self._graph.setBackground(self.palette().color(QPalette.ColorRole.Base))
        style_plot(self._plot, self.palette())
        if self._shown:
            self.show_sizes(*self._shown)

    def changeEvent(self, event: QEvent) -> None:
        """Draw again in the colours of a light or dark scheme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._follow_palette()
        super().changeEvent(event)


def _describe(x: float, y: float, data: AnchorUse) -> str:
    scale = f", scale of stride {data.stride}" if data.stride else ""
    return f"{x:.0f} × {y:.0f} px{scale}: {data.share:.0%} of the boxes, IoU {data.mean_iou:.2f}"
