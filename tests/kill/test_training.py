"""A kill or two of what `python -m tests.kill training` does in full."""

from __future__ import annotations

import pytest

from tests.kill import training

pytestmark = pytest.mark.tensorflow


def test_a_training_that_is_killed_goes_on_bit_for_bit() -> None:
    assert training.run(2).total() == 2
