"""Which keys each command has: the defaults, and what people made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QSettings
from PySide6.QtGui import QKeySequence

_GROUP = "keys"
"""Of the settings; below it a command's name leads to its keys, where they are not the default."""


@dataclass(frozen=True, slots=True)
class Bindings:
    """The keys of every command, as `canonical` writes them. No key belongs to two commands.

    `reserved` says what those keys do that no command can have; `fixed` commands keep theirs.
    A key that was given to a command is lost to the one whose default it is.
    """

    defaults: Mapping[str, tuple[str, ...]]
    reserved: Mapping[str, str] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def keys(self, name: str) -> tuple[str, ...]:
        """Return the keys of a command, the one to show first."""
        if name in self.changed:
            return self.changed[name]
        taken = {key for keys in self.changed.values() for key in keys}
        return tuple(key for key in self.defaults[name] if key not in taken)

    def is_changed(self, name: str) -> bool:
        """Return whether a command's keys are not the default."""
        return self.keys(name) != self.defaults[name]

    def owner(self, key: str) -> str:
        """Return the command that has a key, "" for none."""
        return next((name for name in self.defaults if key in self.keys(name)), "")

    def refusal(self, key: str) -> str:
        """Return why no command can have a key, in a sentence; "" when one can."""
        if not _is_key(key):
            return "This key cannot be used here."
        if key in self.reserved:
            return f"{native(key)} {self.reserved[key]}; it cannot be used for anything else."
        return ""

    def give(self, name: str, keys: tuple[str, ...]) -> Bindings:
        """Let a command have these keys and no others; who had one of them loses it.

        A command that loses all keys it was given has its default again, as far as that is free.
        """
        changed = {}
        for other, given in self.changed.items():
            left = tuple(key for key in given if key not in keys)
            is_left_with_some = bool(left) or not given
            if other != name and is_left_with_some and left != self.defaults[other]:
                changed[other] = left
        if keys != self.defaults[name]:
            changed[name] = keys
        return replace(self, changed=changed)

    def reset(self, name: str) -> Bindings:
        """Give a command its default back, also where another one has it now."""
        return self.give(name, self.defaults[name])

    def reset_all(self) -> Bindings:
        """Give every command its default back."""
        return replace(self, changed={})


def canonical(key: str) -> str:
    """Return a key as it is kept: "Ctrl+Shift+Z", "Del", the same on every system."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


def native(key: str) -> str:
    """Return a key as this system writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def load(bindings: Bindings, settings: QSettings) -> Bindings:
    """Return the bindings with the changes the settings hold; what is damaged there is ignored."""
    settings.beginGroup(_GROUP)
    kept = {name: settings.value(name) for name in settings.childKeys()}
    settings.endGroup()
    for name in bindings.defaults:
        keys = _parsed(kept.get(name))
        if keys is not None and name not in bindings.fixed and _are_free(bindings, keys):
            bindings = bindings.give(name, keys)
    return bindings


def save(bindings: Bindings, settings: QSettings) -> None:
    """Keep what differs from the default."""
    settings.beginGroup(_GROUP)
    for name in bindings.defaults:
        if name in bindings.changed:
            settings.setValue(name, json.dumps(bindings.changed[name]))
        else:
            settings.remove(name)
    settings.endGroup()


def _parsed(value: object) -> tuple[str, ...] | None:
    """Return the keys that `save` wrote, None where it did not write this."""
    try:
        keys = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        return None
    if isinstance(keys, list) and all(isinstance(key, str) and _is_key(key) for key in keys):
        return tuple(keys)
    return None


def _is_key(key: str) -> bool:
    """Return whether a text is one key in the way it is kept, rather than several or none."""
    sequence = QKeySequence(key)
    return sequence.count() == 1 and canonical(key) == key and key.isprintable()


def _are_free(bindings: Bindings, keys: Iterable[str]) -> bool:
    given = {key for keys in bindings.changed.values() for key in keys}
    return not any(key in given or bindings.refusal(key) for key in keys)
