"""The [yolo] sections of a cfg: their classes, and the anchors that their masks name."""

from __future__ import annotations

import math
from dataclasses import dataclass

from studio.labels.anchors import Anchors
from studio.yolo.darknet.blocks import Block
from studio.yolo.network.networks import Masks

MOST_CLASSES = 1 << 14
DEFAULT_CLASSES = 20  # of parser.c: those of Pascal VOC


@dataclass(frozen=True, slots=True)
class Head:
    """A head as its section has it: the anchors of the file in its order, and those it uses."""

    classes: int
    anchors: tuple[tuple[float, float], ...]
    mask: tuple[int, ...]
    stride: int


def read_head(block: Block, mask: tuple[int, ...], stride: int) -> Head:
    """Read the anchors and classes of a [yolo] section; raises FileError."""
    classes = block.whole("classes", DEFAULT_CLASSES, least=1)
    if classes > MOST_CLASSES:
        raise block.error(f"classes must be at most {MOST_CLASSES}, not {classes}", "classes")
    sides = block.numbers("anchors")
    if not sides:
        raise block.error("anchors is missing")
    if len(sides) % 2:
        raise block.error(f"anchors are pairs, but these are {len(sides)} numbers", "anchors")
    anchors = tuple(zip(sides[::2], sides[1::2], strict=True))
    for width, height in anchors:
        if width <= 0 or height <= 0:
            what = f"an anchor needs a positive width and height, not {width:g} × {height:g}"
            raise block.error(what, "anchors")
    count = block.whole("num", 1, least=1)
    if count > len(anchors):
        raise block.error(f"num={count}, but there are {len(anchors)} anchors", "num")
    if any(not 0 <= anchor < count for anchor in mask):
        raise block.error(f"the mask {_listed(mask)} names an anchor outside 0…{count - 1}", "mask")
    if len(set(mask)) != len(mask):
        raise block.error(f"the mask {_listed(mask)} names an anchor twice", "mask")
    return Head(classes, anchors, mask, stride)


def check_head(block: Block, heads: list[Head], filters: int) -> None:
    """Raise FileError where the last of the heads fits neither its input nor the first one."""
    head = heads[-1]
    if head.classes != heads[0].classes:
        what = f"classes={head.classes} differs from classes={heads[0].classes} of the first head"
        raise block.error(what, "classes")
    needed = len(head.mask) * (5 + head.classes)
    if filters != needed:
        what = f"{len(head.mask)} anchors × (5 + {head.classes} classes) need filters={needed}"
        raise block.error(f"{what} before it, not {filters}")


def share_anchors(heads: list[Head], input_size: tuple[int, int]) -> tuple[Anchors, Masks]:
    """Return the anchors that heads list, sorted by area, and the masks that name them there.

    Heads usually list the same; other lists are joined.
    """
    lists = list(dict.fromkeys(head.anchors for head in heads))
    listed = [(which, at) for which, sizes in enumerate(lists) for at in range(len(sizes))]
    listed.sort(key=lambda place: math.prod(lists[place[0]][place[1]]))  # as `Anchors` does
    anchors = Anchors(tuple(lists[which][at] for which, at in listed), input_size)
    masks = (
        tuple(listed.index((lists.index(head.anchors), at)) for at in head.mask) for head in heads
    )
    return anchors, tuple(masks)


def _listed(numbers: tuple[int, ...]) -> str:
    return ",".join(map(str, numbers))
