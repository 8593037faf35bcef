"""How long Cluster Anchors takes."""

from __future__ import annotations

import numpy as np

from studio.labels.anchors import cluster
from tests.benchmarks import Row, seconds


def measure() -> list[Row]:
    """Cluster 5,000 box sizes of the kind that photographs have: many small, a few large."""
    sizes = np.random.default_rng(0).lognormal(4, 0.7, (5000, 2)).clip(2, 416)

    def work() -> None:
        list(cluster(sizes, 9, (416, 416), np.random.default_rng(0), restarts=10))

    return [Row("5,000 boxes clustered, k = 9, ten restarts", 0.5, seconds(work), "s")]
