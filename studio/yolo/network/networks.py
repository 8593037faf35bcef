"""The YOLO family as lists of sections, as the cfg files of Darknet's authors have them.

yolov3.cfg, yolov3-spp.cfg and yolov3-tiny.cfg by Redmon; yolov4.cfg and yolov4-tiny.cfg by
Bochkovskiy. Imports no TensorFlow: `build` makes networks of these descriptions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Literal, get_args

from studio.yolo.network import sections
from studio.yolo.network.sections import (
    Activation,
    Attention,
    Conv,
    MaxPool,
    Route,
    Section,
    Shortcut,
    Upsample,
    Yolo,
)

Architecture = Literal["yolov3-tiny", "yolov3", "yolov3-spp", "yolov4-tiny", "yolov4"]

ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)

Masks = tuple[tuple[int, ...], ...]

Part = Literal["backbone", "neck", "head"]

BACKBONES: dict[str, int] = {
    "yolov3-tiny": 15,  # yolov3-tiny.conv.15; yolov3-tiny.conv.11 ends earlier
    "yolov3": 75,  # darknet53.conv.74, which the shortcut 74 follows
    "yolov3-spp": 75,
    "yolov4-tiny": 29,  # yolov4-tiny.conv.29
    "yolov4": 137,  # yolov4.conv.137: with the first half of what the paper calls the neck
}
"""How many sections of each architecture were trained before: up to where the truncated files of
Darknet's authors end."""


def parts(architecture: str, described: Sequence[Section]) -> tuple[Part, ...]:
    """Tell of each section of a network whether it is of the backbone, the neck or a head.

    A head is a convolution before a `[yolo]` section, and that section. A network that is none of
    the built-in ones has no neck: all before its first head is backbone.
    """
    following = [*described[1:], None]
    heads = [
        isinstance(section, Yolo) or isinstance(after, Yolo)
        for section, after in zip(described, following, strict=True)
    ]
    backbone = BACKBONES.get(architecture, heads.index(True))
    return tuple(
        "head" if is_head else "backbone" if at < backbone else "neck"
        for at, is_head in enumerate(heads)
    )


def share_backbone(architecture: Architecture | str, other: Architecture | str) -> bool:
    """Tell whether two architectures are built-in and have the same backbone."""
    one, two = (
        [*describe(name, 1, ((0,),) * 3)[: BACKBONES[name]]] if name in ARCHITECTURES else []
        for name in (architecture, other)
    )
    return bool(one) and one == two


def describe(
    architecture: Architecture, classes: int, masks: Masks, attention: Attention = "none"
) -> tuple[Section, ...]:
    """Return a network as sections; `masks` are the anchors of each head, in its order."""
    found = _DESCRIBE[architecture](classes, masks)
    return _with_attention(found, attention) if attention != "none" else tuple(found)


@cache
def strides(architecture: Architecture) -> tuple[int, ...]:
    """Return the pixels of the input that one cell of each head covers."""
    return sections.strides(describe(architecture, 1, ((0,),) * 3))


def _with_attention(found: list[Section], attention: Attention) -> tuple[Section, ...]:
    """Weigh what each head looks at: the output of the last convolution of its neck."""
    before_heads = [at - 2 for at, section in enumerate(found) if isinstance(section, Yolo)]
    return tuple(
        replace(section, attention=attention)
        if at in before_heads and isinstance(section, Conv)
        else section
        for at, section in enumerate(found)
    )


def _head(classes: int, mask: tuple[int, ...], scale_x_y: float = 1.0) -> list[Section]:
    filters = len(mask) * (5 + classes)
    return [Conv(filters, 1, batch_norm=False, activation="linear"), Yolo(mask, scale_x_y)]


def _in_turn(filters: int, count: int) -> list[Section]:
    """Return 1×1 convolutions in turn with 3×3 ones of twice the filters."""
    pair: list[Section] = [Conv(filters, 1), Conv(filters * 2, 3)]
    return (pair * count)[:count]


_STAGES = ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4))
"""The filters of each stage of both backbones, and how often its residual part is repeated."""

_POOLS: list[Section] = [  # spatial pyramid pooling (He et al. 2014), as Darknet lays it out
    *(MaxPool(5, 1), Route((-2,)), MaxPool(9, 1), Route((-4,)), MaxPool(13, 1)),
    Route((-1, -3, -5, -6)),
]

# --- YOLOv3 -------------------------------------------------------------------------------------


def _yolov3(classes: int, masks: Masks) -> list[Section]:
    return [*_darknet53(), *_in_turn(512, 6), *_yolov3_heads(classes, masks)]


def _yolov3_spp(classes: int, masks: Masks) -> list[Section]:
    neck = [*_in_turn(512, 3), *_POOLS, *_in_turn(512, 4)]
    return [*_darknet53(), *neck, *_yolov3_heads(classes, masks)]


def _darknet53() -> list[Section]:
    body: list[Section] = [Conv(32, 3)]
    for filters, repeats in _STAGES:
        residual: list[Section] = [Conv(filters // 2, 1), Conv(filters, 3), Shortcut(-3)]
        body += [Conv(filters, 3, stride=2), *residual * repeats]
    return body


def _yolov3_heads(classes: int, masks: Masks) -> list[Section]:
    return [
        *_head(classes, masks[0]),
        *(Route((-4,)), Conv(256, 1), Upsample(), Route((-1, 61))),
        *(*_in_turn(256, 6), *_head(classes, masks[1])),
        *(Route((-4,)), Conv(128, 1), Upsample(), Route((-1, 36))),
        *(*_in_turn(128, 6), *_head(classes, masks[2])),
    ]


def _yolov3_tiny(classes: int, masks: Masks) -> list[Section]:
    body: list[Section] = []
    for filters in (16, 32, 64, 128, 256):
        body += [Conv(filters, 3), MaxPool(2, 2)]
    return [
        *(*body, Conv(512, 3), MaxPool(2, 1), Conv(1024, 3)),
        *(Conv(256, 1), Conv(512, 3), *_head(classes, masks[0])),
        *(Route((-4,)), Conv(128, 1), Upsample(), Route((-1, 8))),
        *(Conv(256, 3), *_head(classes, masks[1])),
    ]


# --- YOLOv4 -------------------------------------------------------------------------------------


def _yolov4(classes: int, masks: Masks) -> list[Section]:
    return [
        *_cspdarknet53(),
        *(*_in_turn(512, 3), *_POOLS, *_in_turn(512, 3)),  # up to 116
        *(Conv(256, 1), Upsample(), Route((85,)), Conv(256, 1), Route((-1, -3))),
        *_in_turn(256, 5),  # up to 126
        *(Conv(128, 1), Upsample(), Route((54,)), Conv(128, 1), Route((-1, -3))),
        *(*_in_turn(128, 6), *_head(classes, masks[0], 1.2)),
        *(Route((-4,)), Conv(256, 3, stride=2), Route((-1, -16))),
        *(*_in_turn(256, 6), *_head(classes, masks[1], 1.1)),
        *(Route((-4,)), Conv(512, 3, stride=2), Route((-1, -37))),
        *(*_in_turn(512, 6), *_head(classes, masks[2], 1.05)),
    ]


def _cspdarknet53() -> list[Section]:
    """Return the backbone of YOLOv4: Darknet-53 with cross-stage parts (Wang et al. 2020)."""
    mish: Activation = "mish"
    body: list[Section] = [Conv(32, 3, activation=mish)]
    for filters, repeats in _STAGES:
        half = filters if filters == 64 else filters // 2
        narrow = Conv(half, 1, activation=mish)
        residual: list[Section] = [
            Conv(filters // 2, 1, activation=mish),
            Conv(half, 3, activation=mish),
            Shortcut(-3),
        ]
        body += [Conv(filters, 3, stride=2, activation=mish), narrow, Route((-2,)), narrow]
        body += [*residual * repeats, narrow, Route((-1, -4 - 3 * repeats))]
        body += [Conv(filters, 1, activation=mish)]
    return body


def _yolov4_tiny(classes: int, masks: Masks) -> list[Section]:
    body: list[Section] = [Conv(32, 3, stride=2), Conv(64, 3, stride=2)]
    for filters in (64, 128, 256):
        body += [Conv(filters, 3), Route((-1,), groups=2, group=1)]
        body += [Conv(filters // 2, 3), Conv(filters // 2, 3), Route((-1, -2))]
        body += [Conv(filters, 1), Route((-6, -1)), MaxPool(2, 2)]
    return [
        *(*body, Conv(512, 3), Conv(256, 1), Conv(512, 3), *_head(classes, masks[0], 1.05)),
        *(Route((-4,)), Conv(128, 1), Upsample(), Route((-1, 23))),
        *(Conv(256, 3), *_head(classes, masks[1], 1.05)),
    ]


_DESCRIBE: dict[Architecture, Callable[[int, Masks], list[Section]]] = {
    "yolov3-tiny": _yolov3_tiny,
    "yolov3": _yolov3,
    "yolov3-spp": _yolov3_spp,
    "yolov4-tiny": _yolov4_tiny,
    "yolov4": _yolov4,
}
