"""Suppression against a plain loop, and against OpenCV's."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.labels.boxes import pairwise_iou
from studio.yolo.suppress import Candidates, select, suppress

Arrays = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32]]


def crowd(seed: int, count: int = 120, classes: int = 3) -> Arrays:
    """Boxes of all sizes, many on top of each other, no two scores alike."""
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 80, (count, 2))
    xyxy = np.concatenate([low, low + rng.uniform(2, 40, (count, 2))], axis=1)
    scores = rng.permutation(np.linspace(0.05, 0.95, count))
    labels = rng.integers(0, classes, count)
    return xyxy.astype(np.float32), scores.astype(np.float32), labels.astype(np.int32)


def plain(
    xyxy: NDArray[np.float32], scores: NDArray[np.float32], classes: NDArray[np.int32], iou: float
) -> list[int]:
    """Take the best, drop what it covers, and so on."""
    kept: list[int] = []
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):
        rivals = [k for k in kept if classes[k] == classes[i]]
        if all(pairwise_iou(xyxy[i : i + 1], xyxy[k : k + 1])[0, 0] <= iou for k in rivals):
            kept.append(i)
    return kept


@pytest.mark.parametrize("iou", [0.0, 0.3, 0.45, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_suppression_is_that_of_a_plain_loop(seed: int, iou: float) -> None:
    boxes = crowd(seed)
    assert suppress(*boxes, iou).tolist() == plain(*boxes, iou)


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
    kept = [sure[i] for i in plain(xyxy[sure], scores[sure], classes[sure], 0.45)]
    assert [d.box.label for d in found] == [names[classes[i]] for i in kept]
    assert [d.box.xyxy for d in found] == [tuple(xyxy[i].tolist()) for i in kept]
    assert select(candidates, names, 1.0, 0.45) == []
