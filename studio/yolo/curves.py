"""Curves of a training run as it goes on: buffers that grow, and smoothing. Plain numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Curve:
    """Points in the order of x. Adding one costs the same however many there are."""

    def __init__(self, smoothing: float = 0.0) -> None:
        self._rows = np.empty((256, 4))  # x, y, smoothed y, how many values y is the mean of
        self._count = 0
        self._smoothing = smoothing
        self._sum = self._weight = 0.0

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

    def add(self, x: float, y: float, of: float = 1) -> None:
        """Add a point, which may be the mean `of` so many values and weighs as much as they."""
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._count] = x, y, self._smooth(y, of), of
        self._count += 1

    def smooth(self, smoothing: float) -> None:
        """Smooth all points anew: 0 keeps them as they are, towards 1 the past weighs more."""
        self._smoothing, self._sum, self._weight = smoothing, 0.0, 0.0
        for row in self._rows[: self._count]:
            row[2] = self._smooth(row[1], row[3])

    def nearest(self, x: float) -> int:
        """Return the position of the last point at or before x; 0 where there is none."""
        return max(int(np.searchsorted(self.x, x, side="right")) - 1, 0)

    def _smooth(self, y: float, of: float) -> float:
        """Average with the past; divided by the weights so far, so that it starts at the data."""
        past = self._smoothing**of
        self._sum = past * self._sum + (1 - past) * y
        self._weight = past * self._weight + (1 - past)
        return float(self._sum / self._weight)
