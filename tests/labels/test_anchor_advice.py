"""What is said of anchors: which scale they serve, their boxes, whether to use them."""

import numpy as np
import pytest

from studio.labels.anchors import Anchors, Quality, advice, preset, quality, strides_served, uses

TINY = (32, 16)


def figures(mean_iou: float, recall: float = 1.0) -> Quality:
    return Quality(np.zeros(1, np.intp), np.zeros(1), mean_iou, recall)


@pytest.mark.parametrize(
    ("k", "strides", "served"),
    [
        (9, (32, 16, 8), (8, 8, 8, 16, 16, 16, 32, 32, 32)),
        (6, TINY, (16, 16, 16, 32, 32, 32)),
        (4, TINY, (16, 16, 32, 32)),
        (5, TINY, ()),
    ],
)
def test_scales_share_anchors_evenly_finest_first(
    k: int, strides: tuple[int, ...], served: tuple[int, ...]
) -> None:
    assert strides_served(k, strides) == served


def test_uses_count_each_anchors_boxes() -> None:
    sizes = np.array([[10, 10], [10, 10], [10, 5], [100, 100]], np.float64)
    anchors = Anchors(((10, 10), (100, 100)), (416, 416))
    small, large = uses(anchors, quality(sizes, anchors.array()), TINY)
    assert (small.width, small.height, small.stride, small.share) == (10, 10, 16, 0.75)
    assert small.mean_iou == pytest.approx((1 + 1 + 0.5) / 3)
    assert (large.stride, large.share, large.mean_iou) == (32, 0.25, 1.0)


def test_an_anchor_without_boxes_has_share_and_iou_zero() -> None:
    sizes = np.array([[10.0, 10.0]])
    anchors = Anchors(((10, 10), (300, 300), (400, 400)), (416, 416))
    rows = uses(anchors, quality(sizes, anchors.array()), TINY)
    assert [(row.stride, row.share, row.mean_iou) for row in rows] == [
        (None, 1.0, 1.0),
        (None, 0.0, 0.0),
        (None, 0.0, 0.0),
    ]


@pytest.mark.parametrize(
    ("found", "used", "says"),
    [
        (figures(0.74), figures(0.61), "use these"),
        (figures(0.74), figures(0.72), "would do"),
        (figures(0.74), figures(0.72, recall=0.9), "cannot learn 10% of them: use these"),
        (figures(0.74), figures(0.735), "no need to change"),
        (figures(0.70), figures(0.74), "keep those"),
    ],
)
def test_advice_compares_with_the_anchors_in_use(found: Quality, used: Quality, says: str) -> None:
    sentence = advice(9, found, used, "The anchors in use")
    assert sentence.startswith(f"9 anchors cover your boxes at {found.mean_iou:.2f}. The anchors")
    assert says in sentence


def test_preset_is_scaled_to_the_input() -> None:
    assert preset("yolov3-tiny", (208, 832)).sizes[0] == (5, 28)
