"""The view of the file list: rows of one height that are never gone through, however many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from studio.gui.annotate.files.model import FileModel
from studio.gui.annotate.files.thumbnails import SIDE
from studio.gui.annotate.rows import RowDelegate
from studio.gui.theme import GAP

_Move = QAbstractItemView.CursorAction


class FileView(QTableView):
    """A table of one column: Qt's list view asks the model about every row at each change."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("fileList")
        self.setAccessibleName("Pictures")
        self.setItemDelegate(RowDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setStretchLastSection(True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def show_thumbnails(self, shown: bool) -> None:
        """Make room for thumbnails, or take it back; the rows in sight stay in sight."""
        text = self.fontMetrics().height() + GAP // 2
        self.setIconSize(QSize(SIDE, SIDE) if shown else QSize())
        with self.kept_place():
            self.verticalHeader().setDefaultSectionSize(max(text, SIDE + GAP if shown else 3 * GAP))

    def rows_in_sight(self) -> range:
        """Return the rows that can be seen, also in part."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        count = self._files.rowCount()
        return range(max(first, 0), count if last < 0 else last + 1)

    def bring(self, index: QModelIndex) -> None:
        """Make a row the current one; one out of sight comes to the middle."""
        is_in_sight = index.row() in self.rows_in_sight()
        self.setCurrentIndex(index)
        if not is_in_sight:
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    @contextmanager
    def kept_place(self, moved: Mapping[int, int] | None = None) -> Iterator[None]:
        """Keep the current picture, or else the uppermost, where it is while rows come and go.

        `moved` is as in `FileModel.show`.
        """
        in_sight = [
            (self._files.positions[row], self.rowViewportPosition(row)) for row in self._marks()
        ]
        yield
        self.executeDelayedItemsLayout()
        self.updateGeometries()
        for position, y in in_sight:
            index = self._files.index_of(position if moved is None else moved.get(position, -1))
            if index.isValid():
                place = self.verticalHeader().sectionPosition(index.row())
                self.verticalScrollBar().setValue(place - y)
                return

    def _marks(self) -> list[int]:
        """Return the rows in sight, the current one first."""
        rows, current = list(self.rows_in_sight()), self.currentIndex().row()
        return [current, *rows] if current in rows else rows

    @property
    def _files(self) -> FileModel:
        model = self.model()
        assert isinstance(model, FileModel)
        return model

    def moveCursor(self, action: _Move, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Let Home and End go to the first and last picture, not to the ends of the row."""
        ends = {_Move.MoveHome: 0, _Move.MoveEnd: self._files.rowCount() - 1}
        if action in ends:
            return self._files.index(ends[action], 0)
        return super().moveCursor(action, modifiers)

    def keyboardSearch(self, _text: str) -> None:
        """Letters are commands; names are searched in the field."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say so where there is nothing to see."""
        super().paintEvent(event)
        if not self._files.rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(self._middle(), Qt.AlignmentFlag.AlignCenter, "No picture matches")
            painter.end()

    def _middle(self) -> QRect:
        return self.viewport().rect().adjusted(GAP, 0, -GAP, -self.viewport().height() // 2)
