"""Detections drawn into a picture: seen, in their class's colour, and the picture kept."""

from __future__ import annotations

import numpy as np
import pytest

from studio.labels.boxes import Box, Detection
from studio.labels.drawing import draw_detections
from studio.labels.images import Image
from studio.labels.screen.palette import UNKNOWN, class_colour

CLASSES = ("RBC", "WBC")


def plain(width: int = 200, height: int = 150, grey: int = 128) -> Image:
    return np.full((height, width, 3), grey, np.uint8)


def found(label: str, *edges: float, score: float = 0.9) -> Detection:
    xmin, ymin, xmax, ymax = edges
    return Detection(Box(label, xmin, ymin, xmax, ymax), score)


def painted(image: Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Return the rectangle around all pixels of a colour."""
    rows, columns = np.nonzero((image == colour).all(axis=2))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_a_box_is_drawn_where_it_lies_and_the_picture_is_kept() -> None:
    image = plain()
    drawn = draw_detections(image, [found("WBC", 40, 60, 160, 120)], CLASSES)
    assert (image == 128).all()
    assert drawn.shape == image.shape
    left, top, right, bottom = painted(drawn, class_colour(1))
    assert (left, right, bottom) == (40, 160, 120)
    assert top < 60  # the plate with the name stands above
    assert (drawn[70:110, 60:140] == 128).all()  # what was found is not covered


@pytest.mark.parametrize("grey", [0, 255, 90])
def test_a_box_is_seen_on_any_picture(grey: int) -> None:
    drawn = draw_detections(plain(grey=grey), [found("RBC", 40, 60, 160, 120)], CLASSES)
    column = drawn[90, 30:50].astype(int)
    assert np.abs(column - grey).max() > 100


def test_a_class_of_another_list_is_grey() -> None:
    drawn = draw_detections(plain(grey=0), [found("odd", 40, 60, 160, 120)], CLASSES)
    assert (drawn[90, 40] == UNKNOWN).all()


def test_the_best_is_on_top() -> None:
    best = found("RBC", 40, 60, 160, 120)
    both = [best, found("WBC", 40, 60, 160, 120, score=0.3)]
    drawn = draw_detections(plain(), both, CLASSES)
    assert (drawn[90, 40] == class_colour(0)).all()


def test_a_name_stays_in_the_picture() -> None:
    corner = draw_detections(plain(), [found("WBC", 150, 0, 200, 40)], CLASSES)
    left, top, right, bottom = painted(corner, class_colour(1))
    assert (top, right, bottom) == (0, 200, 40)
    assert left < 150


def test_names_that_the_font_cannot_write_are_told_apart_by_their_numbers() -> None:
    def drawn(label: str, *classes: str) -> Image:
        return draw_detections(plain(), [found(label, 40, 60, 160, 120)], classes)

    cyrillic = ("кот", "cat", "пёс")
    assert (drawn("пёс", *cyrillic) == drawn("#3", "a", "b", "#3")).all()
    assert (drawn("кот", *cyrillic) == drawn("#1", "#1")).all()
    assert (drawn("ä") == drawn("#?")).all()


def test_lines_grow_with_the_picture() -> None:
    def width_of_line(side: int) -> int:
        box = found("WBC", side * 0.2, side * 0.2, side * 0.8, side * 0.8)
        drawn = draw_detections(plain(side, side), [box], CLASSES)
        return int((drawn[side // 2, : side // 2] != 128).any(axis=1).sum())

    assert width_of_line(2560) == 4 * width_of_line(320)


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3)])
def test_any_size_can_be_drawn_on(size: tuple[int, int]) -> None:
    image = plain(*size)
    drawn = draw_detections(image, [found("RBC", 0, 0, *size), found("RBC", 0, 0, 1, 1)], CLASSES)
    assert drawn.shape == image.shape
    assert (draw_detections(image, [], CLASSES) == image).all()
