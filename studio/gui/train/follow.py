"""What a training tells, as it goes on: told by the curves, the progress and the messages."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from studio.gui.lines import LinkLine
from studio.gui.messages import MessageBar
from studio.gui.train.plots import LossPlot
from studio.gui.train.progress import BEFORE, TrainProgress
from studio.gui.train.work import Past, Prepared, known_of
from studio.gui.worker import Job
from studio.wording import counted

if TYPE_CHECKING:
    from studio.yolo.events import Done, EpochMetrics, Started

MOST_NOTES = 20
"""That are said at a time: each is said with those before it."""


class Following(QObject):
    """Takes the events of one training after the other."""

    state_changed = Signal(str)
    """How far it is, in a few words."""
    began = Signal()
    """The steps of a run begin."""
    type_known = Signal(str)
    """The type of number that is computed with."""
    detection_asked = Signal(object)
    """The path of the run that was trained, to detect with."""
    batch_chosen = Signal(int, int)
    """What fits into memory where a new training did not: a batch and its parts."""
    folder_made = Signal()
    """The run has a folder, if it had none."""
    reached = Signal(object, object)
    """The run's path, and what its epochs came to so far."""
    again_asked = Signal(object)
    """With which settings to go on with the run that has failed."""

    def __init__(
        self, plot: LossPlot, progress: TrainProgress, messages: MessageBar, line: LinkLine
    ) -> None:
        super().__init__()
        self.plot, self.progress, self.messages, self._line = plot, progress, messages, line
        self.run: Path | None = None
        """The run that is trained, or was last; None before it has a folder."""
        self.has_failed = False
        self._is_resumed = self.has_started = False
        self._shown: Path | None = None
        """The run whose curves are shown."""
        self._job: Job | None = None
        self._notes: list[str] = []
        self._past: list[EpochMetrics] = []
        self._epochs = 0

    def begin(self, is_resumed: bool) -> None:
        """A training begins, or is gone on with."""
        self.run, self.has_failed, self._notes, self._past = None, False, [], []
        self._is_resumed, self.has_started = is_resumed, False
        self.messages.clear()
        self.progress.begin("Loading TensorFlow…")

    def look_at(self, run: Path | None) -> None:
        """Show a run that was trained before, unless it is what is shown."""
        if run != self._shown:
            self.show(run)

    def show(self, run: Path | None) -> None:
        """Show what is known of a run that was trained before, nothing where there is none."""
        self._shown = run
        past = known_of(run) if run else Past((), BEFORE, 0.0)
        self.plot.reset()
        self.plot.begin_with(past.epochs)
        self.progress.show_past(past)

    def watch(self, job: Job) -> None:
        """Report to the status bar by the job that trains, and hear when it is paused."""
        self._job = job
        job.held.connect(self.progress.show_paused)

    @Slot(object)
    def take(self, event: object) -> None:
        """Show what training tells."""
        from studio.yolo.events import (
            Done,
            EpochMetrics,
            Progress,
            Started,
            Status,
            StepMetrics,
            TakenOver,
        )
        from studio.yolo.runs import reached_in

        match event:
            case TakenOver(text):
                self._tell_taken_over(text)
            case Status(text):
                self._take_status(text)
            case Progress(done, total):
                self.progress.count(done, total)
            case Prepared():
                self.run, self._past = event.run, list(event.past)
                self.folder_made.emit()
                self._line.setText(f"Training with {event.anchors}.")
            case Started():
                self._start(event)
            case StepMetrics():
                self.plot.add_step(event)
                self.progress.step(event)
                self._report(event.epoch)
            case EpochMetrics():
                self.plot.add_epoch(event)
                self.progress.epoch(event)
                self._past.append(event)
                self.reached.emit(self.run, reached_in(self._past))
            case Done():
                self._finish(event)

    def _start(self, event: Started) -> None:
        self._epochs, self.has_started = event.epochs, True
        self._shown = self.run
        self.plot.reset()  # not before: what cannot begin leaves the curves there are
        self.began.emit()
        self.type_known.emit(event.precision)
        pictures = counted(event.train_images, "picture")
        said = f"{pictures} to learn from, {event.val_images} to validate with."
        self._line.setText(f"{self._line.text()}<p>{said}</p>")
        self._past = [epoch for epoch in self._past if epoch.epoch < event.first_epoch]
        self.plot.begin_with(self._past, event.steps_per_epoch)
        self.progress.start(event, self._past)

    def _tell_taken_over(self, text: str) -> None:
        """The first sentence sums it up; the layers one by one are in the tool tip."""
        if self._line.toolTip():
            self._line.setToolTip(f"{self._line.toolTip()}\n{text}")
            return
        sentence = escape(f"{text[:1].upper()}{text[1:]}.")
        self._line.setText(f"{self._line.text()}<p>{sentence}</p>")
        self._line.setToolTip(text)

    def _take_status(self, text: str) -> None:
        """What ends in … is a phase; anything else is a note that did not stop the work."""
        if text.endswith("…"):
            self.progress.show_phase(text)
            return
        if text in self._notes:
            return
        self._notes = [text, *self._notes][:MOST_NOTES]  # the newest is seen
        self.messages.say(" · ".join(self._notes))

    def _report(self, epoch: int) -> None:
        state = f"epoch {epoch}/{self._epochs}"
        self.state_changed.emit(state)
        if self._job:
            self._job.report(self.progress.share, state)

    def _finish(self, event: Done) -> None:
        reached = (
            "" if event.ap50 is None else f": AP50 {event.ap50:.2f} in epoch {event.best_epoch}"
        )
        self.messages.say(
            " · ".join([f"{event.run.name} is trained{reached}", *self._notes]),
            "done",
            "Detect with it",
            lambda: self.detection_asked.emit(event.run),
        )
        self.progress.end(f"Done{reached}")
        self.state_changed.emit("" if event.ap50 is None else f"AP50 {event.ap50:.2f}")

    def _ways_out(self) -> Iterator[Any]:
        """Yield up to two buttons and what they do: what may go well where this did not.

        A run that goes on keeps its batches, which then come in parts.
        """
        from studio.yolo.training.memory import UsedUpError
        from studio.yolo.training.refusals import RefusedError

        match self._job.error if self._job else None:
            case RefusedError(rate=rate):
                yield f"Go on at {rate:g}"
                yield partial(self.again_asked.emit, {"learning_rate": rate})
            case UsedUpError(of_planned=parts) if self._is_resumed:
                if parts:
                    yield f"Go on in {parts} parts"
                    yield partial(self.again_asked.emit, {"parts": parts})
            case UsedUpError(whole=whole, batch=batch, parts=parts):
                if batch:
                    yield f"Use batch {batch}"
                    yield partial(self._choose, batch, 1)
                if parts:
                    yield f"Use {parts} parts"
                    yield partial(self._choose, whole, parts)

    def _choose(self, batch: int, parts: int) -> None:
        self.batch_chosen.emit(batch, parts)
        self.messages.clear()

    @Slot(str)
    def fail(self, text: str) -> None:
        """Say what ended the training."""
        self.has_failed = True
        self.messages.say(text, "problem", *self._ways_out())
        if self.has_started:
            self.progress.end("Not finished")
        self.state_changed.emit("")
