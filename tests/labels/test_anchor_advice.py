"""What is said of anchors: which scale they serve, their boxes, whether to use them."""

import numpy as np
import pytest

from studio.labels.anchors import (
    Anchors,
    Quality,
    ScaleUse,
    advise,
    preset,
    quality,
    review,
    scales,
    strides_served,
    uses,
)

TINY = (32, 16)


def figures(mean_iou: float, recall: float = 1.0) -> Quality:
    return Quality(np.zeros(1, np.uint16), np.zeros(1), mean_iou, recall)


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


def test_a_scale_learns_the_boxes_of_its_anchors() -> None:
    sizes = np.array([[10, 10], [20, 20], [20, 10], [100, 100], [300, 150]], np.float64)
    anchors = Anchors(((10, 10), (20, 20), (100, 100), (300, 300)), (416, 416))
    fine, coarse = scales(uses(anchors, quality(sizes, anchors.array()), TINY))
    assert (fine.stride, coarse.stride) == (16, 32)
    assert fine.sizes == ((10, 10), (20, 20))
    assert (fine.share, coarse.share) == (pytest.approx(0.6), pytest.approx(0.4))
    assert fine.mean_iou == pytest.approx((1 + 1 + 0.5) / 3)
    assert coarse.mean_iou == pytest.approx((1 + 0.5) / 2)


def test_a_scale_without_boxes_is_listed() -> None:
    sizes = np.array([[10.0, 10.0]])
    anchors = Anchors(((10, 10), (300, 300)), (416, 416))
    found = scales(uses(anchors, quality(sizes, anchors.array()), TINY))
    assert found[1] == ScaleUse(32, ((300, 300),), 0, 0)


def test_there_are_no_scales_where_they_cannot_share() -> None:
    sizes = np.array([[10.0, 10.0]])
    anchors = Anchors(((10, 10), (20, 20), (300, 300)), (416, 416))
    assert scales(uses(anchors, quality(sizes, anchors.array()), TINY)) == []


@pytest.mark.parametrize(
    ("found", "used", "take_new", "says"),
    [
        (figures(0.74), figures(0.61), True, "mean IoU goes up by 0.13"),
        (figures(0.74), figures(0.72), False, "100.0% of the boxes, and new ones would gain only"),
        (figures(0.74), figures(0.72, recall=0.985), False, "gain only 0.020 in mean IoU"),
        (figures(0.74), figures(0.72, recall=0.98), True, "from 98.0% to 100.0%"),
        (figures(0.74), figures(0.72, recall=0.9), True, "cannot learn 10.0% of them"),
        (figures(0.721, 0.9), figures(0.72, recall=0.9), False, "gain only 0.001"),
        (figures(0.80, 0.7), figures(0.72, recall=0.9), False, "no better"),
        (figures(0.80, 0.99), figures(0.72, recall=1.0), True, "up by 0.08"),
        (figures(0.70), figures(0.74), False, "keep those, the new ones are no better"),
        (figures(0.74), figures(0.74), False, "keep those, the new ones are no better"),
    ],
)
def test_advice_compares_with_the_anchors_in_use(
    found: Quality, used: Quality, take_new: bool, says: str
) -> None:
    advice = advise(9, found, used, "The anchors in use")
    assert advice.take_new == take_new
    assert ("use the new ones" in advice.text) == take_new
    assert ("keep those" in advice.text) != take_new
    assert advice.text.startswith(
        f"9 anchors cover your boxes at {found.mean_iou:.2f}, the anchors"
    )
    assert says in advice.text


def test_anchors_in_use_are_reviewed_by_their_recall() -> None:
    bad, good = (review(figures(0.7, recall), "The preset anchors") for recall in (0.98, 0.981))
    assert bad.take_new
    assert "cannot learn 2.0% of them: cluster new anchors" in bad.text
    assert not good.take_new
    assert "can learn 98.1% of them" in good.text


def test_preset_is_scaled_to_the_input() -> None:
    assert preset("yolov3-tiny", (208, 832)).sizes[0] == (5, 28)
