"""Average precision by the COCO rules, computed by pycocotools."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from studio.labels.boxes import Floats
from studio.labels.samples import Sample
from studio.yolo.data.examples import read_examples
from studio.yolo.detect import Detector
from studio.yolo.events import ClassResult, EvalResult, Progress, Status
from studio.yolo.suppression.plain import Candidates, suppress

IOU = 0.5  # of suppression; not the threshold at which a detection counts as right
MOST = 100  # detections of a picture that count, as in COCO


def evaluate(
    detector: Detector, items: Sequence[Sample]
) -> Iterator[Status | Progress | EvalResult]:
    """Measure a detector on labelled pictures: what was passed over, progress, then the result."""
    classes = detector.config.classes
    examples = yield from read_examples(items, classes)
    truths, found = [], []
    for index in range(len(examples)):
        image, boxes, labels = examples.load(index)
        truths.append((boxes, labels))
        found.append(strongest(detector.candidates(image)))
        yield Progress(index + 1, len(examples))
    yield from map(Status, examples.take_notes())
    yield average_precision(truths, found, classes)


def strongest(candidates: Candidates) -> Candidates:
    """Suppress the candidates of one picture for measuring."""
    kept = suppress(candidates.xyxy, candidates.scores, candidates.classes, IOU, most=MOST)
    return Candidates(candidates.xyxy[kept], candidates.scores[kept], candidates.classes[kept])


def average_precision(
    truths: Sequence[tuple[Floats, NDArray[np.int32]]],
    found: Sequence[Candidates],
    classes: tuple[str, ...],
) -> EvalResult:
    """Compare detections with the truth of the same pictures: boxes `(m, 4)`, classes `(m,)`.

    AP is the mean over IoU 0.50:0.05:0.95, and over the classes that the truth holds. Boxes
    marked difficult count like others, since COCO knows no such mark.
    """
    counts = [sum(int((labels == c).sum()) for _, labels in truths) for c in range(len(classes))]
    precision = _precision(truths, found, len(classes))
    ap = [_mean(precision[:, :, c]) for c in range(len(classes))]
    ap50 = [_mean(precision[0, :, c]) for c in range(len(classes))]
    return EvalResult(
        ap50=_mean(precision[0]),
        ap=_mean(precision),
        ap75=_mean(precision[5]),
        per_class={name: ClassResult(ap50[c], ap[c], counts[c]) for c, name in enumerate(classes)},
        images=len(truths),
    )


def _mean(precision: Floats) -> float | None:
    """Average the cells that exist: pycocotools marks a class without truth by -1."""
    known = precision[precision > -1]
    return float(known.mean()) if known.size else None


def _precision(
    truths: Sequence[tuple[Floats, NDArray[np.int32]]], found: Sequence[Candidates], classes: int
) -> NDArray[np.float64]:
    """Return precision at 10 IoU thresholds, 101 recalls and each class; -1 for no truth."""
    annotations = [
        _record(picture, xyxy, label, area=_area(xyxy), iscrowd=0)
        for picture, (boxes, labels) in enumerate(truths)
        for xyxy, label in zip(boxes, labels, strict=True)
    ]
    results = [
        _record(picture, xyxy, label, score=float(score))
        for picture, c in enumerate(found)
        for xyxy, label, score in zip(c.xyxy, c.classes, c.scores, strict=True)
    ]
    if not annotations or not results:
        empty = np.full((10, 101, classes), -1.0)
        for label in {int(label) for _, labels in truths for label in labels}:
            empty[:, :, label] = 0.0
        return empty
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools tells its steps on stdout
        truth = COCO()
        truth.dataset = {
            "info": {},
            "images": [{"id": picture} for picture in range(len(truths))],
            "categories": [{"id": c} for c in range(classes)],
            "annotations": [{"id": i, **a} for i, a in enumerate(annotations, 1)],
        }
        truth.createIndex()
        measure = COCOeval(truth, truth.loadRes(results), "bbox")
        # By itself it also measures by size of object and by fewer detections, for four times
        # as long.
        measure.params.areaRng, measure.params.areaRngLbl = [[0, 1e10]], ["all"]
        measure.params.maxDets = [MOST]
        measure.evaluate()
        measure.accumulate()
    precision: NDArray[np.float64] = measure.eval["precision"][:, :, :, 0, -1]
    return precision


def _record(picture: int, xyxy: Floats, label: int, **rest: Any) -> dict[str, Any]:
    xmin, ymin, xmax, ymax = map(float, xyxy)
    box = [xmin, ymin, xmax - xmin, ymax - ymin]
    return {"image_id": picture, "category_id": int(label), "bbox": box, **rest}


def _area(xyxy: Floats) -> float:
    return float((xyxy[2] - xyxy[0]) * (xyxy[3] - xyxy[1]))
