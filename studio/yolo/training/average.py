"""The moving average of a network, which is what is validated and saved."""

from __future__ import annotations

from typing import Any

from studio.yolo.backend import keras, tf

FORGETFUL, MINDFUL = 9.0, 2.5  # exponents: it is 1/10 and 1/3.5 of the updates behind
EPOCHS = 300  # in which the exponent would come down to 1


class Average:
    """Lets variables follow others, with `momentum` at most. `epoch` is its updates in one epoch.

    It has polynomial decay (Shamir and Zhang 2013, Stochastic Gradient Descent for Non-smooth
    Optimization, section 4): it forgets the random start, and looks back over a share of the
    updates so far. That is a tenth at first, as what comes later is better. After some 30 epochs
    pictures hold little that is new, but are learnt by heart, one more and one less: from then on
    the share grows, until 120 epochs.
    """

    def __init__(
        self, averages: list[Any], values: list[Any], momentum: float, epoch: float
    ) -> None:
        self._pairs = list(zip(averages, values, strict=True))
        self._momentum, self._epoch = momentum, epoch
        self._updates = keras.Variable(0, dtype="int64", trainable=False, name="updates")
        self.variables = [self._updates]
        self.follow = tf.function(self._follow)

    def _follow(self, taken: tf.Tensor) -> None:
        """Move once if a step was taken, else not; without a branch, as in Descent."""
        self._updates.assign_add(tf.cast(taken, tf.int64))
        updates = tf.cast(self._updates, tf.float32)
        exponent = tf.clip_by_value(EPOCHS * self._epoch / updates, MINDFUL, FORGETFUL)
        momentum = tf.minimum(self._momentum, (1.0 + updates) / (1.0 + exponent + updates))
        share = tf.where(taken, 1.0 - momentum, 0.0)
        for average, value in self._pairs:
            tf.raw_ops.ResourceApplyGradientDescent(
                var=average.value.handle, alpha=share, delta=average - value
            )
