"""IoU, GIoU, DIoU and CIoU against plain float64, and what the papers say of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from studio.yolo.backend import tf
from studio.yolo.losses import boxes as fits
from tests.yolo import plain_losses

pytestmark = pytest.mark.tensorflow

FITS = {"iou": fits.iou, "giou": fits.giou, "diou": fits.diou, "ciou": fits.ciou}
LOWEST = {"iou": 0, "giou": -1, "diou": -1, "ciou": -1.5}


def value(name, a, b, dtype=tf.float32):
    return float(FITS[name](tf.constant(a, dtype), tf.constant(b, dtype)))


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), (1, 1, 1, 1)),
        ((0, 0, 10, 10), (10, 0, 20, 10), (0, 0, -1 / 5, -1 / 5)),  # touching: the frame is full
        ((0, 0, 10, 10), (20, 0, 30, 10), (0, -1 / 3, -0.4, -0.4)),
        ((0, 0, 10, 10), (2, 2, 4, 4), (0.04, 0.04, 0.04 - 8 / 200, 0.04 - 8 / 200)),
        ((0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)),
        ((5, 5, 5, 5), (0, 0, 10, 10), (0, 0, 0, 0)),
    ],
)
def test_known_pairs(a, b, expected):
    found = [value(name, a, b) for name in FITS]
    assert found == pytest.approx(expected, abs=1e-6)


def test_the_shape_of_a_box_counts_in_ciou():
    """A 10 × 10 and a 20 × 5 box on one centre: IoU 1/3, v = 4/π² (π/4 − arctan 4)²."""
    a, b = (0, 0, 10, 10), (-5, 2.5, 15, 7.5)
    v = 4 / math.pi**2 * (math.pi / 4 - math.atan(4)) ** 2
    assert value("diou", a, b) == pytest.approx(1 / 2 - 1 / 6)
    assert value("ciou", a, b) == pytest.approx(1 / 3 - v * v / (2 / 3 + v), abs=1e-6)


SIDES = st.floats(1, 200, width=32)
BOXES = st.tuples(st.floats(-300, 300, width=32), st.floats(-300, 300, width=32), SIDES, SIDES).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)


@pytest.mark.parametrize("name", FITS)
@settings(max_examples=100, deadline=None)
@given(a=BOXES, b=BOXES)
def test_equals_the_paper(name, a, b):
    assert value(name, a, b, tf.float64) == pytest.approx(plain_losses.FITS[name](a, b), abs=2e-7)
    assert value(name, a, b) == pytest.approx(plain_losses.FITS[name](a, b), abs=1e-3)


@pytest.mark.parametrize("name", FITS)
@settings(max_examples=100, deadline=None)
@given(a=BOXES, b=BOXES, by=st.tuples(st.integers(-500, 500), st.integers(-500, 500)))
def test_properties(name, a, b, by):
    here = value(name, a, b, tf.float64)
    assert here == pytest.approx(value(name, b, a, tf.float64), abs=1e-12)  # rounding
    assert value(name, a, a, tf.float64) == pytest.approx(1, abs=1e-6)
    assert LOWEST[name] <= here <= 1
    assert here <= value("iou", a, b, tf.float64) + 1e-12
    moved = [np.add(box, by * 2) for box in (a, b)]
    assert value(name, *moved, tf.float64) == pytest.approx(here, abs=1e-9)
    assert value("ciou", a, b, tf.float64) <= value("diou", a, b, tf.float64) + 1e-12


@pytest.mark.parametrize("name", FITS)
@settings(max_examples=60, deadline=None)
@given(a=BOXES, b=BOXES)
def test_gradient_equals_central_differences(name, a, b):
    """α is held where it is: no gradient goes through it."""
    edges = np.subtract.outer(np.reshape(a, (2, 2)), np.reshape(b, (2, 2)))
    assume(min(abs(edges[:, axis, :, axis]).min() for axis in (0, 1)) > 1e-3)  # no kink
    variable = tf.constant(a, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        fit = FITS[name](variable, tf.constant(b, tf.float64))
    gradient = tape.gradient(fit, variable).numpy()
    _, alpha = plain_losses.ciou_parts(a, b)

    def plain(box):
        if name != "ciou":
            return plain_losses.FITS[name](box, b)
        return plain_losses.diou(box, b) - alpha * plain_losses.ciou_parts(box, b)[0]

    for edge, step in enumerate(1e-5 * np.eye(4)):
        slope = (plain(np.add(a, step)) - plain(np.subtract(a, step))) / 2e-5
        assert gradient[edge] == pytest.approx(slope, abs=2e-7, rel=1e-4)


EDGES = st.sampled_from(
    [0, 1, 8, 16, 17, 32, 416, -5, 1e-45, -1e-45, 1e-38, 1e-7, 1e-3, 1e8, -1e8, 100000008, 1e6]
)
ANY = st.tuples(EDGES, EDGES, EDGES, EDGES).map(
    lambda e: (min(e[0], e[2]), min(e[1], e[3]), max(e[0], e[2]), max(e[1], e[3]))
)


@pytest.mark.parametrize("name", FITS)
@settings(max_examples=200, deadline=None)
@given(a=ANY, b=ANY, same=st.booleans())
def test_finite_for_whatever_boxes(name, a, b, same):
    """Identical, apart, nested, without area, huge and denormal ones; turned ones too."""
    first, second = tf.constant(a, tf.float32), tf.constant(a if same else b, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch([first, second])
        fit = FITS[name](first, second)
    assert LOWEST[name] - 1e-5 <= float(fit) <= 1 + 1e-5
    for gradient in tape.gradient(fit, [first, second]):
        assert np.isfinite(gradient.numpy()).all()


def test_a_box_turned_inside_out_has_no_area():
    assert float(fits.area(tf.constant([10.0, 10.0, 0.0, 0.0]))) == 0
    assert value("giou", (10, 10, 0, 0), (0, 0, 10, 10)) == pytest.approx(0, abs=1e-6)
