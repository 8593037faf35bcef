"""The network that learns, its moving average, and the compiled steps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.yolo.backend import tf
from studio.yolo.config import TrainConfig, equal_parts
from studio.yolo.data.examples import Example
from studio.yolo.data.pipeline import Batch
from studio.yolo.data.targets import assign
from studio.yolo.detect import MOST_CANDIDATES, SCORE_FLOOR, in_picture
from studio.yolo.evaluate import strongest
from studio.yolo.losses.total import Truth, yolo_losses
from studio.yolo.losses.weights import class_weights
from studio.yolo.network import decode
from studio.yolo.network.build import build, to_input
from studio.yolo.network.model import ModelConfig
from studio.yolo.runs import Run
from studio.yolo.suppression.plain import Candidates
from studio.yolo.training.average import Average
from studio.yolo.training.descent import Descent, layer_of
from studio.yolo.training.scaling import LossScale
from studio.yolo.training.step import compile_step, signature
from studio.yolo.training.tally import Figures, Tally, tally
from studio.yolo.weights.arrays import Arrays, assign_arrays, variables_to_arrays
from studio.yolo.weights.transfer import Transferred

OUTCOME = -1  # the last figure of a step
AVERAGE_EVERY = 4  # steps; each costs about a hundredth of a step


class Learner:
    """What training changes.

    `model` takes the steps; `average` follows it and is what is validated and saved. The layers
    named `frozen` stay as they are, their statistics too; those named `slow` have a lower rate.
    `class_counts` are the boxes of each class that there are to learn from.
    """

    def __init__(
        self,
        config: TrainConfig,
        compute: str,
        steps_per_epoch: int = 4,
        frozen: Collection[str] = (),
        slow: Collection[str] = (),
        class_counts: Sequence[int] = (),
    ) -> None:
        self.config = config
        weights = class_weights(class_counts, config.class_weighting)
        self.scheme = replace(config.scheme, class_weights=weights)
        self.model = build(config.model, compute, config.seed, any_size=config.multi_scale > 0)
        self.average = build(config.model, compute, config.seed)
        self.frozen, self.slow = tuple(frozen), tuple(slow)
        for layer in self.model.layers:
            layer.trainable = layer.name not in frozen
        self.optimizer = Descent(config, self.model, slow)
        self._scaling = LossScale(compute)
        # Each epoch validates a new average, also where it has fewer steps.
        self._average_every = min(AVERAGE_EVERY, steps_per_epoch)
        updates = steps_per_epoch / self._average_every
        self._averaging = Average(*self._followed(), config.ema, updates)
        self._steps: dict[tuple[int, ...], Any] = {}
        self._pending: list[tuple[int, tf.Tensor]] = []
        self._validate = self._compile_validate()

    @property
    def fetches_each_step(self) -> bool:
        """Whether figures are there as soon as a step is, so that nothing is gained by waiting."""
        return not tf.config.list_logical_devices("GPU")

    def step(self, batch: Batch, number: int, learning_rate: float) -> None:
        """Take step `number`, which counts from 1, at a rate that is set before it."""
        self.optimizer.set_rate(learning_rate)
        figures = self._step_for(batch)(batch.images, batch.boxes, batch.labels)
        if number % self._average_every == 0:
            self._averaging.follow(figures[OUTCOME] > 0)
        self._pending.append((number, figures))

    def fetch(self) -> Tally:
        """Return what the steps since the last call came to; waits for them."""
        numbers = [number for number, _ in self._pending]
        figures = [Figures(*figures.numpy().tolist()) for _, figures in self._pending]
        self._pending.clear()
        return tally(numbers, figures)

    def validate(
        self, batch: Batch, examples: Sequence[Example]
    ) -> tuple[NDArray[np.float64], list[Candidates]]:
        """Return the losses `(3,)` of the average, summed over the pictures of a batch, and what it
        finds in each. `examples` begin with those of the batch.
        """
        terms, *best = self._validate(batch.images, batch.boxes, batch.labels)
        boxes, scores, classes = (b.numpy() for b in best)
        input_size, found = self.config.model.input_size, []
        for i in range(len(boxes)):
            size = examples[i].size
            here = in_picture(boxes[i], scores[i], classes[i], size, input_size, SCORE_FLOOR)
            found.append(strongest(here))
        return terms.numpy().astype(np.float64) * len(found), found

    def weights(self) -> Arrays:
        """Return the average's weights and statistics, which are what detection loads."""
        return variables_to_arrays(self.average.variables)

    def state(self) -> Arrays:
        """Return everything that going on exactly here needs."""
        return {
            **variables_to_arrays(self.model.variables, "model/"),
            **variables_to_arrays(self.average.variables, "average/"),
            **variables_to_arrays(self._descending, "optimizer/"),
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
        assign_arrays(self._descending, arrays, run.state, "optimizer/")
        self._pending.clear()

    @property
    def _descending(self) -> list[Any]:
        """The state of all that moves the weights."""
        return [
            *self.optimizer.variables,
            *self._scaling.variables,
            *self._averaging.variables,
        ]

    def _followed(self) -> tuple[list[Any], list[Any]]:
        """Return the average's variables and those that they follow, which are not the frozen."""
        pairs = zip(self.average.variables, self.model.variables, strict=True)
        moving = [(a, v) for a, v in pairs if layer_of(v) not in self.frozen]
        return [a for a, _ in moving], [v for _, v in moving]

    def _step_for(self, batch: Batch) -> Any:
        """Return the step for the size of a batch; each is compiled when it is first needed."""
        count, height, width, _ = batch.images.shape
        parts = equal_parts(count, self.config.parts)
        key = (width, height, parts)
        if key not in self._steps:
            model = _at_size(self.config.model, (width, height))
            self._steps[key] = compile_step(
                self.model, self.optimizer, self._scaling, model, self.scheme, parts
            )
        return self._steps[key]

    def _compile_validate(self) -> Any:
        model, grid = self.config.model, decode.cells(self.config.model)

        @tf.function(input_signature=signature(model))
        def validate(images, boxes, labels):  # type: ignore[no-untyped-def]
            raw = decode.flatten(self.average(to_input(images), training=False))
            assigned, _ = assign(boxes, model, self.scheme.assign_threshold)
            terms = yolo_losses(raw, Truth(boxes, labels, assigned), grid, self.scheme)
            return tf.stack(terms), *decode.best_candidates(raw, grid, MOST_CANDIDATES)

        return validate


def _at_size(model: ModelConfig, size: tuple[int, int]) -> ModelConfig:
    """Return a model for another input whose anchors are as large, in pixels, as they were."""
    return replace(model, input_size=size, anchors=replace(model.anchors, input_size=size))
