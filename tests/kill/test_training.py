"""A few kills of what `python -m tests.kill training` does in full."""

from __future__ import annotations

import pytest

from tests.kill import training

pytestmark = pytest.mark.tensorflow


def test_a_training_that_is_killed_goes_on_bit_for_bit() -> None:
    found = training.run(4)
    assert found.total() == 4
    assert len(found) > 1  # not always in the same state
