"""What the key map lists: every command by menu with its keys, and what the mouse does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtWidgets import QWidget

from studio.gui.annotate.commands.actions import (
    MENUS,
    SAVE,
    SEPARATOR,
    SUBMENUS,
    WINDOW_KEYS,
    Command,
)
from studio.gui.annotate.commands.bindings import Bindings, native
from studio.gui.annotate.rows import NO_PARENT, Index

_WHERE = {
    "lists": "Works on the picture and in the lists",
    "boxes": "Works on the picture and in the box list",
    "canvas": "Works on the picture",
    "classes": "Works in the class list",
}
_MOUSE = (
    ("Draw: corner to corner, or a click at each", ("Drag", "Click, click")),
    ("Square, while drawing", ("Shift",)),
    ("From the centre, while drawing", ("Alt",)),
    ("Select; again: the box below", ("Click",)),
    ("Add to the selection, or take out", ("Ctrl+click", "Shift+click")),
    ("Select what is inside a frame", ("Drag on empty", "Shift+drag")),
    ("Move or resize", ("Drag a box", "Drag an edge")),
    ("What can be done here", ("Right click",)),
    ("Zoom at the pointer", ("Ctrl+wheel",)),
    ("Scroll, and sideways", ("Wheel", "Shift+wheel")),
    ("Push the picture (pan)", ("Middle button", "Space+drag")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A heading (`keys` is None), a command (`name`), or what always is as it is (`keys`)."""

    text: str
    name: str = ""
    keys: tuple[str, ...] | None = ()
    tip: str = ""

    @property
    def is_heading(self) -> bool:
        return self.keys is None


def all_rows() -> tuple[Row, ...]:
    """Return the rows in the order of the menus; each part begins with its heading."""
    window: dict[str, tuple[str, ...]] = {}
    for key, (text, _) in WINDOW_KEYS.items():
        window[text] = (*window.get(text, ()), native(key))
    opening, leaving = (Row(text, keys=keys) for text, keys in window.items())
    rows = [Row("File", keys=None), opening, _of(SAVE), leaving]
    for title, group in MENUS.items():
        rows += _part(_plain(title), group)
        for subtitle, subgroup in SUBMENUS.get(title, {}).items():
            rows += _part(f"{_plain(title)}: {_plain(subtitle).lower()}", subgroup)
    rows += [Row("Mouse", keys=None), *(Row(text, keys=keys) for text, keys in _MOUSE)]
    return tuple(rows)


def _part(title: str, group: tuple[Command, ...]) -> Iterator[Row]:
    yield Row(title, keys=None)
    yield from (_of(command) for command in group if command is not SEPARATOR)


def _of(command: Command) -> Row:
    tips = command.tip, _WHERE.get(command.where, "")
    return Row(command.title, command.name, tip="\n".join(tip for tip in tips if tip))


def _plain(title: str) -> str:
    return title.replace("&", "")


def keys_of(row: Row, bindings: Bindings) -> tuple[str, ...]:
    """Return the keys of a row as this system writes them."""
    return tuple(map(native, bindings.keys(row.name))) if row.name else row.keys or ()


def matching(rows: tuple[Row, ...], words: str, bindings: Bindings) -> tuple[Row, ...]:
    """Return the rows in which all words occur, in the text, the keys or the heading."""
    wanted = words.casefold().split()
    found: list[Row] = []
    heading = rows[0]
    for row in rows:
        if row.is_heading:
            heading = row
            continue
        text = " ".join((heading.text, row.text, *keys_of(row, bindings))).casefold()
        if all(word in text for word in wanted):
            if heading not in found:
                found.append(heading)
            found.append(row)
    return tuple(found)


class KeyModel(QAbstractListModel):
    """The rows that match, for a view."""

    def __init__(self, parent: QWidget, bindings: Bindings) -> None:
        super().__init__(parent)
        self.bindings = bindings
        self._all = all_rows()
        self.rows = self._all

    def narrow(self, words: str) -> None:
        """Show only the rows in which these words occur."""
        self.beginResetModel()
        self.rows = matching(self._all, words, self.bindings)
        self.endResetModel()

    def take(self, bindings: Bindings) -> None:
        """Show other keys in the same rows."""
        self.bindings = bindings
        if self.rows:
            self.dataChanged.emit(self.index(0), self.index(len(self.rows) - 1))

    def keys(self, index: Index) -> tuple[str, ...]:
        """Return the keys in a row as this system writes them."""
        return keys_of(self.rows[index.row()], self.bindings)

    def can_change(self, index: Index) -> bool:
        """Return whether a row is a command whose key is not fixed."""
        name = self.rows[index.row()].name if index.isValid() else ""
        return bool(name) and name not in self.bindings.fixed

    def is_changed(self, index: Index) -> bool:
        """Return whether a row is a command whose keys are not the default."""
        return self.can_change(index) and self.bindings.is_changed(self.rows[index.row()].name)

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let headings be passed over; the keys of commands can be changed."""
        flag = Qt.ItemFlag
        if not index.isValid() or self.rows[index.row()].is_heading:
            return flag.NoItemFlags
        flags = flag.ItemIsEnabled | flag.ItemIsSelectable
        return flags | flag.ItemIsEditable if self.can_change(index) else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join([row.text, *self.keys(index)])
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tool_tip(row, self.is_changed(index))
        return None

    def _tool_tip(self, row: Row, is_changed: bool) -> str:
        default = ", ".join(map(native, self.bindings.defaults.get(row.name, ()))) or "none"
        parts = [row.tip, f"Default: {default}" if is_changed else ""]
        return "\n".join(part for part in parts if part)
