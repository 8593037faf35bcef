"""Suppression written plainly, box by box in float64, after the papers; and boxes to try it on."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Arrays = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32]]
Edges = tuple[float, float, float, float]

NEAR = 1e-5  # an overlap this near to the threshold may fall on either side in float32


def crowd(seed: int, count: int = 120, classes: int = 3) -> Arrays:
    """Boxes of all sizes, many on top of each other, no two scores alike, best first."""
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 80, (count, 2))
    xyxy = np.concatenate([low, low + rng.uniform(2, 40, (count, 2))], axis=1)
    scores = np.sort(rng.permutation(np.linspace(0.05, 0.95, count)))[::-1]
    labels = rng.integers(0, classes, count)
    return xyxy.astype(np.float32), scores.astype(np.float32), labels.astype(np.int32)


@st.composite
def crowds(draw: st.DrawFn) -> Arrays:
    """Few boxes on a coarse grid: identical, nested and touching ones, and equal scores."""
    corner, side = st.integers(0, 6), st.integers(1, 5)
    box = st.tuples(corner, corner, side, side, st.integers(1, 4), st.integers(0, 1))
    rows = draw(st.lists(box, max_size=24))
    rows.sort(key=lambda row: -row[4])
    edges = [(x, y, x + w, y + h) for x, y, w, h, _, _ in rows]
    xyxy = np.array(edges, np.float32).reshape(-1, 4) * np.float32(7.3)
    scores = np.array([row[4] for row in rows], np.float32) / 5
    return xyxy, scores, np.array([row[5] for row in rows], np.int32)


def iou(a: Edges, b: Edges) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    return both / (area(a) + area(b) - both)


def area(a: Edges) -> float:
    return (a[2] - a[0]) * (a[3] - a[1])


def diou(a: Edges, b: Edges) -> float:
    """IoU less the squared distance of the centres by the squared diagonal around both."""
    d2 = ((a[0] + a[2] - b[0] - b[2]) / 2) ** 2 + ((a[1] + a[3] - b[1] - b[3]) / 2) ** 2
    c2 = (max(a[2], b[2]) - min(a[0], b[0])) ** 2 + (max(a[3], b[3]) - min(a[1], b[1])) ** 2
    return iou(a, b) - d2 / c2


def hard(boxes: Arrays, threshold: float, method: str) -> list[int]:
    """Take the best, drop what it covers, and so on."""
    edges, scores, classes = (array.tolist() for array in boxes)
    measure = diou if method == "diou" else iou
    kept: list[int] = []
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):
        rivals = [k for k in kept if method == "agnostic" or classes[k] == classes[i]]
        if all(measure(edges[i], edges[k]) <= threshold for k in rivals):
            kept.append(i)
    return kept


def soft(
    boxes: Arrays, confidence: float, threshold: float, method: str
) -> tuple[list[int], list[float]]:
    """Take the best, lower the scores of what overlaps it, drop what fell too low, and so on."""
    edges, scores, classes = (array.tolist() for array in boxes)
    factor: Callable[[float], float]
    if method == "soft":
        factor = lambda overlap: math.exp(-(overlap**2) / 0.5)  # noqa: E731
    else:
        factor = lambda overlap: 1 - overlap if overlap > threshold else 1  # noqa: E731
    left = [i for i in range(len(scores)) if scores[i] >= confidence]
    kept: list[int] = []
    while left:
        best = max(left, key=lambda i: (scores[i], -i))
        left.remove(best)
        kept.append(best)
        for i in left:
            if classes[i] == classes[best]:
                scores[i] *= factor(iou(edges[i], edges[best]))
        left = [i for i in left if scores[i] >= confidence]
    return kept, [scores[i] for i in kept]


def is_clear(boxes: Arrays, threshold: float) -> bool:
    """Tell whether no overlap is so near the threshold that float32 might see it otherwise."""
    edges = boxes[0].tolist()
    pairs = [(a, b) for i, a in enumerate(edges) for b in edges[:i]]
    overlaps = np.array([(iou(a, b), diou(a, b)) for a, b in pairs]).reshape(-1, 2)
    return bool((np.abs(overlaps - threshold) > NEAR).all())
