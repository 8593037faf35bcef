"""Which part of a network a Darknet file of so many floats holds, and how many classes it has.

A file of weights does not say what it is of. Its length does: the layers before the first head
are of fixed size, and so is what follows but for the convolutions before the heads, which have
`anchors · (5 + classes) · (inputs + 1)` floats each (Darknet, src/parser.c, save_weights_upto).

The rule: a length that is the end of a layer before the first head is a truncated file. Any other
is a whole file of the one number of classes that gives this length, with as many anchors a head as
the network has here, or with 3, as all published files have. Every other length is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from studio.errors import StudioError
from studio.yolo.network import networks, sections
from studio.yolo.network.networks import ARCHITECTURES
from studio.yolo.network.sections import Conv, Section, Yolo

PUBLISHED_ANCHORS = 3  # of each head of the files that Darknet's authors have published
MOST_CLASSES = 10_000  # YOLO9000 has 9,418; by more, a large network would pass for a small one
LIKELY_CLASSES = 1_000  # of a file that does not fit; more are a coincidence


@dataclass(frozen=True, slots=True)
class Extent:
    """The sections that a file holds, with its own heads; `classes` is None for a truncated one."""

    sections: tuple[Section, ...]
    classes: int | None


def extent(architecture: str, network: Sequence[Section], floats: int) -> Extent:
    """Return what a file of so many floats holds of a network.

    Raises StudioError, which says of which network it is, or by how many floats it differs and at
    which layer.
    """
    found = find_extent(network, floats)
    if found is None:
        raise StudioError(_network_of(floats) or _difference(architecture, network, floats))
    return found


def find_extent(network: Sequence[Section], floats: int) -> Extent | None:
    """Return what a file of so many floats holds of a network, None where it cannot be of it."""
    first = _heads(network)[0]
    ends = list(accumulate(_floats(network[:first])))
    if floats in ends:
        return Extent(tuple(network[: ends.index(floats) + 1]), None)
    for anchors in _anchors(network):
        classes = _classes(network, anchors, floats)
        if 1 <= classes <= MOST_CLASSES and classes.is_integer():
            return Extent(_with_heads(network, anchors, int(classes)), int(classes))
    return None


def classes_of(filters: int, anchors: int) -> int | None:
    """Return the classes of a head of so many filters, None where it cannot be one."""
    for each in (anchors, PUBLISHED_ANCHORS):
        if filters % each == 0 and filters // each > 5:
            return filters // each - 5
    return None


def _heads(network: Sequence[Section]) -> list[int]:
    """Return the positions of the convolutions before the heads."""
    return [at - 1 for at, section in enumerate(network) if isinstance(section, Yolo)]


def _anchors(network: Sequence[Section]) -> list[tuple[int, ...]]:
    """Return how many anchors each head may have, what is likelier first."""
    own = tuple(len(section.mask) for section in network if isinstance(section, Yolo))
    return [own, (PUBLISHED_ANCHORS,) * len(own)]


def _with_heads(
    network: Sequence[Section], anchors: Sequence[int], classes: int
) -> tuple[Section, ...]:
    """Return a network with other heads."""
    changed = list(network)
    for at, each in zip(_heads(network), anchors, strict=True):
        head = changed[at]
        assert isinstance(head, Conv)
        changed[at] = replace(head, filters=each * (5 + classes))
    return tuple(changed)


def _own_classes(network: Sequence[Section]) -> int:
    head = network[_heads(network)[0]]
    assert isinstance(head, Conv)
    return head.filters // _anchors(network)[0][0] - 5


def _floats(network: Sequence[Section]) -> list[int]:
    shapes = sections.shapes(network)
    return [
        sections.floats(section, shape.inputs)
        for section, shape in zip(network, shapes, strict=True)
    ]


def _classes(network: Sequence[Section], anchors: Sequence[int], floats: int) -> float:
    """Return the number of classes of a whole file of so many floats; a fraction fits no file."""
    one, two = (sum(_floats(_with_heads(network, anchors, classes))) for classes in (1, 2))
    return 1 + (floats - one) / (two - one)


def _difference(architecture: str, network: Sequence[Section], floats: int) -> str:
    """Say how a file that does not fit differs from the nearest one that would."""
    anchors = _anchors(network)[0]
    classes = max(1, round(_classes(network, anchors, floats)))
    if classes > LIKELY_CLASSES:
        classes = _own_classes(network)
    nearest = _with_heads(network, anchors, classes)
    ends = list(accumulate(_floats(nearest)))
    if floats > ends[-1]:
        last = _name(_heads(network)[-1])
        return (
            f"holds {floats - ends[-1]:,} floats more than {architecture} with {classes} classes "
            f"has up to its last layer, {last}"
        )
    cut = next(at for at, end in enumerate(ends) if end > floats)
    missing = f"holds {floats:,} floats and ends {ends[cut] - floats:,} before the end of layer "
    if cut < _heads(network)[0]:
        return f"{missing}{_name(cut)} of {architecture}"
    return f"{missing}{_name(cut)} of {architecture} with {classes} classes"


def _network_of(floats: int) -> str:
    """Say to which built-in network so many floats belong, "" where to none."""
    for architecture in ARCHITECTURES:
        network = networks.describe(architecture, 1, ((0, 1, 2),) * 3)
        found = find_extent(network, floats)
        if found and found.classes is None:
            sections = len(found.sections)
            return f"belongs to another network: the first {sections} sections of {architecture}"
        if found and found.classes and found.classes <= LIKELY_CLASSES:
            return f"belongs to {another_network(architecture, found.classes)}"
    return ""


def another_network(architecture: str, classes: int) -> str:
    """Say which network it is that weights are of."""
    noun = "class" if classes == 1 else "classes"
    return f"another network ({architecture}, {classes} {noun})"


def _name(at: int) -> str:
    return f"{at:03d}_conv"
