"""Suppression against a naive loop and against OpenCV's."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from studio.labels.opencv import cv2
from studio.yolo.suppress import Candidates, select, suppress

Figures = tuple[np.ndarray, np.ndarray, np.ndarray]


def candidates(seed: int, n: int, classes: int = 3) -> Figures:
    """Boxes crowded enough to overlap, with scores that all differ."""
    rng = np.random.default_rng(seed)
    corner, side = rng.uniform(0, 60, (n, 2)), rng.uniform(5, 40, (n, 2))
    xyxy = np.concatenate([corner, corner + side], axis=1).astype(np.float32)
    scores = rng.permutation(np.linspace(0.05, 0.95, n)).astype(np.float32)
    return xyxy, scores, rng.integers(0, classes, n)


def plain_iou(a: list[float], b: list[float]) -> float:
    wide = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    high = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return wide * high / (areas - wide * high)


def naive(xyxy: np.ndarray, scores: np.ndarray, classes: np.ndarray, iou: float) -> list[int]:
    """Take each box, best first, unless one that was taken overlaps it too much."""
    kept: list[int] = []
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):
        rivals = [j for j in kept if classes[j] == classes[i]]
        if all(plain_iou(xyxy[i].tolist(), xyxy[j].tolist()) <= iou for j in rivals):
            kept.append(i)
    return kept


@given(st.integers(0, 10**6), st.integers(0, 40), st.sampled_from([0.0, 0.13, 0.45, 0.71, 1.0]))
def test_keeps_what_a_naive_loop_keeps(seed: int, n: int, iou: float) -> None:
    figures = candidates(seed, n)
    assert suppress(*figures, iou).tolist() == naive(*figures, iou)


@pytest.mark.parametrize("seed", range(20))
def test_keeps_what_opencv_keeps_class_by_class(seed: int) -> None:
    xyxy, scores, classes = candidates(seed, 60)
    expected: list[int] = []
    for number in np.unique(classes):
        (members,) = np.nonzero(classes == number)
        corner_and_size = np.concatenate([xyxy[:, :2], xyxy[:, 2:] - xyxy[:, :2]], axis=1)[members]
        kept = cv2.dnn.NMSBoxes(corner_and_size.tolist(), scores[members].tolist(), 0.0, 0.45)
        expected += members[np.asarray(kept, np.intp)].tolist()
    assert sorted(suppress(xyxy, scores, classes, 0.45).tolist()) == sorted(expected)


def test_equal_boxes_of_two_classes_both_stay() -> None:
    xyxy = np.array([[0, 0, 10, 10]] * 3, np.float32)
    kept = suppress(xyxy, np.array([0.5, 0.9, 0.7]), np.array([0, 1, 0]), 0.45)
    assert kept.tolist() == [1, 2]


def test_of_equal_scores_the_first_is_kept() -> None:
    xyxy = np.array([[0, 0, 10, 10], [1, 0, 11, 10]], np.float32)
    assert suppress(xyxy, np.array([0.5, 0.5]), np.array([0, 0]), 0.45).tolist() == [0]


def test_selection_drops_what_is_unsure_before_it_can_suppress() -> None:
    xyxy = np.array([[0, 0, 10, 10], [0, 0, 9, 10], [40, 40, 50, 50]], np.float32)
    found = Candidates(xyxy, np.array([0.9, 0.6, 0.2], np.float32), np.array([1, 1, 0], np.int32))
    (detection,) = select(found, ("cat", "dog"), confidence=0.25, iou=0.45)
    assert detection.box.label == "dog"
    assert detection.box.xyxy == (0, 0, 10, 10)
    assert detection.score == pytest.approx(0.9)
    assert select(found, ("cat", "dog"), confidence=0.95, iou=0.45) == []
    assert len(select(found, ("cat", "dog"), confidence=0.1, iou=0.95)) == 3
