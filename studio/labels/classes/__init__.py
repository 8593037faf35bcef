"""The class list of a project: names in the order of their ids, and how people see them.

The id of a class is its position in `names`; no function here changes one unless its name says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from studio.labels.screen.palette import UNKNOWN, Colour, class_colour

_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class ClassList:
    """Classes, the colours that people chose for some, and the order in which they are shown.

    `order` may lack names, which are shown behind the others, and may hold some that are gone.
    """

    names: tuple[str, ...] = ()
    colours: Mapping[str, Colour] = field(default_factory=dict)
    order: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """The names in the order in which people see them."""
        known = set(self.names)
        first = dict.fromkeys(name for name in self.order if name in known)
        return tuple(dict.fromkeys((*first, *self.names)))

    def colour(self, name: str) -> Colour:
        """Return the colour chosen for a class, else that of its id, else that of strangers."""
        if name in self.colours:
            return self.colours[name]
        return class_colour(self.names.index(name)) if name in self.names else UNKNOWN


# --- edits: each returns another list -----------------------------------------------------------


def add(classes: ClassList, name: str) -> ClassList:
    """Append a class, in a colour that no other has."""
    if name in classes.names:
        return classes
    added = replace(classes, names=(*classes.names, name))
    taken = {classes.colour(other) for other in classes.names}
    if added.colour(name) in taken:
        added = recolour(added, name, next(c for c in map(class_colour, count()) if c not in taken))
    return added


def recolour(classes: ClassList, name: str, colour: Colour | None) -> ClassList:
    """Choose a colour for a class; None gives it that of its id again."""
    others = {other: c for other, c in classes.colours.items() if other != name}
    return replace(classes, colours=others if colour is None else {**others, name: colour})


def move(classes: ClassList, name: str, place: int) -> ClassList:
    """Show a class at a place, counted without it; the ids stay."""
    others = [other for other in classes.shown if other != name]
    others.insert(max(place, 0), name)
    return _shown_as(classes, others)


def number(classes: ClassList) -> ClassList:
    """Give the classes the ids 0, 1, … in the order in which they are shown; colours stay."""
    return _in_the_same_colours(classes, replace(classes, names=classes.shown, order=()))


def remove(classes: ClassList, name: str) -> ClassList:
    """Take a class out; those behind it get other ids, and keep their colours."""
    left = recolour(classes, name, None)
    order = tuple(other for other in classes.order if other != name)
    names = tuple(other for other in classes.names if other != name)
    return _in_the_same_colours(classes, replace(left, names=names, order=order))


def is_last(classes: ClassList, name: str) -> bool:
    """Tell whether a class can be taken out without changing the ids of others."""
    return classes.names[-1:] == (name,)


def rename(classes: ClassList, old: str, new: str) -> ClassList:
    """Call a class otherwise: id, colour and place stay.

    Where the new name is listed too, that is a merge: the old class stays with its id, though
    nothing is called so any more, unless it can go without changing other ids.
    """
    if old not in classes.names:
        return classes
    if new in classes.names:
        return remove(classes, old) if is_last(classes, old) else classes

    def renamed(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in names)

    order = renamed(name for name in classes.order if name != new)
    colours = {name: c for name, c in classes.colours.items() if name != new}
    colours = dict(zip(renamed(colours), colours.values(), strict=True))
    return ClassList(renamed(classes.names), colours, order)


def take_rename_back(classes: ClassList, old: str, new: str, before: ClassList) -> ClassList:
    """Undo `rename(before, old, new)` in a list that may have been edited since."""
    if classes == rename(before, old, new):
        return before
    if old not in before.names or old in classes.names:
        return classes
    if new not in before.names and new in classes.names:
        return rename(classes, new, old)
    back = add(classes, old)
    return recolour(back, old, before.colours[old]) if old in before.colours else back


def _shown_as(classes: ClassList, shown: Iterable[str]) -> ClassList:
    """Show classes in an order, which is only kept where it is not that of the ids."""
    order = tuple(shown)
    return replace(classes, order=() if order == classes.names else order)


def _in_the_same_colours(before: ClassList, after: ClassList) -> ClassList:
    """Choose for each class the colour it had, where its new id would give it another."""
    for name in after.names:
        if after.colour(name) != before.colour(name):
            after = recolour(after, name, before.colour(name))
    return after


# --- looking for one ----------------------------------------------------------------------------


def find(names: Iterable[str], text: str) -> list[str]:
    """Return the names that hold a text, whatever the case: the best match first.

    That is the name itself, then those that begin with it, then those of which a word does.
    """
    wanted = text.strip().casefold()
    ranked = [(_rank(name.casefold(), wanted), name) for name in names]
    return [name for rank, name in sorted(ranked, key=lambda pair: pair[0]) if rank < _NO_MATCH]


_NO_MATCH = 4


def _rank(name: str, wanted: str) -> int:
    if name == wanted:
        return 0
    place = name.find(wanted)
    if place <= 0:
        return 1 if place == 0 else _NO_MATCH
    begins_word = any(word.startswith(wanted) for word in _WORDS.split(name))
    return 2 if begins_word else 3
