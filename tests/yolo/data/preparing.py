"""What the tests of the pipeline share: running a generator to its end."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from typing import Any

from studio.yolo.events import Status


def finish(work: Generator[Any, None, Any]) -> tuple[list[Any], Any]:
    """Return what a generator yields and what it returns."""
    events = []
    while True:
        try:
            events.append(next(work))
        except StopIteration as end:
            return events, end.value


def prepared_with(prepare: Any, items: Any, config: Any, cache: str) -> tuple[list[str], Any]:
    """Return what is said while pictures are prepared for a cache, and what is returned."""
    events, prepared = finish(prepare(items, dataclasses.replace(config, cache=cache)))
    return [event.text for event in events if isinstance(event, Status)], prepared
