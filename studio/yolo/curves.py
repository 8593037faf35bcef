"""Curves of a training run as it goes on: buffers that grow, and smoothing. Plain numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Curve:
    """Points in the order of x. Adding one costs the same however many there are."""

    def __init__(self, smoothing: float = 0.0) -> None:
        self._rows = np.empty((256, 3))  # x, y, smoothed y
        self._count = 0
        self._smoothing = smoothing
        self._sum = 0.0

    def __len__(self) -> int:
        return self._count

    @property
    def x(self) -> Floats:
        return self._rows[: self._count, 0]

    @property
    def y(self) -> Floats:
        return self._rows[: self._count, 1]

    @property
    def smoothed(self) -> Floats:
        """The exponential moving average of y."""
        return self._rows[: self._count, 2]

    def add(self, x: float, y: float) -> None:
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._count] = x, y, self._smooth(y, self._count + 1)
        self._count += 1

    def smooth(self, smoothing: float) -> None:
        """Smooth all points anew: 0 keeps them as they are, towards 1 the past weighs more."""
        self._smoothing, self._sum = smoothing, 0.0
        for i, y in enumerate(self.y.tolist(), 1):
            self._rows[i - 1, 2] = self._smooth(y, i)

    def nearest(self, x: float) -> int:
        """Return the position of the last point at or before x; 0 where there is none."""
        return max(int(np.searchsorted(self.x, x, side="right")) - 1, 0)

    def _smooth(self, y: float, count: int) -> float:
        """Average with the past; divided by the weights so far, so that it starts at the data."""
        self._sum = self._smoothing * self._sum + (1 - self._smoothing) * y
        return float(self._sum / (1 - self._smoothing**count))
