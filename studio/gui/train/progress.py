"""The line under the curves: a bar, and how far, how fast and how good training is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from studio.gui.jobs import duration
from studio.gui.lines import Line
from studio.gui.theme import GROUP

if TYPE_CHECKING:
    from studio.yolo.events import EpochMetrics, Started, StepMetrics


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
        self.words.setText("The curves begin with the first step, seconds after Train.")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GROUP)
        row.addWidget(self.bar)
        row.addWidget(self.words, 1)
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self._count)
        self._phase, self._phase_began = "", 0.0
        self._started: Started | None = None
        self._pace = _Pace()
        self._ap50 = self._best = ""
        self._is_saving = False

    def begin(self, phase: str) -> None:
        """Another run begins."""
        self._started, self._pace, self._is_saving = None, _Pace(), False
        self._ap50 = self._best = ""
        self.bar.setRange(0, 0)
        self._phase_began = time.monotonic()
        self.show_phase(phase)
        self._clock.start()

    def show_phase(self, phase: str) -> None:
        """Say what is being done while there are no steps to count."""
        self._phase = phase
        self._count()

    def start(self, event: Started) -> None:
        """Everything is ready: the number of steps is known."""
        self._started = event
        self.bar.setRange(0, event.epochs * event.steps_per_epoch)
        self.bar.setValue((event.first_epoch - 1) * event.steps_per_epoch)
        self.show_phase("First step…")

    def step(self, event: StepMetrics) -> None:
        """Count a step."""
        if self._started is None or self._is_saving:
            return
        self._clock.stop()
        self._pace.add(time.monotonic())
        self.bar.setValue(event.step)
        left = self._pace.left(self.bar.maximum() - event.step)
        parts = [
            f"epoch {event.epoch}/{self._started.epochs}",
            f"{duration(left)} left" if left is not None else "",
            f"{event.images_per_second:.1f} img/s",
            f"data wait {event.data_wait:.0%}",
            f"AP50 {self._ap50} (best {self._best})" if self._ap50 else "",
        ]
        self.words.setText(" · ".join(part for part in parts if part))

    def epoch(self, event: EpochMetrics) -> None:
        """Take note of an epoch's AP50."""
        if event.ap50 is not None:
            self._ap50 = f"{event.ap50:.2f}"
            self._best = max(self._best, self._ap50)

    def pause(self, paused: bool) -> None:
        """Time that passes in a pause says nothing about the time left."""
        self._pace.interrupt()
        if paused:
            self.words.setText(f"{self.words.text()} · paused")

    def begin_saving(self) -> None:
        """Say that stopping takes a moment."""
        self._is_saving = True
        self._phase_began = time.monotonic()
        self.show_phase("Stopping after this step, then saving…")
        self._clock.start()

    def end(self, words: str) -> None:
        """Stop counting and say how it ended."""
        self._clock.stop()
        if self.bar.maximum() == 0:
            self.bar.setRange(0, 1)
            self.bar.reset()
        self.words.setText(words)

    @property
    def share(self) -> float:
        """The share that is done, below 0 while it is not known."""
        return self.bar.value() / self.bar.maximum() if self.bar.maximum() else -1.0

    @Slot()
    def _count(self) -> None:
        self.words.setText(f"{self._phase} {duration(time.monotonic() - self._phase_began)}")


class _Pace:
    """The mean time from step to step, validation included, pauses left out."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._seconds, self._steps = 0.0, 0

    def add(self, now: float) -> None:
        if self._last is not None:
            self._seconds += now - self._last
            self._steps += 1
        self._last = now

    def interrupt(self) -> None:
        self._last = None

    def left(self, steps: int) -> float | None:
        """Return the seconds that so many steps will take, None while nothing is known."""
        return self._seconds / self._steps * steps if self._steps else None
