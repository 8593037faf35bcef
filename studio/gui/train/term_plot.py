"""One plot of a training run, and the axis of AP50 at its side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette

from studio.gui.plot_style import AXES, style_plot
from studio.gui.theme import AP_COLOUR

SMOOTHING = 0.9
AXIS_WIDTH = 44
SMALLEST = 1e-4  # what a logarithmic axis shows for 0


class TermPlot:
    """One loss: training thin and, smoothed, solid; validation dashed with a mark an epoch."""

    def __init__(self, plot: Any, name: str, colour: QColor) -> None:
        from studio.yolo.curves import Curve

        self.plot, self.name, self._colour = plot, name, colour
        self.train, self.val = Curve(SMOOTHING), Curve()
        thin = QColor(colour)
        thin.setAlpha(80)
        plot.setDownsampling(auto=True, mode="peak")
        plot.setClipToView(True)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        for side in AXES:
            plot.getAxis(side).setStyle(maxTickLevel=1)  # a third less to paint
        plot.getAxis("left").setWidth(AXIS_WIDTH)
        plot.getViewBox().setLimits(xMin=0)
        self._raw = plot.plot(pen=pg.mkPen(thin, width=1))
        self._smooth = plot.plot(pen=pg.mkPen(colour, width=2))
        for line in (self._raw, self._smooth):
            line.opts["autoDownsampleFactor"] = 1.0  # a point and a peak for each pixel
        self._val = plot.plot(
            pen=colour, symbol="o", symbolSize=5, symbolPen=None, symbolBrush=colour
        )

    def clear(self, smoothing: float) -> None:
        from studio.yolo.curves import Curve

        self.train, self.val = Curve(smoothing), Curve()

    def redraw(self, logarithmic: bool) -> None:
        for side in AXES:  # figures without a curve would say nothing
            self.plot.getAxis(side).setStyle(showValues=len(self.train) > 0)
        floor = SMALLEST if logarithmic else -np.inf
        self._raw.setData(self.train.x, np.maximum(self.train.y, floor))
        dot = "o" if len(self.train) == 1 else None  # there is no line yet
        smoothed = np.maximum(self.train.smoothed, floor)
        self._smooth.setData(self.train.x, smoothed, symbol=dot, symbolSize=5)
        self._val.setData(self.val.x, np.maximum(self.val.y, floor))

    def read(self, x: float) -> str:
        """Return the values at a step in words."""
        i = self.train.nearest(x)
        text = (
            f"step {self.train.x[i]:.0f}: {self.name} {self.train.y[i]:.3g}, "
            f"smoothed {self.train.smoothed[i]:.3g}"
        )
        if len(self.val):
            text += f", validation {self.val.y[self.val.nearest(x)]:.3g}"
        return text

    def follow(self, palette: QPalette) -> None:
        """Take the colours of the window."""
        style_plot(self.plot, palette)
        is_dark = palette.color(QPalette.ColorRole.Base).lightness() < 128
        contrast = self._colour.lighter(140) if is_dark else self._colour.darker(140)
        self._val.setPen(pg.mkPen(contrast, width=1.5, style=Qt.PenStyle.DashLine))
        self._val.setSymbolBrush(contrast)
        self.plot.setTitle(self.name, color=self._colour.name(), bold=True, size="10pt")


class PrecisionAxis:
    """AP50 on the right axis of a plot, from 0 to 1."""

    def __init__(self, plot: Any) -> None:
        from studio.yolo.curves import Curve

        self.curve = Curve()
        self._plot = plot
        self._view = pg.ViewBox(enableMenu=False)
        self._view.setMouseEnabled(x=False, y=False)
        plot.showAxis("right")
        plot.scene().addItem(self._view)
        plot.getAxis("right").linkToView(self._view)
        plot.getAxis("right").setLabel("AP50", color=AP_COLOUR)
        plot.getAxis("right").setTextPen(AP_COLOUR)
        self._view.setXLink(plot.getViewBox())
        self._view.setYRange(0, 1, padding=0.02)
        self._line = pg.PlotDataItem(
            pen=pg.mkPen(AP_COLOUR, width=2),
            symbol="o",
            symbolSize=5,
            symbolBrush=AP_COLOUR,
            symbolPen=None,
        )
        self._view.addItem(self._line)
        plot.getViewBox().sigResized.connect(self._align)
        self._align()

    def clear(self) -> None:
        from studio.yolo.curves import Curve

        self.curve = Curve()

    def read(self, x: float) -> str:
        """Return the last value up to a step in words, "" where there is none yet."""
        i = self.curve.nearest(x)
        return f", AP50 {self.curve.y[i]:.2f}" if len(self.curve) and self.curve.x[i] <= x else ""

    def redraw(self) -> None:
        self._plot.getAxis("right").setStyle(showValues=len(self.curve) > 0)
        self._line.setData(self.curve.x, self.curve.y)

    def stay_linear(self) -> None:
        """Count from 0 to 1 whatever the axes of the plot do."""
        self._plot.getAxis("right").setLogMode(x=False, y=False)

    def _align(self) -> None:
        self._view.setGeometry(self._plot.getViewBox().sceneBoundingRect())
