"""The class list: colours, number keys, how many boxes; one of them is what is drawn next."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QLineEdit, QListView, QVBoxLayout, QWidget

from studio.gui.annotate.rows import NO_PARENT, SWATCH, TRAILING, Index, RowDelegate, swatch
from studio.gui.theme import GAP, heading
from studio.labels.palette import class_colour


class ClassModel(QAbstractListModel):
    """The project's classes in its order, then those that only label files know, in grey."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.listed: tuple[str, ...] = ()
        self.names: tuple[str, ...] = ()
        self._counts: dict[str, int] = {}

    def show_classes(self, listed: tuple[str, ...], counts: dict[str, int]) -> bool:
        """Take over classes and figures; False when only figures differ."""
        strangers = tuple(sorted(set(counts) - set(listed)))
        names, self._counts = (*listed, *strangers), counts
        if (listed, names) == (self.listed, self.names):
            if names:
                self.dataChanged.emit(self.index(0), self.index(len(names) - 1))
            return False
        self.beginResetModel()
        self.listed, self.names = listed, names
        self.endResetModel()
        return True

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.names)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = index.row()
        name, is_listed = self.names[row], row < len(self.listed)
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        if role == TRAILING:
            return str(self._counts.get(name, 0))
        if role == Qt.ItemDataRole.DecorationRole:
            key = str(row + 1) if is_listed and row < 9 else ""
            return swatch(class_colour(row if is_listed else -1), key)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tool_tip(row, name)
        return None

    def _tool_tip(self, row: int, name: str) -> str:
        if row >= len(self.listed):
            return f"{name}: found in label files, not in the project's class list"
        key = f" ({row + 1})" if row < 9 else ""
        return f"Draw {name} next{key}; double-click: make the selected boxes {name}"


class ClassList(QWidget):
    """The list, and a field that adds a class in place."""

    chosen = Signal(str)
    """Boxes drawn from now on are of this class."""
    applied = Signal(str)
    """The selected boxes shall be of this class."""
    added = Signal(str)
    named = Signal(str)
    """A name for the class of the first boxes, which were drawn before there was one."""

    def __init__(self) -> None:
        super().__init__()
        self.model = ClassModel(self)
        self.view = QListView()
        self.view.setObjectName("classList")
        self.view.setAccessibleName("Classes")
        self.view.setModel(self.model)
        self.view.setItemDelegate(RowDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setIconSize(QSize(SWATCH, SWATCH))
        self.view.selectionModel().currentChanged.connect(self._choose)
        self.view.activated.connect(self._apply)
        self.field = QLineEdit()
        self.field.setMaxLength(200)
        self.field.setAccessibleName("Add a class")
        self.field.returnPressed.connect(self._take_name)
        self._is_naming = self._is_showing = False
        self._ask()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(heading("Classes"))
        column.addWidget(self.view)
        column.addWidget(self.field)

    def show_classes(self, listed: tuple[str, ...], counts: dict[str, int], current: str) -> None:
        """Show classes and figures, with the current one marked."""
        if self.model.show_classes(listed, counts) or self._current() != current:
            self._mark(current)

    def ask_for_name(self) -> None:
        """Let the field take the name of the class that the first boxes have been waiting for."""
        self._is_naming = True
        self._ask()
        self.field.setFocus()

    def _ask(self) -> None:
        text = "Name of this class, then Enter" if self._is_naming else "+ add class"
        self.field.setPlaceholderText(text)

    def _current(self) -> str:
        row = self.view.currentIndex().row()
        return self.model.names[row] if row >= 0 else ""

    def _mark(self, name: str) -> None:
        self._is_showing = True
        row = self.model.names.index(name) if name in self.model.names else -1
        self.view.setCurrentIndex(self.model.index(row))
        self._is_showing = False

    @Slot(QModelIndex, QModelIndex)
    def _choose(self, current: QModelIndex) -> None:
        if current.isValid() and not self._is_showing:
            self.chosen.emit(self.model.names[current.row()])

    @Slot(QModelIndex)
    def _apply(self, index: QModelIndex) -> None:
        self.applied.emit(self.model.names[index.row()])

    @Slot()
    def _take_name(self) -> None:
        name = self.field.text().strip()
        if not name:
            return
        signal = self.named if self._is_naming else self.added
        self._is_naming = False
        self.field.clear()
        self._ask()
        signal.emit(name)
