"""The scale of the loss under float16, whose small gradients would otherwise be zero."""

from __future__ import annotations

from typing import Any

from studio.yolo.backend import keras, tf

HIGHEST = 2.0**15  # to begin with, and at most
STEPS_BEFORE_DOUBLING = 2000


class LossScale:
    """A factor of the loss, by which the gradients are divided again in float32.

    It is halved when a gradient overflows and doubled after 2,000 steps in which none did
    (Micikevicius et al. 2018, section 3.2); never below 1. Under the other types it is 1.
    """

    def __init__(self, compute: str) -> None:
        self.variables: list[Any] = []
        if compute == "float16":
            self._scale = _number(HIGHEST, "loss_scale")
            self._good = _number(0.0, "steps_at_this_scale")
            self.variables = [self._scale, self._good]

    @property
    def value(self) -> tf.Tensor:
        """The factor."""
        return tf.identity(self._scale.value) if self.variables else tf.constant(1.0)

    def move(self, taken: tf.Tensor, overflowed: tf.Tensor) -> None:
        """Follow a step that was taken, or whose gradients overflowed, or neither."""
        if not self.variables:
            return
        good = tf.where(overflowed, 0.0, self._good + tf.cast(taken, tf.float32))
        doubled = good >= STEPS_BEFORE_DOUBLING
        up = tf.where(doubled, tf.minimum(self._scale * 2.0, HIGHEST), self._scale)
        self._scale.assign(tf.where(overflowed, tf.maximum(self._scale / 2.0, 1.0), up))
        self._good.assign(tf.where(doubled, 0.0, good))


def _number(value: float, name: str) -> Any:
    return keras.Variable(value, dtype="float32", trainable=False, name=name)
