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
    """Where a command says things. `result` is what was asked for, `note` is said beside it."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._people = Console(stderr=True, highlight=False, soft_wrap=True)
        self._words = Console(highlight=False, soft_wrap=True)

    def result(self, record: dict[str, Any], words: str) -> None:
        """Print one result: a JSON object a line, or the words for people ("" for nothing)."""
        if self.as_json:
            print(json.dumps(record, ensure_ascii=False), flush=True)  # noqa: T201
        elif words:
            self._words.print(words, markup=False)

    def table(self, table: Any) -> None:
        """Print a table for people; `result` has given the same to programs."""
        if not self.as_json:
            self._words.print(table)

    def note(self, text: str) -> None:
        """Say something to people, on standard error."""
        self._people.print(text, markup=False)

    @contextmanager
    def progress(self, text: str, total: float | None = None) -> Iterator[Bar]:
        """Show a progress bar on standard error while people look on."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        quiet = not sys.stderr.isatty()
        with Progress(*columns, console=self._people, transient=True, disable=quiet) as progress:
            yield Bar(progress, progress.add_task(text, total=total))


class Bar:
    """One progress bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def show(self, done: float, total: float | None = None, text: str | None = None) -> None:
        """Set how far the work is, and what it is called."""
        self._progress.update(self._task, completed=done, total=total, description=text)
