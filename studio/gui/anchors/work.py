"""Reading box sizes and clustering them: what the Anchors tab runs in the background."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from studio.errors import FileError
from studio.labels.anchors import Clustered, Restart, Sizes, Update, cluster
from studio.labels.dataset import Dataset, Item, box_sizes

BATCH = 100  # label files between two chances to stop


@dataclass(frozen=True, slots=True)
class Reading:
    """So many of so many label files were read."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Measured:
    """All box sizes, `(n, 2)` in pixels of an input of that size, and the files left out."""

    sizes: Sizes
    input_size: tuple[int, int]
    unread: tuple[FileError, ...]


Event = Reading | Measured | Restart | Clustered


def measure(dataset: Dataset, input_size: tuple[int, int]) -> Iterator[Reading | Measured]:
    """Read the sizes of all boxes of the training pictures; `Measured` comes last."""
    items = training_items(dataset)
    parts: list[Sizes] = [np.empty((0, 2))]
    unread: list[FileError] = []
    for start in range(0, len(items), BATCH):
        part, faults = box_sizes(items[start : start + BATCH], input_size)
        parts.append(part)
        unread += faults
        yield Reading(min(start + BATCH, len(items)), len(items))
    yield Measured(np.concatenate(parts), input_size, tuple(unread))


def measure_and_cluster(
    dataset: Dataset, k: int, input_size: tuple[int, int], update: Update, seed: int = 0
) -> Iterator[Event]:
    """Read the sizes, then cluster them; raises StudioError when boxes are too few for `k`."""
    for event in measure(dataset, input_size):
        yield event
        if isinstance(event, Measured):
            yield from cluster(event.sizes, k, input_size, np.random.default_rng(seed), update)


def training_items(dataset: Dataset) -> list[Item]:
    """Return the labelled pictures of the training split, of the whole folder if it has none."""
    in_split = dataset.labelled("train") if "train" in dataset.splits else []
    return in_split or dataset.labelled("all")
