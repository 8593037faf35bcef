"""A window that is killed while labels are edited leaves whole files, in small."""

from __future__ import annotations

from tests.kill import editing


def test_label_files_are_whole_after_a_kill() -> None:
    found = editing.run(5)
    assert found["edits"] > 0
    assert found["the last version"] + found["a version of the last second"] > 0
