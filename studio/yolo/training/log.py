"""What a run leaves of its metrics: `metrics.csv`, a row an epoch, and TensorBoard events."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

from studio.errors import FileError, os_error_text
from studio.labels.files import write_atomic
from studio.yolo.backend import tf
from studio.yolo.events import EpochMetrics, Losses, StepMetrics
from studio.yolo.runs import Run, free_name
from studio.yolo.training.trend import Point

TERMS = ("giou", "conf", "prob", "total")
COLUMNS = (
    *("epoch", "seconds", "learning_rate"),
    *(f"train_{term}" for term in TERMS),
    *(f"val_{term}" for term in TERMS),
    *("ap50", "ap"),
    *("data_wait", "memory"),  # share of the seconds, and at most so many MB
    "step",
    "per_class",  # JSON: of each class AP50, AP and the boxes of the validation pictures
)


class MetricsLog:
    """The metrics of one run. Goes on where an interrupted run stopped.

    A table that cannot be read any more is set aside, which `notes` then says; raises FileError
    where not even that is possible.
    """

    def __init__(self, run: Run, epochs_done: int) -> None:
        self._path = run.metrics
        self._rows, self._points, self.notes = _until(run, epochs_done)
        self._events = tf.summary.create_file_writer(str(run.path))

    def step(self, metrics: StepMetrics) -> None:
        """Add the scalars of a step; raises FileError when TensorBoard's file takes no more."""
        with self._as_file_error(), self._events.as_default(metrics.step):
            _write_scalars("train", metrics.losses)
            tf.summary.scalar("learning_rate", metrics.learning_rate)
            tf.summary.scalar("images_per_second", metrics.images_per_second)

    def epoch(self, metrics: EpochMetrics, learning_rate: float) -> None:
        """Add a row and rewrite the table as a whole, so that it is never half a row."""
        self._rows.append(_row(metrics, learning_rate))
        self._points.append(point(metrics))
        write_atomic(self._path, _to_csv(self._rows))
        with self._as_file_error(), self._events.as_default(metrics.step):
            if metrics.val:
                _write_scalars("val", metrics.val)
            for name in ("ap50", "ap", "data_wait"):
                if getattr(metrics, name) is not None:
                    tf.summary.scalar(name, getattr(metrics, name))
            self._events.flush()

    def history(self) -> list[Point]:
        """Return the epochs so far, those from before the run was resumed too."""
        return list(self._points)

    def close(self) -> None:
        with contextlib.suppress(FileError), self._as_file_error():
            self._events.close()

    @contextlib.contextmanager
    def _as_file_error(self) -> Iterator[None]:
        """Say it once when the events cannot be written, and write none from then on."""
        try:
            yield
        except tf.errors.OpError as error:
            self._events = tf.summary.create_noop_writer()
            what = "TensorBoard's events could not be saved; the training goes on without them"
            raise FileError(self._path.parent, what) from error


def point(epoch: EpochMetrics) -> Point:
    """Return what of an epoch shows where a training is going."""
    val = epoch.val.total if epoch.val else None
    return Point(epoch.epoch, epoch.train.total, val, epoch.ap)


def _write_scalars(group: str, losses: Losses) -> None:
    for term in TERMS:
        tf.summary.scalar(f"{group}/{term}", getattr(losses, term))


def _row(metrics: EpochMetrics, learning_rate: float) -> dict[str, Any]:
    row = {
        "epoch": metrics.epoch,
        "seconds": round(metrics.seconds, 2),
        "learning_rate": learning_rate,
        "ap50": metrics.ap50,
        "ap": metrics.ap,
        "data_wait": round(metrics.data_wait, 4),
        "memory": round(metrics.memory / 1e6) or None,
        "step": metrics.step,
        "per_class": json.dumps({name: astuple(one) for name, one in metrics.per_class.items()}),
    }
    for group, losses in (("train", metrics.train), ("val", metrics.val)):
        row |= {f"{group}_{term}": getattr(losses, term, None) for term in TERMS}
    return row


def _to_csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _until(run: Run, epochs: int) -> tuple[list[dict[str, Any]], list[Point], list[str]]:
    """Return the rows and points of the epochs that a resumed run has behind it, and what there is
    to say.
    """
    try:
        pairs = list(zip(run.rows(), run.epochs(), strict=True))
    except FileError as error:
        return [], [], [f"{error}; {_set_aside(run)}, and a new one is begun"]
    behind = [(row, epoch) for row, epoch in pairs if epoch.epoch <= epochs]
    rows = [{column: row.get(column, "") for column in COLUMNS} for row, _ in behind]
    return rows, [point(epoch) for _, epoch in behind], []


def _set_aside(run: Run) -> str:
    """Give the table another name, and say so; raises FileError."""
    aside = run.path / free_name(run.path, "metrics.unreadable")
    try:
        run.metrics.replace(aside)
    except OSError as error:
        raise FileError(run.metrics, f"cannot be renamed: {os_error_text(error)}") from error
    return f"it is {aside.name} now"
