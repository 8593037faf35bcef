"""Benchmarks: `python -m tests.benchmarks [NAME…]` measures and prints one table.

A benchmark is a module of this package with a function `measure() -> list[Row]`. Nothing here is
a test: a busy machine would fail it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside what it should be at most, or at least if more is better; in `unit`."""

    what: str
    aim: float
    measured: float
    unit: str
    more_is_better: bool = False

    @property
    def ratio(self) -> float:
        """Measured to aim, or the other way round: at most 1 where the aim is reached."""
        over, under = (
            (self.aim, self.measured) if self.more_is_better else (self.measured, self.aim)
        )
        return over / under if under else math.inf


def seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Return the median time that a piece of work takes, after one round to warm up."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)
