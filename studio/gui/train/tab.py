"""The Train tab: settings, curves while they are made, and what came of it."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from studio.gui.lines import LinkLine
from studio.gui.session import Session
from studio.gui.splitter import KeptSplitter
from studio.gui.tab import Tab
from studio.gui.theme import GAP, GROUP
from studio.gui.train.controls import TrainControls
from studio.gui.train.form import TrainForm
from studio.gui.train.plots import LossPlot
from studio.gui.train.progress import TrainProgress
from studio.gui.train.runs import RunList
from studio.gui.train.work import (
    Prepared,
    anchors_to_expect,
    start_training,
    train_with_tensorflow,
)
from studio.gui.worker import Job

if TYPE_CHECKING:
    from studio.gui.train.work import Trainer
    from studio.yolo.events import Done


SIDE = 280  # pixels that the form is wide, if its pages' names have room


class TrainTab(Tab):
    """Train, watch, pause, stop. `trainer` may be replaced before Train is pressed."""

    def __init__(self, session: Session, settings: QSettings) -> None:
        super().__init__(session, settings)
        self.trainer: Trainer = train_with_tensorflow
        self._job: Job | None = None
        self._run: Path | None = None
        self._notes: list[str] = []
        self._has_failed = False
        self._epochs = 0
        self.form = TrainForm(settings, session)
        self.plot = LossPlot()
        self.progress = TrainProgress()
        self.runs = RunList()
        self.controls = TrainControls()
        self.controls.train.clicked.connect(self._train)
        self.controls.pause.toggled.connect(self._pause)
        self.controls.stop.clicked.connect(self._stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self._make_content())
        session.opened.connect(self._show_project)
        session.anchors_changed.connect(self._say_anchors)
        session.runs_changed.connect(self._show_runs)
        session.runs_changed.connect(self.form.start.list_runs)
        self.form.network_changed.connect(self._say_anchors)
        self.form.start.failed.connect(self._say_not_fetched)
        self.runs.chosen.connect(self._detect_with)
        self._show_project()

    # --- building -------------------------------------------------------------------------------

    def _make_content(self) -> QWidget:
        row = QHBoxLayout()
        row.setSpacing(GROUP)
        row.addWidget(self._make_side())
        row.addWidget(self.plot, 1)
        upper = QWidget()
        rows = QVBoxLayout(upper)
        rows.setContentsMargins(0, 0, 0, GAP)
        rows.setSpacing(GAP)
        rows.addLayout(row, 1)
        rows.addWidget(self.progress)
        splitter = KeptSplitter(Qt.Orientation.Vertical, self.settings, "train/splitter")
        splitter.addWidget(upper)
        splitter.addWidget(self.runs)
        splitter.restore([600, 96])
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        column.addWidget(splitter)
        return content

    def _make_side(self) -> QWidget:
        self.anchors_line = LinkLine()
        self.anchors_line.setObjectName("anchorsLine")
        self.anchors_line.linkActivated.connect(self._go_to_anchors)
        side = QWidget()
        side.setFixedWidth(max(SIDE, self.form.tabs.tabBar().sizeHint().width()))
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GROUP)
        column.addWidget(self.form)
        column.addWidget(self.anchors_line)
        column.addWidget(self.controls)
        column.addStretch()
        return side

    # --- the project ----------------------------------------------------------------------------

    @Slot()
    def _show_project(self) -> None:
        project = self.session.project
        self.form.load(project.training if project else {})
        self._say_anchors()
        self._show_runs()
        self._suggest_name()

    @Slot()
    def _say_anchors(self) -> None:
        project = self.session.project
        words = anchors_to_expect(
            project.anchors if project else None, self.form.network.architecture
        )
        self.anchors_line.setToolTip("")
        self.anchors_line.setText(f'{words} <a href="anchors">See&nbsp;Anchors</a>')

    @Slot()
    def _show_runs(self) -> None:
        project = self.session.project
        self.runs.show_runs(project.runs if project else None)
        self.runs.setVisible(self.runs.topLevelItemCount() > 0)

    def _suggest_name(self) -> None:
        from studio.yolo.runs import default_name

        if project := self.session.project:
            self.form.name.setText(default_name(project.root, project.runs))

    @Slot()
    def _go_to_annotate(self) -> None:
        self.tab_requested.emit(0)

    @Slot()
    def _go_to_anchors(self) -> None:
        self.tab_requested.emit(1)

    @Slot(object)
    def _detect_with(self, run: Path) -> None:
        self.session.choose_run(run)
        self.tab_requested.emit(3)

    @Slot(str)
    def _say_not_fetched(self, text: str) -> None:
        self.messages.say(text, action="Try again", on_action=self.form.start.coco.start)

    # --- training -------------------------------------------------------------------------------

    def _refusal(self) -> str:
        """Return why there is nothing to train with, "" when there is."""
        if self.session.project is None:
            return "Open a folder of labelled pictures first."
        if not self.session.classes:
            return "There are no classes yet: draw and name a box first."
        if not any(state.boxes for state in self.session.states):
            return "No picture has boxes yet: label some first."
        return ""

    @Slot()
    def _train(self) -> None:
        project, refusal = self.session.project, self._refusal()
        if refusal or project is None:
            self.messages.say(refusal, action="Go to Annotate", on_action=self._go_to_annotate)
            return
        if found := self.form.start.obstacle():
            self.messages.say(found.text, action=found.action, on_action=found.on_action)
            return
        self.messages.clear()
        self.form.save()
        self._notes, self._run, self._has_failed = [], None, False
        self.plot.reset()
        self.progress.begin("Loading TensorFlow…")
        self._set_running(True)
        request, trainer = self.form.request(), self.trainer
        self._job = self.session.start(
            f"Training {request.name}",
            lambda: start_training(project, request, trainer),
            self._take,
            self._fail,
            self._end,
        )

    @Slot(bool)
    def _pause(self, paused: bool) -> None:
        if self._job:
            self._job.pause(paused)
            self.progress.pause(paused)

    @Slot()
    def _stop(self) -> None:
        if self._job:
            self._job.stop()
            self.controls.set_stopping()
            self.progress.begin_saving()

    def _set_running(self, running: bool) -> None:
        self.controls.set_running(running)
        self.form.set_running(running)

    @Slot(object)
    def _take(self, event: object) -> None:
        from studio.yolo.events import Done, EpochMetrics, Started, Status, StepMetrics, TakenOver

        match event:
            case TakenOver(text):
                self._tell_taken_over(text)
            case Status(text):
                self._take_status(text)
            case Prepared(run, anchors):
                self._run = run
                self.anchors_line.setText(f"Training with {anchors}.")
            case Started():
                self._epochs = event.epochs
                self.progress.start(event)
            case StepMetrics():
                self.plot.add_step(event)
                self.progress.step(event)
                self._report(event.epoch)
            case EpochMetrics():
                self.plot.add_epoch(event)
                self.progress.epoch(event)
            case Done():
                self._finish(event)

    def _tell_taken_over(self, text: str) -> None:
        """The first sentence sums it up; the layers one by one are in the tool tip."""
        if self.anchors_line.toolTip():
            self.anchors_line.setToolTip(f"{self.anchors_line.toolTip()}\n{text}")
            return
        sentence = escape(f"{text[:1].upper()}{text[1:]}.")
        self.anchors_line.setText(f"{self.anchors_line.text()}<p>{sentence}</p>")
        self.anchors_line.setToolTip(text)

    def _take_status(self, text: str) -> None:
        """What ends in … is a phase; anything else is a note that did not stop the work."""
        if text.endswith("…"):
            self.progress.show_phase(text)
            return
        self._notes.append(text)
        self.messages.say(" · ".join(self._notes))

    def _report(self, epoch: int) -> None:
        state = f"epoch {epoch}/{self._epochs}"
        self.set_state(state)
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
            lambda: self._detect_with(event.run),
        )
        self.progress.end(f"Done{reached}")
        self.set_state("" if event.ap50 is None else f"AP50 {event.ap50:.2f}")

    @Slot(str)
    def _fail(self, text: str) -> None:
        self._has_failed = True
        self.messages.say(text)
        self.progress.end("Not finished")
        self.set_state("")

    @Slot(bool)
    def _end(self, completed: bool) -> None:
        self._job = None
        self._set_running(False)
        self.session.runs_changed.emit()
        self._say_anchors()
        self._suggest_name()
        if not completed and not self._has_failed:
            self._say_stopped()

    def _say_stopped(self) -> None:
        self.progress.end("Stopped")
        self.set_state("")
        run = self._run
        if run is None:
            self.messages.say("Stopped before training began.", "done")
        elif run in self.runs.paths():
            words = f"Stopped. What was reached is in {run}."
            self.messages.say(words, "done", "Detect with it", lambda: self._detect_with(run))
        else:
            words = f"Stopped before the first epoch was over; nothing to detect with yet in {run}."
            self.messages.say(words, "done")
