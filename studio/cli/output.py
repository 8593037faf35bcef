"""What commands print: JSON lines or words on standard output, the rest on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)


class Output:
    """Where a command says things.

    `result` is what was asked for, `note` what people and programs should know beside it, `hint`
    what goes on while people look on.
    """

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._people = _console(stderr=True)
        self._words = _console(stderr=False)

    def result(self, record: dict[str, Any], words: str) -> None:
        """Print one result: a JSON object a line, or the words for people ("" for nothing)."""
        if self.as_json:
            print(json.dumps(record), flush=True)  # noqa: T201
        elif words:
            print(words, flush=True)  # noqa: T201

    def table(self, table: Any) -> None:
        """Print a table for people; `result` has given the same to programs."""
        if not self.as_json:
            self._words.print(table)

    def note(self, text: str) -> None:
        """Say something on standard error, such as which file was passed over."""
        self._people.print(text)

    def hint(self, text: str) -> None:
        """Say what is being done, only where standard error is a terminal."""
        if sys.stderr.isatty():
            self._people.print(text)

    def status(self, text: str) -> None:
        """Pass on what long work says: to programs what was passed over, not what is being done."""
        (self.hint if text.endswith("…") else self.note)(text)

    @contextmanager
    def progress(self, text: str, total: float | None = None) -> Iterator[Bar]:
        """Show a progress bar on standard error while people look on.

        rich shows what is printed meanwhile above the bar, on the bar's own stream: right where
        both streams are one terminal, wrong for a file or a pipe.
        """
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        is_seen = sys.stdout.isatty()
        with Progress(
            *columns,
            console=self._people,
            transient=True,
            redirect_stdout=is_seen and not self.as_json,
            disable=not sys.stderr.isatty() or (is_seen and self.as_json),
        ) as progress:
            yield Bar(progress, progress.add_task(text, total=total))


def _console(stderr: bool) -> Console:
    """Return a console that takes text as it is: names may hold brackets and colons."""
    return Console(stderr=stderr, highlight=False, soft_wrap=True, markup=False, emoji=False)


class Bar:
    """One progress bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def show(self, done: float, total: float | None = None, text: str | None = None) -> None:
        """Set how far the work is, and what it is called."""
        self._progress.update(self._task, completed=done, total=total, description=text)


def percent(value: float | None) -> str:
    """Return an average precision as people write it, such as 0.902."""
    return "–" if value is None else f"{value:.3f}"
