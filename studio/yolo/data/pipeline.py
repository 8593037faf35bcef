"""Prepared pictures -> tf.data: what a training or validation step gets, made in the graph."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import NamedTuple

import numpy as np

from studio.yolo.backend import tf
from studio.yolo.config import TrainConfig
from studio.yolo.data.augment import Augmentation, Picture, Read, Seen
from studio.yolo.data.prepared import THREADS, Prepared
from studio.yolo.data.schedule import Schedule

AHEAD = 2  # batches that are ready before they are asked for


class Batch(NamedTuple):
    """Pictures `(b, height, width, 3)` uint8, what they should give, and which they are.

    Boxes `(b, m, 4)` are xyxy in pixels of that input, those without area are padding; labels are
    `(b, m)` int32. `pictures` `(b, k)` int32 are the places of all that are in each, or -1.
    """

    images: tf.Tensor
    boxes: tf.Tensor
    labels: tf.Tensor
    pictures: tf.Tensor


def training_batches(
    prepared: Prepared, config: TrainConfig, schedule: Schedule, first_step: int, steps: int
) -> Generator[Batch]:
    """Yield augmented batches for the steps `first_step` to `steps`, which count from 0.

    A step is the same whichever was the first. The first batch is made before this returns.
    """

    def begin(step: int) -> tf.data.Dataset:
        return _augmented(prepared, config, schedule, step, steps)

    return _begun(_going_on(prepared, begin, first_step))


def plain_batches(prepared: Prepared, batch: int) -> Generator[Batch]:
    """Yield every picture once, letterboxed, in order; the last batch may be smaller."""
    return _begun(_going_on(prepared, lambda step: _plain(prepared, batch, step), 0))


def _begun(batches: Generator[Batch]) -> Generator[Batch]:
    """Return batches of which the first is ready: compiling is no waiting for data in a step."""
    first = next(batches, None)

    def all_of_them() -> Generator[Batch]:
        if first is not None:
            yield first
            yield from batches

    return all_of_them()


def _going_on(
    prepared: Prepared, begin: Callable[[int], tf.data.Dataset], step: int
) -> Generator[Batch]:
    """Yield the batches from a step on; where a prepared picture has gone, go on when it is back.

    Raises what TensorFlow raises where that cannot be mended, as memory that is used up.
    """
    attempts = 0
    batches = iter(begin(step))
    while True:
        try:
            batch = next(batches)
        except StopIteration:
            return
        except tf.errors.ResourceExhaustedError:
            raise
        except tf.errors.OpError:
            attempts += 1
            if not prepared.mend(attempts):
                raise
            batches = iter(begin(step))
            continue
        yield batch
        step, attempts = step + 1, 0
        if prepared.is_whole_again:
            batches = iter(begin(step))


def _augmented(
    prepared: Prepared, config: TrainConfig, schedule: Schedule, first: int, steps: int
) -> tf.data.Dataset:
    augmentation = Augmentation(config, len(prepared), reader(prepared))

    def see(position: tf.Tensor, index: tf.Tensor) -> Seen:
        sizes = tf.constant(schedule.sizes, tf.float32)
        if len(schedule.sizes) > 1:
            size = tf.gather(sizes, schedule.choice(position // schedule.batch))
            return augmentation.see(index, position, size)
        width, height = schedule.sizes[0]
        seen = augmentation.see(index, position, sizes[0])
        return seen._replace(image=tf.ensure_shape(seen.image, (height, width, 3)))

    return _batched(_places(schedule, first, steps), see, schedule.batch)


def _places(schedule: Schedule, first: int, steps: int) -> tf.data.Dataset:
    """Return the positions of the run from a step on, and the picture at each: two int64."""
    shown = schedule.steps_per_epoch * schedule.batch  # of each epoch
    epoch, step = divmod(first, schedule.steps_per_epoch)
    last = -(-steps // schedule.steps_per_epoch)

    def of_epoch(number: tf.Tensor) -> tf.data.Dataset:
        positions = tf.data.Dataset.range(number * shown, (number + 1) * shown)
        order = schedule.order(number)[:shown]
        return tf.data.Dataset.zip(positions, tf.data.Dataset.from_tensor_slices(order))

    places = tf.data.Dataset.range(epoch, last).flat_map(of_epoch)
    return places.skip(step * schedule.batch).take(max(steps - first, 0) * schedule.batch)


def _plain(prepared: Prepared, batch: int, first: int) -> tf.data.Dataset:
    read = reader(prepared)

    def see(index: tf.Tensor) -> Seen:
        picture = read(index)
        return Seen(picture.image, picture.boxes, picture.labels, tf.reshape(index, (1,)))

    return _batched(tf.data.Dataset.range(first * batch, len(prepared)), see, batch)


def _batched(places: tf.data.Dataset, see: Callable[..., Seen], batch: int) -> tf.data.Dataset:
    as_written = tf.autograph.experimental.do_not_convert  # nothing to translate: traced faster

    @as_written
    def finish(seen: Seen) -> Batch:
        return Batch(seen.image, seen.boxes, seen.labels, tf.cast(seen.pictures, tf.int32))

    seen = places.map(as_written(see), num_parallel_calls=THREADS, deterministic=True)
    # Nothing is left to be tuned, and the thread that would do so holds up the end of an epoch.
    options = tf.data.Options()
    options.autotune.enabled = False
    # Rewriting what is written down here already would copy the pictures that are in memory.
    options.experimental_optimization.apply_default_optimizations = False
    return seen.padded_batch(batch).map(finish).prefetch(AHEAD).with_options(options)


def reader(prepared: Prepared) -> Read:
    """Return the function of the graph that reads a prepared picture with its boxes."""
    lists = prepared.boxes()
    boxes = np.concatenate([np.zeros((0, 4), np.float32), *lists])
    labels = np.concatenate([np.zeros(0, np.int32), *(e.labels for e in prepared.usable)])
    ends = np.cumsum([0, *map(len, lists)])
    content = np.array(prepared.contents(), np.float32).reshape(-1, 4)

    def read(index: tf.Tensor) -> Picture:
        image, is_found = prepared.store.read(index)
        first = tf.gather(tf.constant(ends), index)
        end = tf.where(is_found, tf.gather(tf.constant(ends), index + 1), first)
        return Picture(
            image,
            tf.gather(tf.constant(content), index),
            tf.constant(boxes)[first:end],
            tf.constant(labels)[first:end],
        )

    return read
