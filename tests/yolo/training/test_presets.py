"""The presets that most people choose between."""

from __future__ import annotations

from dataclasses import fields

import pytest

from studio.errors import StudioError
from studio.yolo.config import TrainConfig
from studio.yolo.training.prepare import DEFAULTS
from studio.yolo.training.presets import PRESETS, find_preset


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_a_line_and_settings_that_exist(name: str):
    preset = find_preset(name)
    assert preset.words.endswith(".")
    assert len(preset.words) < 90
    known = {field.name for field in fields(TrainConfig)} | DEFAULTS.keys()
    assert preset.settings.keys() <= known - {"preset", "model"}


def test_balanced_is_the_defaults():
    assert not find_preset("balanced").settings


@pytest.mark.parametrize("name", ["fast", "", 3, None, ["quick"]])
def test_another_name_is_refused_with_those_there_are(name: object):
    with pytest.raises(StudioError, match="preset must be quick or balanced or best, not"):
        find_preset(name)
