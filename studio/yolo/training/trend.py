"""In words: how a training goes, from the metrics of its epochs so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

EPOCHS_TO_SEE = 5  # before anything can be said
WINDOW = 3  # epochs or measurements that are averaged, so that noise does not change the words
BETTER_AP = 0.002  # less is noise
BETTER_LOSS = 0.01  # share by which a loss falls that counts as falling
RISEN = 0.05  # share by which a validation loss has to be above its lowest
TIMES_FIRST = 10.0  # the loss of the first epoch, above which a training diverges


@dataclass(frozen=True, slots=True)
class Point:
    """An epoch: mean training loss, and validation loss and AP where they were measured."""

    epoch: int
    train: float
    val: float | None = None
    ap: float | None = None


def trend(history: Sequence[Point]) -> str:
    """Say how a training goes; "" while that is not known yet.

    Figures that are not finite, as of an epoch whose steps were all refused, are left out.
    """
    history = [_finite(point) for point in history if math.isfinite(point.train)]
    if not history:
        return ""
    if words := _diverging(history):
        return words
    if len(history) < EPOCHS_TO_SEE:
        return ""
    measured = [(p.epoch, p.ap) for p in history if p.ap is not None]
    if not measured:
        return _by_training_loss(history)
    waited = history[-1].epoch - _last_better(measured)
    # A measurement more than a window away from the last better one shows nothing better.
    if waited < _patience(history, measured):
        return "still improving"
    return _overfitting(history, measured) or f"plateau: no better AP for {waited} epochs"


def _finite(point: Point) -> Point:
    val = point.val if point.val is not None and math.isfinite(point.val) else None
    return replace(point, val=val)


def _diverging(history: Sequence[Point]) -> str:
    first, last = history[0].train, history[-1].train
    if last <= TIMES_FIRST * first:
        return ""
    times = f"{last / first:.0f} times" if first > 0 else "far above"
    return f"diverging: the training loss is {times} that of the first epoch; lower the rate"


def _by_training_loss(history: Sequence[Point]) -> str:
    losses = _smooth([p.train for p in history])
    lowest, since = losses[0], history[0].epoch
    for point, loss in zip(history, losses, strict=True):
        if loss < lowest * (1 - BETTER_LOSS):
            lowest, since = loss, point.epoch
    waited = history[-1].epoch - since
    if waited < _patience(history, [(p.epoch, p.train) for p in history]):
        return "still improving"
    return f"plateau: no lower training loss for {waited} epochs"


def _overfitting(history: Sequence[Point], measured: Sequence[tuple[int, float]]) -> str:
    """Say that the training pictures are learnt by heart, "" where that is not so."""
    known = [p for p in history if p.val is not None]
    val = _smooth([p.val for p in known if p.val is not None])
    train = _smooth([p.train for p in known])
    lowest = min(range(len(val)), key=val.__getitem__, default=0)
    after = val[lowest + 1 :]
    if len(after) < WINDOW or min(after[-WINDOW:]) <= val[lowest] * (1 + RISEN):
        return ""
    if train[-1] >= train[lowest] * (1 - BETTER_LOSS):
        return ""
    best = max(measured, key=lambda m: (m[1], m[0]))[0]
    return (
        "overfitting: training loss falls while validation loss has risen since epoch "
        f"{known[lowest].epoch}; the best weights are of epoch {best}"
    )


def _last_better(measured: Sequence[tuple[int, float]]) -> int:
    """Return the epoch of the last AP that was above all before it by more than noise."""
    best, at = measured[0][1], measured[0][0]
    for epoch, ap in measured[1:]:
        if ap > best + BETTER_AP:
            best, at = ap, epoch
    return at


def _patience(history: Sequence[Point], measured: Sequence[tuple[int, float]]) -> int:
    """Return how many epochs without a better figure mean something.

    The longer a training, the slower it gets better; and a few measurements have to agree.
    """
    apart = (measured[-1][0] - measured[0][0]) / max(len(measured) - 1, 1)
    return max(EPOCHS_TO_SEE, len(history) // 8, math.ceil(WINDOW * apart))


def _smooth(values: Sequence[float]) -> list[float]:
    """Return the mean of each value and those before it in the window."""
    parts = (values[max(0, i + 1 - WINDOW) : i + 1] for i in range(len(values)))
    return [sum(part) / len(part) for part in parts]
