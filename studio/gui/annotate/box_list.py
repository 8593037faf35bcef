"""The list of this picture's boxes; what is selected here is selected on the canvas."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QVBoxLayout, QWidget

from studio.gui.annotate.rows import NO_PARENT, SWATCH, TRAILING, Index, RowDelegate, swatch
from studio.gui.theme import GAP, heading
from studio.labels.boxes import Box
from studio.labels.editing import Document
from studio.labels.palette import class_colour


class BoxModel(QAbstractListModel):
    """The boxes of a document: class and size."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._boxes: tuple[Box, ...] = ()
        self._places: dict[str, int] = {}

    def show_boxes(self, boxes: tuple[Box, ...], classes: tuple[str, ...]) -> None:
        """Show other boxes, in the colours of these classes."""
        places = {name: i for i, name in enumerate(classes)}
        if boxes == self._boxes and places == self._places:
            return
        self.beginResetModel()
        self._boxes, self._places = boxes, places
        self.endResetModel()

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._boxes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        box = self._boxes[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return box.label
        if role == TRAILING:
            return size_text(box) + (" ⚑" if box.difficult else "")
        if role == Qt.ItemDataRole.DecorationRole:
            return swatch(class_colour(self._places.get(box.label, -1)))
        if role == Qt.ItemDataRole.ToolTipRole:
            flags = [f for f in ("difficult", "truncated", "occluded") if getattr(box, f)]
            return ", ".join([f"{box.label}, {size_text(box)} pixels", *flags])
        return None


def size_text(box: Box) -> str:
    """Return width × height in pixels, such as "103×98"."""
    return f"{box.width:.0f}×{box.height:.0f}"


class BoxList(QWidget):
    """The list under its heading, which counts the boxes."""

    selected = Signal(frozenset)

    def __init__(self) -> None:
        super().__init__()
        self._model = BoxModel(self)
        self._heading = heading("Boxes")
        self.view = QListView()
        self.view.setObjectName("boxList")
        self.view.setAccessibleName("Boxes of this picture")
        self.view.setModel(self._model)
        self.view.setItemDelegate(RowDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setIconSize(QSize(SWATCH, SWATCH))
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.selectionModel().selectionChanged.connect(self._take_selection)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self._heading)
        column.addWidget(self.view)
        self._is_showing = False

    def show_document(self, document: Document | None, classes: tuple[str, ...]) -> None:
        """Show a document's boxes and what is selected of them."""
        boxes = document.boxes if document else ()
        self._heading.setText(f"Boxes ({len(boxes)})" if boxes else "Boxes")
        self._is_showing = True
        self._model.show_boxes(boxes, classes)
        self._mark(document.selection if document else frozenset())
        self._is_showing = False

    def _mark(self, selection: frozenset[int]) -> None:
        rows = QItemSelection()
        for row in selection:
            rows.select(self._model.index(row), self._model.index(row))
        flags = QItemSelectionModel.SelectionFlag
        self.view.selectionModel().select(rows, flags.ClearAndSelect)
        if len(selection) == 1:
            index = self._model.index(next(iter(selection)))
            self.view.selectionModel().setCurrentIndex(index, flags.NoUpdate)
            self.view.scrollTo(index)

    @Slot()
    def _take_selection(self) -> None:
        if not self._is_showing:
            rows = self.view.selectionModel().selectedIndexes()
            self.selected.emit(frozenset(index.row() for index in rows))
