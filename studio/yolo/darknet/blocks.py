"""The lines of a cfg file as blocks of options, read as Darknet's option_list.c reads them.

White space means nothing anywhere, and of an option that is given twice the first one counts.
Comments begin with # or ;. To Darknet they are whole lines alone, and `filters=32 # many` is a
value that it reads as far as it can; here a comment may also follow on the same line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from studio.errors import FileError

_WHOLE = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Option:
    """What stands behind a key, and in which line."""

    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """A section of a cfg file: its kind as it is written, its line from 1, its options."""

    path: Path
    kind: str
    line: int
    options: dict[str, Option] = field(default_factory=dict)

    def error(self, what: str, key: str = "") -> FileError:
        """Return an error at the line of an option, or at that of the section."""
        line = self.options[key].line if key in self.options else self.line
        return FileError(self.path, f"line {line}, [{self.kind}]: {what}")

    def word(self, key: str, default: str) -> str:
        return self.options[key].value if key in self.options else default

    def whole(self, key: str, default: int, least: int | None = None) -> int:
        """Return a whole number; raises FileError for another one, or one below `least`."""
        if key not in self.options:
            return default
        return self._whole(key, self.options[key].value, least)

    def wholes(self, key: str) -> tuple[int, ...]:
        """Return a list of whole numbers, () where the option is missing; raises FileError."""
        if key not in self.options:
            return ()
        return tuple(self._whole(key, text, None) for text in self.options[key].value.split(","))

    def number(self, key: str, default: float) -> float:
        """Return a finite number; raises FileError for what is none."""
        return self._number(key, self.options[key].value) if key in self.options else default

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a list of finite numbers, () where the option is missing; raises FileError."""
        if key not in self.options:
            return ()
        return tuple(self._number(key, text) for text in self.options[key].value.split(","))

    def _whole(self, key: str, text: str, least: int | None) -> int:
        if not _WHOLE.fullmatch(text):
            raise self.error(f"{key} must be a whole number, not {text[:40]!r}", key)
        if least is not None and int(text) < least:
            raise self.error(f"{key} must be at least {least}, not {text}", key)
        return int(text)

    def _number(self, key: str, text: str) -> float:
        number = float(text) if _DECIMAL.fullmatch(text) else math.nan
        if not math.isfinite(number):
            raise self.error(f"{key} must be a number, not {text[:40]!r}", key)
        return number


def blocks(text: str, path: Path) -> list[Block]:
    """Cut a cfg into its sections; raises FileError for a line that is neither option nor section.

    `path` is for messages alone.
    """
    found: list[Block] = []
    for number, line in _lines(text):
        if line.startswith("["):
            if not line.endswith("]"):
                raise FileError(path, f"line {number}: the section {line[:40]!r} does not end in ]")
            found.append(Block(path, line[1:-1], number))
            continue
        key, equals, value = line.partition("=")
        if not (key and equals and value):
            raise FileError(path, f"line {number}: {line[:40]!r} is no option such as filters=32")
        if not found:
            raise FileError(path, f"line {number}: an option stands before the first section")
        found[-1].options.setdefault(key, Option(value, number))
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield what is left of each line without white space and comment, and its number from 1."""
    for number, line in enumerate(text.split("\n"), 1):
        bare = "".join(re.split("[#;]", line, maxsplit=1)[0].split())
        if bare:
            yield number, bare
