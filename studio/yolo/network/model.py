"""What defines a network: its architecture, classes, anchors and input. Plain data, validated."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from studio.errors import StudioError
from studio.labels.anchors import Anchors
from studio.yolo.network import networks, sections
from studio.yolo.network.networks import ARCHITECTURES, Architecture, Masks
from studio.yolo.network.sections import ATTENTIONS, Attention, Section

STRIDES: dict[str, tuple[int, ...]] = {name: networks.strides(name) for name in ARCHITECTURES}
"""Strides of each architecture's heads, in the order of Darknet's files."""


def can_share(anchors: Anchors, architecture: str) -> bool:
    """Tell whether the scales of an architecture can share anchors evenly."""
    return len(anchors.sizes) % len(STRIDES[architecture]) == 0


def even_masks(anchors: int, strides: tuple[int, ...]) -> Masks:
    """Return which of so many anchors each head has: all alike many, the coarsest the largest."""
    each = anchors // len(strides)
    ranks = [sorted(strides).index(stride) for stride in strides]
    return tuple(tuple(range(rank * each, (rank + 1) * each)) for rank in ranks)


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """All that detection needs beside the weights. `input_size` is (width, height) in pixels.

    `masks` are the anchors of each head, in the order of its file; () shares them evenly.
    `layout` describes a network that is none of the built-in ones; it has its own masks.
    """

    architecture: Architecture | str
    classes: tuple[str, ...]
    anchors: Anchors
    input_size: tuple[int, int] = (416, 416)
    masks: Masks = ()
    attention: Attention = "none"
    layout: tuple[Section, ...] = ()

    def __post_init__(self) -> None:
        if self.architecture not in ARCHITECTURES and not self.layout:
            known = ", ".join(ARCHITECTURES)
            raise StudioError(f"architecture {self.architecture!r} is unknown; there are {known}")
        if self.attention not in ATTENTIONS:
            known = ", ".join(ATTENTIONS)
            raise StudioError(f"attention {self.attention!r} is unknown; there are {known}")
        if not self.classes or not all(isinstance(name, str) for name in self.classes):
            raise StudioError("a model needs at least one class, and names for all of them")
        self._check_input()
        self._check_masks()
        if self.anchors.input_size != self.input_size:
            object.__setattr__(self, "anchors", self.anchors.at(self.input_size))

    def _check_input(self) -> None:
        if not all(type(side) is int for side in self.input_size):
            raise StudioError(f"the input size must be whole numbers, not {self.input_size}")
        largest = max(self.strides)
        if any(side < largest or side % largest for side in self.input_size):
            raise StudioError(
                f"input size {self.input_size[0]}×{self.input_size[1]} is not divisible by "
                f"{largest}, the largest stride of {self.architecture}"
            )

    def _check_masks(self) -> None:
        count, heads = len(self.anchors.sizes), len(self.strides)
        if not self.masks:
            if count % heads:
                raise StudioError(
                    f"{count} anchors cannot be shared evenly by the {heads} scales of "
                    f"{self.architecture}"
                )
            return
        used = list(chain.from_iterable(self.masks))
        if len(self.masks) != heads or not all(self.masks):
            raise StudioError(
                f"{self.architecture} needs masks of anchors for {heads} scales, not {self.masks}"
            )
        if not all(type(anchor) is int and 0 <= anchor < count for anchor in used):
            raise StudioError(f"the masks {self.masks} name anchors that are not among the {count}")
        if any(len(set(mask)) != len(mask) for mask in self.masks):
            raise StudioError(f"the masks {self.masks} name an anchor twice in one")

    @property
    def head_masks(self) -> Masks:
        """The anchors of each head, in the order of the heads."""
        return self.masks or even_masks(len(self.anchors.sizes), self.strides)

    @property
    def sections(self) -> tuple[Section, ...]:
        """The network as Darknet's sections."""
        if self.layout:
            return self.layout
        assert self.architecture in ARCHITECTURES
        return networks.describe(
            self.architecture, len(self.classes), self.head_masks, self.attention
        )

    @property
    def strides(self) -> tuple[int, ...]:
        """Pixels of the input that one cell of each head covers, in the order of the heads."""
        if self.layout:
            return sections.strides(self.layout)
        return STRIDES[self.architecture]

    @property
    def scales(self) -> tuple[float, ...]:
        """What `scale_x_y` of each head is."""
        heads = (section for section in self.sections if isinstance(section, sections.Yolo))
        return tuple(head.scale_x_y for head in heads)
