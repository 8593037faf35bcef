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
    buttons keep them; on canvas and list of "boxes"; on the "canvas" alone, or in the list of
    "classes" alone.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    where: str = "tab"
    checkable: bool = False


SEPARATOR = Command("", "")

_WAYS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
NUDGES: dict[str, tuple[int, int]] = {
    **{f"nudge_{way}": step for way, step in _WAYS.items()},
    **{f"jump_{way}": (10 * dx, 10 * dy) for way, (dx, dy) in _WAYS.items()},
}
GROWS = {f"grow_{way}": step for way, step in _WAYS.items()}
"""Moves the side that lies that way outwards."""
SHRINKS = {f"shrink_{way}": step for way, step in _WAYS.items()}
"""Moves the side that lies opposite that way, so inwards."""
POSES = ("Unspecified", "Frontal", "Rear", "Left", "Right")
_OPPOSITE = {"left": "right", "right": "left", "up": "bottom", "down": "top"}
_SIDE = {"left": "left", "right": "right", "up": "top", "down": "bottom"}


def _on_arrows(name: str, text: str, modifier: str = "") -> tuple[Command, ...]:
    """Return the four commands on the arrow keys; `{way}`, `{side}`, `{other}` stand in `text`."""
    return tuple(
        Command(
            f"{name}_{way}",
            _first_upper(text.format(way=way, side=_SIDE[way], other=_OPPOSITE[way])),
            (modifier + way.title(),),
            where="canvas",
        )
        for way in _WAYS
    )


def _first_upper(text: str) -> str:
    return text[0].upper() + text[1:]


MENUS: dict[str, tuple[Command, ...]] = {
    "&Edit": (
        Command("undo", "&Undo", ("Ctrl+Z",), "mdi6.undo"),
        Command("redo", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "mdi6.redo"),
        Command("history", "Edit &history", ("Ctrl+Shift+H",), "mdi6.history", checkable=True),
        SEPARATOR,
        Command("cut", "Cu&t boxes", ("Ctrl+X",), "mdi6.content-cut", "boxes"),
        Command("copy", "&Copy boxes", ("Ctrl+C",), "mdi6.content-copy", "boxes"),
        Command("paste", "&Paste, else previous picture's boxes", ("Ctrl+V",), "", "boxes"),
        Command("paste_previous", "Pre&vious picture's boxes", ("Ctrl+Shift+V",)),
        Command("pin", "Carr&y boxes on to new pictures", ("Ctrl+Shift+P",), checkable=True),
        SEPARATOR,
        Command("select_all", "Select &all", ("Ctrl+Shift+A",), "", "boxes"),
        Command("select_class", "Select all of this c&lass", ("Ctrl+Shift+C",)),
        Command("next_box", "Ne&xt box", ("N",), "", "boxes"),
        Command("previous_box", "Previous b&ox", ("Shift+N",), "", "boxes"),
        SEPARATOR,
        Command("cancel", "Cance&l", ("Esc",), "mdi6.close", "lists"),
    ),
    "&Box": (
        Command("draw", "&Draw box", ("W",), "mdi6.vector-square-plus"),
        Command("confirm", "Set &corner", ("Return", "Enter"), where="canvas"),
        Command("duplicate", "D&uplicate", ("Ctrl+D",), "mdi6.content-duplicate"),
        Command("delete", "D&elete", ("Del", "Backspace"), "mdi6.delete-outline", "boxes"),
        SEPARATOR,
        Command("difficult", "Di&fficult", ("F",), "mdi6.flag-outline", checkable=True),
        Command("truncated", "&Truncated", ("T",), checkable=True),
        Command("occluded", "&Occluded", ("O",), checkable=True),
        SEPARATOR,
        Command("hide", "&Hide", ("H",), "mdi6.eye-off-outline"),
        Command("hide_all", "Hide &all boxes", ("Ctrl+H",)),
        Command("show_all", "&Show all boxes", ("Ctrl+A",), "mdi6.eye-outline"),
        Command("lock", "&Lock", ("L",), "mdi6.lock-outline", checkable=True),
        Command("unlock_all", "U&nlock all boxes", ("Ctrl+Shift+L",)),
        SEPARATOR,
    ),
    "&Class": (
        Command("find_class", "&Find class…", ("/",), "mdi6.magnify", "lists"),
        Command("rename_class", "&Rename or merge…", ("F2",), where="classes"),
        Command("recolour_class", "&Colour…"),
        Command("class_up", "Move &up", ("Ctrl+Up",), where="classes"),
        Command("class_down", "Move &down", ("Ctrl+Down",), where="classes"),
        Command("number_classes", "&Number classes in this order"),
        Command("remove_class", "R&emove", ("Shift+Del",), where="classes"),
        SEPARATOR,
    ),
    "&View": (
        Command("zoom_in", "Zoom &in", ("Ctrl++", "Ctrl+="), "mdi6.magnify-plus-outline"),
        Command("zoom_out", "Zoom &out", ("Ctrl+-",), "mdi6.magnify-minus-outline"),
        Command("fit", "&Fit", ("Ctrl+F",), "mdi6.fit-to-page-outline"),
        Command("fit_width", "Fit &width", ("Ctrl+Shift+F",), "mdi6.arrow-expand-horizontal"),
        Command("actual_size", "&100 %", ("Ctrl+0",), "mdi6.image-size-select-actual"),
        SEPARATOR,
        Command("light", "&Brightness and contrast", ("B",), "mdi6.brightness-6", checkable=True),
        Command("thumbnails", "&Thumbnails", checkable=True),
    ),
    "&Go": (
        Command("next", "&Next picture", ("D",), "mdi6.arrow-right"),
        Command("previous", "&Previous picture", ("A",), "mdi6.arrow-left"),
        Command("next_unlabelled", "Next &unlabelled picture", ("U",), "mdi6.skip-next-outline"),
        SEPARATOR,
        Command("verify", "&Verified", ("Space",), "mdi6.check-decagram-outline", "lists", True),
        Command("nothing", "No &objects here", ("E",), "mdi6.circle-off-outline", "lists", True),
        SEPARATOR,
        Command("search", "&Search pictures", ("Ctrl+L",), "mdi6.magnify"),
    ),
    "&Help": (Command("keys", "&Keys", ("F1", "?"), "mdi6.keyboard-outline"),),
}
SAVE = Command("save", "&Save now", ("Ctrl+S",), "mdi6.content-save-outline")

SUBMENUS: dict[str, dict[str, tuple[Command, ...]]] = {
    "&Box": {
        "&Pose": tuple(Command(f"pose_{p.lower()}", f"&{p}", checkable=True) for p in POSES),
        "&Move": (
            *_on_arrows("nudge", "One pixel {way}"),
            *_on_arrows("jump", "Ten pixels {way}", "Shift+"),
        ),
        "Move one &side": (
            *_on_arrows("grow", "{side} side {way}", "Alt+"),
            *_on_arrows("shrink", "{other} side {way}", "Alt+Shift+"),
        ),
    },
    "&Class": {
        "&Take": tuple(Command(f"class_{n}", f"Class {n}", (str(n),)) for n in range(1, 10)),
    },
}


def commands() -> Iterator[Command]:
    """Return every command there is."""
    submenus = (group for menu in SUBMENUS.values() for group in menu.values())
    for group in (*MENUS.values(), (SAVE,), *submenus):
        yield from (command for command in group if command is not SEPARATOR)


class Actions:
    """The QActions of the tab, by name. They work while the tab is the one that is shown."""

    def __init__(
        self, tab: QWidget, canvas: QWidget, files: QWidget, classes: QWidget, boxes: QWidget
    ) -> None:
        self._group = QActionGroup(tab)
        self._group.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        self._by_name: dict[str, QAction] = {}
        owners = {
            "tab": [tab],
            "lists": [canvas, files, classes, boxes],
            "boxes": [canvas, boxes],
            "canvas": [canvas],
            "classes": [classes],
        }
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
            for subtitle, subgroup in SUBMENUS.get(title, {}).items():
                self._fill(menus[title].addMenu(subtitle), subgroup)
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
