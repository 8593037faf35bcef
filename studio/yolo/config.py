"""What defines a model and a training run. Plain data, validated where it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from studio.errors import StudioError
from studio.labels.anchors import Anchors

Architecture = Literal["yolov3", "yolov3-tiny"]
Precision = Literal["auto", "float32", "bfloat16"]
Flip = Literal["none", "horizontal", "both"]

ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
FLIPS: tuple[Flip, ...] = get_args(Flip)
BOX_LOSSES = ("giou",)

STRIDES: dict[str, tuple[int, ...]] = {"yolov3": (32, 16, 8), "yolov3-tiny": (32, 16)}
"""Strides of each architecture's heads, in the order of Darknet's files: coarse first."""


def can_share(anchors: Anchors, architecture: str) -> bool:
    """Tell whether the scales of an architecture can share anchors evenly."""
    return len(anchors.sizes) % len(STRIDES[architecture]) == 0


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """All that detection needs beside the weights. `input_size` is (width, height) in pixels."""

    architecture: Architecture
    classes: tuple[str, ...]
    anchors: Anchors
    input_size: tuple[int, int] = (416, 416)

    def __post_init__(self) -> None:
        if self.architecture not in ARCHITECTURES:
            known = ", ".join(ARCHITECTURES)
            raise StudioError(f"architecture {self.architecture!r} is unknown; there are {known}")
        if not self.classes or not all(isinstance(name, str) for name in self.classes):
            raise StudioError("a model needs at least one class, and names for all of them")
        if not all(type(side) is int for side in self.input_size):
            raise StudioError(f"the input size must be whole numbers, not {self.input_size}")
        largest = max(self.strides)
        if any(side < largest or side % largest for side in self.input_size):
            raise StudioError(
                f"input size {self.input_size[0]}×{self.input_size[1]} is not divisible by "
                f"{largest}, the largest stride of {self.architecture}"
            )
        if not can_share(self.anchors, self.architecture):
            raise StudioError(
                f"{len(self.anchors.sizes)} anchors cannot be shared evenly by the "
                f"{len(self.strides)} scales of {self.architecture}"
            )
        if self.anchors.input_size != self.input_size:
            object.__setattr__(self, "anchors", self.anchors.at(self.input_size))

    @property
    def strides(self) -> tuple[int, ...]:
        """Pixels of the input that one cell of each head covers, coarse first."""
        return STRIDES[self.architecture]

    @property
    def masks(self) -> tuple[tuple[int, ...], ...]:
        """Which anchors each head uses: the coarsest head has the largest."""
        each = len(self.anchors.sizes) // len(self.strides)
        starts = range(0, len(self.anchors.sizes), each)
        return tuple(tuple(range(s, s + each)) for s in reversed(starts))


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
    box_loss: str = "giou"
    ignore_threshold: float = 0.5  # a prediction that overlaps a truth by more is no background
    assign_threshold: float = 0.3  # anchors beside the best one that learn a box: IoU above this
    focal_gamma: float = 2.0
    flip: Flip = "horizontal"
    scale: float = 0.3  # resize by up to this share
    shift: float = 0.15  # move by up to this share of the input
    brightness: float = 0.2  # lighten or darken by up to this share
    precision: Precision = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, known in (("precision", PRECISIONS), ("flip", FLIPS), ("box_loss", BOX_LOSSES)):
            if getattr(self, name) not in known:
                raise StudioError(f"{name} must be {' or '.join(known)}, not {getattr(self, name)}")
        for name, (kind, low, high) in RANGES.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
                what = "a whole number" if kind is int else "a number"
                raise StudioError(f"{name} must be {what} from {low:g} to {high:g}, not {value!r}")


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
    "scale": (int | float, 0, 0.95),
    "shift": (int | float, 0, 1),
    "brightness": (int | float, 0, 1),
    "seed": (int, 0, 2**31 - 1),
}
"""Type, lowest and highest value of each setting that is a number."""
