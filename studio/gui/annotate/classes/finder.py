"""Type to find a class: a field over the canvas that narrows the classes as one types."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.gui.annotate.classes.panel import LONGEST
from studio.gui.annotate.rows import SWATCH, swatch
from studio.gui.icons import icon
from studio.gui.theme import GAP
from studio.labels import classes
from studio.labels.classes import ClassList

WIDTH, ROWS = 240, 9
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


class ClassFinder(QFrame):
    """Lies over a widget, at the top of its middle; goes with Esc, or when it is left."""

    taken = Signal(str)
    """This class shall be that of the selected boxes and of the next."""
    added = Signal(str)
    """This name, which is none yet, shall be a class, and that too."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self.setObjectName("classFinder")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self._over = over
        self._listed = ClassList()
        self._found: list[str] = []
        self.field = QLineEdit()
        self.field.setMaxLength(LONGEST)
        self.field.setPlaceholderText("Find class")
        self.field.setAccessibleName("Find a class")
        self.field.textChanged.connect(self._narrow)
        self.field.returnPressed.connect(self._take)
        self.field.installEventFilter(self)
        self.rows = QListWidget()
        self.rows.setAccessibleName("Classes that match")
        self.rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys stay with the field
        self.rows.setIconSize(QSize(SWATCH, SWATCH))
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.itemClicked.connect(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP)
        column.addWidget(self.field)
        column.addWidget(self.rows)
        self.hide()

    def open(self, listed: ClassList) -> None:
        """Show itself with these classes, and take the keys."""
        self._listed = listed
        self.field.clear()
        self._narrow()
        self.show()
        self.raise_()
        self.field.setFocus()

    @Slot()
    def _narrow(self) -> None:
        """Show the classes that match, and an offer to add a name that is none."""
        text = self.field.text().strip()
        self._found = classes.find(self._listed.shown, text)
        self.rows.clear()
        for name in self._found:
            self.rows.addItem(QListWidgetItem(swatch(self._listed.colour(name)), name))
        if text and text not in self._listed.names:
            plus = icon("mdi6.plus", self.palette())
            self.rows.addItem(QListWidgetItem(plus, f"Add “{text}”"))
        self.rows.setCurrentRow(0)
        self._place()

    def _place(self) -> None:
        """Be as high as the rows need, in the middle of what is below."""
        count = min(max(self.rows.count(), 1), ROWS)
        height = self.rows.sizeHintForRow(0) if self.rows.count() else SWATCH + GAP
        self.rows.setFixedHeight(count * height + 2 * self.rows.frameWidth())
        size = QSize(min(WIDTH, self._over.width()), self.sizeHint().height())
        self.resize(size)
        self.move((self._over.width() - size.width()) // 2, 3 * GAP)

    @Slot()
    def _take(self) -> None:
        text, found = self.field.text().strip(), self._found
        row = self.rows.currentRow()
        if row >= 0:
            self._leave()
            self.taken.emit(found[row]) if row < len(found) else self.added.emit(text)

    def _leave(self) -> None:
        self.hide()
        self._over.setFocus()

    def eventFilter(self, _field: QObject, event: QEvent) -> bool:
        """Let the arrows choose among the rows; go with Esc, and when the field is left."""
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
            return True
        if step := _STEPS.get(Qt.Key(event.key())):
            row = self.rows.currentRow() + step
            self.rows.setCurrentRow(min(max(row, 0), self.rows.count() - 1))
            return True
        return False
