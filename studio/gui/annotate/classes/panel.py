"""The class list: colours, number keys, how many boxes; one of them is what is drawn next.

It is edited in place: names by F2, places by dragging, all the rest from its menu.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListView,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.gui.annotate.classes.model import ClassModel
from studio.gui.annotate.rows import SWATCH, Index, RowDelegate
from studio.gui.menu import Menu
from studio.gui.theme import GAP, heading
from studio.labels.classes import ClassList as Classes

LONGEST = 200
"""So many characters are enough for the name of a class."""


class ClassList(QWidget):
    """The list, and a field that adds a class in place."""

    chosen = Signal(str)
    """Boxes drawn from now on are of this class."""
    applied = Signal(str)
    """The selected boxes shall be of this class."""
    marked = Signal()
    """Another row is the current one: commands act on that."""
    uncoloured = Signal(str)
    """This class shall have the colour of its number again."""
    added = Signal(str)
    named = Signal(str)
    """A name for the class of the first boxes, which were drawn before there was one."""
    left = Signal()
    """Enough classes were added; the next key is for the picture again."""

    def __init__(self) -> None:
        super().__init__()
        self.model = ClassModel(self)
        self.view = _view(self.model)
        self.view.selectionModel().currentChanged.connect(self._choose)
        self.view.activated.connect(self._apply)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self.menu = Menu(self)
        self.menu.setToolTipsVisible(True)
        self._uncolour = self.menu.addAction("Colour of its number")
        self._uncolour.triggered.connect(self._give_up_colour)
        self._list_it = self.menu.addAction("Add to the class list")
        self._list_it.triggered.connect(self._add_stranger)
        self.field = QLineEdit()
        self.field.setMaxLength(LONGEST)
        self.field.setAccessibleName("Add a class")
        self.field.returnPressed.connect(self._take_name)
        leave = QShortcut(QKeySequence("Esc"), self.field)
        leave.setContext(Qt.ShortcutContext.WidgetShortcut)
        leave.activated.connect(self._leave)
        self._label = ""
        self._is_naming = self._is_showing = False
        self._ask()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(heading("Classes"))
        column.addWidget(self.view)
        column.addWidget(self.field)

    @property
    def current(self) -> str:
        """The class of the row that is marked, which may be a stranger; "" without one."""
        row = self.view.currentIndex().row()
        return self.model.names[row] if row >= 0 else ""

    def show_classes(self, listed: Classes, counts: dict[str, int], label: str) -> None:
        """Show classes and figures, with the one that is drawn next marked.

        A stranger that was marked, which cannot be drawn, stays so until another is drawn next.
        """
        was, was_label = self.current, self._label
        is_other = self.model.show_classes(listed, counts)
        self._label = label
        is_stranger = was in self.model.names and was not in listed.names
        wanted = was if is_stranger and label == was_label else label
        if is_other or self.current != wanted:
            self._mark(wanted)

    def fill_menu(self, actions: Iterable[QAction]) -> None:
        """Put what can be done with a class into the menu of the list."""
        self.menu.insertActions(self._uncolour, list(actions))

    def ask_for_name(self) -> None:
        """Let the field take the name of the class that the first boxes have been waiting for."""
        self._is_naming = True
        self._ask()
        self.field.setFocus()

    def rename_current(self) -> None:
        """Let the name of the marked class be typed over."""
        self.view.setFocus()
        self.view.edit(self.view.currentIndex())

    def _ask(self) -> None:
        text = "Name of this class, then Enter" if self._is_naming else "+ add class"
        self.field.setPlaceholderText(text)

    def _mark(self, name: str) -> None:
        self._is_showing = True
        row = self.model.names.index(name) if name in self.model.names else -1
        self.view.setCurrentIndex(self.model.index(row))
        self._is_showing = False

    @Slot(QModelIndex, QModelIndex)
    def _choose(self, current: QModelIndex) -> None:
        if not self._is_showing and self.model.is_listed(current.row()):
            self.chosen.emit(self.model.names[current.row()])
        elif not self._is_showing:
            self.marked.emit()

    @Slot(QModelIndex)
    def _apply(self, index: QModelIndex) -> None:
        self.applied.emit(self.model.names[index.row()])

    @Slot(QPoint)
    def _open_menu(self, point: QPoint) -> None:
        if self.current:
            is_listed = self.model.is_listed(self.view.currentIndex().row())
            self._list_it.setVisible(not is_listed)
            self._uncolour.setVisible(self.current in self.model.listed.colours)
            self.menu.popup(self.view.viewport().mapToGlobal(point))

    @Slot()
    def _give_up_colour(self) -> None:
        self.uncoloured.emit(self.current)

    @Slot()
    def _add_stranger(self) -> None:
        self.added.emit(self.current)

    @Slot()
    def _leave(self) -> None:
        self.field.clear()
        self.left.emit()

    @Slot()
    def _take_name(self) -> None:
        """Take a name and wait for the next one: people type the whole list, one after the other.

        Keys that went to the picture meanwhile would change its labels.
        """
        name = self.field.text().strip()
        was_naming = self._is_naming
        if name:
            self._is_naming = False
            self.field.clear()
            self._ask()
            (self.named if was_naming else self.added).emit(name)
        if was_naming or not name:
            self.left.emit()


class _NameDelegate(RowDelegate):
    """Lets a name be typed over beside its swatch."""

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Return the field; Enter takes what it says, Esc gives it up."""
        field = QLineEdit(parent)
        field.setMaxLength(LONGEST)
        field.setFrame(False)
        field.setAccessibleName(f"Name of the class {index.data()}")
        return field

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, _index: Index
    ) -> None:
        """Leave the swatch to be seen."""
        editor.setGeometry(option.rect.adjusted(SWATCH + GAP // 2, 0, 0, 0))


def _view(model: ClassModel) -> QListView:
    view = QListView()
    view.setObjectName("classList")
    view.setAccessibleName("Classes")
    view.setModel(model)
    view.setItemDelegate(_NameDelegate(view))
    view.setUniformItemSizes(True)
    view.setIconSize(QSize(SWATCH, SWATCH))
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
    view.setDefaultDropAction(Qt.DropAction.MoveAction)
    view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    return view
