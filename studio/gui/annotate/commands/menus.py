"""The QActions of the tab: their keys and tool tips, and the menus made of them."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QIcon, QKeySequence, QPixmap
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from studio.gui.annotate.commands.actions import (
    CLASS_KEYS,
    MENUS,
    SEPARATOR,
    SUBMENUS,
    Command,
    commands,
    default_bindings,
)
from studio.gui.annotate.commands.bindings import Bindings, native
from studio.gui.icons import icon
from studio.gui.menu import KeyAction, Menu

_ON_BOX = (
    *("duplicate", "cut", "copy", "delete", ""),
    *("difficult", "truncated", "occluded", "&Pose", ""),
    *("hide", "lock", "select_class"),
)
_ON_EMPTY = (
    *("draw", "paste", "paste_previous", ""),
    *("select_all", "show_all", "unlock_all", ""),
    *("nothing", "verify", ""),
    *("fit", "actual_size"),
)
_LONGEST_NAME = 40  # characters of a class in a menu


class Actions:
    """The QActions of the tab, by name. They work while the tab is the one that is shown."""

    def __init__(
        self, tab: QWidget, canvas: QWidget, files: QWidget, classes: QWidget, boxes: QWidget
    ) -> None:
        self.bindings = default_bindings()
        self._group = QActionGroup(tab)
        self._group.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        self._by_name: dict[str, QAction] = {}
        self._tips = {command.name: command.tip for command in commands()}
        self._classes: tuple[str, ...] | None = None
        self._take: QAction | None = None
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
            self._show_keys(command.name)

    def __getitem__(self, name: str) -> QAction:
        return self._by_name[name]

    def enable(self, enabled: bool) -> None:
        """Switch all of them on or off; each keeps whether it can act at all."""
        self._group.setEnabled(enabled)

    # --- keys -------------------------------------------------------------------------------

    def rebind(self, bindings: Bindings) -> None:
        """Let the commands have other keys."""
        before, self.bindings = self.bindings, bindings
        for name in self._by_name:
            if bindings.keys(name) != before.keys(name):
                self._show_keys(name)

    def key(self, name: str) -> str:
        """Return the first key of a command as this system writes it, "" where it has none."""
        return next(map(native, self.bindings.keys(name)), "")

    def with_keys(self, text: str) -> str:
        """Return a line such as "{draw} draw · {next} next" with the keys of these commands.

        What a command without a key does is left out.
        """
        parts = [self._with_keys(part) for part in text.split(" · ")]
        return " · ".join(part for part in parts if part)

    def _with_keys(self, part: str) -> str:
        names = [name for name in re.findall(r"\{(\w+)\}", part) if name in self._by_name]
        for name in names:
            part = part.replace(f"{{{name}}}", self.key(name))
        return part if all(map(self.key, names)) else ""

    def _show_keys(self, name: str) -> None:
        action = self._by_name[name]
        action.setShortcuts([QKeySequence(key) for key in self.bindings.keys(name)])
        self._show_tool_tip(name)

    def _show_tool_tip(self, name: str) -> None:
        action, key = self._by_name[name], self.key(name)
        text = re.sub("&(.)", r"\1", action.text())  # without the sign that marks a letter
        tip = self._tips[name] or text
        action.setToolTip(f"{tip} ({key})" if key else tip)

    # --- menus ------------------------------------------------------------------------------

    def fill(self, menu_bar: QMenuBar) -> dict[str, QMenu]:
        """Add the menus and return them by their titles."""
        menus: dict[str, QMenu] = {title: Menu(title, menu_bar) for title in MENUS}
        for title, group in MENUS.items():
            menu_bar.addMenu(menus[title])
            self._fill(menus[title], group)
            for subtitle, subgroup in SUBMENUS.get(title, {}).items():
                submenu = self._submenu(menus[title], subtitle, subgroup)
                if subtitle == "&Take":
                    self._take = submenu.menuAction()
                    self._take.setEnabled(bool(self._classes))
        return menus

    def _submenu(self, menu: QMenu, title: str, group: tuple[Command, ...]) -> QMenu:
        submenu = Menu(title, menu)
        menu.addMenu(submenu)
        self._fill(submenu, group)
        return submenu

    def _fill(self, menu: QMenu, group: tuple[Command, ...]) -> None:
        menu.setToolTipsVisible(True)
        for command in group:
            if command is SEPARATOR:
                menu.addSeparator()
            else:
                menu.addAction(self._by_name[command.name])

    def name_classes(self, names: tuple[str, ...]) -> None:
        """Name the classes that have a number key in the menu; hide the numbers that have none."""
        if names == self._classes:
            return
        self._classes = names
        for number in CLASS_KEYS:
            action = self._by_name[f"class_{number}"]
            action.setVisible(number <= len(names))
            if number <= len(names):
                name = names[number - 1][:_LONGEST_NAME].replace("&", "&&")
                action.setText(f"&{number} {name}")
                self._show_tool_tip(f"class_{number}")
        if self._take is not None:
            self._take.setEnabled(bool(names))

    def context_menu(self, parent: QWidget, is_on_box: bool) -> QMenu:
        """Return the menu for a place on the canvas; it goes when it is closed."""
        menu = Menu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if is_on_box and self._classes:
            self._submenu(menu, "Cl&ass", SUBMENUS["&Class"]["&Take"])
            menu.addSeparator()
        for name in _ON_BOX if is_on_box else _ON_EMPTY:
            if name in SUBMENUS["&Box"]:
                self._submenu(menu, name, SUBMENUS["&Box"][name])
            elif name:
                menu.addAction(self._by_name[name])
            else:
                menu.addSeparator()
        return menu

    def draw_icons(self, tab: QWidget) -> None:
        """Give the actions their icons in the colours of the tab's palette."""
        for command in commands():
            if command.icon:
                self._by_name[command.name].setIcon(icon(command.icon, tab.palette()))


def _action(command: Command, group: QActionGroup) -> QAction:
    action = KeyAction(command.text, group)
    if command.icon:
        action.setIcon(_blank())  # else buttons would show their text until the icon is there
    action.setCheckable(command.checkable)
    if command.where != "tab":
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    return action


def _blank() -> QIcon:
    pixmap = QPixmap(1, 1)
    pixmap.fill(Qt.GlobalColor.transparent)
    return QIcon(pixmap)
