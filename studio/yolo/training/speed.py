"""How fast a training is, smoothed over its steps."""

from __future__ import annotations

from dataclasses import dataclass

SMOOTHING = 0.9  # a step, or those that were fetched together


@dataclass(slots=True)
class Speed:
    """Pictures a second, and the share of time spent waiting for data."""

    images_per_second: float = 0.0
    data_wait: float = 0.0

    def add(self, pictures: int, waited: float, seconds: float) -> None:
        """Take in pictures that took so many seconds, of which so many were waited for data."""
        keep = SMOOTHING if self.images_per_second else 0.0
        self.images_per_second = keep * self.images_per_second + (1 - keep) * pictures / seconds
        self.data_wait = keep * self.data_wait + (1 - keep) * waited / seconds
