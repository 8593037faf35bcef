"""How weights follow their gradients: AdamW, with a rate of its own for what was trained before."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from studio.yolo.backend import keras, tf
from studio.yolo.config import TrainConfig


class Descent:
    """Takes a network's steps.

    The layers named `slow` learn at `backbone_rate` of the rate. A factor on their gradients would
    do nothing, as Adam divides it away; so they have an optimizer of their own. Weight decay is
    part of the rate (Loshchilov & Hutter 2019, algorithm 2), hence slower too. Gradients are
    clipped by the norm of all of them together. Layers that are frozen have no state here.
    """

    def __init__(self, config: TrainConfig, network: Any, slow: Collection[str] = ()) -> None:
        self.clip_norm = config.clip_norm
        learning = network.trainable_variables
        slowly = [v for v in learning if layer_of(v) in slow]
        others = [v for v in learning if layer_of(v) not in slow]
        self._parts = [(_adamw(config, "adamw", others), others, 1.0)]
        if slowly:
            optimizer = _adamw(config, "adamw_backbone", slowly)
            self._parts.append((optimizer, slowly, config.backbone_rate))

    @property
    def weights(self) -> list[Any]:
        """The variables that learn, in the order in which `apply` takes their gradients."""
        return [variable for _, variables, _ in self._parts for variable in variables]

    @property
    def variables(self) -> list[Any]:
        """The state that going on exactly here needs."""
        return [variable for optimizer, _, _ in self._parts for variable in optimizer.variables]

    @property
    def learning_rate(self) -> Any:
        """The rate of all that has no lower one."""
        return self._parts[0][0].learning_rate

    def set_rate(self, rate: float) -> None:
        """Set the rate of the next step."""
        for optimizer, _, factor in self._parts:
            optimizer.learning_rate.assign(rate * factor)

    def apply(self, gradients: list[tf.Tensor]) -> None:
        """Take a step, given the gradients of `weights`."""
        clipped, _ = tf.clip_by_global_norm(gradients, self.clip_norm)
        for optimizer, variables, _ in self._parts:
            optimizer.apply(clipped[: len(variables)], variables)
            clipped = clipped[len(variables) :]


def layer_of(variable: Any) -> str:
    """Return the layer that a variable of a network belongs to."""
    return str(variable.path).split("/", maxsplit=1)[0]


def _adamw(config: TrainConfig, name: str, variables: list[Any]) -> Any:
    """Return AdamW whose decay spares biases and batch normalisation."""
    optimizer = keras.optimizers.AdamW(
        config.learning_rate, weight_decay=config.weight_decay, name=name
    )
    optimizer.exclude_from_weight_decay(var_names=["beta", "gamma", "bias"])
    optimizer.build(variables)
    return optimizer
