"""The network that learns, its moving average, and the compiled steps."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from studio.yolo.backend import tf
from studio.yolo.config import TrainConfig
from studio.yolo.data.pipeline import Batch, Example
from studio.yolo.detect import SCORE_FLOOR, in_picture
from studio.yolo.evaluate import strongest
from studio.yolo.events import Losses
from studio.yolo.losses.total import Truth, yolo_losses
from studio.yolo.network import decode
from studio.yolo.network.build import build, to_input
from studio.yolo.runs import Run
from studio.yolo.suppression.plain import Candidates
from studio.yolo.training.descent import Descent, layer_of
from studio.yolo.weights.arrays import Arrays, assign_arrays, variables_to_arrays
from studio.yolo.weights.transfer import Transferred

VALIDATION_CANDIDATES = 300  # of a picture, before suppression


class Learner:
    """What training changes.

    `model` takes the steps; `average` follows it and is what is validated and saved. The layers
    named `frozen` stay as they are, their statistics too; those named `slow` have a lower rate.
    """

    def __init__(
        self,
        config: TrainConfig,
        compute: str,
        average_every: int = 4,
        frozen: Collection[str] = (),
        slow: Collection[str] = (),
    ) -> None:
        self.config = config
        self.grid = decode.cells(config.model)
        self.model = build(config.model, compute, config.seed)
        self.average = build(config.model, compute, config.seed)
        self.frozen, self.slow = tuple(frozen), tuple(slow)
        for layer in self.model.layers:
            layer.trainable = layer.name not in frozen
        self.optimizer = Descent(config, self.model, slow)
        self.average_every = average_every
        self.updates = 0  # of the average
        self._train = self._compile_train()
        self._validate = self._compile_validate()
        self._follow = tf.function(self._move_average)

    def step(self, batch: Batch, number: int, learning_rate: float) -> Losses:
        """Take step `number`, which counts from 1, at a rate that is set before it."""
        self.optimizer.set_rate(learning_rate)
        terms = self._train(batch.images, *batch.truth).numpy()
        if np.isfinite(terms).all() and number % self.average_every == 0:
            self.updates += 1
            # A young average must not remember the random start for long.
            momentum = min(self.config.ema, (1 + self.updates) / (10 + self.updates))
            self._follow(tf.constant(momentum, tf.float32))
        return Losses(*map(float, terms))

    def validate(
        self, batches: Iterable[Batch], examples: list[Example]
    ) -> tuple[Losses, list[Candidates]]:
        """Return the mean losses of the average, and what it finds in each picture."""
        total = np.zeros(3)
        found: list[Candidates] = []
        for batch in batches:
            terms, *best = self._validate(batch.images, *batch.truth)
            total += terms.numpy() * len(batch.images)
            for boxes, scores, classes in zip(*(b.numpy() for b in best), strict=True):
                size, input_size = examples[len(found)].size, self.config.model.input_size
                here = in_picture(boxes, scores, classes, size, input_size, SCORE_FLOOR)
                found.append(strongest(here))
        return Losses(*(total / len(found)).tolist()), found

    def weights(self) -> Arrays:
        """Return the average's weights and statistics, which are what detection loads."""
        return variables_to_arrays(self.average.variables)

    def state(self) -> Arrays:
        """Return everything that going on exactly here needs."""
        return {
            **variables_to_arrays(self.model.variables, "model/"),
            **variables_to_arrays(self.average.variables, "average/"),
            **variables_to_arrays(self.optimizer.variables, "optimizer/"),
            "updates": np.array(self.updates),
            "frozen": np.array(self.frozen, np.str_),
            "slow": np.array(self.slow, np.str_),
        }

    def take(self, found: Transferred) -> None:
        """Take over weights; raises FileError, and changes nothing, when they do not fit."""
        for network in (self.model, self.average):
            taken = [v for v in network.variables if layer_of(v) in found.taken]
            assign_arrays(taken, found.source.arrays, found.source.path)

    def restore(self, arrays: Arrays, run: Run) -> None:
        """Take over what `state` returned; raises FileError when it does not fit."""
        assign_arrays(self.model.variables, arrays, run.state, "model/")
        assign_arrays(self.average.variables, arrays, run.state, "average/")
        assign_arrays(self.optimizer.variables, arrays, run.state, "optimizer/")
        self.updates = int(arrays["updates"])

    def _losses(self, heads: list[tf.Tensor], truth: Truth) -> tuple[tf.Tensor, tf.Tensor]:
        raw = decode.flatten(heads)
        return raw, tf.stack(yolo_losses(raw, truth, self.grid, self.config.scheme))

    def _compile_train(self) -> Any:
        @tf.function(input_signature=self._signature())
        def train(images, boxes, labels, assigned):  # type: ignore[no-untyped-def]
            with tf.GradientTape() as tape:
                heads = self.model(to_input(images), training=True)
                _, terms = self._losses(heads, Truth(boxes, labels, assigned))
                total = tf.reduce_sum(terms)
            self.optimizer.apply(tape.gradient(total, self.optimizer.weights))
            return terms

        return train

    def _compile_validate(self) -> Any:
        @tf.function(input_signature=self._signature())
        def validate(images, boxes, labels, assigned):  # type: ignore[no-untyped-def]
            heads = self.average(to_input(images), training=False)
            raw, terms = self._losses(heads, Truth(boxes, labels, assigned))
            return terms, *decode.best_candidates(raw, self.grid, VALIDATION_CANDIDATES)

        return validate

    def _signature(self) -> list[tf.TensorSpec]:
        """Leave the sizes of batches and truth lists open, so that no step compiles anew."""
        width, height = self.config.model.input_size
        return [
            tf.TensorSpec((None, height, width, 3), tf.uint8),
            tf.TensorSpec((None, None, 4), tf.float32),
            tf.TensorSpec((None, None), tf.int32),
            tf.TensorSpec((None, self.grid.count), tf.int32),
        ]

    def _move_average(self, momentum: tf.Tensor) -> None:
        for average, value in zip(self.average.variables, self.model.variables, strict=True):
            if layer_of(value) not in self.frozen:  # else rounding would move them
                average.assign(average * momentum + value * (1 - momentum))
