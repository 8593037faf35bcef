"""Which picture is seen when, and at what size: a pure function of the seed and the step.

Everything is drawn by TensorFlow's stateless numbers (Salmon et al. 2011, Philox), so that the
graph and Python draw the same, on every machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from studio.yolo.backend import tf
from studio.yolo.config import TrainConfig

STRIDE = 32  # of the coarsest head: what each side of an input is a multiple of
_ORDER, _SIZE = 1, 2  # streams of numbers of one seed

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every epoch shows all pictures once, in an order of its own. Steps count from 0.

    A last batch that would not be full is left out, so each epoch misses other pictures. `sizes`
    are those of the input, (width, height), that steps may have.
    """

    pictures: int
    batch_size: int
    seed: int
    sizes: tuple[Size, ...]

    @classmethod
    def of(cls, pictures: int, config: TrainConfig) -> Schedule:
        """Return the schedule of a run that learns from so many pictures."""
        sizes = input_sizes(config.model.input_size, config.multi_scale)
        return cls(pictures, config.batch_size, config.seed, sizes)

    @property
    def batch(self) -> int:
        return min(self.batch_size, self.pictures)

    @property
    def steps_per_epoch(self) -> int:
        return self.pictures // self.batch

    def batch_at(self, step: int) -> list[int]:
        """Return the pictures of a step."""
        epoch, place = divmod(step, self.steps_per_epoch)
        first = place * self.batch
        return list(_order(self.seed, epoch, self.pictures)[first : first + self.batch])

    def order(self, epoch: tf.Tensor) -> tf.Tensor:
        """Return the pictures of an epoch as the graph draws them: `(pictures,)` int64."""
        return draw_order(self.seed, epoch, self.pictures)

    def choice(self, step: tf.Tensor) -> tf.Tensor:
        """Return the place in `sizes` of a step's size: a scalar int32."""
        shape, most = (), len(self.sizes)
        seed = stream(self.seed, _SIZE, step)
        return tf.random.stateless_uniform(shape, seed, 0, most, tf.int32, alg="philox")


def input_sizes(size: Size, share: float) -> tuple[Size, ...]:
    """Return the sizes, multiples of 32, that differ from `size` by at most a share; small first.

    The sides change by one factor, as far as whole multiples allow (Redmon and Farhadi 2016,
    YOLO9000, section 2, multi-scale training).
    """
    longest = max(size)
    lengths = _multiples(longest, share)
    sizes = [tuple(_nearest(side, length / longest, share) for side in size) for length in lengths]
    return tuple((width, height) for width, height in sizes)


def _multiples(side: int, share: float) -> range:
    low = math.ceil(side * (1 - share) / STRIDE - 1e-9)
    high = math.floor(side * (1 + share) / STRIDE + 1e-9)
    return range(STRIDE * max(low, 1), STRIDE * high + 1, STRIDE)


def _nearest(side: int, factor: float, share: float) -> int:
    return min(_multiples(side, share), key=lambda length: abs(length - side * factor))


def draw_order(seed: int, epoch: tf.Tensor, pictures: int) -> tf.Tensor:
    """Return a permutation `(pictures,)` int64, the order of random keys."""
    keys = tf.random.stateless_uniform((pictures,), stream(seed, _ORDER, epoch), alg="philox")
    return tf.cast(tf.argsort(keys, stable=True), tf.int64)


def stream(seed: int, kind: int, position: tf.Tensor) -> tf.Tensor:
    """Return the seed `(2,)` int64 of one kind of number at one position of a run."""
    return tf.stack([tf.constant(seed * 8 + kind, tf.int64), tf.cast(position, tf.int64)])


@lru_cache(maxsize=4)
def _order(seed: int, epoch: int, pictures: int) -> tuple[int, ...]:
    with tf.device("/CPU:0"):
        return tuple(draw_order(seed, tf.constant(epoch, tf.int64), pictures).numpy().tolist())
