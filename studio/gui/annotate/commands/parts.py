"""Joins the commands to the parts of the tab that do them."""

from __future__ import annotations

from collections.abc import Callable

from studio.gui.annotate.commands.actions import commands
from studio.gui.annotate.commands.menus import Actions


class Part:
    """Something that does commands."""

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what is done for each command."""
        raise NotImplementedError

    def able(self) -> dict[str, bool]:
        """Return which of them can act now; those not named always can."""
        return {}

    def checked(self) -> dict[str, bool]:
        """Return which of those that can be on are on."""
        return {}


class Parts:
    """All parts; a command that none of them does is never enabled."""

    def __init__(self, actions: Actions, *parts: Part) -> None:
        self._actions, self._parts = actions, parts
        acts = {name: act for part in parts for name, act in part.acts().items()}
        self._known = frozenset(acts)
        for name, act in acts.items():
            actions[name].triggered.connect(act)

    def show(self) -> None:
        """Let those commands act that can, and show which are on."""
        able = {name: is_able for part in self._parts for name, is_able in part.able().items()}
        for command in commands():
            is_known = command.name in self._known
            self._actions[command.name].setEnabled(is_known and able.get(command.name, True))
        for part in self._parts:
            for name, is_on in part.checked().items():
                self._actions[name].setChecked(is_on)
