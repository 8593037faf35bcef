"""Geometry of boxes, against its definition and against OpenCV's rectangles."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from studio.errors import StudioError
from studio.labels.boxes import (
    Annotation,
    Box,
    area,
    as_array,
    clip,
    pairwise_iou,
    to_cxcywh,
    to_xyxy,
)

Boxes = NDArray[np.float64]
coordinates = st.floats(-1000, 1000, width=32)
anything = hnp.arrays(np.float64, st.tuples(st.integers(0, 6), st.just(4)), elements=coordinates)


def upright(boxes: Boxes) -> Boxes:
    """Order the edges of each box."""
    return np.concatenate(
        [np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])], axis=1
    )


def iou_of(a: Boxes, b: Boxes) -> float:
    """The intersection over union of two boxes, step by step."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    both = width * height if width > 0 and height > 0 else 0.0
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both
    return both / union if union > 0 else 0.0


# --- one box ------------------------------------------------------------------------------------


def test_a_box_has_sides() -> None:
    box = Box("a", 1, 2, 4, 8)
    assert (box.width, box.height, box.xyxy) == (3, 6, (1, 2, 4, 8))
    assert box.at((0, 0, 1, 1)) == Box("a", 0, 0, 1, 1)


@pytest.mark.parametrize(
    ("edges", "reason"),
    [
        ((1, 1, 1, 2), "no area"),
        ((1, 2, 2, 2), "no area"),
        ((5, 1, 2, 2), "no area"),
        ((math.nan, 0, 1, 1), "not a number"),
        ((0, 0, math.inf, 1), "not a number"),
    ],
)
def test_a_box_without_area_cannot_be_made(
    edges: tuple[float, float, float, float], reason: str
) -> None:
    with pytest.raises(StudioError, match=reason):
        Box("a", *edges)


@pytest.mark.parametrize("label", ["", " ", "a\nb", "\t", "a\x00", "\ud800"])
def test_a_class_needs_a_name_that_can_be_shown(label: str) -> None:
    with pytest.raises(StudioError, match="cannot be the name of a class"):
        Box(label, 0, 0, 1, 1)


@pytest.mark.parametrize("label", ["RBC", "red blood cell", "细胞", "a<&>b"])
def test_class_names(label: str) -> None:
    assert Box(label, 0, 0, 1, 1).label == label


def test_boxes_as_an_array() -> None:
    array = as_array((Box("a", 1, 2, 3, 4), Box("b", 5, 6, 7, 8)))
    assert array.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert as_array(()).shape == (0, 4)
    assert as_array(Annotation(Path("a.jpg"), 1, 1).boxes).dtype == np.float32


# --- many boxes ---------------------------------------------------------------------------------


@given(anything)
def test_centres_and_back(boxes: Boxes) -> None:
    np.testing.assert_allclose(to_xyxy(to_cxcywh(boxes)), boxes, atol=1e-9)


def test_centre_and_size() -> None:
    assert to_cxcywh(np.array([[2.0, 4, 8, 14]])).tolist() == [[5, 9, 6, 10]]
    assert to_cxcywh(np.zeros((3, 2, 4))).shape == (3, 2, 4)


@given(anything, st.integers(1, 2000), st.integers(1, 2000))
def test_clipping_keeps_boxes_inside_and_leaves_what_was(
    boxes: Boxes, width: int, height: int
) -> None:
    clipped = clip(boxes, width, height)
    assert (clipped >= 0).all()
    assert (clipped[:, 0::2] <= width).all()
    assert (clipped[:, 1::2] <= height).all()
    inside = (boxes >= 0) & (boxes <= [width, height, width, height])
    assert (clipped[inside] == boxes[inside]).all()
    assert (clip(clipped, width, height) == clipped).all()
    assert clipped.dtype == boxes.dtype


@given(anything)
def test_an_area_is_that_of_opencvs_rectangle(boxes: Boxes) -> None:
    boxes = np.round(upright(boxes))
    assert area(boxes).tolist() == [
        cv2.contourArea(cv2.boxPoints(((cx, cy), (w, h), 0.0))) for cx, cy, w, h in to_cxcywh(boxes)
    ]


def test_an_inverted_box_has_no_area() -> None:
    assert area(np.array([[3.0, 0, 1, 5], [3, 5, 1, 0]])).tolist() == [0, 0]


@given(anything, anything)
def test_iou_is_what_the_definition_says(a: Boxes, b: Boxes) -> None:
    a, b = upright(a), upright(b)
    found = pairwise_iou(a, b)
    assert found.shape == (len(a), len(b))
    expected = [[iou_of(one, other) for other in b] for one in a]
    np.testing.assert_allclose(found, np.reshape(expected, found.shape), atol=1e-9)


@given(anything, anything)
def test_iou_is_symmetric_and_a_share(a: Boxes, b: Boxes) -> None:
    for kind in (np.float64, np.float32):
        one, other = a.astype(kind), b.astype(kind)
        found = pairwise_iou(one, other)
        assert ((found >= 0) & (found <= 1 + 1e-6)).all()
        np.testing.assert_allclose(found, pairwise_iou(other, one).T, atol=1e-6)


@given(anything)
def test_a_box_covers_itself(boxes: Boxes) -> None:
    boxes = upright(boxes)
    own = np.diagonal(pairwise_iou(boxes, boxes))
    np.testing.assert_allclose(own, (area(boxes) > 0).astype(float), atol=1e-9)
