"""K-means over box sizes as one writes it down: Python's floats, a loop over the boxes.

What `studio.labels.anchors.kmeans` must equal, and what its benchmark is measured against.
"""

from __future__ import annotations

from statistics import fmean, median

from studio.labels.anchors.kmeans import MAX_ITERATIONS, PATIENCE, SMALLEST_RISE

Size = list[float]


def plain_iou(box: Size, anchor: Size) -> float:
    both = min(box[0], anchor[0]) * min(box[1], anchor[1])
    return both / (box[0] * box[1] + anchor[0] * anchor[1] - both)


def plain_assignment(boxes: list[Size], anchors: list[Size]) -> tuple[list[int], list[float]]:
    """Return the first best anchor of each box, and their IoU."""
    assignment, covered = [], []
    for box in boxes:
        ious = [plain_iou(box, anchor) for anchor in anchors]
        covered.append(max(ious))
        assignment.append(ious.index(covered[-1]))
    return assignment, covered


def plain_update(boxes: list[Size], assignment: list[int], anchors: int, update: str) -> list[Size]:
    """Return the median or mean width and height of each cluster; none may be empty."""
    members: list[list[Size]] = [[] for _ in range(anchors)]
    for box, cluster in zip(boxes, assignment, strict=True):
        members[cluster].append(box)
    centre = median if update == "median" else fmean
    return [[centre(box[side] for box in cluster) for side in (0, 1)] for cluster in members]


def plain_lloyd(
    boxes: list[Size], anchors: list[Size], update: str
) -> tuple[list[Size], float, int]:
    """Return the best anchors seen, their mean IoU and the number of rounds."""
    best, best_iou, previous = anchors, -1.0, None
    history: list[float] = []
    while len(history) < MAX_ITERATIONS:
        assignment, covered = plain_assignment(boxes, anchors)
        if fmean(covered) > best_iou:
            best, best_iou = anchors, fmean(covered)
        history.append(best_iou)
        if assignment == previous or _has_stalled(history):
            break
        previous = list(assignment)
        _give_the_worst_to_the_empty(assignment, covered, len(anchors))
        anchors = plain_update(boxes, assignment, len(anchors), update)
    return best, best_iou, len(history)


def _has_stalled(history: list[float]) -> bool:
    """Tell whether the last rounds have not risen enough above where the last rise was told."""
    risen_at, risen_to = 0, -1.0
    for i, reached in enumerate(history):
        if reached >= risen_to + SMALLEST_RISE:
            risen_at, risen_to = i, reached
    return len(history) - 1 - risen_at >= PATIENCE


def _give_the_worst_to_the_empty(assignment: list[int], covered: list[float], anchors: int) -> None:
    worst = sorted(range(len(covered)), key=lambda box: covered[box])
    for empty in range(anchors):
        if empty not in assignment:
            box = next(b for b in worst if assignment.count(assignment[b]) > 1)
            worst.remove(box)
            assignment[box] = empty
