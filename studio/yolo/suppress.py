"""From many overlapping candidates to detections. Plain numpy: thresholds may move at any time
without running the network again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.labels.boxes import Box, Detection, Floats, pairwise_iou


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
    candidates: Candidates, names: tuple[str, ...], confidence: float, iou: float
) -> list[Detection]:
    """Return what is left above a score and after suppression, best score first."""
    sure = candidates.scores >= confidence
    xyxy, scores = candidates.xyxy[sure], candidates.scores[sure]
    classes = candidates.classes[sure]
    return [
        Detection(Box(names[classes[i]], *xyxy[i].tolist()), float(scores[i]))
        for i in suppress(xyxy, scores, classes, iou)
    ]


def suppress(
    xyxy: Floats, scores: Floats, classes: NDArray[np.integer], iou: float
) -> NDArray[np.intp]:
    """Greedy non-maximum suppression within each class.

    A box goes when a better one of its class overlaps it by more than `iou`. Returns the kept
    indices, best score first.
    """
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        overlap = pairwise_iou(xyxy[best : best + 1], xyxy[rest])[0]
        order = rest[(overlap <= iou) | (classes[rest] != classes[best])]
    return np.array(kept, np.intp)
