"""A few rounds of what `python -m tests.fuzz` does in full."""

from __future__ import annotations

from tests.fuzz.label_files import run


def test_mutated_label_files_give_labels_or_one_clear_error() -> None:
    found = run(3000, seed=1)
    assert found.total() == 3000
    assert found["one clear error"] > 300
    assert found["2 boxes"] > 300
