"""Under the curves: a bar, how far, how fast and how good training is, and how good by class."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from studio.gui.jobs import duration
from studio.gui.lines import Line
from studio.gui.theme import GROUP
from studio.gui.train.phase import Phase

if TYPE_CHECKING:
    from studio.gui.train.work import Past
    from studio.yolo.events import ClassResult, EpochMetrics, Started, StepMetrics


BEFORE = "The curves begin with the first step, seconds after Train."


class TrainProgress(QWidget):
    """The bar and its words. Until the first step it counts the seconds of what is being done."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setObjectName("progressBar")
        self.bar.setAccessibleName("Progress of training")
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(220)
        self.words = Line(Qt.TextElideMode.ElideRight, Qt.AlignmentFlag.AlignLeft)
        self.words.setObjectName("progressWords")
        self.words.setText(BEFORE)
        self.by_class = Line(Qt.TextElideMode.ElideRight, Qt.AlignmentFlag.AlignLeft)
        self.by_class.setObjectName("progressByClass")
        lines = QVBoxLayout()
        lines.setSpacing(0)
        lines.addWidget(self.words)
        lines.addWidget(self.by_class)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GROUP)
        row.addWidget(self.bar)
        row.addLayout(lines, 1)
        self._phase = Phase(self)
        self._phase.said.connect(self.words.setText)
        self._started: Started | None = None
        self._pace = _Pace()
        self._said = self._trend = ""
        self._ap50: float | None = None
        self._best = 0.0
        self._is_saving = False

    def begin(self, phase: str) -> None:
        """Another run begins."""
        self._started, self._pace, self._is_saving = None, _Pace(), False
        self._ap50, self._best, self._said, self._trend = None, 0.0, "", ""
        self._forget_classes()
        self.bar.setRange(0, 0)
        self._phase.begin(phase)

    def show_phase(self, phase: str) -> None:
        """Say what is being done while there are no steps to count."""
        if self._started is None:
            self.bar.setRange(0, 0)
        self._phase.go_on(phase)

    def count(self, done: int, total: int) -> None:
        """Count pictures: those read before there are steps, and then those that validate."""
        if self._is_saving:
            return
        if self._started is not None:
            self._phase.stop()
            words = f"Validating, {done} of {total} pictures"
            self.words.setText(f"{words} · {self._said}" if self._said else words)
        else:
            self.bar.setRange(0, total)
            self.bar.setValue(done)
            self._phase.go_on(f"Reading pictures: {done} of {total},")

    def start(self, event: Started, past: Sequence[EpochMetrics] = ()) -> None:
        """Everything is ready: the number of steps is known, and what a resumed run has reached."""
        self._started = event
        self.bar.setRange(0, event.epochs * event.steps_per_epoch)
        self.bar.setValue((event.first_epoch - 1) * event.steps_per_epoch)
        self._take_past(past)
        self.show_phase("First step…")

    def step(self, event: StepMetrics) -> None:
        """Count a step."""
        if self._started is None or self._is_saving:
            return
        self._phase.stop()
        self._pace.add(time.monotonic(), event.step)
        self.bar.setValue(event.step)
        left = self._pace.left(self.bar.maximum() - event.step)
        precision = "" if self._ap50 is None else f"AP50 {self._ap50:.2f} (best {self._best:.2f})"
        parts = [
            f"epoch {event.epoch}/{self._started.epochs}",
            f"{duration(left)} left" if left is not None else "",
            f"{event.images_per_second:.1f} img/s",
            f"data wait {event.data_wait:.0%}",
            precision,
            self._trend,
        ]
        self._said = " · ".join(part for part in parts if part)
        self.words.setText(self._said)

    def epoch(self, event: EpochMetrics) -> None:
        """Take note of what an epoch came to; all of its classes are in the tool tip."""
        self._note(event)
        if event.per_class:
            self.by_class.setText(_weakest_first(event.per_class))
        if event.per_class or event.trend or event.memory:
            self.setToolTip(_told(event))

    def _note(self, event: EpochMetrics) -> None:
        if event.ap50 is not None:
            self._ap50, self._best = event.ap50, max(self._best, event.ap50)
        self._trend = event.trend.partition(":")[0]

    def _take_past(self, epochs: Sequence[EpochMetrics]) -> None:
        """Take note of all epochs, and show the last whose classes are known."""
        for epoch in epochs:
            self._note(epoch)
        if last := next((epoch for epoch in reversed(epochs) if epoch.per_class), None):
            self.by_class.setText(_weakest_first(last.per_class))
            self.setToolTip(_told(last))

    def pause(self, paused: bool) -> None:
        """Time that passes in a pause says nothing about the time left."""
        self._pace.interrupt()
        self.words.setText(f"Pausing after this step… · {self._said}" if paused else self._said)

    @Slot()
    def show_paused(self) -> None:
        """Say that the step is over after which nothing is computed any more."""
        if self._is_saving:
            return
        self._pace.interrupt()
        self.words.setText(f"Paused, nothing is computed · {self._said}")

    def begin_saving(self) -> None:
        """Say that stopping takes a moment."""
        self._is_saving = True
        self._phase.begin("Stopping after this step, then saving…")

    def show_past(self, past: Past) -> None:
        """Say what a run came to that was trained before."""
        self._forget_classes()
        self._take_past(past.epochs)
        self.bar.setRange(0, 1000)
        self.bar.setValue(round(1000 * min(past.share, 1.0)))
        self.end(past.words)

    def end(self, words: str) -> None:
        """Stop counting and say how it ended."""
        self._phase.stop()
        if self.bar.maximum() == 0:
            self.bar.setRange(0, 1)
            self.bar.reset()
        self.words.setText(words)

    def _forget_classes(self) -> None:
        self.setToolTip("")
        self.by_class.setText("")

    @property
    def share(self) -> float:
        """The share that is done, below 0 while it is not known."""
        return self.bar.value() / self.bar.maximum() if self.bar.maximum() else -1.0


class _Pace:
    """The mean time from step to step, validation included, pauses left out."""

    def __init__(self) -> None:
        self._last: tuple[float, int] | None = None
        self._seconds, self._steps = 0.0, 0

    def add(self, now: float, step: int) -> None:
        """Take note of a step; those between it and the last one are counted too."""
        if self._last is not None:
            self._seconds += now - self._last[0]
            self._steps += step - self._last[1]
        self._last = now, step

    def interrupt(self) -> None:
        self._last = None

    def left(self, steps: int) -> float | None:
        """Return the seconds that so many steps will take, None while nothing is known."""
        return self._seconds / self._steps * steps if self._steps > 0 else None


def _weakest_first(results: Mapping[str, ClassResult]) -> str:
    """Return the AP50 of each class that has one, in words; "" where one class is all there is."""
    known = sorted((one.ap50, name) for name, one in results.items() if one.ap50 is not None)
    if len(results) < 2 or not known:
        return ""
    return "AP50 by class: " + " · ".join(f"{name} {ap50:.2f}" for ap50, name in known)


def _told(event: EpochMetrics) -> str:
    """Return an epoch's words and a table of its classes, for a tool tip."""
    words = f"<p>{escape(event.trend)}</p>" if event.trend else ""
    if event.memory:
        words += f"<p>Memory of the whole program, at its peak: {event.memory / 1e9:.1f} GB</p>"
    if not event.per_class:
        return words
    rows = "".join(_row(name, result) for name, result in event.per_class.items())
    return (
        f"{words}<p>Epoch {event.epoch}, validation pictures</p><table>"
        "<tr><th align='left'>Class</th><th>&nbsp;AP50</th><th>&nbsp;AP</th>"
        f"<th>&nbsp;Boxes</th></tr>{rows}</table>"
    )


def _row(name: str, result: ClassResult) -> str:
    figures = ["–" if value is None else f"{value:.2f}" for value in (result.ap50, result.ap)]
    cells = "".join(f"<td align='right'>&nbsp;{f}</td>" for f in (*figures, str(result.boxes)))
    return f"<tr><td>{escape(name)}</td>{cells}</tr>"
