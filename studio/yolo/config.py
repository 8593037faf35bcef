"""What defines a training run. Plain data, validated where it is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from studio.errors import StudioError
from studio.yolo.losses.presets import BOX_LOSSES, PRESETS, BoxLoss, Preset, Scheme, scheme
from studio.yolo.network.model import ModelConfig

Precision = Literal["auto", "float32", "bfloat16"]
Flip = Literal["none", "horizontal", "both"]
Transfer = Literal["none", "darknet", "no_output", "frozen", "fine_tune"]

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
FLIPS: tuple[Flip, ...] = get_args(Flip)
TRANSFERS: tuple[Transfer, ...] = get_args(Transfer)


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """A training run. The defaults suit small sets of photographs on a CPU."""

    model: ModelConfig
    epochs: int = 60
    batch_size: int = 16
    learning_rate: float = 1e-3  # the highest, reached after the warm-up
    final_rate: float = 0.01  # of learning_rate, at the end of the cosine
    warmup_epochs: float = 2.0  # at least 100 steps, at most a fifth of all
    weight_decay: float = 5e-4
    clip_norm: float = 10.0
    ema: float = 0.98  # of the weights that are validated and saved, every 4 steps
    loss: Preset = "yolov3-giou"
    box_loss: BoxLoss | Literal[""] = ""  # "": the preset's
    ignore_threshold: float = -1  # these three: -1 for the preset's
    assign_threshold: float = -1
    focal_gamma: float = -1
    label_smoothing: float = 0.0
    flip: Flip = "horizontal"
    scale: float = 0.3  # resize by up to this share
    shift: float = 0.15  # move by up to this share of the input
    brightness: float = 0.2  # lighten or darken by up to this share
    precision: Precision = "auto"
    seed: int = 0
    transfer: Transfer = "none"
    weights: str = ""  # the file or run that `transfer` takes weights from
    backbone_rate: float = 0.1  # of the learning rate, for the backbone under fine_tune

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                words = " or ".join(filter(None, known))
                raise StudioError(f"{name} must be {words}, not {getattr(self, name)}")
        for name, (kind, low, high) in RANGES.items():
            value = getattr(self, name)
            is_presets = name in OF_PRESET and value == -1
            if not is_presets and not _is_within(value, kind, low, high):
                what = "a whole number" if kind is int else "a number"
                raise StudioError(f"{name} must be {what} from {low:g} to {high:g}, not {value!r}")
        self._check_transfer()

    @property
    def scheme(self) -> Scheme:
        """The preset of the loss, with what this run has otherwise."""
        preset = scheme(self.loss, len(self.model.classes), self.model.input_size)
        own = {name: getattr(self, name) for name in OF_PRESET if getattr(self, name) != -1}
        box = self.box_loss or preset.box
        return replace(preset, box=box, label_smoothing=self.label_smoothing, **own)

    def _check_transfer(self) -> None:
        if not isinstance(self.weights, str):
            raise StudioError(f"weights must be a path, not {self.weights!r}")
        if self.transfer != "none" and not self.weights:
            raise StudioError(f"transfer {self.transfer} needs weights: a file or a run folder")
        if self.transfer == "none" and self.weights:
            known = ", ".join(TRANSFERS[1:])
            raise StudioError(f"{self.weights}: say what to take from it by transfer: {known}")


def _is_within(value: object, kind: Any, low: float, high: float) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool) and low <= value <= high


CHOICES: dict[str, tuple[str, ...]] = {
    "precision": PRECISIONS,
    "flip": FLIPS,
    "loss": PRESETS,
    "box_loss": ("", *BOX_LOSSES),
    "transfer": TRANSFERS,
}
"""What each setting that is a word may be."""

RANGES: dict[str, tuple[Any, float, float]] = {
    "epochs": (int, 1, 1_000_000),
    "batch_size": (int, 1, 65_536),
    "learning_rate": (int | float, 1e-9, 10),
    "final_rate": (int | float, 0, 1),
    "warmup_epochs": (int | float, 0, 1_000_000),
    "weight_decay": (int | float, 0, 1),
    "clip_norm": (int | float, 1e-9, 1e9),
    "ema": (int | float, 0, 0.999999),
    "ignore_threshold": (int | float, 0, 1),
    "assign_threshold": (int | float, 0, 1),
    "focal_gamma": (int | float, 0, 10),
    "label_smoothing": (int | float, 0, 1),
    "scale": (int | float, 0, 0.95),
    "shift": (int | float, 0, 1),
    "brightness": (int | float, 0, 1),
    "backbone_rate": (int | float, 0, 1),
    "seed": (int, 0, 2**31 - 1),
}
"""Type, lowest and highest value of each setting that is a number."""

OF_PRESET = ("ignore_threshold", "assign_threshold", "focal_gamma")
"""The settings that may be -1: then they are those of the preset of the loss."""
