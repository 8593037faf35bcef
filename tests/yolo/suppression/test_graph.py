"""Suppression on the graph against plain loops and against numpy's on the same candidates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from studio.yolo.backend import tf
from studio.yolo.suppression.graph import suppress
from studio.yolo.suppression.plain import METHODS, SOFT, Candidates, select
from tests.yolo import plain_suppression as plain
from tests.yolo.plain_suppression import crowd, crowds

pytestmark = pytest.mark.tensorflow

MOST = 120  # candidates of a picture: one shape, so that each method is compiled once

compiled = tf.function(suppress)


def on_graph(pictures, confidence, iou, method):
    """Suppress in several pictures at once; returns boxes, scores, classes of each."""
    padded = [np.zeros((len(pictures), MOST, *part.shape[1:]), part.dtype) for part in pictures[0]]
    for number, picture in enumerate(pictures):
        for target, part in zip(padded, picture, strict=True):
            target[number, : len(part)] = part
    limits = tf.constant(confidence, tf.float32), tf.constant(iou, tf.float32)
    kept = compiled(*map(tf.constant, padded), *limits, method)
    assert kept.boxes.shape == (len(pictures), MOST, 4)
    arrays = [values.numpy() for values in kept]
    assert all(np.isfinite(values).all() for values in arrays)
    *values, counts = arrays
    return [tuple(value[i, :n] for value in values) for i, n in enumerate(counts)]


def as_numpy_has_it(picture, confidence, iou, method):
    names = tuple("abc")
    found = select(Candidates(*picture), names, confidence, iou, method)
    edges = np.array([d.box.xyxy for d in found], np.float32).reshape(-1, 4)
    return edges, [d.score for d in found], [names.index(d.box.label) for d in found]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("confidence", [0.05, 0.5, 0.99])
def test_pictures_of_a_batch_come_out_as_one_by_one_in_numpy(method, confidence):
    pictures = [crowd(0), crowd(1, 7), crowd(2, 60), tuple(part[:0] for part in crowd(3))]
    for iou in (0.0, 0.45, 1.0):
        found = on_graph(pictures, confidence, iou, method)
        for picture, (boxes, scores, classes) in zip(pictures, found, strict=True):
            expected = as_numpy_has_it(picture, confidence, iou, method)
            assert (boxes == expected[0]).all()
            assert scores == pytest.approx(expected[1], rel=1e-5 if method in SOFT else 0)
            assert classes.tolist() == expected[2]


@pytest.mark.parametrize("method", ["greedy", "agnostic", "diou"])
@settings(deadline=None)
@given(boxes=crowds(), iou=st.floats(0, 1))
def test_identical_boxes_and_equal_scores(boxes, iou, method):
    assume(plain.is_clear(boxes, iou))
    ((xyxy, scores, classes),) = on_graph([boxes], 0.3, iou, method)
    sure = boxes[1] >= np.float32(0.3)
    kept = plain.hard(tuple(part[sure] for part in boxes), iou, method)
    assert (xyxy == boxes[0][kept]).all()
    assert (scores == boxes[1][kept]).all()
    assert (classes == boxes[2][kept]).all()


@pytest.mark.parametrize("method", SOFT)
@settings(deadline=None)
@given(boxes=crowds())
def test_soft_scores_of_identical_boxes(boxes, method):
    """Which of two equal boxes comes first may differ by rounding; the scores may not."""
    ((_, scores, _),) = on_graph([boxes], 0.0, 0.45, method)
    assume(plain.is_clear(boxes, 0.45))
    assert (np.diff(scores) <= 0).all()
    kept, expected = plain.soft(boxes, 0.0, 0.45, method)
    assert len(kept) <= len(scores)  # what fills up has score 0 and no area
    assert scores[: len(kept)] == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_boxes_without_area_are_none():
    xyxy = np.array([[5, 5, 5, 9], [0, 0, 4, 4], [9, 9, 3, 3]], np.float32)
    picture = xyxy, np.array([0.9, 0.8, 0.7], np.float32), np.zeros(3, np.int32)
    for method in METHODS:
        ((boxes, scores, _),) = on_graph([picture], 0.1, 0.5, method)
        assert boxes.tolist() == [[0, 0, 4, 4]]
        assert scores.tolist() == pytest.approx([0.8])


def test_a_chain_of_boxes_is_settled_link_by_link():
    """Each covers the next: every other one stays, however long the chain is."""
    left = np.arange(MOST, dtype=np.float32) * 4
    xyxy = np.stack([left, 0 * left, left + 10, 0 * left + 10], axis=1)
    scores = np.linspace(0.9, 0.3, MOST, dtype=np.float32)
    ((boxes, _, _),) = on_graph([(xyxy, scores, np.zeros(MOST, np.int32))], 0.1, 0.4, "greedy")
    assert (boxes == xyxy[::2]).all()
