"""The table of anchors: size, scale, share of the boxes, how well they fit."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from studio.gui.theme import tabular
from studio.labels.anchors import AnchorUse
from studio.labels.screen.palette import class_colour

COLUMNS = {
    "Width": "Pixels at the input size",
    "Height": "Pixels at the input size",
    "Stride": "Of the scale that uses this anchor",
    "Boxes": "Share of the boxes that this anchor fits best",
    "IoU": "Mean IoU of those boxes with the anchor",
}


class AnchorTable(QTableWidget):
    """One row an anchor, in the colour of its cluster."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(COLUMNS), parent)
        self.setObjectName("anchorTable")
        self.setAccessibleName("Anchors")
        self.setFont(tabular(self.font()))
        for i, (name, explanation) in enumerate(COLUMNS.items()):
            header = QTableWidgetItem(name)
            header.setToolTip(explanation)
            self.setHorizontalHeaderItem(i, header)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight)
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setIconSize(QSize(12, 12))

    def show_anchors(self, anchors: list[AnchorUse]) -> None:
        """Fill the table."""
        self.setRowCount(len(anchors))
        for row, anchor in enumerate(anchors):
            for column, text in enumerate(_texts(anchor)):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if column == 0:
                    item.setIcon(_swatch(row))
                self.setItem(row, column, item)


def _texts(anchor: AnchorUse) -> tuple[str, ...]:
    return (
        f"{anchor.width:.1f}",
        f"{anchor.height:.1f}",
        str(anchor.stride) if anchor.stride else "–",
        f"{anchor.share:.0%}",
        f"{anchor.mean_iou:.2f}" if anchor.share else "–",
    )


def _swatch(i: int) -> QIcon:
    pixmap = QPixmap(24, 24)
    pixmap.fill(QColor(*class_colour(i)))
    return QIcon(pixmap)
