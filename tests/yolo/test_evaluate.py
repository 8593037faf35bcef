"""Average precision on cases that can be worked out by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from studio.yolo.evaluate import average_precision, strongest
from studio.yolo.suppression.plain import Candidates

pytestmark = pytest.mark.tensorflow

SQUARE = [10.0, 10.0, 50.0, 50.0]


def truth(*boxes, labels=None):
    return (
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(labels or [0] * len(boxes), np.int32),
    )


def found(*rows):
    """Rows of xmin, ymin, xmax, ymax, score, class."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Candidates(table[:, :4], table[:, 4], table[:, 5].astype(np.int32))


def test_all_right_is_one_and_nothing_found_is_zero(capsys):
    right = average_precision([truth(SQUARE)], [found([*SQUARE, 0.9, 0])], ("a",))
    assert (right.ap50, right.ap, right.ap75) == pytest.approx((1.0, 1.0, 1.0))
    none = average_precision([truth(SQUARE)], [found()], ("a",))
    assert (none.ap50, none.ap) == (0.0, 0.0)
    assert capsys.readouterr().out == ""


def test_an_overlap_of_06_counts_at_050_to_060():
    """24 of 40 pixels wide, inside the truth: IoU 0.6, right at 0.50, 0.55 and 0.60 of ten."""
    part = [10.0, 10.0, 34.0, 50.0]
    result = average_precision([truth(SQUARE)], [found([*part, 0.9, 0])], ("a",))
    assert result.ap50 == pytest.approx(1.0)
    assert result.ap75 == 0.0
    assert result.ap == pytest.approx(0.3)


def test_a_better_scored_false_alarm_halves_precision():
    alarm = [200.0, 200.0, 240.0, 240.0]
    result = average_precision(
        [truth(SQUARE)], [found([*alarm, 0.9, 0], [*SQUARE, 0.8, 0])], ("a",)
    )
    assert result.ap50 == pytest.approx(0.5)


def test_a_class_without_truth_has_no_precision_and_does_not_count():
    both = found([*SQUARE, 0.9, 0], [*SQUARE, 0.9, 1])
    result = average_precision([truth(SQUARE)], [both], ("a", "b"))
    assert result.ap50 == pytest.approx(1.0)
    assert result.per_class["b"].ap50 is None
    assert result.per_class["b"].boxes == 0


def test_no_truth_at_all_gives_none():
    result = average_precision([truth()], [found([*SQUARE, 0.9, 0])], ("a",))
    assert result.ap50 is None
    assert result.images == 1


def test_equals_pycocotools_run_from_files(tmp_path, capsys):
    """The same numbers as writing COCO files and following pycocotools' own example."""
    rng = np.random.default_rng(0)
    truths, detections = [], []
    for _ in range(20):
        low = rng.uniform(0, 300, (12, 2))
        boxes = np.concatenate([low, low + rng.uniform(8, 90, (12, 2))], axis=1)
        labels = rng.integers(0, 3, 12)
        truths.append((boxes.astype(np.float32), labels.astype(np.int32)))
        moved = (boxes + rng.normal(0, 5, boxes.shape))[: rng.integers(0, 12)]
        classes = np.where(rng.random(len(moved)) < 0.8, labels[: len(moved)], 2)
        rows = np.column_stack([moved, rng.random(len(moved)), classes])
        detections.append(found(*rows))
    annotations, results = [], []
    for picture, (boxes, labels) in enumerate(truths, 1):
        for (x, y, r, b), label in zip(boxes.tolist(), labels.tolist(), strict=True):
            annotations.append(
                {"id": len(annotations) + 1, "image_id": picture, "category_id": label + 1,
                 "bbox": [x, y, r - x, b - y], "area": (r - x) * (b - y), "iscrowd": 0}
            )  # fmt: skip
    for picture, c in enumerate(detections, 1):
        for (x, y, r, b), label, score in zip(
            c.xyxy.tolist(), c.classes.tolist(), c.scores.tolist(), strict=True
        ):
            results.append(
                {"image_id": picture, "category_id": label + 1,
                 "bbox": [x, y, r - x, b - y], "score": score}
            )  # fmt: skip
    images = [{"id": i} for i in range(1, 21)]
    categories = [{"id": i, "name": str(i)} for i in (1, 2, 3)]
    whole = {"images": images, "annotations": annotations, "categories": categories, "info": {}}
    (tmp_path / "truth.json").write_text(json.dumps(whole))
    (tmp_path / "results.json").write_text(json.dumps(results))
    coco = COCO(str(tmp_path / "truth.json"))
    measure = COCOeval(coco, coco.loadRes(str(tmp_path / "results.json")), "bbox")
    measure.evaluate()
    measure.accumulate()
    measure.summarize()
    ours = average_precision(truths, detections, ("x", "y", "z"))
    assert 0.1 < ours.ap50 < 0.9
    assert ours.ap == pytest.approx(measure.stats[0], abs=1e-6)
    assert ours.ap50 == pytest.approx(measure.stats[1], abs=1e-6)
    assert ours.ap75 == pytest.approx(measure.stats[2], abs=1e-6)


def test_strongest_keeps_one_of_each_place_and_a_hundred_at_most():
    rows = [[*SQUARE, 0.9, 0], [11, 11, 51, 51, 0.8, 0], [11, 11, 51, 51, 0.7, 1]]
    assert strongest(found(*rows)).scores == pytest.approx([0.9, 0.7])
    many = [[60 * i, 0, 60 * i + 50, 50, 0.5, 0] for i in range(150)]
    assert len(strongest(found(*many)).scores) == 100
