"""Suppression against a plain loop, and against OpenCV's."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from studio.yolo.suppression.plain import Candidates, select, soften, suppress
from tests.yolo import plain_suppression as plain
from tests.yolo.plain_suppression import crowd, crowds

HARD = ["greedy", "agnostic", "diou"]
SOFT = ["soft", "soft-linear"]


@pytest.mark.parametrize("method", HARD)
@pytest.mark.parametrize("iou", [0.0, 0.3, 0.45, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_suppression_is_that_of_a_plain_loop(seed, iou, method):
    boxes = crowd(seed)
    assert suppress(*boxes, iou, method).tolist() == plain.hard(boxes, iou, method)
    assert suppress(*boxes, iou, method, 3).tolist() == plain.hard(boxes, iou, method)[:3]


@pytest.mark.parametrize("method", HARD)
@given(boxes=crowds(), iou=st.floats(0, 1))
def test_of_identical_boxes_and_equal_scores_the_first_stays(boxes, iou, method):
    assume(plain.is_clear(boxes, iou))
    assert suppress(*boxes, iou, method).tolist() == plain.hard(boxes, iou, method)


@pytest.mark.parametrize("method", SOFT)
@pytest.mark.parametrize("confidence", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("seed", range(3))
def test_soft_suppression_is_that_of_a_plain_loop(seed, confidence, method):
    boxes = crowd(seed)
    xyxy, scores, classes = (array[boxes[1] >= confidence] for array in boxes)
    kept, lowered = soften(xyxy, scores, classes, confidence, 0.2, method)
    expected, their_scores = plain.soft(boxes, confidence, 0.2, method)
    assert kept.tolist() == expected
    assert lowered == pytest.approx(their_scores, rel=1e-5)
    assert len(kept) < len(scores) or (lowered < scores[kept]).any()


def test_methods_differ_as_they_say():
    """Two pairs: one of a class each, with the same overlap; and nested against shifted."""
    xyxy = np.array([[0, 0, 10, 10], [0, 0, 10, 6], [50, 0, 60, 10], [50, 4, 60, 10]], np.float32)
    scores = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    classes = np.array([0, 1, 2, 2], np.int32)
    assert suppress(xyxy, scores, classes, 0.5).tolist() == [0, 1, 2]
    assert suppress(xyxy, scores, classes, 0.5, "agnostic").tolist() == [0, 2]
    assert suppress(xyxy, scores, classes, 0.59, "diou").tolist() == [0, 1, 2, 3]  # 0.6 − 4/200
    candidates = Candidates(xyxy, scores, classes)
    softened = select(candidates, ("a", "b", "c"), 0.25, 0.5, "soft")
    assert [d.score for d in softened] == pytest.approx([0.9, 0.8, 0.7, 0.6 * np.exp(-0.72)])


@pytest.mark.parametrize("iou", [0.3, 0.45, 0.7])
@pytest.mark.parametrize("seed", range(5))
def test_suppression_is_that_of_opencv(seed: int, iou: float) -> None:
    xyxy, scores, classes = crowd(seed)
    sizes = np.concatenate([xyxy[:, :2], xyxy[:, 2:] - xyxy[:, :2]], axis=1)
    for label in range(3):
        own = np.flatnonzero(classes == label)
        expected = own[cv2.dnn.NMSBoxes(sizes[own].tolist(), scores[own].tolist(), 0.0, iou)]
        found = suppress(xyxy, scores, classes, iou)
        assert found[classes[found] == label].tolist() == expected.tolist()


def test_the_best_stays_and_other_classes_too() -> None:
    xyxy = np.array([[0, 0, 10, 10]] * 3, np.float32)
    kept = suppress(xyxy, np.array([0.2, 0.9, 0.5]), np.array([0, 0, 1]), 0.5)
    assert kept.tolist() == [1, 2]


def test_of_equal_scores_the_first_stays() -> None:
    left = np.arange(100) // 2 * 20  # two boxes at each place
    xyxy = np.stack([left, 0 * left, left + 10, 0 * left + 10], axis=1).astype(np.float32)
    scores = np.repeat(np.arange(50) % 3 / 3 + 0.1, 2)
    kept = suppress(xyxy, scores, np.zeros(100, int), 0.5)
    assert kept.tolist() == sorted(range(0, 100, 2), key=lambda i: -scores[i])


def test_nothing_to_suppress() -> None:
    none = suppress(np.zeros((0, 4)), np.zeros(0), np.zeros(0, int), 0.5)
    assert none.tolist() == []


def test_detections_are_above_the_score_and_best_first() -> None:
    xyxy, scores, classes = crowd(0)
    order = np.argsort(-scores)
    candidates = Candidates(xyxy[order], scores[order], classes[order])
    names = ("a", "b", "c")
    found = select(candidates, names, 0.5, 0.45)
    assert [d.score for d in found] == sorted((d.score for d in found), reverse=True)
    assert min(d.score for d in found) >= 0.5
    sure = np.flatnonzero(scores >= 0.5)
    kept = [sure[i] for i in plain.hard((xyxy[sure], scores[sure], classes[sure]), 0.45, "greedy")]
    assert [d.box.label for d in found] == [names[classes[i]] for i in kept]
    assert [d.box.xyxy for d in found] == [tuple(xyxy[i].tolist()) for i in kept]
    assert select(candidates, names, 1.0, 0.45) == []
