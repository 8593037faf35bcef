"""What a box of each class counts, and the loss by it in plain float64."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.yolo.losses.weights import class_weights

COUNTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=9)


def test_known_weights():
    assert class_weights((100, 100), 1.0) == (1.0, 1.0)
    assert class_weights((90, 10), 1.0) == pytest.approx((50 / 90, 5))
    assert class_weights((90, 10), 0.5) == pytest.approx(np.array([1 / 3, 1]) / (0.9 / 3 + 0.1))
    assert class_weights((90, 10), 0.0) == ()
    assert class_weights((), 1.0) == ()
    assert class_weights((0, 0), 1.0) == ()


def test_no_class_counts_a_hundred_times_another():
    rare, common = class_weights((1, 1_000_000, 1_000_000), 1.0)[:2]
    assert rare / common == pytest.approx(10 / (2 / 3), rel=1e-3)


@given(COUNTS, st.floats(0.01, 1))
def test_the_mean_over_boxes_is_one(counts, strength):
    weights = class_weights(counts, strength)
    if any(counts):
        assert np.dot(weights, counts) / sum(counts) == pytest.approx(1)
        order = np.argsort(counts)
        assert (np.diff(np.array(weights)[order]) <= 1e-9).all()  # never more for more boxes


@given(COUNTS.filter(any))
def test_a_class_without_boxes_counts_as_one_with_one(counts):
    weights = class_weights([*counts, 0, 1], 0.5)
    assert weights[-2] == weights[-1]
    assert np.isfinite(weights).all()


@pytest.mark.tensorflow
@pytest.mark.parametrize("preset", ["yolov3-giou", "yolov3", "yolov4"])
def test_terms_equal_plain_loops(model_config, preset):
    from studio.yolo.losses.presets import scheme
    from tests.yolo import plain_losses
    from tests.yolo.losses.test_losses import a_batch, ours

    batch = a_batch(model_config, 7, seed=3)
    plain = scheme(preset, 3, (96, 64))
    weighted = dataclasses.replace(plain, class_weights=(0.5, 3.0, 1.25))
    expected = plain_losses.terms(*batch, model_config, weighted, weighted.ignore_threshold)
    found = ours(*batch, model_config, weighted)
    assert found == pytest.approx(expected, rel=2e-4)
    without = ours(*batch, model_config, plain)
    assert found[1] == without[1]
    assert (np.abs(found - without)[[0, 2]] > 0.01 * without[[0, 2]]).all()
