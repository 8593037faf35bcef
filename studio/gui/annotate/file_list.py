"""The file list: every picture of the folder and what became of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractListModel, QModelIndex, QSortFilterProxyModel, Qt, Signal, Slot
from PySide6.QtWidgets import QLabel, QLineEdit, QListView, QVBoxLayout, QWidget

from studio.gui.annotate.rows import NO_PARENT, TRAILING, Index, RowDelegate
from studio.gui.session import Session
from studio.gui.theme import GAP, tabular
from studio.labels.dataset import ItemState


class FileModel(QAbstractListModel):
    """The session's pictures; a row's number is the picture's position."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        session.states_changed.connect(self._show_states)

    @Slot()
    def reload(self) -> None:
        """Show the pictures of another folder."""
        self.beginResetModel()
        self.endResetModel()

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._session.items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        state = self._session.states[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._session.items[index.row()].name
        if role == TRAILING:
            return mark(state)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self._session.items[index.row()].name}: {explained(state)}"
        return None

    @Slot(list)
    def _show_states(self, positions: list[int]) -> None:
        if positions:
            self.dataChanged.emit(self.index(min(positions)), self.index(max(positions)))


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
    boxes = {0: "nothing in it", 1: "1 box"}.get(state.boxes, f"{state.boxes} boxes")
    parts = [boxes, "verified" if state.verified else "", state.problem]
    return "; ".join(part for part in parts if part)


class FileList(QWidget):
    """Search field, list, and how many pictures are labelled."""

    chosen = Signal(int)
    """The picture at this position was chosen."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._position = -1
        self._is_filtering = False
        self._model = FileModel(session)
        self._shown = QSortFilterProxyModel(self)
        self._shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._shown.setSourceModel(self._model)
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search pictures by name")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.view = self._make_view()
        self._count = QLabel()
        self._count.setFont(tabular(self._count.font()))
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, 0, GAP)
        column.setSpacing(GAP)
        for widget in (self.search, self.view, self._count):
            column.addWidget(widget)
        session.opened.connect(self._reload)
        session.states_changed.connect(self._show_count)

    def _make_view(self) -> QListView:
        view = QListView()
        view.setObjectName("fileList")
        view.setAccessibleName("Pictures")
        view.setModel(self._shown)
        view.setItemDelegate(RowDelegate(view))
        view.setUniformItemSizes(True)
        view.selectionModel().currentChanged.connect(self._choose)
        return view

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what is done for each command."""
        return {
            "next": lambda: self.step(1),
            "previous": lambda: self.step(-1),
            "search": self.search.setFocus,
        }

    def able(self) -> dict[str, bool]:
        """Return which of them can act now."""
        return dict.fromkeys(self.acts(), self._position >= 0)

    @Slot(int)
    def go_to(self, position: int) -> None:
        """Make a picture the current one; the search gives way if it hides that picture."""
        if not self._shown_index(position).isValid():
            self.search.clear()
        self.view.setCurrentIndex(self._shown_index(position))

    def step(self, by: int) -> None:
        """Go to the next picture of those shown (1), or to the one before (-1)."""
        shown = (self._position_of(row) for row in range(self._shown.rowCount()))
        if by > 0:
            position = next((p for p in shown if p > self._position), None)
        else:
            position = max((p for p in shown if p < self._position), default=None)
        if position is not None:
            self.go_to(position)

    def _position_of(self, row: int) -> int:
        return self._shown.mapToSource(self._shown.index(row, 0)).row()

    def _shown_index(self, position: int) -> QModelIndex:
        return self._shown.mapFromSource(self._model.index(position))

    @Slot()
    def _reload(self) -> None:
        self._position = -1
        self.search.clear()
        self._model.reload()
        self._show_count()

    @Slot(str)
    def _filter(self, text: str) -> None:
        """Narrow the list; the picture that is open stays open whether it is shown or not."""
        self._is_filtering = True
        self._shown.setFilterFixedString(text.strip())
        current = self._shown_index(self._position)
        self.view.setCurrentIndex(current)
        self.view.scrollTo(current)
        self._is_filtering = False

    @Slot()
    def _show_count(self) -> None:
        self._count.setText(f"{self._session.labelled} of {len(self._session.items)} labelled")

    @Slot(QModelIndex, QModelIndex)
    def _choose(self, current: QModelIndex) -> None:
        if current.isValid() and not self._is_filtering:
            self._position = self._shown.mapToSource(current).row()
            self.chosen.emit(self._position)
