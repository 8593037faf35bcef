"""The list of detections: class, score, size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from studio.gui.theme import tabular
from studio.labels.boxes import Detection
from studio.labels.classes import ClassList

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("Class", "Score", "Size")
NO_PARENT = QModelIndex()


class DetectionModel(QAbstractTableModel):
    """Detections, best first, a row each."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._detections: Sequence[Detection] = ()
        self._classes = ClassList()

    def show_detections(self, detections: Sequence[Detection], classes: ClassList) -> None:
        self.beginResetModel()
        self._detections, self._classes = detections, classes
        self.endResetModel()

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._detections)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        detection = self._detections[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(detection, index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0:
            return QColor(*self._classes.colour(detection.box.label))
        return None


def _alignment(column: int) -> Qt.AlignmentFlag:
    """Return how a column stands: words to the left, figures to the right."""
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _text(detection: Detection, column: int) -> str:
    box = detection.box
    return (box.label, f"{detection.score:.0%}", f"{box.width:.0f}×{box.height:.0f}")[column]


class DetectionTable(QTableView):
    """The table; says which row the mouse or the selection is at."""

    pointed = Signal(int)
    """The row that is hovered, else the selected one, else -1."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("detectionList")
        self.setAccessibleName("Detections")
        self.setFont(tabular(self.font()))
        self.rows = DetectionModel(self)
        self.setModel(self.rows)
        self.setMouseTracking(True)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(22)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.entered.connect(self._point_at)
        self.selectionModel().currentRowChanged.connect(self._point_at)

    def _point_at(self, index: QModelIndex) -> None:
        self.pointed.emit(index.row())

    def leaveEvent(self, event: QEvent) -> None:
        """Point at the selected row again."""
        super().leaveEvent(event)
        self.pointed.emit(self.currentIndex().row())
