"""Buffers of curves grow and smooth as they should."""

import numpy as np
import pytest

from studio.yolo.curves import Curve


def curve_of(values: list[float], smoothing: float = 0.0) -> Curve:
    curve = Curve(smoothing)
    for x, y in enumerate(values, 1):
        curve.add(x, y)
    return curve


def test_a_curve_grows_beyond_its_first_buffer() -> None:
    values = np.random.default_rng(0).random(1000).tolist()
    curve = curve_of(values)
    assert len(curve) == 1000
    assert curve.x.tolist() == list(range(1, 1001))
    assert curve.y.tolist() == values
    assert curve.smoothed == pytest.approx(values)


def test_smoothing_is_a_weighted_mean_of_the_past() -> None:
    curve = curve_of([4.0, 8.0, 1.0], smoothing=0.5)
    weights = np.array([0.25, 0.5, 1.0])
    assert curve.smoothed[-1] == pytest.approx(weights @ [4.0, 8.0, 1.0] / weights.sum())
    assert curve.smoothed[0] == 4.0


def test_smoothing_later_equals_smoothing_from_the_start() -> None:
    values = [3.0, 1.0, 2.0, 5.0]
    later = curve_of(values)
    later.smooth(0.9)
    later.add(5, 7.0)
    assert later.smoothed == pytest.approx(curve_of([*values, 7.0], 0.9).smoothed)


@pytest.mark.parametrize(("x", "position"), [(0.2, 0), (1.0, 0), (1.9, 0), (2.4, 1), (99, 2)])
def test_nearest_point_is_the_last_one_reached(x: float, position: int) -> None:
    assert curve_of([5.0, 6.0, 7.0]).nearest(x) == position


def test_a_mean_weighs_as_much_as_what_it_is_of() -> None:
    steps = curve_of([3.0] * 20 + [1.0], 0.9)
    mean = Curve(0.9)
    mean.add(20, 3.0, of=20)
    mean.add(21, 1.0)
    assert mean.smoothed[-1] == pytest.approx(steps.smoothed[-1])
    mean.smooth(0.5)
    mean.smooth(0.9)
    assert mean.smoothed[-1] == pytest.approx(steps.smoothed[-1])


@pytest.mark.parametrize("smoothing", [0.0, 0.01, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("count", [0, 1, 2, 255, 1000, 4097])
def test_smoothing_all_at_once_equals_one_point_after_the_other(
    smoothing: float, count: int
) -> None:
    rng = np.random.default_rng(count)
    values, weights = rng.normal(0, 10, count), rng.choice([1, 1, 1, 7, 2000], count)
    curve, expected, mean, weight = Curve(0.3), [], 0.0, 0.0
    for x, (y, of) in enumerate(zip(values.tolist(), weights.tolist(), strict=True)):
        curve.add(x, y, of)
        past = smoothing**of
        mean, weight = past * mean + (1 - past) * y, past * weight + (1 - past)
        expected.append(mean / weight)
    curve.smooth(smoothing)
    assert curve.smoothed == pytest.approx(np.array(expected), rel=1e-12, abs=1e-12)
    curve.add(count, 3.0, 5)
    past = smoothing**5
    last = (past * mean + (1 - past) * 3.0) / (past * weight + (1 - past))
    assert curve.smoothed[-1] == pytest.approx(last, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("nothing", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_number_leaves_the_mean_as_it_is(nothing: float) -> None:
    curve = curve_of([4.0, nothing, 8.0, 1.0], 0.9)
    expected = curve_of([4.0, 8.0, 1.0], 0.9).smoothed
    assert curve.smoothed == pytest.approx(expected)
    curve.smooth(0.9)
    assert curve.smoothed == pytest.approx(expected)
    assert curve.x.tolist() == [1, 3, 4]
