"""A few rounds of what `python -m tests.kill class_rename` does in full."""

from __future__ import annotations

from tests.kill.class_rename import run


def test_a_rename_that_is_killed_is_whole_after_the_next_start() -> None:
    assert run(5, files=60).total() == 5
