"""The model of the file list: those pictures of the folder that are shown, and what they say."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Slot

from studio.gui.annotate.files.thumbnails import Thumbnails
from studio.gui.annotate.rows import NO_PARENT, TRAILING, Index
from studio.gui.session import Session
from studio.labels.dataset import ItemState


class FileModel(QAbstractTableModel):
    """One column; each row is a picture, by its position in the session's items, ascending."""

    def __init__(self, session: Session, thumbnails: Thumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._thumbnails = session, thumbnails
        self.positions: Sequence[int] = range(0)
        self.has_thumbnails = False
        session.states_changed.connect(self._show_states)

    def reload(self) -> None:
        """Show all pictures of another folder."""
        self.beginResetModel()
        self.positions = range(len(self._session.items))
        self.endResetModel()

    def show(self, positions: Sequence[int], moved: Mapping[int, int] | None = None) -> None:
        """Show other pictures; `moved` says where those shown until now are, None: where they were.

        The current row stays the row of its picture.
        """
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        now = [self.positions[index.row()] for index in before]
        if moved is not None:
            now = [moved.get(position, -1) for position in now]
        self.positions = positions
        after = [self.index_of(position) for position in now]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def index_of(self, position: int) -> QModelIndex:
        """Return where a picture is shown; not valid where it is not."""
        row = self.row_from(position)
        is_shown = row < len(self.positions) and self.positions[row] == position
        return self.createIndex(row, 0) if is_shown else QModelIndex()

    def row_from(self, position: int) -> int:
        """Return the first row whose picture is at this position or behind it."""
        return bisect_left(self.positions, position)

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.positions)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        position = self.positions[index.row()]
        item = self._session.items[position]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.name
        if role == TRAILING:
            return mark(self._session.states[position])
        if role == Qt.ItemDataRole.DecorationRole and self.has_thumbnails:
            return self._thumbnails.icon(item.image)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{item.name}: {explained(self._session.states[position])}"
        return None

    @Slot(list)
    def _show_states(self, positions: list[int]) -> None:
        if positions and self.positions:
            first, last = self.row_from(min(positions)), self.row_from(max(positions) + 1) - 1
            if first <= last:
                self.dataChanged.emit(self.index(first, 0), self.index(last, 0))


def mark(state: ItemState) -> str:
    """Return what a row says: "3 ✓" verified, "∅" empty, "–" not labelled, "!" a problem."""
    if state.counts is None:
        return "!" if state.problem else "–"
    parts = [str(state.boxes) if state.boxes else "∅"]
    if state.verified:
        parts.append("✓")
    if state.problem:
        parts.append("!")
    return " ".join(parts)


def explained(state: ItemState) -> str:
    """Return the same in words."""
    if state.counts is None:
        return state.problem or "not labelled"
    boxes = {0: "no objects", 1: "1 box"}.get(state.boxes, f"{state.boxes} boxes")
    parts = [boxes, "verified" if state.verified else "", state.problem]
    return "; ".join(part for part in parts if part)
