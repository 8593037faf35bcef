"""The tables: each anchor, each scale of the network, and other sets of anchors beside them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from studio.gui.fields import title
from studio.gui.theme import tabular
from studio.labels.anchors import AnchorUse, Fit, ScaleUse
from studio.labels.screen.palette import class_colour

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
FIGURE_WIDTH = 52  # pixels of a column of figures beside one of words


class FigureTable(QTableWidget):
    """A table to read: figures on the right, words on the left, explained by the heads' tips.

    A column of words takes the room that figures leave.
    """

    def __init__(self, name: str, title: str, columns: dict[str, str], words: str = "") -> None:
        super().__init__(0, len(columns))
        self._words = list(columns).index(words) if words else -1
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setFont(tabular(self.font()))
        for i, (text, explanation) in enumerate(columns.items()):
            head = QTableWidgetItem(text)
            head.setToolTip(explanation)
            head.setTextAlignment(self._alignment(i))
            self.setHorizontalHeaderItem(i, head)
        self._set_widths()
        self.horizontalHeader().setHighlightSections(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 8)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setIconSize(QSize(12, 12))

    def fill(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Show these texts."""
        self.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setTextAlignment(self._alignment(column))
                if column == self._words:
                    item.setToolTip(text)
                self.setItem(row, column, item)

    def cell(self, row: int, column: int) -> QTableWidgetItem:
        """Return a cell that was filled."""
        item = self.item(row, column)
        assert item is not None
        return item

    def fit_height(self) -> None:
        """Take the height of the rows there are, and show no scroll bar."""
        rows = self.verticalHeader().length()
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + rows + 2)

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        return LEFT if column == self._words else RIGHT

    def _set_widths(self) -> None:
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        if self._words < 0:
            return
        for i in range(self.columnCount()):
            if i != self._words:
                head.setSectionResizeMode(i, QHeaderView.ResizeMode.Fixed)
                self.setColumnWidth(i, FIGURE_WIDTH)


class AnchorTable(FigureTable):
    """One row an anchor, in the colour of its cluster."""

    def __init__(self) -> None:
        columns = {
            "Width": "Pixels at the input size",
            "Height": "Pixels at the input size",
            "Stride": "Of the scale that uses this anchor",
            "Boxes": "Share of the boxes that this anchor fits best",
            "IoU": "Mean IoU of those boxes with the anchor",
        }
        super().__init__("anchorTable", "Anchors", columns)

    def show_anchors(self, anchors: list[AnchorUse]) -> None:
        """Fill the table."""
        self.fill([_anchor_texts(anchor) for anchor in anchors])
        for row in range(len(anchors)):
            self.cell(row, 0).setIcon(_swatch(row))


class ScaleTable(FigureTable):
    """One row a scale of the network: which anchors it has and what it would learn."""

    def __init__(self) -> None:
        columns = {
            "Stride": "Pixels that a cell of this scale covers; the finest scale has the smallest",
            "Anchors": "Those of this scale, width × height in pixels",
            "Boxes": "Share of the boxes that this scale would learn",
            "IoU": "Mean IoU of those boxes with their anchors",
        }
        super().__init__("scaleTable", "Scales of the network", columns, words="Anchors")

    def show_scales(self, scales: list[ScaleUse]) -> None:
        """Fill the table; it is not there where the scales cannot share the anchors evenly."""
        self.fill([_scale_texts(scale) for scale in scales])
        self.fit_height()
        self.setVisible(bool(scales))


class FitTable(FigureTable):
    """One row a set of anchors: the new ones, those in use, the published ones."""

    def __init__(self) -> None:
        columns = {
            "Compared": "The new anchors, those of the project, and those the networks came with",
            "k": "How many anchors",
            "IoU": "Mean IoU of all boxes with the best of these anchors",
            "Recall": "Best possible recall: boxes within a factor of 4 of one of these anchors",
        }
        super().__init__("fitTable", "Anchors compared", columns, words="Compared")

    def show_fits(self, fits: Sequence[Fit]) -> None:
        """Fill the table; the best mean IoU is bold."""
        self.fill([_fit_texts(fit) for fit in fits])
        best = max(fits, key=lambda fit: fit.mean_iou, default=None)
        for row, fit in enumerate(fits):
            cell = self.cell(row, 2)
            font = cell.font()
            font.setBold(fit is best)
            cell.setFont(font)
        self.fit_height()


def _anchor_texts(anchor: AnchorUse) -> tuple[str, ...]:
    return (
        f"{anchor.width:.1f}",
        f"{anchor.height:.1f}",
        str(anchor.stride) if anchor.stride else "–",
        f"{anchor.share:.0%}",
        _iou(anchor.mean_iou, anchor.share),
    )


def _scale_texts(scale: ScaleUse) -> tuple[str, ...]:
    sizes = " ".join(f"{width:.0f}×{height:.0f}" for width, height in scale.sizes)
    return str(scale.stride), sizes, f"{scale.share:.0%}", _iou(scale.mean_iou, scale.share)


def _fit_texts(fit: Fit) -> tuple[str, ...]:
    recall = f"{fit.best_possible_recall:.1%}"
    return title(fit.name), str(fit.k), f"{fit.mean_iou:.3f}", recall


def _iou(mean_iou: float, share: float) -> str:
    return f"{mean_iou:.2f}" if share else "–"


def _swatch(i: int) -> QIcon:
    pixmap = QPixmap(24, 24)
    pixmap.fill(QColor(*class_colour(i)))
    return QIcon(pixmap)
