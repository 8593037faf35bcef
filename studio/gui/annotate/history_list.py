"""The list of all edits of the session; clicking one goes back, or forward again, to it."""

from __future__ import annotations

from pathlib import PurePosixPath

from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.gui.annotate.row_view import RowView
from studio.gui.annotate.rows import NO_PARENT, TRAILING, Index
from studio.gui.theme import GAP, heading
from studio.labels.editing.history import Edit, History, Step

_START = "As it was opened"
_MOST = 12  # characters of a picture's name beside an edit


class HistoryModel(QAbstractListModel):
    """A row for the start and one for every step; those that were taken back are faint."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._steps: tuple[Step, ...] = ()
        self._done = 0

    def show_history(self, history: History) -> None:
        """Take over what was done; most often that is one row more."""
        steps, count = history.steps, len(self._steps)
        if len(steps) == count + 1 and steps[:count] == self._steps:
            self.beginInsertRows(NO_PARENT, count + 1, count + 1)
            self._steps, self._done = steps, history.done
            self.endInsertRows()
        elif steps != self._steps:
            self.beginResetModel()
            self._steps, self._done = steps, history.done
            self.endResetModel()
        elif history.done != self._done:
            self._done = history.done
            self.dataChanged.emit(self.index(0), self.index(count))

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._steps) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        step = self._steps[index.row() - 1] if index.row() else None
        name = _name(step)
        text = step.text if step else _START
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == TRAILING:
            before = self._steps[index.row() - 2] if index.row() > 1 else None
            return _short(name) if name != _name(before) else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{text} · {name}" if name else text
        if role == Qt.ItemDataRole.ForegroundRole and index.row() > self._done:
            palette = QPalette()
            return palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
        return None


def _name(step: Step | None) -> str:
    """Return the picture of a step, "" where it is about all of them."""
    return step.name if isinstance(step, Edit) else ""


def _short(name: str) -> str:
    """Return the end of a picture's name: pictures of one folder often begin alike."""
    stem = PurePosixPath(name).stem
    return stem if len(stem) <= _MOST else f"…{stem[1 - _MOST :]}"


class HistoryList(QWidget):
    """The list under its heading."""

    wanted = Signal(int)
    """So many steps shall be in effect."""

    def __init__(self) -> None:
        super().__init__()
        self._model = HistoryModel(self)
        self.view = RowView("historyList", "Edits of this session")
        self.view.setModel(self._model)
        self.view.clicked.connect(self._want)
        self.view.activated.connect(self._want)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(heading("Edits"))
        column.addWidget(self.view)

    def show_history(self, history: History) -> None:
        """Show the steps, with the last that is in effect marked; costs nothing while hidden."""
        if self.isHidden():
            return
        self._model.show_history(history)
        self.view.setCurrentIndex(self._model.index(history.done))
        self._scroll()

    def showEvent(self, event: QShowEvent) -> None:
        """Let the step be seen that was made last, as soon as the list has its size."""
        super().showEvent(event)
        QTimer.singleShot(0, self._scroll)

    @Slot()
    def _scroll(self) -> None:
        self.view.scrollTo(self.view.currentIndex())

    @Slot(QModelIndex)
    def _want(self, index: QModelIndex) -> None:
        self.wanted.emit(index.row())
