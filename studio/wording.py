"""Words for numbers and lists of names, as sentences have them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

MOST_NAMES = 5  # that a sentence lists


def counted(number: int, noun: str) -> str:
    """Write how many there are: 1 epoch, 2 epochs."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Sequence[str]) -> str:
    """Return a few names, and how many there are beside."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def meant(word: str, known: Iterable[str]) -> str:
    """Return a question for the known word that somebody may have meant, "" where none is near."""
    near = get_close_matches(word, known, n=1)
    return f"; is {near[0]!r} meant?" if near else ""
