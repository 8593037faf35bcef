"""Some training pictures as training shows them, to look at."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from studio.errors import StudioError
from studio.labels.images import Image
from studio.labels.samples import Sample, Samples
from studio.yolo import machine
from studio.yolo.config import TrainConfig
from studio.yolo.data.pipeline import training_batches
from studio.yolo.data.prepared import prepare
from studio.yolo.data.schedule import Schedule
from studio.yolo.events import Progress, Status

READ_FOR_EACH = 5  # as many as one picture can be made of


@dataclass(frozen=True, slots=True)
class Sampled:
    """An augmented picture at a size of the input, with its boxes `(m, 4)` there and classes."""

    image: Image
    xyxy: NDArray[np.float32]
    labels: NDArray[np.int32]


def augmented_samples(
    dataset: Samples, config: TrainConfig, count: int, start: int = 0
) -> Generator[Status | Progress | Sampled]:
    """Yield how far reading is, then `count` training pictures; another `start` gives others.

    Only so many pictures are read as these are made of. Raises StudioError where none can be used.
    """
    yield Status("Reading pictures and labels…")
    machine.set_up_as_known()
    items = _some(dataset.labelled("train"), READ_FOR_EACH * count, config.seed, start)
    prepared = yield from prepare(items, replace(config, cache="memory"))
    yield from map(Status, prepared.take_notes())
    if not len(prepared):
        raise StudioError(f"{dataset.root}: no labelled picture of the training split can be used")
    schedule = Schedule.of(len(prepared), replace(config, batch_size=1))
    for batch in training_batches(prepared, config, schedule, start, start + count):
        boxes, labels = batch.boxes[0].numpy(), batch.labels[0].numpy()
        yield Sampled(batch.images[0].numpy(), boxes, labels)


def _some(items: Sequence[Sample], most: int, seed: int, start: int) -> list[Sample]:
    """Return at most so many of all, those that begin at a place of the seed's order."""
    order = np.random.default_rng(seed).permutation(len(items))
    return [items[i] for i in np.roll(order, -start)[:most]]
