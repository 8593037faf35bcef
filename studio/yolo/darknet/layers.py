"""Each block of a cfg as a section: what Darknet's parser.c takes its options for."""

from __future__ import annotations

from collections.abc import Callable

from studio.yolo.darknet.blocks import Block
from studio.yolo.network.sections import (
    ACTIVATIONS,
    Conv,
    MaxPool,
    Route,
    Section,
    Shortcut,
    Upsample,
    Yolo,
)

MOST_FILTERS = 1 << 16


def _conv(block: Block) -> Section:
    size = block.whole("size", 1, least=1)
    padding = size // 2 if block.whole("pad", 0) else block.whole("padding", 0)
    if size % 2 == 0 or padding != size // 2:
        what = f"size={size} with a padding of {padding} is not supported: only odd sizes"
        raise block.error(f"{what}, padded by half of it as pad=1 says", "size")
    if size > 1 and block.whole("dilation", 1) != 1:
        raise block.error("dilation is not supported", "dilation")
    filters = block.whole("filters", 1, least=1)
    if filters > MOST_FILTERS:
        raise block.error(f"filters must be at most {MOST_FILTERS}, not {filters}", "filters")
    activation = block.word("activation", "logistic")
    if activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise block.error(
            f"the activation {activation[:40]!r} is not supported; there are {known}", "activation"
        )
    return Conv(
        filters,
        size,
        _stride(block, 1),
        bool(block.whole("batch_normalize", 0) or block.whole("cbn", 0)),
        activation,
    )


def _stride(block: Block, default: int) -> int:
    stride = block.whole("stride", default, least=1)
    across, down = (block.whole(f"stride_{axis}", stride, least=1) for axis in "xy")
    if across != down:
        raise block.error("different strides across and down are not supported", "stride_x")
    return across


def _maxpool(block: Block) -> Section:
    stride = _stride(block, 1)
    size = block.whole("size", stride, least=1)
    if block.whole("padding", size - 1) != size - 1:
        raise block.error(f"a padding other than size-1 = {size - 1} is not supported", "padding")
    # Darknet's windows begin (size - 1) // 2 before a cell, TensorFlow's (size - stride) // 2.
    if max(size - stride, 0) // 2 != (size - 1) // 2:
        raise block.error(f"size={size} with stride={stride} is not supported", "size")
    return MaxPool(size, stride)


def _upsample(block: Block) -> Section:
    return Upsample(block.whole("stride", 2, least=1))


def _route(block: Block) -> Section:
    layers = block.wholes("layers")
    if not layers:
        raise block.error("layers is missing")
    groups = block.whole("groups", 1, least=1)
    group = block.whole("group_id", 0, least=0)
    if group >= groups:
        raise block.error(f"group_id={group} is not among {groups} groups", "group_id")
    return Route(layers, groups, group)


def _shortcut(block: Block) -> Section:
    others = block.wholes("from")
    if len(others) != 1:
        what = "from is missing" if not others else "only one layer after from= is supported"
        raise block.error(what, "from")
    return Shortcut(others[0])


def _yolo(block: Block) -> Section:
    mask = block.wholes("mask") or tuple(range(block.whole("num", 1, least=1)))
    scale = block.number("scale_x_y", 1.0)
    if scale <= 0:
        raise block.error(f"scale_x_y must be above 0, not {scale:g}", "scale_x_y")
    return Yolo(mask, scale)


SECTIONS: dict[str, Callable[[Block], Section]] = {
    "convolutional": _conv,
    "maxpool": _maxpool,
    "upsample": _upsample,
    "route": _route,
    "shortcut": _shortcut,
    "yolo": _yolo,
}
