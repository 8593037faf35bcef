"""Everything about the anchors that are shown: plots on the left, tables on the right, words."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.gui.anchors.elbow_plot import ElbowPlot
from studio.gui.anchors.plot import AnchorPlot
from studio.gui.anchors.summary import Summary
from studio.gui.anchors.table import AnchorTable, FitTable, ScaleTable
from studio.gui.anchors.work import Judged
from studio.gui.splitter import KeptSplitter
from studio.gui.theme import GAP
from studio.labels.anchors import Sizes, scales, uses


class Results(QWidget):
    """What was found, on the screen."""

    def __init__(self, settings: QSettings) -> None:
        super().__init__()
        self.plot = AnchorPlot()
        self.elbow = ElbowPlot()
        self.table = AnchorTable()
        self.scales = ScaleTable()
        self.fits = FitTable()
        self.summary = Summary()
        plots = KeptSplitter(Qt.Orientation.Vertical, settings, "anchors/plots")
        plots.addWidget(self.plot)
        plots.addWidget(self.elbow)
        plots.restore([380, 150])
        tables = QWidget()
        column = QVBoxLayout(tables)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.table, 1)
        column.addWidget(self.scales)
        column.addWidget(self.fits)
        splitter = KeptSplitter(Qt.Orientation.Horizontal, settings, "anchors/splitter")
        splitter.addWidget(plots)
        splitter.addWidget(tables)
        splitter.restore([600, 380])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GAP)
        whole.addWidget(splitter, 1)
        whole.addWidget(self.summary)

    def show_judged(self, judged: Judged, sizes: Sizes, strides: tuple[int, ...]) -> None:
        """Show anchors over `(n, 2)` box sizes, and what each scale of a network would learn."""
        rows = uses(judged.anchors, judged.quality, strides)
        self.plot.show_sizes(sizes, judged.quality, rows, judged.anchors.input_size)
        self.elbow.mark(len(rows), judged.quality.mean_iou)
        self.table.show_anchors(rows)
        self.scales.show_scales(scales(rows))
        self.fits.show_fits(judged.fits)
        self.summary.show_judged(judged)

    def begin_elbow(self) -> None:
        """Other numbers of anchors are about to be tried."""
        self.elbow.restart()
        self.summary.enough.setText("Trying other numbers of anchors …")

    def end_elbow(self, text: str) -> None:
        """Say how many anchors are enough, or why that is not known; "" where it was given up."""
        self.summary.enough.setText(text)

    def clear(self) -> None:
        """Show nothing: another folder is open."""
        self.plot.clear()
        self.elbow.restart()
        for table in (self.table, self.scales, self.fits):
            table.fill([])
        self.summary.clear()
