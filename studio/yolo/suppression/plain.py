"""From many overlapping candidates to detections. Plain numpy: thresholds may move at any time
without running the network again. `suppress_graph` does the same for many pictures at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from studio.labels.boxes import Box, Detection, Floats, pairwise_iou

Method = Literal["greedy", "agnostic", "diou", "soft", "soft-linear"]
"""How overlapping boxes are thinned out, each time from the best score downwards.

greedy: a box goes when a better one of its class overlaps it by more than the threshold.
agnostic: the same, whatever the classes.
diou: like greedy, but boxes whose centres lie apart count as overlapping less: IoU − d²/c² (Zheng
et al. 2020, Distance-IoU Loss, section 3.4).
soft: no box goes, but its score falls by exp(−IoU²/σ) with every better one of its class (Bodla
et al. 2017, Soft-NMS, equation 4); those that fall below the confidence are left out.
soft-linear: the score falls by 1 − IoU where the overlap exceeds the threshold (equation 3).
"""

METHODS: tuple[Method, ...] = get_args(Method)
SOFT: tuple[Method, ...] = ("soft", "soft-linear")
SIGMA = 0.5  # of soft-NMS, as in its paper


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the network says of one picture: `(n, 4)` boxes in its pixels, scores and classes.

    One candidate for each cell and anchor, with its best class; the n best above a low floor,
    best first.
    """

    xyxy: NDArray[np.float32]
    scores: NDArray[np.float32]
    classes: NDArray[np.int32]


def select(
    candidates: Candidates,
    names: tuple[str, ...],
    confidence: float,
    iou: float,
    method: Method = "greedy",
) -> list[Detection]:
    """Return what is left above a score and after suppression, best score first."""
    sure = candidates.scores >= confidence
    xyxy, scores = candidates.xyxy[sure], candidates.scores[sure]
    classes = candidates.classes[sure]
    if method in SOFT:
        kept, scores = soften(xyxy, scores, classes, confidence, iou, method)
    else:
        kept = suppress(xyxy, scores, classes, iou, method)
        scores = scores[kept]
    return detections(xyxy[kept], scores, classes[kept], names)


def detections(
    xyxy: Floats, scores: Floats, classes: NDArray[np.integer], names: tuple[str, ...]
) -> list[Detection]:
    """Return arrays of boxes as detections, with the names of their classes."""
    found = zip(xyxy.tolist(), scores.tolist(), classes.tolist(), strict=True)
    return [Detection(Box(names[label], *edges), score) for edges, score, label in found]


def suppress(
    xyxy: Floats,
    scores: Floats,
    classes: NDArray[np.integer],
    iou: float,
    method: Method = "greedy",
    most: float = math.inf,
) -> NDArray[np.intp]:
    """Suppress what better boxes cover; returns the `most` best kept indices, best score first."""
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while order.size and len(kept) < most:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        covered = overlap(xyxy[best], xyxy[rest], method) > iou
        if method != "agnostic":
            covered &= classes[rest] == classes[best]
        order = rest[~covered]
    return np.array(kept, np.intp)


def soften(
    xyxy: Floats,
    scores: Floats,
    classes: NDArray[np.integer],
    confidence: float,
    iou: float,
    method: Method,
) -> tuple[NDArray[np.intp], Floats]:
    """Lower scores by soft-NMS; returns the indices that stay and their scores, best first."""
    left = np.arange(len(scores))
    scores = scores.copy()
    kept: list[int] = []
    while left.size:
        place = int(np.argmax(scores[left]))
        best = int(left[place])
        kept.append(best)
        left = np.delete(left, place)
        rivals = left[classes[left] == classes[best]]
        scores[rivals] *= _decay(overlap(xyxy[best], xyxy[rivals], method), iou, method)
        left = left[scores[left] >= confidence]
    return np.array(kept, np.intp), scores[kept]


def overlap(box: Floats, others: Floats, method: Method) -> Floats:
    """Return how much one box `(4,)` and each of `(n, 4)` others overlap, as the method counts."""
    iou = pairwise_iou(box[None], others)[0]
    overlaps: Floats = iou - _apart(box, others) if method == "diou" else iou
    return overlaps


def _apart(box: Floats, others: Floats) -> Floats:
    """Return d²/c²: between the centres, and across the smallest box around both; 0 for 0/0."""
    between = (others[:, :2] + others[:, 2:] - (box[:2] + box[2:])) / 2
    across = np.maximum(others[:, 2:], box[2:]) - np.minimum(others[:, :2], box[:2])
    distance: Floats = (between * between).sum(axis=1)
    diagonal: Floats = (across * across).sum(axis=1)
    return np.divide(distance, diagonal, out=np.zeros_like(distance), where=diagonal > 0)


def _decay(iou: Floats, threshold: float, method: Method) -> Floats:
    linear = np.where(iou > threshold, 1 - iou, 1)
    decay: Floats = np.exp(-iou * iou / SIGMA) if method == "soft" else linear
    return decay
