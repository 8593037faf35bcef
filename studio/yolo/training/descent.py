"""How weights follow their gradients: AdamW, with a rate of its own for what was trained before."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from studio.yolo.backend import keras, tf
from studio.yolo.config import TrainConfig

BETA_1, BETA_2 = 0.9, 0.999  # what the means of gradients and of their squares keep
EPSILON = 1e-7


class Descent:
    """Takes a network's steps (AdamW: Loshchilov & Hutter 2019, algorithm 2).

    The layers named `slow` learn at `backbone_rate` of the rate. A factor on their gradients would
    do nothing, as Adam divides it away. Weight decay is part of the rate, hence slower too; it is
    not of biases and batch normalisation, which are those with one axis. Gradients are clipped by
    the norm of all of them together. Layers that are frozen have no state here.

    One operation a variable goes through weights, means and squares at once; Keras' own optimizer
    needs a dozen, each of which reads and writes them all.
    """

    def __init__(self, config: TrainConfig, network: Any, slow: Collection[str] = ()) -> None:
        self.clip_norm, self.decay = config.clip_norm, config.weight_decay
        self.weights: list[Any] = list(network.trainable_variables)
        self._factors = [
            config.backbone_rate if layer_of(weight) in slow else 1.0 for weight in self.weights
        ]
        self.learning_rate = keras.Variable(config.learning_rate, name="learning_rate")
        self.steps = keras.Variable(0, dtype="int64", trainable=False, name="steps")
        self._means = [_beside(weight, "mean") for weight in self.weights]
        self._squares = [_beside(weight, "square") for weight in self.weights]

    @property
    def variables(self) -> list[Any]:
        """The state that going on exactly here needs; the rate is set before each step."""
        return [self.steps, *self._means, *self._squares]

    def set_rate(self, rate: float) -> None:
        """Set the rate of the next step, of all that has no lower one."""
        self.learning_rate.assign(rate)

    def apply(
        self, gradients: list[tf.Tensor], scale: float | tf.Tensor = 1.0, may: Any = True
    ) -> tf.Tensor:
        """Take a step, given the gradients of `weights` times `scale`; return whether it was taken.

        It is not unless `may` is true and the norm of the gradients is finite. Then every value
        stays what it is, without a branch, for which the program would wait for a GPU: the rate
        and the share of the gradients are zero, and the means keep all of themselves.
        """
        norm = tf.linalg.global_norm(gradients) / scale
        taken = tf.math.is_finite(norm) & may
        share = tf.where(taken, self.clip_norm / tf.maximum(norm, self.clip_norm), 0.0) / scale
        step = tf.cast(self.steps + 1, tf.float32)
        rate = tf.where(taken, self.learning_rate, 0.0)
        keep_1, keep_2 = tf.where(taken, BETA_1, 1.0), tf.where(taken, BETA_2, 1.0)
        places = zip(
            self.weights, gradients, self._means, self._squares, self._factors, strict=True
        )
        for weight, gradient, mean, square, factor in places:
            if self.decay and len(weight.shape) > 1:
                weight.assign(weight * (1.0 - rate * (factor * self.decay)))
            tf.raw_ops.ResourceApplyAdam(
                var=weight.value.handle,
                m=mean.value.handle,
                v=square.value.handle,
                beta1_power=tf.pow(BETA_1, step),
                beta2_power=tf.pow(BETA_2, step),
                lr=rate * factor,
                beta1=keep_1,
                beta2=keep_2,
                epsilon=EPSILON,
                grad=tf.math.multiply_no_nan(gradient, share),  # 0 of what is not finite is 0
            )
        self.steps.assign_add(tf.cast(taken, tf.int64))
        return taken


def layer_of(variable: Any) -> str:
    """Return the layer that a variable of a network belongs to."""
    return str(variable.path).split("/", maxsplit=1)[0]


def _beside(weight: Any, what: str) -> Any:
    """Make a variable of zeros like a weight, under its name."""
    name = f"{weight.path.replace('/', '_')}_{what}"
    return keras.Variable("zeros", shape=weight.shape, trainable=False, name=name)
