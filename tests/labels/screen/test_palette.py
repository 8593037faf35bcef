"""Colours of classes that can be told apart and written on."""

from __future__ import annotations

import itertools
import math

import cv2
import numpy as np
import pytest

from studio.labels.screen.palette import OKABE_ITO, UNKNOWN, Colour, class_colour, ink_on


def lab(colour: Colour) -> list[float]:
    """Return a colour where distances are as seen (CIE L*a*b*)."""
    pixel = np.array([[colour]], np.float32) / 255
    values: list[float] = cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB)[0, 0].tolist()
    return values


def test_the_first_classes_have_the_colours_of_okabe_and_ito() -> None:
    assert tuple(class_colour(i) for i in range(len(OKABE_ITO))) == OKABE_ITO


def test_many_classes_have_colours_of_their_own() -> None:
    colours = [class_colour(i) for i in range(40)]
    assert all(0 <= part <= 255 for colour in colours for part in colour)
    assert len(set(colours)) == 40


@pytest.mark.parametrize(("count", "apart"), [(16, 25), (20, 15), (40, 8)])
def test_colours_are_told_apart(count: int, apart: float) -> None:
    """A distance of 2.3 is just noticeable."""
    colours = [UNKNOWN, *(class_colour(i) for i in range(count))]
    pairs = itertools.combinations(map(lab, colours), 2)
    assert min(math.dist(*pair) for pair in pairs) > apart


def test_an_unlisted_class_is_grey() -> None:
    assert class_colour(-1) == UNKNOWN
    assert len(set(UNKNOWN)) == 1


@pytest.mark.parametrize("index", range(-1, 30))
def test_ink_is_read_on_its_colour(index: int) -> None:
    """The contrast that WCAG 2.2 asks of large text is 3."""

    def luminance(colour: Colour) -> float:
        linear = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in (channel / 255 for channel in colour)
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    colour = class_colour(index)
    dark, light = sorted((luminance(colour), luminance(ink_on(colour))))
    assert (light + 0.05) / (dark + 0.05) >= 3
