"""Eight bits for every pixel, whatever the file has: 16 bits, signed numbers, floats.

Sensors and microscopes use a small part of the range that their files have room for: twelve bits
of sixteen would be black on a screen, and nearly black for a network. So white is not the greatest
number that the file could hold but that of the smallest depth of sensors into which its pixels
fit. A few hot pixels do not count. Steps between depths, rather than each picture's own brightest
pixel, keep the pictures of one camera alike; and one picture always comes out the same.
"""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.labels.opencv import cv2

Bytes = NDArray[np.uint8]
Pixels = NDArray[Any]  # as the file has them

_WHITES = [2**bits - 1 for bits in (8, 10, 12, 14, 16)]
_HOT = 1e-4  # the share of pixels that may be brighter than white
_ENOUGH = 1_000_000  # so many pixels, evenly spread, tell the range
_HIGHLIGHTS = 16.0  # floats up to here are shares of white with highlights above it


def to_8_bit(pixels: Pixels) -> Bytes:
    """Return pixels `(height, width[, channels])` of any kind as bytes; none of them is alpha."""
    if pixels.dtype == np.uint8:
        return pixels
    black, white = value_range(pixels)
    if pixels.dtype == np.uint16:
        values = np.clip(np.arange(65536) - int(black), 0, int(white - black))
        return cv2.LUT(pixels, (values * 255 // int(white - black)).astype(np.uint8))  # type: ignore[return-value]
    result = np.empty(pixels.shape, np.uint8)
    for row, line in enumerate(pixels):  # pictures may be large
        share = (np.nan_to_num(line.astype(np.float64)) - black) / (white - black)
        result[row] = np.clip(share, 0, 1) * 255
    return result


def value_range(pixels: Pixels) -> tuple[float, float]:
    """Return which values are black and white."""
    step = max(ceil((pixels.shape[0] * pixels.shape[1] / _ENOUGH) ** 0.5), 1)
    sample = pixels[::step, ::step]
    known = sample[np.isfinite(sample)]
    if known.size == 0:
        return 0.0, 1.0
    lowest = float(np.quantile(known, _HOT, method="lower"))
    brightest = float(np.quantile(known, 1 - _HOT, method="higher"))
    if pixels.dtype.kind == "f" and brightest <= _HIGHLIGHTS:
        return 0.0, 1.0
    black = min(lowest, 0.0)
    return black, float(next((w for w in _WHITES if brightest <= w), brightest))
