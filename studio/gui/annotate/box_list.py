"""The list of this picture's boxes; what is selected here is selected on the canvas."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QSize,
    QStringListModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractItemView, QVBoxLayout, QWidget

from studio.gui.annotate.row_view import RowView
from studio.gui.annotate.rows import SWATCH, TRAILING, Index, swatch
from studio.gui.lines import Line
from studio.gui.theme import GAP, heading
from studio.labels.boxes import Box
from studio.labels.classes import ClassList
from studio.labels.editing import Document

_MARKS = {"truncated": "T", "occluded": "O", "difficult": "⚑"}
"""What a row says of the flags; before the size, so that the figures stand in line."""


class BoxModel(QStringListModel):
    """The boxes of a document: class, flags and size.

    The rows are counted by Qt, as in a list of strings, which here are all empty: a view that
    lays thousands of rows out asks for their number at each of them.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._document = Document(0, 0)
        self._classes = ClassList()

    def show_document(self, document: Document, classes: ClassList) -> None:
        """Show other boxes, in the colours of these classes.

        Rows that stay are not laid out anew: with thousands of boxes that would be felt.
        """
        old, count = self._document, len(document.boxes)
        is_same = old is document and self._classes == classes
        if count == len(old.boxes):
            self._document, self._classes = document, classes
            if count and not is_same:
                self.dataChanged.emit(self.index(0), self.index(count - 1))
        elif count > len(old.boxes):
            self._document, self._classes = document, classes
            self.insertRows(len(old.boxes), count - len(old.boxes))
            self.dataChanged.emit(self.index(0), self.index(count - 1))
        elif count:
            self.removeRows(count, len(old.boxes) - count)
            self._document, self._classes = document, classes
            self.dataChanged.emit(self.index(0), self.index(count - 1))
        else:
            self.setStringList([])
            self._document, self._classes = document, classes

    def flags(self, _index: Index) -> Qt.ItemFlag:
        """Nothing is written in the list."""
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = index.row()
        box = self._document.boxes[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return box.label
        if role == TRAILING:
            marks = [mark for flag, mark in _MARKS.items() if getattr(box, flag)]
            return " ".join([*self._states(row), *marks, size_text(box)])
        if role == Qt.ItemDataRole.DecorationRole:
            return swatch(self._classes.colour(box.label))
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            flags = [flag for flag in _MARKS if getattr(box, flag)]
            pose = [] if box.pose == "Unspecified" else [f"pose {box.pose}"]
            what = f"{box.label}, {size_text(box)} pixels"
            return ", ".join([what, *flags, *pose, *self._states(row)])
        if role == Qt.ItemDataRole.ForegroundRole and row in self._document.hidden:
            return QPalette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
        return None

    def _states(self, row: int) -> list[str]:
        states = {"hidden": self._document.hidden, "locked": self._document.locked}
        return [state for state, rows in states.items() if row in rows]


def size_text(box: Box) -> str:
    """Return width × height in pixels, such as "103×98"."""
    return f"{box.width:.0f}×{box.height:.0f}"


class BoxList(QWidget):
    """The list under its heading, which counts the boxes."""

    selected = Signal(frozenset)

    def __init__(self) -> None:
        super().__init__()
        self._model = BoxModel(self)
        self._heading = Line(Qt.TextElideMode.ElideRight, Qt.AlignmentFlag.AlignLeft)
        self._heading.setFont(heading("").font())
        self.view = RowView("boxList", "Boxes of this picture")
        self.view.setModel(self._model)
        self.view.setIconSize(QSize(SWATCH, SWATCH))
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.selectionModel().selectionChanged.connect(self._take_selection)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self._heading)
        column.addWidget(self.view)
        self._is_showing = False

    def show_document(self, document: Document | None, classes: ClassList) -> None:
        """Show a document's boxes and what is selected of them."""
        document = document or Document(0, 0)
        count = len(document.boxes)
        self._heading.setText(f"Boxes ({count})" if count else "Boxes")
        self._is_showing = True
        self._model.show_document(document, classes)
        if self._marked() != document.selection:
            self._mark(document.selection)
        self._is_showing = False

    def _marked(self) -> frozenset[int]:
        selection = self.view.selectionModel().selection()
        ranges = [selection.at(i) for i in range(selection.count())]
        return frozenset(row for r in ranges for row in range(r.top(), r.bottom() + 1))

    def _mark(self, selection: frozenset[int]) -> None:
        rows = QItemSelection()
        for first, last in _runs(selection):
            rows.select(self._model.index(first), self._model.index(last))
        flags = QItemSelectionModel.SelectionFlag
        self.view.selectionModel().select(rows, flags.ClearAndSelect)
        if len(selection) == 1:
            index = self._model.index(next(iter(selection)))
            self.view.selectionModel().setCurrentIndex(index, flags.NoUpdate)
            self.view.scrollTo(index)

    @Slot()
    def _take_selection(self) -> None:
        if not self._is_showing:
            self.selected.emit(self._marked())


def _runs(rows: frozenset[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of rows that follow one another: thousands may be selected."""
    for _, group in groupby(enumerate(sorted(rows)), lambda pair: pair[1] - pair[0]):
        run = [row for _, row in group]
        yield run[0], run[-1]
