"""Dataset -> tf.data: what a training or validation step gets.

Pictures are decoded and augmented by numpy and OpenCV on tf.data's threads (both let go of
Python's lock), assignment to cells runs in the graph.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileError
from studio.labels import images
from studio.labels.boxes import Annotation, Floats, as_array
from studio.labels.images import Image, Letterbox
from studio.labels.samples import Sample
from studio.yolo.backend import tf
from studio.yolo.config import TrainConfig
from studio.yolo.data.augment import augment
from studio.yolo.data.targets import assign
from studio.yolo.events import Progress
from studio.yolo.losses.total import Truth
from studio.yolo.network.model import ModelConfig

THREADS = max(2, (os.cpu_count() or 2) - 1)  # that decode and augment


class Batch(NamedTuple):
    """Pictures `(batch, height, width, 3)` uint8 and what they should give."""

    images: tf.Tensor
    truth: Truth
    lost: tf.Tensor


@dataclass(frozen=True, slots=True)
class Example:
    """A picture to learn from: its size, and boxes `(m, 4)` with class numbers `(m,)`."""

    item: Sample
    size: tuple[int, int]
    xyxy: NDArray[np.float32]
    labels: NDArray[np.int32]

    def view(self, model: ModelConfig) -> Letterbox:
        """Return how the picture is laid into a model's input."""
        return Letterbox.fit(self.size, model.input_size)


@dataclass(slots=True)
class Examples:
    """The usable pictures of a split, and a sentence for each thing that was passed over."""

    usable: list[Example] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _taken: int = 0

    def __len__(self) -> int:
        return len(self.usable)

    def load(self, index: int) -> tuple[Image, Floats, NDArray[np.int32]]:
        """Return a picture, its boxes and its classes.

        One that was readable at the start and no longer is counts as grey paper with nothing on
        it, and is noted: it must not end hours of training.
        """
        example = self.usable[index]
        try:
            return example.item.load(), example.xyxy, example.labels
        except FileError as error:
            note = f"shown as an empty picture: {error}"
            if note not in self.notes:
                self.notes.append(note)
        width, height = example.size
        grey = np.full((height, width, 3), images.GREY, np.uint8)
        return grey, example.xyxy[:0], example.labels[:0]

    def take_notes(self) -> list[str]:
        """Return the notes that nobody has taken yet."""
        fresh = self.notes[self._taken :]
        self._taken += len(fresh)
        return fresh


def read_examples(
    items: Sequence[Sample], classes: tuple[str, ...]
) -> Generator[Progress, None, Examples]:
    """Read the labels of pictures and look whether each picture can be decoded.

    Yields how far it is and returns the examples. What cannot be used (an unreadable file, a box
    without area, a class nobody listed) is left out and noted, so that a fault shows now and not
    in the middle of training.
    """
    examples = Examples()
    strangers: Counter[str] = Counter()
    for done, item in enumerate(items):
        yield Progress(done, len(items))
        try:
            image = item.load()
            annotation = item.read((image.shape[1], image.shape[0]))
        except FileError as error:
            examples.notes.append(f"passed over: {error}")
            continue
        examples.notes += [f"{item.labels}: {p.detail}" for p in annotation.problems]
        strangers.update(box.label for box in annotation.boxes if box.label not in classes)
        examples.usable.append(_example(item, annotation, classes))
    for label, count in strangers.items():
        examples.notes.append(
            f"class {label!r} is not in the project's class list, boxes passed over: {count}"
        )
    return examples


def _example(item: Sample, annotation: Annotation, classes: tuple[str, ...]) -> Example:
    boxes = tuple(box for box in annotation.boxes if box.label in classes)
    labels = np.array([classes.index(box.label) for box in boxes], np.int32)
    return Example(item, (annotation.width, annotation.height), as_array(boxes), labels)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Which picture is seen when: every epoch all of them, in an order drawn from the seed.

    `position` counts the pictures seen since the start of training. A last batch that would not
    be full is left out, so each epoch misses other pictures.
    """

    pictures: int
    batch_size: int
    seed: int

    @property
    def batch(self) -> int:
        return min(self.batch_size, self.pictures)

    @property
    def steps_per_epoch(self) -> int:
        return self.pictures // self.batch

    def picture(self, position: int) -> tuple[int, np.random.Generator]:
        """Return the picture at a position, and the generator that augments it there."""
        epoch, place = divmod(position, self.steps_per_epoch * self.batch)
        return int(_order(self.seed, epoch, self.pictures)[place]), np.random.default_rng(
            (self.seed, epoch, place)
        )

    def batch_at(self, step: int) -> list[int]:
        """Return the pictures of a step, which counts from 0."""
        first = step * self.batch
        return [self.picture(p)[0] for p in range(first, first + self.batch)]


@lru_cache(maxsize=4)
def _order(seed: int, epoch: int, pictures: int) -> NDArray[np.int64]:
    return np.random.default_rng((seed, epoch)).permutation(pictures)


def training_batches(
    examples: Examples, config: TrainConfig, schedule: Schedule, first_step: int, steps: int
) -> Generator[Batch]:
    """Yield augmented batches for the steps `first_step` to `steps`."""

    def load(position: NDArray[np.int64]) -> tuple[Image, Floats, NDArray[np.int32]]:
        index, rng = schedule.picture(int(position))
        image, boxes, labels = examples.load(index)
        view, xyxy, kept = augment(image, boxes, config, rng)
        return view, xyxy[kept], labels[kept]

    positions = tf.data.Dataset.range(first_step * schedule.batch, steps * schedule.batch)
    threshold = config.scheme.assign_threshold
    yield from _batches(positions, load, config.model, schedule.batch, threshold)


def plain_batches(
    examples: Examples, model: ModelConfig, batch: int, assign_threshold: float
) -> Generator[Batch]:
    """Yield every picture once, letterboxed, in order; the last batch may be smaller."""

    def load(position: NDArray[np.int64]) -> tuple[Image, Floats, NDArray[np.int32]]:
        image, boxes, labels = examples.load(int(position))
        view = examples.usable[int(position)].view(model)
        return view.apply(image), view.forward(boxes), labels

    positions = tf.data.Dataset.range(len(examples))
    yield from _batches(positions, load, model, batch, assign_threshold)


def _batches(
    positions: tf.data.Dataset,
    load: Callable[[NDArray[np.int64]], tuple[Image, Floats, NDArray[np.int32]]],
    model: ModelConfig,
    batch: int,
    assign_threshold: float,
) -> Generator[Batch]:
    width, height = model.input_size

    def read(position: tf.Tensor) -> tuple[tf.Tensor, ...]:
        types = (tf.uint8, tf.float32, tf.int32)
        image, boxes, labels = tf.numpy_function(load, [position], types)
        image.set_shape((height, width, 3))
        boxes.set_shape((None, 4))
        labels.set_shape((None,))
        return image, boxes, labels

    def place(images: tf.Tensor, boxes: tf.Tensor, labels: tf.Tensor) -> Batch:
        assigned, lost = assign(boxes, model, assign_threshold)
        return Batch(images, Truth(boxes, labels, assigned), lost)

    data = positions.map(read, num_parallel_calls=THREADS, deterministic=True)
    yield from data.padded_batch(batch).map(place).prefetch(2)
