"""The key map: a window beside the work, not in its way."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.gui.annotate.actions import MENUS, SAVE, Command
from studio.gui.theme import EDGE, GAP, GROUP, heading

_MOUSE = (
    ("Ctrl+wheel", "Zoom at the pointer"),
    ("Wheel, Shift+wheel", "Scroll"),
    ("Middle button", "Pan"),
    ("Ctrl+click", "Add to the selection"),
)
_OTHERS = (
    ("1 … 9", "Class of the selected boxes and of the next"),
    ("Arrows", "Move by one pixel"),
    ("Shift+arrows", "Move by ten pixels"),
)


class KeyMap(QDialog):
    """Lists every key; the window behind it stays usable."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("keyMap")
        self.setWindowTitle("Keys")
        columns = QHBoxLayout(self)
        columns.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        columns.setSpacing(2 * EDGE)
        edit = [*_rows(MENUS["&Edit"]), *_rows(MENUS["&Box"]), *_OTHERS]
        view = [*_rows(MENUS["&View"]), *_MOUSE]
        go = [*_rows(MENUS["&Go"]), *_rows((SAVE,)), *_rows(MENUS["&Help"])]
        columns.addLayout(_column([("Boxes", edit)]))
        columns.addLayout(_column([("View", view), ("Pictures", go)]))


def _rows(group: tuple[Command, ...]) -> list[tuple[str, str]]:
    return [(_keys(c), c.text.replace("&", "")) for c in group if c.keys]


def _keys(command: Command) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(QKeySequence(key).toString(native) for key in command.keys)


def _column(parts: list[tuple[str, list[tuple[str, str]]]]) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(GAP)
    for title, rows in parts:
        column.addWidget(heading(title))
        column.addLayout(_table(rows))
        column.addSpacing(GROUP)
    column.addStretch()
    return column


def _table(rows: list[tuple[str, str]]) -> QGridLayout:
    table = QGridLayout()
    table.setHorizontalSpacing(GROUP)
    table.setVerticalSpacing(GAP // 2)
    for row, (keys, text) in enumerate(rows):
        name = QLabel(keys)
        name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        table.addWidget(name, row, 0)
        table.addWidget(QLabel(text), row, 1)
    table.setColumnMinimumWidth(0, 15 * GAP)
    table.setColumnStretch(1, 1)
    return table
