"""What networks are described by: Darknet's sections, in the order of its cfg files.

`Route` and `Shortcut` name other sections by position; negative ones count back from their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

Activation = Literal["linear", "leaky", "mish", "relu", "logistic"]
Attention = Literal["none", "se", "cbam", "eca"]

ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
ATTENTIONS: tuple[Attention, ...] = get_args(Attention)


@dataclass(frozen=True, slots=True)
class Conv:
    """A convolution with padding; `attention` weighs its output, which no Darknet file knows."""

    filters: int
    size: int
    stride: int = 1
    batch_norm: bool = True
    activation: Activation = "leaky"
    attention: Attention = "none"


@dataclass(frozen=True, slots=True)
class MaxPool:
    """The largest of each window; `activation` goes over it, which only `pooled_first` sets."""

    size: int
    stride: int
    activation: Activation = "linear"


@dataclass(frozen=True, slots=True)
class Upsample:
    stride: int = 2


@dataclass(frozen=True, slots=True)
class Route:
    """The outputs of other sections, concatenated; of each, one of `groups` equal parts."""

    layers: tuple[int, ...]
    groups: int = 1
    group: int = 0


@dataclass(frozen=True, slots=True)
class Shortcut:
    """The previous output plus that of another section."""

    layer: int


@dataclass(frozen=True, slots=True)
class Yolo:
    """A head: the previous output is raw predictions for the anchors of `mask`.

    `scale_x_y` lets centres reach the borders of their cells (YOLOv4, section 3.3).
    """

    mask: tuple[int, ...]
    scale_x_y: float = 1.0


Section = Conv | MaxPool | Upsample | Route | Shortcut | Yolo


@dataclass(frozen=True, slots=True)
class Shape:
    """What a section puts out: channels, and how many pixels of the input one of its cells covers.

    `inputs` are the channels that it takes.
    """

    inputs: int
    channels: int
    stride: Fraction


def shapes(sections: Sequence[Section], channels: int = 3) -> list[Shape]:
    """Return the shape of each section's output; raises IndexError for a route that leads nowhere.

    ValueError says where shapes do not fit each other, by the position of the section.
    """
    found: list[Shape] = []
    previous = Shape(channels, channels, Fraction(1))
    for index, section in enumerate(sections):
        previous = _shape(section, index, previous, found)
        found.append(previous)
    return found


def _shape(section: Section, index: int, previous: Shape, before: list[Shape]) -> Shape:
    inputs, stride = previous.channels, previous.stride
    match section:
        case Conv():
            return Shape(inputs, section.filters, stride * section.stride)
        case MaxPool():
            return Shape(inputs, inputs, stride * section.stride)
        case Upsample():
            return Shape(inputs, inputs, stride / section.stride)
        case Route():
            found = [before[at] for at in positions(section.layers, index)]
            if any(shape.stride != found[0].stride for shape in found):
                raise ValueError(f"section {index} joins outputs of different size")
            if any(shape.channels % section.groups for shape in found):
                raise ValueError(f"section {index} cannot be cut into {section.groups} groups")
            channels = sum(shape.channels // section.groups for shape in found)
            return Shape(channels, channels, found[0].stride)
        case Shortcut():
            other = before[positions((section.layer,), index)[0]]
            if (other.channels, other.stride) != (inputs, stride):
                raise ValueError(f"section {index} adds outputs of different shape")
            return previous
        case Yolo():
            return previous


def positions(layers: tuple[int, ...], index: int) -> list[int]:
    """Return which sections are meant, counted from 0; raises IndexError where there is none."""
    found = [layer if layer >= 0 else index + layer for layer in layers]
    if any(not 0 <= at < index for at in found):
        raise IndexError(f"section {index} refers to one that is not before it")
    return found


def strides(sections: Sequence[Section]) -> tuple[int, ...]:
    """Return the stride of each head, in the order of the sections."""
    found = shapes(sections)
    return tuple(
        int(found[index].stride)
        for index, section in enumerate(sections)
        if isinstance(section, Yolo)
    )


def floats(section: Section, inputs: int) -> int:
    """Return how many numbers a section has in a weight file, given the channels it takes."""
    if not isinstance(section, Conv):
        return 0
    per_filter = 4 if section.batch_norm else 1
    return section.filters * (per_filter + inputs * section.size**2)
