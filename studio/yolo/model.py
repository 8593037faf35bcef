"""What defines a network: its architecture, classes, anchors and input. Plain data, validated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from studio.errors import StudioError
from studio.labels.anchors import Anchors

Architecture = Literal["yolov3", "yolov3-tiny"]

ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)

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
