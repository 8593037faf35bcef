"""When the validation pictures are measured, which epoch is the best, and when none gets better."""

from __future__ import annotations

import math

from studio.wording import counted
from studio.yolo.config import TrainConfig
from studio.yolo.events import EpochMetrics
from studio.yolo.training.place import Place

COST = 0.4  # of a validation picture, in training pictures: there is no backward pass
SHARE = 0.1  # of the time of training that validation may take by itself
PICTURES_AT_ONCE = 32  # at most; inference needs a fraction of the memory of a step


def measured_every(config: TrainConfig, train: int, val: int) -> int:
    """Return how many epochs lie between two validations of `val` pictures.

    By itself, as many as keep validation at a tenth of the time; by the counts and not by a clock,
    so that a run is the same each time.
    """
    return config.validate_every or max(1, math.ceil(COST * val / train / SHARE))


def is_measured(config: TrainConfig, epoch: int, train: int, val: int) -> bool:
    """Tell whether the validation pictures are measured after an epoch: the last always is."""
    if not val:
        return False
    return epoch == config.epochs or epoch % measured_every(config, train, val) == 0


def batch_for(config: TrainConfig) -> int:
    """Return how many validation pictures are measured at once."""
    return min(max(config.batch_size // config.parts, 4), PICTURES_AT_ONCE)


def note_measured(place: Place, epoch: EpochMetrics, has_validation: bool) -> None:
    """Keep in mind the last epoch of which it is known how good it is: patience counts to it."""
    if _figure(epoch, has_validation) is not None:
        place.measured_epoch = epoch.epoch


def is_best(place: Place, epoch: EpochMetrics, has_validation: bool) -> bool:
    """Tell whether an epoch's weights are the best so far.

    The best have the highest AP, without validation pictures the lowest training loss. Later wins
    a tie: at first every epoch has AP 0. Before anything is measured the last are taken, so that
    there is something to detect with.
    """
    figure = _figure(epoch, has_validation)
    if figure is None:
        return place.best_epoch == 0
    return place.best_epoch == 0 or figure >= place.best


def remember_best(place: Place, epoch: EpochMetrics, has_validation: bool) -> None:
    """Keep in mind what later epochs have to reach, where it was measured."""
    figure = _figure(epoch, has_validation)
    if figure is None:
        return
    # While nothing is found nobody's patience is tried.
    if place.best_epoch == 0 or figure > place.best or figure == 0:
        place.better_epoch = epoch.epoch
    place.best_epoch, place.best, place.best_ap50 = epoch.epoch, figure, epoch.ap50


def forget_best(place: Place) -> None:
    """Let the next epoch that is measured be the best."""
    place.best_epoch, place.best, place.best_ap50 = 0, 0.0, None


def _figure(epoch: EpochMetrics, has_validation: bool) -> float | None:
    """Return what is to be high, None where it was not measured."""
    figure = epoch.ap if has_validation else -epoch.train.total
    return figure if figure is not None and math.isfinite(figure) else None


def epochs_waited(place: Place) -> int:
    """Return the epochs to the last measured one since one was better than all before.

    Those since the run got more epochs, where that was later. What has not been measured may be
    better, so it tries nobody's patience.
    """
    return max(place.measured_epoch - max(place.better_epoch, place.waiting_since), 0)


def why_over(config: TrainConfig, place: Place) -> str | None:
    """Return why a run has come to its end, None while it has not."""
    if place.epoch >= config.epochs:
        return f"finished after {counted(place.epoch, 'epoch')}"
    if config.patience and place.better_epoch and epochs_waited(place) >= config.patience:
        waited = counted(epochs_waited(place), "epoch")
        better = f"none better than epoch {place.better_epoch} for {waited}"
        return f"ended after {counted(place.epoch, 'epoch')}: {better}"
    return None
