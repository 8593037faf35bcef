"""The compiled step of training, for pictures of one size."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from studio.yolo.backend import keras, tf
from studio.yolo.data.targets import assign
from studio.yolo.losses.presets import Scheme
from studio.yolo.losses.total import Truth, learning_cells, yolo_losses
from studio.yolo.network import decode
from studio.yolo.network.build import convolutions, to_input
from studio.yolo.network.model import ModelConfig
from studio.yolo.training.descent import Descent
from studio.yolo.training.scaling import LossScale
from studio.yolo.training.tally import OVERFLOWED, REFUSED, TAKEN


class Gathered(NamedTuple):
    """What a batch, or a part of it, says: the terms `(3,)`, the gradients of all weights and
    the statistics of batch normalisation after it.
    """

    terms: tf.Tensor
    gradients: list[tf.Tensor]
    statistics: list[tf.Tensor]


def signature(model: ModelConfig) -> list[tf.TensorSpec]:
    """Leave the sizes of batches and truth lists open, so that no step compiles anew."""
    width, height = model.input_size
    return [
        tf.TensorSpec((None, height, width, 3), tf.uint8),
        tf.TensorSpec((None, None, 4), tf.float32),
        tf.TensorSpec((None, None), tf.int32),
    ]


def compile_step(
    network: keras.Model,
    descent: Descent,
    scaling: LossScale,
    model: ModelConfig,
    scheme: Scheme,
    parts: int,
) -> Callable[..., tf.Tensor]:
    """Return the step: images, boxes and labels to `Figures` `(6,)`.

    The batch is gone through in `parts` equal parts. Where its loss, its gradients or the
    statistics are not finite, nothing changes.
    """
    grid = decode.cells(model)
    statistics = _statistics(network)

    def gather(
        images: tf.Tensor, truth: Truth, scale: tf.Tensor, learning: Any, before: list[tf.Tensor]
    ) -> Gathered:
        with (
            tf.GradientTape() as tape,
            keras.StatelessScope(zip(statistics, before, strict=True)) as moved,
        ):
            raw = decode.flatten(network(to_input(images), training=True))
            terms = tf.stack(yolo_losses(raw, truth, grid, scheme, learning)) / parts
            total = tf.reduce_sum(terms) * scale
        gradients = tape.gradient(total, [weight.value for weight in descent.weights])
        return Gathered(terms, gradients, [moved.get_current_value(s) for s in statistics])

    @tf.function(input_signature=signature(model))
    def step(images, boxes, labels):  # type: ignore[no-untyped-def]
        assigned, lost = assign(boxes, model, scheme.assign_threshold)
        truth, scale = Truth(boxes, labels, assigned), scaling.value
        learning = learning_cells(assigned, grid) / parts
        work = partial(gather, scale=scale, learning=learning)
        before = [tf.identity(statistic.value) for statistic in statistics]
        found = work(images, truth, before=before) if parts == 1 else None
        if found is None:
            found = _in_parts(work, parts, images, truth, descent, before)
        sane = _all_finite([found.terms, *found.statistics])
        taken = descent.apply(found.gradients, scale, sane)
        for statistic, value, old in zip(statistics, found.statistics, before, strict=True):
            statistic.assign(tf.where(taken, value, old))
        overflowed = sane & ~taken & (scale > 1.0)
        scaling.move(taken, overflowed)
        outcome = tf.where(taken, TAKEN, tf.where(overflowed, OVERFLOWED, REFUSED))
        counts = [tf.cast(n, tf.float32) for n in (_count(boxes), tf.reduce_sum(lost))]
        return tf.concat([found.terms, [*counts, outcome]], axis=0)

    return step  # type: ignore[no-any-return]


def _in_parts(
    work: Callable[..., Gathered],
    parts: int,
    images: tf.Tensor,
    truth: Truth,
    descent: Descent,
    statistics: list[tf.Tensor],
) -> Gathered:
    """Go through the parts one after the other, so that only one is in memory."""
    size = tf.shape(images)[0] // parts

    def go_on(part: tf.Tensor, so_far: Gathered) -> tuple[tf.Tensor, Gathered]:
        here = slice(part * size, (part + 1) * size)
        found = work(images[here], Truth(*(of[here] for of in truth)), before=so_far.statistics)
        gradients = [a + b for a, b in zip(so_far.gradients, found.gradients, strict=True)]
        return part + 1, Gathered(so_far.terms + found.terms, gradients, found.statistics)

    zeros = [tf.zeros(weight.shape) for weight in descent.weights]
    start = Gathered(tf.zeros(3), zeros, statistics)
    _, found = tf.while_loop(lambda part, _: part < parts, go_on, (0, start), parallel_iterations=1)
    return found  # type: ignore[no-any-return]


def _statistics(network: keras.Model) -> list[Any]:
    """Return the means and variances that training moves."""
    layers = [layer for layer in convolutions(network) if layer.batch_norm and layer.trainable]
    return [statistic for layer in layers for statistic in (layer.mean, layer.variance)]


def _all_finite(values: list[tf.Tensor]) -> tf.Tensor:
    return tf.reduce_all(tf.math.is_finite(tf.concat(values, axis=0)))


def _count(boxes: tf.Tensor) -> tf.Tensor:
    """Return how many boxes are no padding."""
    return tf.math.count_nonzero(tf.reduce_all(boxes[..., 2:] > boxes[..., :2], axis=-1))
