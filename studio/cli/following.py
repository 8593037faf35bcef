"""What a command prints of a training while it goes on."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from studio.cli.evaluate import class_records
from studio.cli.interrupt import Interrupt
from studio.cli.output import Bar, Output, percent

if TYPE_CHECKING:
    from studio.yolo.events import Done, EpochMetrics, Losses, StepMetrics, TrainEvent

Watch = Callable[["TrainEvent"], object]

SAID_WAIT = 0.01  # share of the time, from which waiting for data is shown


def follow(
    events: Generator[TrainEvent], output: Output, interrupt: Interrupt, watch: Watch
) -> Done:
    """Print what training tells until it is done, showing `watch` each event; returns the last.

    Ctrl-C closes the events after the one that is being worked on, and raises KeyboardInterrupt.
    """
    from studio.yolo.events import Done, EpochMetrics, Progress, Started, Status, StepMetrics

    started: Started | None = None
    said: set[str] = set()
    try:
        with output.progress("preparing") as bar:
            for event in events:
                watch(event)
                match event:
                    case Status(text):
                        if text not in said:  # such as what holds for each split
                            output.status(text)
                        said.add(text)
                    case Progress(done, total) if started is None:
                        bar.show(done, total)
                    case Started():
                        started = event
                        output.hint(_introduce(event))
                    case StepMetrics():
                        output.result(_step_record(event), "")
                        _show_step(bar, event, started)
                    case EpochMetrics():
                        output.result(_epoch_record(event), _epoch_words(event))
                    case Done():
                        output.result(_done_record(event), _done_words(event))
                        return event
                interrupt.raise_if_asked()
    finally:
        events.close()  # which saves
    raise AssertionError("training ended without saying so")


def _introduce(event: Any) -> str:
    from studio.wording import counted
    from studio.yolo.training.memory import gigabytes

    return (
        f"{counted(event.train_images, 'picture')} to learn from, {event.val_images} to validate "
        f"with, {counted(event.epochs, 'epoch')} of {counted(event.steps_per_epoch, 'step')}, "
        f"{event.precision}, "
        f"about {gigabytes(event.memory)} of memory"
    )


def _show_step(bar: Bar, event: StepMetrics, started: Any) -> None:
    text = f"epoch {event.epoch}/{started.epochs} · {event.images_per_second:.1f} img/s"
    if event.data_wait >= SAID_WAIT:
        text += f" · {100 * event.data_wait:.0f} % waiting for data"
    bar.show(event.step, started.epochs * started.steps_per_epoch, text)


def _loss_record(losses: Losses) -> dict[str, float | None]:
    """Return the terms; null, as JSON has no NaN, where no step of an epoch was taken."""
    terms = {
        "giou": losses.giou,
        "conf": losses.conf,
        "prob": losses.prob,
        "total": losses.total,
    }
    return {name: term if math.isfinite(term) else None for name, term in terms.items()}


def _step_record(event: StepMetrics) -> dict[str, Any]:
    return {
        "event": "step",
        "epoch": event.epoch,
        "step": event.step,
        "lr": event.learning_rate,
        **_loss_record(event.losses),
        "images_per_second": event.images_per_second,
    }


def _epoch_record(event: EpochMetrics) -> dict[str, Any]:
    return {
        "event": "epoch",
        "epoch": event.epoch,
        "train": _loss_record(event.train),
        "val": _loss_record(event.val) if event.val else None,
        "ap50": event.ap50,
        "ap": event.ap,
        "per_class": class_records(event.per_class),
        "data_wait": event.data_wait,
        "trend": event.trend,
        "memory": event.memory,
    }


def _epoch_words(event: EpochMetrics) -> str:
    words = f"epoch {event.epoch:3}  train {_loss_words(event.train)}"
    if event.val:
        words += f"   val {_loss_words(event.val)}   AP50 {percent(event.ap50)}"
    return f"{words}   {event.trend}" if event.trend else words


def _loss_words(losses: Losses) -> str:
    return (
        f"giou {losses.giou:6.2f} conf {losses.conf:6.2f} "
        f"prob {losses.prob:6.2f} total {losses.total:7.2f}"
    )


def _done_record(event: Done) -> dict[str, Any]:
    return {
        "event": "done",
        "run": str(event.run),
        "best_epoch": event.best_epoch,
        "ap50": event.ap50,
    }


def _done_words(event: Done) -> str:
    return f"done: {event.run}, best epoch {event.best_epoch}, AP50 {percent(event.ap50)}"
