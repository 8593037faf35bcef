"""The curves of a training run: giou, conf, prob and total with AP50, training and validation.

`LossPlot` stands on its own: give it events and, for a picture without a window, `save_png`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from studio.errors import FileError
from studio.gui.lines import Line
from studio.gui.plot_style import faint
from studio.gui.theme import AP_COLOUR, GAP, GROUP, LOSS_COLOURS, tabular
from studio.gui.train.term_plot import SMOOTHING, PrecisionAxis, TermPlot

if TYPE_CHECKING:
    from studio.yolo.events import EpochMetrics, StepMetrics

REDRAW = 50  # milliseconds from drawing one of the plots to the next: never all in one frame


class LossPlot(QWidget):
    """Four plots over the step. Wheel zooms, double-click shows everything, hovering reads."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lossPlot")
        self.setAccessibleName("Losses and AP50 over the steps")
        self._graphs = pg.GraphicsLayoutWidget()
        self._terms = {
            name: TermPlot(self._graphs.addPlot(i // 2, i % 2), name, QColor(colour))
            for i, (name, colour) in enumerate(LOSS_COLOURS.items())
        }
        for i in range(2):  # else the plots with fewer figures on their axes take the room
            self._graphs.ci.layout.setColumnPreferredWidth(i, 300)
            self._graphs.ci.layout.setColumnStretchFactor(i, 1)
            self._graphs.ci.layout.setRowStretchFactor(i, 1)
        self._precision = PrecisionAxis(self._terms["total"].plot)
        self._key = self._graphs.addLabel("", row=2, col=0, colspan=2)
        self._step = 0
        self._timer = QTimer(self, interval=REDRAW, singleShot=True)
        self._timer.timeout.connect(self._redraw_one)
        self._stale: list[str] = []
        scene = self._graphs.scene()
        scene.sigMouseClicked.connect(self._reset_on_double_click)
        scene.sigMouseMoved.connect(self._read_values)
        frame = QFrame()
        frame.setFrameStyle(QFrame.Shape.StyledPanel)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self._graphs)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(frame, 1)
        column.addLayout(self._make_controls())
        self._follow_palette()
        self.redraw()

    # --- what it is given -----------------------------------------------------------------------

    def reset(self) -> None:
        """Forget every point: another run begins."""
        self._step = 0
        self._reading.setText("")
        for term in self._terms.values():
            term.clear(self._smoothing.value() / 100)
        self._precision.clear()
        self._show_all()
        self.redraw()

    def add_step(self, metrics: StepMetrics) -> None:
        """Add the losses of a training step; drawn with the next redraw."""
        self._step = metrics.step
        for name, term in self._terms.items():
            term.train.add(metrics.step, getattr(metrics.losses, name))
        self._redraw_soon()

    def add_epoch(self, metrics: EpochMetrics) -> None:
        """Add an epoch's validation losses and AP50, where there are any, at the present step."""
        if metrics.val:
            for name, term in self._terms.items():
                term.val.add(self._step, getattr(metrics.val, name))
        if metrics.ap50 is not None:
            self._precision.curve.add(self._step, metrics.ap50)
        self._redraw_soon()

    def begin_with(self, past: Sequence[EpochMetrics], steps_per_epoch: int = 0) -> None:
        """Begin with the epochs that a run has behind it; of each, one point is known.

        Where nobody knows how many steps an epoch has, they are as far apart as steps.
        """
        known = next((metrics.step // metrics.epoch for metrics in past if metrics.step), 1)
        steps_per_epoch = steps_per_epoch or known
        for metrics in past:
            before, self._step = self._step, metrics.step or metrics.epoch * steps_per_epoch
            for name, term in self._terms.items():
                mean, steps = getattr(metrics.train, name), max(self._step - before, 1)
                term.train.add(self._step, mean, steps)
            self.add_epoch(metrics)

    def points(self, name: str) -> tuple[int, int]:
        """Return how many training and validation points the curve of a loss has."""
        return len(self._terms[name].train), len(self._terms[name].val)

    def save_png(self, path: Path) -> None:
        """Write the four plots as a picture, shown or not; raises FileError."""
        self.redraw()
        self.grab()  # lays out what was never shown, and lets ranges follow the points
        scale = 2
        pixmap = QPixmap(self._graphs.size() * scale)
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(self.palette().color(QPalette.ColorRole.Base))
        with QPainter(pixmap) as painter:
            self._graphs.render(painter, QRectF(self._graphs.rect()), self._graphs.rect())
        if not pixmap.save(str(path), "PNG"):
            raise FileError(path, "the picture of the losses could not be written")

    def sizeHint(self) -> QSize:
        return QSize(900, 600)

    # --- drawing --------------------------------------------------------------------------------

    @Slot()
    def redraw(self) -> None:
        """Draw what was added since the last time."""
        self._stale.clear()
        self._timer.stop()
        for term in self._terms.values():
            term.redraw(self._log.isChecked())
        self._precision.redraw()

    def _redraw_soon(self) -> None:
        self._stale += [name for name in self._terms if name not in self._stale]
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _redraw_one(self) -> None:
        """Draw the plot that has waited longest: all four would hold up the window."""
        name = self._stale.pop(0)
        self._terms[name].redraw(self._log.isChecked())
        if name == "total":
            self._precision.redraw()
        if self._stale:
            self._timer.start()

    def _make_controls(self) -> QHBoxLayout:
        self._smoothing = QSlider(Qt.Orientation.Horizontal)
        self._smoothing.setObjectName("smoothingSlider")
        self._smoothing.setAccessibleName("Smoothing")
        self._smoothing.setRange(0, 99)
        self._smoothing.setValue(round(SMOOTHING * 100))
        self._smoothing.setFixedWidth(140)
        self._smoothing.setToolTip("Average the training curves over more steps")
        self._smoothing.valueChanged.connect(self._smooth)
        self._smoothing_value = QLabel()
        self._smoothing_value.setFont(tabular(self.font()))
        self._log = QCheckBox("Log scale")
        self._log.setObjectName("logScale")
        self._log.setToolTip("Show losses on a logarithmic axis")
        self._log.toggled.connect(self._show_all)
        self._reading = Line(Qt.TextElideMode.ElideRight, Qt.AlignmentFlag.AlignRight)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(QLabel("Smoothing"))
        row.addWidget(self._smoothing)
        row.addWidget(self._smoothing_value)
        row.addSpacing(GROUP)
        row.addWidget(self._log)
        row.addWidget(self._reading, 1)
        self._smooth(self._smoothing.value())
        return row

    @Slot(int)
    def _smooth(self, percent: int) -> None:
        self._smoothing_value.setText(f"{percent / 100:.2f}")
        for term in self._terms.values():
            term.train.smooth(percent / 100)
        self._redraw_soon()

    @Slot()
    def _show_all(self) -> None:
        for term in self._terms.values():
            term.plot.setLogMode(y=self._log.isChecked())
            term.plot.enableAutoRange()
        self._precision.stay_linear()
        self._redraw_soon()

    def _reset_on_double_click(self, event: Any) -> None:
        if event.double():
            self._show_all()

    def _read_values(self, position: QPointF) -> None:
        """Say the values of the plot under the mouse at its step."""
        for name, term in self._terms.items():
            if term.plot.sceneBoundingRect().contains(position) and len(term.train):
                x = term.plot.getViewBox().mapSceneToView(position).x()
                found = self._precision.read(x) if name == "total" else ""
                self._reading.setText(term.read(x) + found)
                return
        self._reading.setText("")

    def leaveEvent(self, event: QEvent) -> None:
        """Say no values any more."""
        self._reading.setText("")
        super().leaveEvent(event)

    def _follow_palette(self) -> None:
        self._graphs.setBackground(self.palette().color(QPalette.ColorRole.Base))
        for term in self._terms.values():
            term.follow(self.palette())
        ink = faint(self.palette(), 0.8).name()
        self._key.setText(
            f'<span style="color: {ink}">━━ training, smoothed &nbsp; ─ each step &nbsp; '
            f'╌●╌ validation</span> &nbsp; <span style="color: {AP_COLOUR}">━●━ AP50</span>'
            f' &nbsp; <span style="color: {ink}">over the steps</span>',
            size="9pt",
        )

    def changeEvent(self, event: QEvent) -> None:
        """Follow a change between light and dark."""
        if event.type() == QEvent.Type.PaletteChange:
            self._follow_palette()
        super().changeEvent(event)
