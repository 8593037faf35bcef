"""More than eight bits become eight, and stay visible."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.labels.pictures.depth import to_8_bit, value_range


def ramp(most: int, kind: type = np.uint16) -> np.ndarray:
    return np.linspace(0, most, 40_000).reshape(200, 200).astype(kind)


@pytest.mark.parametrize(
    ("brightest", "white"),
    [
        (65535, 65535),
        (20000, 65535),
        (16383, 16383),
        (4095, 4095),
        (3000, 4095),
        (1000, 1023),
        (200, 255),
        (0, 255),
    ],
)
def test_white_is_that_of_a_sensor(brightest: int, white: int) -> None:
    assert value_range(ramp(brightest)) == (0, white)


def test_pictures_of_one_camera_are_treated_alike() -> None:
    """One is brighter than the other, and stays so."""
    dark, bright = to_8_bit(ramp(2000)), to_8_bit(ramp(4000))
    assert int(bright.max()) == pytest.approx(2 * int(dark.max()), abs=1)


def test_hot_pixels_do_not_make_a_picture_black() -> None:
    pixels = ramp(4095)
    pixels[0, :3] = 65535
    assert value_range(pixels) == (0, 4095)
    assert to_8_bit(pixels)[0, :3].tolist() == [255] * 3


@given(st.integers(0, 65535), st.integers(0, 65535))
def test_brighter_stays_brighter(one: int, other: int) -> None:
    low, high = sorted((one, other))
    found = to_8_bit(np.array([[low, high]], np.uint16))
    assert found[0, 0] <= found[0, 1]
    assert (found >= 63).any() or high < 64  # never lost in the dark


def test_signed_numbers_begin_at_the_lowest() -> None:
    """For example of a tomograph: air is -1024, bone 3000."""
    found = to_8_bit(np.array([[-1024, 0, 3000]], np.int16))
    assert found[0].tolist() == [0, 51, 200]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0.5, 1], [0, 127, 255]),
        ([0, 0.5, 1, 7, -3, np.nan], [0, 127, 255, 255, 0, 0]),
        ([0, 2047.5, 4095], [0, 127, 255]),
        ([np.nan, np.nan], [0, 0]),
        ([np.inf, 0.5], [255, 127]),
    ],
)
def test_floats_are_shares_or_numbers_of_a_sensor(values: list[float], expected: list[int]) -> None:
    assert to_8_bit(np.array([values], np.float32))[0].tolist() == expected


def test_eight_bits_are_left_alone() -> None:
    pixels = ramp(30, np.uint8)
    assert to_8_bit(pixels) is pixels
