"""Which scale of a network each anchor serves, and what each anchor and scale would learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.labels.anchors.fit import Quality
from studio.labels.anchors.sizes import Anchors


@dataclass(frozen=True, slots=True)
class AnchorUse:
    """One anchor and its boxes: their share of all and their mean IoU (0 where it has none).

    `stride` is that of the scale which uses the anchor, None where the scales cannot share evenly.
    """

    width: float
    height: float
    stride: int | None
    share: float
    mean_iou: float


@dataclass(frozen=True, slots=True)
class ScaleUse:
    """One scale: its anchors' sizes, the share of boxes it would learn, and their mean IoU.

    The mean is 0 where it has no boxes.
    """

    stride: int
    sizes: tuple[tuple[float, float], ...]
    share: float
    mean_iou: float


def uses(anchors: Anchors, found: Quality, strides: tuple[int, ...] = ()) -> list[AnchorUse]:
    """Describe each anchor by the boxes it is best for; `strides` are those of the heads."""
    k = len(anchors.sizes)
    counts = np.bincount(found.assignment, minlength=k)
    sums = np.bincount(found.assignment, weights=found.iou, minlength=k)
    served = strides_served(k, strides)
    return [
        AnchorUse(w, h, served[i] if served else None, counts[i] / counts.sum(), iou)
        for i, ((w, h), iou) in enumerate(
            zip(anchors.sizes, (sums / np.maximum(counts, 1)).tolist(), strict=True)
        )
    ]


def scales(anchors: list[AnchorUse]) -> list[ScaleUse]:
    """Describe each scale by the anchors that serve it, the finest first.

    A box is learnt by the scale of the anchor it overlaps most. Empty where the scales cannot
    share the anchors evenly.
    """
    strides = sorted({anchor.stride for anchor in anchors if anchor.stride})
    return [_scale(stride, [a for a in anchors if a.stride == stride]) for stride in strides]


def _scale(stride: int, anchors: list[AnchorUse]) -> ScaleUse:
    share = sum(anchor.share for anchor in anchors)
    covered = sum(anchor.share * anchor.mean_iou for anchor in anchors)
    sizes = tuple((anchor.width, anchor.height) for anchor in anchors)
    return ScaleUse(stride, sizes, share, covered / share if share else 0.0)


def strides_served(k: int, strides: tuple[int, ...]) -> tuple[int, ...]:
    """Return the stride of each of `k` anchors sorted by area: the finest scale has the smallest.

    Empty where the scales cannot share them evenly.
    """
    if not strides or k % len(strides):
        return ()
    return tuple(stride for stride in sorted(strides) for _ in range(k // len(strides)))
