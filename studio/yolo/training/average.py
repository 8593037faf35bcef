"""The moving average of a network, which is what is validated and saved."""

from __future__ import annotations

from typing import Any

from studio.yolo.backend import keras, tf

YOUNG = 10  # updates, for about which the average forgets the random start sooner


class Average:
    """Lets variables follow others (Polyak and Juditsky 1992), with `momentum` at most."""

    def __init__(self, averages: list[Any], values: list[Any], momentum: float) -> None:
        self._pairs = list(zip(averages, values, strict=True))
        self._momentum = momentum
        self._updates = keras.Variable(0, dtype="int64", trainable=False, name="updates")
        self.variables = [self._updates]
        self.follow = tf.function(self._follow)

    def _follow(self, taken: tf.Tensor) -> None:
        """Move once if a step was taken, else not; without a branch, as in Descent."""
        self._updates.assign_add(tf.cast(taken, tf.int64))
        updates = tf.cast(self._updates, tf.float32)
        momentum = tf.minimum(self._momentum, (1.0 + updates) / (YOUNG + updates))
        share = tf.where(taken, 1.0 - momentum, 0.0)
        for average, value in self._pairs:
            tf.raw_ops.ResourceApplyGradientDescent(
                var=average.value.handle, alpha=share, delta=average - value
            )
