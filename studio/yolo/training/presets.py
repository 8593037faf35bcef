"""What most people choose between instead of thirty settings. Imports no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from studio.errors import StudioError

PresetName = Literal["quick", "balanced", "best"]
PRESETS: tuple[PresetName, ...] = get_args(PresetName)


@dataclass(frozen=True, slots=True)
class TrainingPreset:
    """What a run has instead of the defaults: fields of TrainConfig, and `size` of the input.

    `words` say in a line what that is good for.
    """

    words: str
    settings: Mapping[str, Any] = field(default_factory=dict)


_KNOWN: dict[PresetName, TrainingPreset] = {
    "quick": TrainingPreset(
        "A look at whether it works: a third of the epochs, on a smaller input.",
        {"size": 320, "epochs": 30},
    ),
    "balanced": TrainingPreset("The defaults: right for a few hundred photographs and a CPU."),
    "best": TrainingPreset(
        "Overnight: up to 300 epochs of stronger augmentation, until 50 of them bring nothing.",
        {
            "epochs": 300,
            "patience": 50,
            "hue": 0.015,
            "saturation": 0.4,
            "multi_scale": 0.25,
        },
    ),
}


def find_preset(name: object) -> TrainingPreset:
    """Return a preset; raises StudioError where there is none of that name."""
    for known, preset in _KNOWN.items():
        if name == known:
            return preset
    raise StudioError(f"preset must be {' or '.join(PRESETS)}, not {name}")
