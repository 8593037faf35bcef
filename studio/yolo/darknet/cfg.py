"""Reads a cfg file as the sections that the built-in networks are described by.

Defaults and meanings are those of Darknet's parser.c; what cannot be followed is refused, with
its line, rather than passed over.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from pathlib import Path

from studio.errors import FileError
from studio.labels.files import read_bytes
from studio.yolo.darknet import options
from studio.yolo.darknet.blocks import Block, blocks
from studio.yolo.darknet.heads import Head, check_head, read_head, share_anchors
from studio.yolo.darknet.layers import SECTIONS
from studio.yolo.darknet.names import default_names
from studio.yolo.network import networks
from studio.yolo.network.model import STRIDES, ModelConfig, even_masks
from studio.yolo.network.networks import ARCHITECTURES, Architecture, Masks
from studio.yolo.network.sections import (
    Conv,
    Route,
    Section,
    Shape,
    Shortcut,
    Yolo,
    positions,
    shapes,
)

MOST_SECTIONS = 500  # three times those of YOLOv4: Python follows no chain of layers much longer
MOST_PIXELS = 1 << 13  # of a side of the input, by far more than any network is made for
ALIASES = {"network": "net", "conv": "convolutional", "max": "maxpool"}


def read(path: Path) -> ModelConfig:
    """Read a cfg file; raises FileError. The classes have numbers for names."""
    return parse(read_bytes(path).decode("utf-8-sig", errors="replace"), path)


def parse(text: str, path: Path) -> ModelConfig:
    """Read the text of a cfg file; raises FileError, whose messages name `path` and the line.

    A network that equals a built-in one gets its name, so that it can be trained; another one
    gets its `layout` and the file's name with .cfg, as no built-in one is called. Anchors are
    sorted by area.
    """
    cut = blocks(text, path)
    if len(cut) > MOST_SECTIONS:
        raise FileError(path, f"has {len(cut)} sections, but at most {MOST_SECTIONS} are supported")
    found = [_known(block) for block in cut]
    if not found or found[0].kind != "net":
        raise FileError(path, "is no Darknet cfg: it does not begin with [net]")
    net, layers = found[0], found[1:]
    for block in layers:
        if block.kind == "net":
            raise block.error("stands twice")
    described = [SECTIONS[block.kind](block) for block in layers]
    size = _input_size(net)
    outputs = _shapes(described, layers)
    _check_sizes(size, outputs, layers)
    heads = _heads(described, layers, outputs)
    if not heads:
        raise FileError(path, "has no [yolo] section to detect with")
    return _config(path, described, heads, size)


def _known(block: Block) -> Block:
    """Return a block under its usual name; raises FileError for one that cannot be followed."""
    known = replace(block, kind=ALIASES.get(block.kind, block.kind))
    if known.kind == "net":
        return known
    if known.kind not in options.READ:
        raise block.error(f"such a section is not supported; there are {', '.join(options.READ)}")
    options.check(known)
    return known


def _input_size(net: Block) -> tuple[int, int]:
    sides = []
    for key in ("width", "height"):
        if key not in net.options:
            raise net.error(f"{key} is missing")
        side = net.whole(key, 0, least=1)
        if side > MOST_PIXELS:
            raise net.error(f"{key} must be at most {MOST_PIXELS}, not {side}", key)
        sides.append(side)
    if net.whole("channels", 0) != 3:
        raise net.error("channels must be 3: pictures are red, green and blue", "channels")
    return sides[0], sides[1]


def _shapes(described: list[Section], layers: list[Block]) -> list[Shape]:
    """Return the outputs of all sections; raises FileError for the first that does not fit."""
    try:
        return shapes(described)
    except (IndexError, ValueError):
        counts = range(1, len(described) + 1)
        first = bisect_left(counts, True, key=lambda count: not _fits(described[:count]))
    block = layers[first]
    try:
        shapes(described[: first + 1])
    except IndexError as error:
        raise block.error("it leads to a layer that is not before it") from error
    except ValueError as error:
        raise block.error(f"it {str(error).removeprefix(f'section {first} ')}") from error
    raise AssertionError("sections that do not fit fitted")


def _fits(described: list[Section]) -> bool:
    try:
        shapes(described)
    except (IndexError, ValueError):
        return False
    return True


def _check_sizes(size: tuple[int, int], outputs: list[Shape], layers: list[Block]) -> None:
    """Raise FileError where the input cannot be divided evenly, or an output is larger than it."""
    for output, block in zip(outputs, layers, strict=True):
        if output.stride < 1:
            raise block.error("its output is larger than the input")
        if any((side / output.stride).denominator != 1 for side in size):
            what = f"an input of {size[0]}×{size[1]} is not divisible by {output.stride}"
            raise block.error(f"{what}, the stride that is reached here")


def _heads(described: list[Section], layers: list[Block], outputs: list[Shape]) -> list[Head]:
    heads: list[Head] = []
    for index, (section, block) in enumerate(zip(described, layers, strict=True)):
        if not isinstance(section, Yolo):
            continue
        if not any(isinstance(before, Conv) for before in described[:index]):
            raise block.error("there is no convolution before it")
        if outputs[index].stride.denominator != 1:
            raise block.error(f"a stride of {outputs[index].stride} is not supported")
        heads.append(read_head(block, section.mask, int(outputs[index].stride)))
        check_head(block, heads, outputs[index].channels)
    return heads


def _config(
    path: Path, described: list[Section], heads: list[Head], size: tuple[int, int]
) -> ModelConfig:
    """Return the model, under the name of a built-in network where it is one."""
    anchors, masks = share_anchors(heads, size)
    new_masks = iter(masks)
    layout = tuple(
        replace(section, mask=next(new_masks)) if isinstance(section, Yolo) else section
        for section in described
    )
    classes = default_names(heads[0].classes)
    name = _built_in(layout, len(classes), masks)
    if name is None:
        return ModelConfig(f"{path.stem}.cfg", classes, anchors, size, masks, layout=layout)
    strides = tuple(head.stride for head in heads)
    is_even = len(anchors.sizes) % len(strides) == 0 and masks == even_masks(
        len(anchors.sizes), strides
    )
    return ModelConfig(name, classes, anchors, size, () if is_even else masks)


def _built_in(layout: tuple[Section, ...], classes: int, masks: Masks) -> Architecture | None:
    """Return the built-in network that these sections are, None if they are another one."""
    wanted = _absolute(layout)
    for name in ARCHITECTURES:
        if len(STRIDES[name]) != len(masks):
            continue
        if _absolute(networks.describe(name, classes, masks)) == wanted:
            return name
    return None


def _absolute(layout: tuple[Section, ...]) -> list[Section]:
    """Return sections that name others by their position from the beginning."""
    return [
        replace(section, layers=tuple(positions(section.layers, index)))
        if isinstance(section, Route)
        else replace(section, layer=positions((section.layer,), index)[0])
        if isinstance(section, Shortcut)
        else section
        for index, section in enumerate(layout)
    ]
