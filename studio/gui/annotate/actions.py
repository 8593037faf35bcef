"""Everything that can be done in the tab, by menu and by key. labelImg's keys are the default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QIcon, QKeySequence, QPixmap
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from studio.gui.icons import icon


@dataclass(frozen=True, slots=True)
class Command:
    """One action.

    `where` its keys work: everywhere in the "tab"; on canvas and "lists", so that fields and
    buttons keep them; or on the "canvas" alone.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    where: str = "tab"
    checkable: bool = False


SEPARATOR = Command("", "")

MENUS: dict[str, tuple[Command, ...]] = {
    "&Edit": (
        Command("undo", "&Undo", ("Ctrl+Z",), "mdi6.undo"),
        Command("redo", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "mdi6.redo"),
        SEPARATOR,
        Command("draw", "Draw &box", ("W",), "mdi6.vector-square-plus"),
        Command("duplicate", "D&uplicate", ("Ctrl+D",), "mdi6.content-duplicate"),
        Command("delete", "&Delete", ("Del", "Backspace"), "mdi6.delete-outline"),
        Command("paste", "&Previous picture's boxes", ("Ctrl+V",), "mdi6.content-paste"),
        SEPARATOR,
        Command(
            "verify",
            "&Verified",
            ("Space",),
            "mdi6.check-decagram-outline",
            "lists",
            checkable=True,
        ),
        Command("cancel", "&Cancel", ("Esc",), "mdi6.close", "lists"),
        SEPARATOR,
    ),
    "&View": (
        Command("zoom_in", "Zoom &in", ("Ctrl++", "Ctrl+="), "mdi6.magnify-plus-outline"),
        Command("zoom_out", "Zoom &out", ("Ctrl+-",), "mdi6.magnify-minus-outline"),
        Command("fit", "&Fit", ("Ctrl+F",), "mdi6.fit-to-page-outline"),
        Command("actual_size", "&100 %", ("Ctrl+0",), "mdi6.image-size-select-actual"),
        SEPARATOR,
        Command("hide", "&Hide all boxes", ("Ctrl+H",), "mdi6.eye-off-outline"),
        Command("show_all", "&Show all boxes", ("Ctrl+A",), "mdi6.eye-outline"),
    ),
    "&Go": (
        Command("next", "&Next picture", ("D",), "mdi6.arrow-right"),
        Command("previous", "&Previous picture", ("A",), "mdi6.arrow-left"),
        SEPARATOR,
        Command("search", "&Search pictures", ("Ctrl+L",), "mdi6.magnify"),
    ),
    "&Help": (Command("keys", "&Keys", ("F1", "?"), "mdi6.keyboard-outline"),),
}
SAVE = Command("save", "&Save now", ("Ctrl+S",), "mdi6.content-save-outline")

_WAYS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
NUDGES: dict[str, tuple[int, int]] = {
    **{f"nudge_{way}": step for way, step in _WAYS.items()},
    **{f"jump_{way}": (10 * dx, 10 * dy) for way, (dx, dy) in _WAYS.items()},
}
EDIT_SUBMENUS: dict[str, tuple[Command, ...]] = {
    "&Nudge": (
        *(Command(f"nudge_{w}", f"One pixel {w}", (w.title(),), where="canvas") for w in _WAYS),
        *(
            Command(f"jump_{w}", f"Ten pixels {w}", (f"Shift+{w.title()}",), where="canvas")
            for w in _WAYS
        ),
    ),
    "C&lass": tuple(Command(f"class_{n}", f"Class {n}", (str(n),)) for n in range(1, 10)),
}


def commands() -> Iterator[Command]:
    """Return every command there is."""
    for group in (*MENUS.values(), (SAVE,), *EDIT_SUBMENUS.values()):
        yield from (command for command in group if command is not SEPARATOR)


class Actions:
    """The QActions of the tab, by name. They work while the tab is the one that is shown."""

    def __init__(self, tab: QWidget, canvas: QWidget, lists: list[QWidget]) -> None:
        self._group = QActionGroup(tab)
        self._group.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        self._by_name: dict[str, QAction] = {}
        owners = {"tab": [tab], "lists": [canvas, *lists], "canvas": [canvas]}
        for command in commands():
            action = _action(command, self._group)
            for owner in owners[command.where]:
                owner.addAction(action)
            self._by_name[command.name] = action

    def __getitem__(self, name: str) -> QAction:
        return self._by_name[name]

    def enable(self, enabled: bool) -> None:
        """Switch all of them on or off; each keeps whether it can act at all."""
        self._group.setEnabled(enabled)

    def fill(self, menu_bar: QMenuBar) -> dict[str, QMenu]:
        """Add the menus and return them by their titles."""
        menus = {title: menu_bar.addMenu(title) for title in MENUS}
        for title, group in MENUS.items():
            self._fill(menus[title], group)
        for subtitle, subgroup in EDIT_SUBMENUS.items():
            self._fill(menus["&Edit"].addMenu(subtitle), subgroup)
        return menus

    def _fill(self, menu: QMenu, group: tuple[Command, ...]) -> None:
        menu.setToolTipsVisible(True)
        for command in group:
            if command is SEPARATOR:
                menu.addSeparator()
            else:
                menu.addAction(self._by_name[command.name])

    def draw_icons(self, tab: QWidget) -> None:
        """Give the actions their icons in the colours of the tab's palette."""
        for command in commands():
            if command.icon:
                self._by_name[command.name].setIcon(icon(command.icon, tab.palette()))


def _action(command: Command, group: QActionGroup) -> QAction:
    action = QAction(command.text, group)
    if command.icon:
        action.setIcon(_blank())  # else buttons would show their text until the icon is there
    action.setCheckable(command.checkable)
    action.setShortcuts([QKeySequence(key) for key in command.keys])
    action.setToolTip(tool_tip(command))
    if command.where != "tab":
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    return action


def tool_tip(command: Command) -> str:
    """Return what a command does, with its key in brackets."""
    text = command.text.replace("&", "")
    return f"{text} ({native(command)})" if command.keys else text


def native(command: Command) -> str:
    """Return the first key of a command as this system writes it."""
    return QKeySequence(command.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)


def _blank() -> QIcon:
    pixmap = QPixmap(1, 1)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)
