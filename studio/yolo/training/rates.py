"""The learning rate of each step."""

from __future__ import annotations

import math

from studio.yolo.config import TrainConfig

WARMUP_STEPS = 100  # at least, if any, as long as that is no more than a fifth of all steps
STEPS_AT = (0.8, 0.9)  # of all steps: there, `step` goes down to a tenth
BEYOND_SENSE = 0.1  # a higher rate makes any of the networks diverge


def beyond_sense(rate: float) -> str:
    """Return a sentence about a rate that is far too high, "" for others."""
    if rate <= BEYOND_SENSE:
        return ""
    return (
        f"a learning rate of {rate:g} is far above what these networks bear "
        f"({BEYOND_SENSE:g} at most): nothing will be learnt"
    )


def learning_rate(config: TrainConfig, step: int, steps: int, steps_per_epoch: int) -> float:
    """Return the rate of a step, counted from 1 to `steps`: linear warm-up, then `config.rate`."""
    asked = config.warmup_epochs * steps_per_epoch
    warmup = min(max(asked, WARMUP_STEPS), steps / 5) if asked else 0
    if step <= warmup:
        return config.learning_rate * step / warmup
    if config.rate == "step":  # as Darknet's cfg files: steps=400000,450000 of 500200
        return float(config.learning_rate * 0.1 ** sum(step > at * steps for at in STEPS_AT))
    if config.rate == "constant":
        return config.learning_rate
    done = (step - warmup) / max(steps - warmup, 1)
    cosine = (1 + math.cos(math.pi * done)) / 2
    return config.learning_rate * (config.final_rate + (1 - config.final_rate) * cosine)
