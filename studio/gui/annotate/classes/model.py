"""The rows of the class list: the project's classes in the order of the user, then strangers."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, Qt, Signal
from PySide6.QtWidgets import QWidget

from studio.gui.annotate.rows import NO_PARENT, TRAILING, Index, swatch
from studio.labels.classes import ClassList

KEYS = 9
"""So many classes have a number key."""


class ClassModel(QAbstractListModel):
    """The project's classes as they are shown, then those that only label files know, in grey."""

    renamed = Signal(str, str)
    """A class shall be called otherwise; until that is done it is shown as it is."""
    moved = Signal(str, int)
    """A class shall be shown at this place, counted without it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.listed = ClassList()
        self.names: tuple[str, ...] = ()
        self._counts: dict[str, int] = {}

    def show_classes(self, listed: ClassList, counts: dict[str, int]) -> bool:
        """Take over classes and figures; False when only figures or colours differ."""
        strangers = tuple(sorted(set(counts) - set(listed.names)))
        names, is_same = (*listed.shown, *strangers), len(listed.names) == len(self.listed.names)
        is_same = is_same and names == self.names
        if is_same and (listed, counts) == (self.listed, self._counts):
            return False
        if not is_same:
            self.beginResetModel()
        self.listed, self.names, self._counts = listed, names, counts
        if not is_same:
            self.endResetModel()
        elif names:
            self.dataChanged.emit(self.index(0), self.index(len(names) - 1))
        return not is_same

    def is_listed(self, row: int) -> bool:
        """Tell whether a row is one of the project's classes."""
        return 0 <= row < len(self.listed.names)

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.names)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = index.row()
        name = self.names[row]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return name
        if role == TRAILING:
            return f"{self._counts.get(name, 0):,}"
        if role == Qt.ItemDataRole.DecorationRole:
            return swatch(self.listed.colour(name), self._key(row))
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tool_tip(row, name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{name}, {_counted(self._counts.get(name, 0))}"
        return None

    def _key(self, row: int) -> str:
        return str(row + 1) if self.is_listed(row) and row < KEYS else ""

    def _tool_tip(self, row: int, name: str) -> str:
        if not self.is_listed(row):
            return f"{name}: found in label files, not in the project's class list"
        key = f" ({row + 1})" if row < KEYS else ""
        number = self.listed.names.index(name)
        return (
            f"Draw {name} next{key}; double-click: make the selected boxes {name}\n"
            f"Number {number} in training and in exported files"
        )

    # --- edited in place ------------------------------------------------------------------------

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Rows can be renamed; those of the project's classes can be dragged between each other."""
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        flags = super().flags(index) | Qt.ItemFlag.ItemIsEditable
        return flags | Qt.ItemFlag.ItemIsDragEnabled if self.is_listed(index.row()) else flags

    def setData(self, index: Index, value: object, _role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for another name; it is shown once the label files have it."""
        old, new = self.names[index.row()], str(value).strip()
        if new and new != old:
            self.renamed.emit(old, new)
        return False

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def moveRows(self, source: Index, row: int, count: int, target: Index, place: int) -> bool:
        """Ask for another place, as the view does at the end of a drag."""
        if count != 1 or not self.is_listed(row) or source.isValid() or target.isValid():
            return False
        self.moved.emit(self.names[row], min(place, len(self.listed.names)) - (place > row))
        return True


def _counted(count: int) -> str:
    return "1 box" if count == 1 else f"{count:,} boxes"
