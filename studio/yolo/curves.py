"""Curves of a training run as it goes on: buffers that grow, and smoothing. Plain numpy."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Curve:
    """Points in the order of x. Adding one costs the same however many there are."""

    def __init__(self, smoothing: float = 0.0) -> None:
        self._rows = np.empty((256, 4))  # x, y, smoothed y, how many values y is the mean of
        self._count = 0
        self._smoothing = smoothing
        self._is_smooth = True  # else every point is smoothed when somebody asks for it
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
        if not self._is_smooth:
            self._smooth_all()
        return self._rows[: self._count, 2]

    def add(self, x: float, y: float, of: float = 1) -> None:
        """Add a point, which may be the mean `of` so many values and weighs as much as they.

        What is no number is passed over: steps that were all refused have no mean loss.
        """
        if not math.isfinite(y):
            return
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._count] = x, y, self._smooth(y, of) if self._is_smooth else 0.0, of
        self._count += 1

    def smooth(self, smoothing: float) -> None:
        """Smooth all points anew: 0 keeps them as they are, towards 1 the past weighs more."""
        self._smoothing, self._is_smooth = smoothing, False

    def nearest(self, x: float) -> int:
        """Return the position of the last point at or before x; 0 where there is none."""
        return max(int(np.searchsorted(self.x, x, side="right")) - 1, 0)

    def _smooth(self, y: float, of: float) -> float:
        """Average with the past; divided by the weights so far, so that it starts at the data."""
        past = self._smoothing**of
        self._sum = past * self._sum + (1 - past) * y
        self._weight = past * self._weight + (1 - past)
        return float(self._sum / self._weight)

    def _smooth_all(self) -> None:
        """Do what `_smooth` does for one point after the other, to rounding, for all at once.

        Each pass joins the means of twice as many points (Hillis and Steele, Data parallel
        algorithms, 1986); nothing is divided before the end, so nothing overflows.
        """
        points = self._rows[: self._count]
        past = self._smoothing ** points[:, 3]
        sums = (1 - past) * points[:, 1]
        reach = 1
        while reach < self._count:
            sums[reach:] += past[reach:] * sums[:-reach]
            past[reach:] *= past[:-reach]
            reach *= 2
        weights = 1 - past
        points[:, 2] = sums / weights
        self._sum, self._weight = (sums[-1], weights[-1]) if self._count else (0.0, 0.0)
        self._is_smooth = True
