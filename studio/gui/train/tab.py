"""The Train tab: settings, curves while they are made, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSettings, Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.gui.session import Session
from studio.gui.splitter import KeptSplitter
from studio.gui.tab import Tab
from studio.gui.theme import GAP, GROUP
from studio.gui.train.cut_off import CutOff, told
from studio.gui.train.examples import Examples
from studio.gui.train.follow import Following
from studio.gui.train.plots import LossPlot
from studio.gui.train.progress import TrainProgress
from studio.gui.train.runs import Runs
from studio.gui.train.side import TrainSide
from studio.gui.train.work import (
    go_on_training,
    start_training,
    train_with_tensorflow,
    ways_on,
)
from studio.gui.worker import Job

if TYPE_CHECKING:
    from studio.gui.train.work import Trainer
    from studio.yolo.runs import Reached


class TrainTab(Tab):
    """Train, watch, pause, stop. `trainer` may be replaced before Train is pressed."""

    def __init__(self, session: Session, settings: QSettings) -> None:
        super().__init__(session, settings)
        self.trainer: Trainer = train_with_tensorflow
        self._job: Job | None = None
        self._is_auto = False
        self._cut_off = CutOff(settings)
        self.plot = LossPlot()
        self.examples = Examples(session, self.messages)
        self.views = QStackedWidget()
        self.views.addWidget(self.plot)
        self.views.addWidget(self.examples)
        self.progress = TrainProgress()
        self.runs = Runs()
        self.side = TrainSide(settings, session, self.runs.pace)
        self.form, self.controls = self.side.form, self.side.controls
        self.need_line, self.anchors_line = self.side.need_line, self.side.anchors_line
        self.anchors_line.linkActivated.connect(self._go_to_anchors)
        self.controls.train.clicked.connect(self._train)
        self.controls.pause.toggled.connect(self._pause)
        self.controls.stop.clicked.connect(self._stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self._make_content())
        session.opened.connect(self._show_project)
        session.runs_changed.connect(self._show_runs)
        session.runs_changed.connect(self.form.start.list_runs)
        self.form.edited.connect(self._follow_form)
        self.form.augment.examples_asked.connect(self._show_examples)
        self.examples.closed.connect(self._show_curves)
        self.form.start.failed.connect(self._say_not_fetched)
        self.runs.chosen.connect(self._detect_with)
        self.runs.resumed.connect(self._resume)
        self.runs.extended.connect(self._go_on)
        self.runs.looked_at.connect(self._look_at)
        self.following = Following(self.plot, self.progress, self.messages, self.anchors_line)
        self.following.setParent(self)
        self.following.type_known.connect(self._note_type)
        self.following.state_changed.connect(self.set_state)
        self.following.folder_made.connect(session.read_runs)
        self.following.began.connect(self._note_under_way)
        self.following.reached.connect(self._show_reached)
        self.following.batch_chosen.connect(self.side.use_batch)
        self.following.again_asked.connect(self._go_on_with)
        self.following.detection_asked.connect(self._detect_with)
        self.runs.setVisible(bool(session.runs))
        self._show_project()

    # --- building -------------------------------------------------------------------------------

    def _make_content(self) -> QWidget:
        row = QHBoxLayout()
        row.setSpacing(GROUP)
        row.addWidget(self.side)
        row.addWidget(self.views, 1)
        upper = QWidget()
        rows = QVBoxLayout(upper)
        rows.setContentsMargins(0, 0, 0, GAP)
        rows.setSpacing(GAP)
        rows.addLayout(row, 1)
        rows.addWidget(self.progress)
        splitter = KeptSplitter(Qt.Orientation.Vertical, self.settings, "train/splitter")
        splitter.addWidget(upper)
        splitter.addWidget(self.runs)
        splitter.restore([600, 120])
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        column.addWidget(splitter)
        return content

    # --- the project ----------------------------------------------------------------------------

    @Slot()
    def _show_project(self) -> None:
        self.examples.close_view()
        self._look_at(None)
        self.runs.show_runs(self.session.runs)  # of another folder: none until they are read
        self.side.show_project()
        self.side.suggest_name()

    @Slot()
    def _show_runs(self) -> None:
        self.runs.show_runs(self.session.runs)
        self.runs.setVisible(bool(self.session.runs))
        self._offer_cut_off()

    def _offer_cut_off(self) -> None:
        """Offer to go on with the run that was being trained when the program ended."""
        if self._job or self.session.is_closing:
            return
        if found := self._cut_off.take_from(self.session.runs):
            self.runs.choose(found.path)
            self.messages.say(told(found), "done", "Resume", lambda: self._resume(found.path))

    def showEvent(self, event: QShowEvent) -> None:
        """Look for runs that were trained or removed elsewhere meanwhile."""
        super().showEvent(event)
        if self.session.project:
            self.session.read_runs()

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

    @Slot(object)
    def _look_at(self, run: Path | None) -> None:
        """Show the curves of a run that was trained before, unless one is trained now."""
        if self._job is None:
            self.following.look_at(run)

    # --- examples -------------------------------------------------------------------------------

    @Slot()
    def _show_examples(self) -> None:
        if self._can_begin():
            self.views.setCurrentWidget(self.examples)
            self.examples.show_for(self.form.request())

    @Slot()
    def _show_curves(self) -> None:
        self.views.setCurrentWidget(self.plot)

    @Slot()
    def _follow_form(self) -> None:
        self.examples.follow(self.form.request())

    # --- training -------------------------------------------------------------------------------

    def _can_begin(self) -> bool:
        """Tell whether there is something to learn from; say it if there is not."""
        if refusal := self._refusal():
            self.messages.say(refusal, action="Go to Annotate", on_action=self._go_to_annotate)
        return not refusal

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
        project = self.session.project
        if not self._can_begin() or project is None:
            return
        if found := self.form.start.obstacle():
            self.messages.say(found.text, action=found.action, on_action=found.on_action)
            return
        self.form.save()
        request, trainer = self.form.request(), self.trainer
        self._is_auto = request.settings["precision"] == "auto"
        self._begin(request.name, False, lambda: start_training(project, request, trainer))

    @Slot(object)
    def _resume(self, run: Path) -> None:
        self._go_on(run, 0)

    @Slot(object)
    def _go_on_with(self, settings: Mapping[str, Any]) -> None:
        """Try the run again that has failed, with some settings otherwise."""
        if run := self.following.run:
            self._go_on(run, 0, settings)

    @Slot(object, int)
    def _go_on(self, run: Path, more: int, settings: Mapping[str, Any] | None = None) -> None:
        """Train a run further; `more` epochs than it was to have."""
        project, trainer = self.session.project, self.trainer
        self._is_auto = False
        if project is None or self._job is not None:
            return
        if not self._is_here(run):  # a button of a message from before
            self.messages.say(f"{run.name} is a run of another folder: open that first.")
            return
        self._begin(run.name, True, lambda: go_on_training(project, run, trainer, more, settings))

    def _begin(self, name: str, is_resumed: bool, make: Callable[[], Iterator[object]]) -> None:
        self.examples.close_view()
        self.following.begin(is_resumed)
        self._set_running(True)
        self._job = self.session.start(
            f"Training {name}", make, self.following.take, self.following.fail, self._end
        )
        self._job.stopping.connect(self._show_stopping)
        self.following.watch(self._job)

    @Slot()
    def _note_under_way(self) -> None:
        if run := self.following.run:
            self._cut_off.note(run)

    @Slot(object, object)
    def _show_reached(self, run: Path, so_far: Reached) -> None:
        """Show what an epoch came to; after the first there are weights to detect with."""
        self.runs.list.show_reached(run, so_far)
        usable = [known.path for known in self.session.runs if known.can_detect]
        if self._is_here(run) and run not in usable:
            self.session.read_runs()

    def _is_here(self, run: Path) -> bool:
        """Tell whether a run is one of the folder that is open."""
        project = self.session.project
        return project is not None and run.parent == project.runs

    @Slot(str)
    def _note_type(self, found: str) -> None:
        if self._is_auto:
            self.side.note_type(found)

    @Slot(bool)
    def _pause(self, paused: bool) -> None:
        if self._job and not self._job.is_stopping:
            self._job.pause(paused)
            self.progress.pause(paused)

    @Slot()
    def _stop(self) -> None:
        if self._job:
            self._job.stop()

    @Slot()
    def _show_stopping(self) -> None:
        if self.following.run and not self.session.is_closing:
            self._cut_off.forget(self.following.run)
        self.controls.set_stopping()
        self.progress.begin_saving()

    def _set_running(self, running: bool) -> None:
        self.side.set_running(running)
        self.runs.set_training(running)

    @Slot(bool)
    def _end(self, completed: bool) -> None:
        self._set_running(False)
        run, has_failed = self.following.run, self.following.has_failed
        if run and (completed or has_failed):
            self._cut_off.forget(run)
        if run and run.is_dir():  # else it came to nothing
            self.runs.choose(run)
            if run.name == self.form.request().name:
                self.side.suggest_name()
        self._job = None  # not before: what is chosen then is what is shown already
        if not self.following.has_started:  # and is to leave no words of what it was about to do
            self.following.show(self.runs.list.chosen())
        self.session.read_runs()
        self.side.say_anchors()
        if not completed and not has_failed:
            self._say_stopped()

    def _say_stopped(self) -> None:
        if self.following.has_started:
            self.progress.end("Stopped")
        self.set_state("")
        run = self.following.run
        if run is None or not run.is_dir():
            self.messages.say("Stopped before there was anything to keep.", "done")
            return
        can_resume, can_detect = ways_on(run) if self._is_here(run) else (False, False)
        self.messages.say(
            f"Stopped. What was reached is in {run}.",
            "done",
            "Resume" if can_resume else "",
            lambda: self._resume(run),
            "Detect with it" if can_detect else "",
            lambda: self._detect_with(run),
        )
