"""Max-pools before the activations of what they take: the same network in less time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from studio.yolo.network.sections import Conv, MaxPool, Route, Section, Shortcut, positions


def pooled_first(sections: Sequence[Section]) -> list[Section]:
    """Return the same network with activations after the max-pools that follow them.

    What leaky and relu make of the largest value is the largest of what they make, and of that
    there is a part. (In 16 bits leaky makes two neighbours equal now and then; the gradient then
    goes to the one that was larger.) It is not so for mish, which falls somewhere; and where
    logistic comes to 1 it no longer tells which was the largest. Outputs that something else takes
    too stay as they are, and so do pools that take nothing away.
    """
    found = list(sections)
    elsewhere = {at for index, section in enumerate(sections) for at in _named(section, index)}
    for index, (section, pool) in enumerate(pairwise(sections)):
        match section, pool:
            case Conv(activation="leaky" | "relu", attention="none"), MaxPool():
                if pool.stride > 1 and index not in elsewhere:
                    found[index] = replace(section, activation="linear")
                    found[index + 1] = replace(pool, activation=section.activation)
    return found


def _named(section: Section, index: int) -> list[int]:
    match section:
        case Route(layers=layers):
            return positions(layers, index)
        case Shortcut(layer=layer):
            return positions((layer,), index)
        case _:
            return []
