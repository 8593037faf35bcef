"""The Anchors tab: box sizes, clustered, and whether that is better than what is in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from PySide6.QtCore import QSettings, Slot
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.errors import StudioError
from studio.gui.anchors.controls import Controls
from studio.gui.anchors.elbow_search import ElbowSearch
from studio.gui.anchors.results import Results
from studio.gui.anchors.work import (
    InUse,
    Judged,
    Measured,
    Reading,
    Wish,
    judge,
    measure_and_cluster,
    measure_and_judge,
)
from studio.gui.empty import EmptyState
from studio.gui.session import Session
from studio.gui.tab import Tab
from studio.gui.theme import GROUP
from studio.gui.worker import Job
from studio.labels.anchors import (
    Generation,
    Restart,
    preset,
)


class AnchorsTab(Tab):
    """Cluster the boxes' sizes into anchors, see how well they fit, put them into the project."""

    def __init__(self, session: Session, settings: QSettings) -> None:
        super().__init__(session, settings)
        self._job: Job | None = None
        self._measured: Measured | None = None
        self._judged: Judged | None = None
        self._wish = Wish(0, "median", evolves=False)  # what `_judged` was clustered by
        self._is_stale = True
        self.controls = Controls(settings)
        self.controls.cluster.clicked.connect(self._cluster)
        self.controls.stop.clicked.connect(self._stop)
        self.form = self.controls.form
        self.form.network.currentIndexChanged.connect(self._judge_again)
        self.results = Results(settings)
        self.results.summary.use.clicked.connect(self._use)
        self.results.summary.copy.clicked.connect(self._copy)
        self._elbow = ElbowSearch(session, self.results, self)
        self._empty = EmptyState("", "Go to Annotate")
        self._empty.acted.connect(self._go_to_annotate)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._make_content())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self._pages)
        session.opened.connect(self._forget)
        session.indexed.connect(self._refresh)
        session.states_changed.connect(self._note_change)
        self._refresh()

    def _make_content(self) -> QWidget:
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        row.setSpacing(GROUP)
        row.addWidget(self.controls)
        row.addWidget(self.results, 1)
        return content

    # --- what is there --------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Look at labels that changed while another tab was in front."""
        super().showEvent(event)
        self._refresh()

    @Slot()
    def _forget(self) -> None:
        """Another folder is open."""
        self._stop()
        self._elbow.stop()
        self._job, self._measured, self._judged = None, None, None
        self._is_stale = True
        self.controls.set_running(False)
        self.results.clear()
        self.messages.clear()
        self.set_state("")
        self._refresh()

    @Slot()
    def _note_change(self) -> None:
        self._is_stale = True
        if self._pages.currentIndex() == 0:
            self._refresh()

    @Slot()
    def _refresh(self) -> None:
        """Show what to do first, or the boxes with the anchors in use."""
        has_boxes = any(state.boxes for state in self.session.states)
        self._pages.setCurrentIndex(1 if has_boxes else 0)
        if self.session.project is None:
            self._empty.say("Open a folder of pictures and draw boxes first.", "Go to Annotate")
        elif not has_boxes:
            self._empty.say(
                "Anchors are made from the boxes you draw: label some pictures first.",
                "Go to Annotate",
            )
        elif self._is_stale and self.isVisible() and self._job is None:
            self._is_stale = False
            size, dataset = self.form.input_size, self.session.dataset()
            used = self._in_use(size)
            new = self._judged.anchors if self._judged and self._judged.is_new else None
            self._start("Reading boxes", lambda: measure_and_judge(dataset, size, used, new))

    @Slot()
    def _go_to_annotate(self) -> None:
        self.tab_requested.emit(0)

    def _in_use(self, size: tuple[int, int]) -> InUse:
        """Return the project's anchors, else the network's own, at an input size."""
        project = self.session.project
        if project and project.anchors:
            return InUse(project.anchors.at(size), "The anchors in use", "In use")
        return InUse(preset(self.form.network.architecture, size), "The preset anchors")

    # --- clustering -----------------------------------------------------------------------------

    @Slot()
    def _cluster(self) -> None:
        self.messages.clear()
        self.form.save()
        self._elbow.stop()
        self._wish = self.form.wish
        wish, size = self._wish, self.form.input_size
        used = self._in_use(size)
        dataset = self.session.dataset()
        self._start("Clustering anchors", lambda: measure_and_cluster(dataset, size, wish, used))
        self.controls.set_running(True)

    @Slot()
    def _judge_again(self) -> None:
        """Compare with the anchors of another network, and share among its scales."""
        measured, judged = self._measured, self._judged
        if judged is None or measured is None or self._job:
            return
        used = self._in_use(judged.anchors.input_size)
        new = judged.anchors if judged.is_new else None
        self._start("Comparing anchors", lambda: judge(measured.sizes, used, new, judged.gain))

    @Slot()
    def _stop(self) -> None:
        if self._job:
            self._job.stop()

    def _start(self, name: str, make: Callable[[], Iterator[object]]) -> None:
        self._stop()
        self._job = self.session.start(name, make, self._take, self._fail, self._end)

    @Slot(object)
    def _take(self, event: object) -> None:
        if self._job is None or self.sender() is not self._job:
            return  # of work that was replaced
        if isinstance(event, Reading):
            self._job.report(event.done / event.total, f"{event.done} of {event.total} files")
        elif isinstance(event, Measured):
            self._take_sizes(event)
        elif isinstance(event, Restart):
            self._job.report(event.number / event.restarts, f"IoU {event.mean_iou:.3f}")
        elif isinstance(event, Generation):
            self._job.report(event.number / event.generations, f"IoU {event.mean_iou:.3f}")
        elif isinstance(event, Judged):
            self._take_judged(event)

    def _take_sizes(self, event: Measured) -> None:
        self._measured = event
        if event.unread:
            others = len(event.unread) - 1
            more = f" ({others} more could not be read either)" if others else ""
            self.messages.say(f"{event.unread[0]}{more}")

    def _take_judged(self, event: Judged) -> None:
        assert self._measured is not None
        self._judged = event
        self.results.show_judged(event, self._measured.sizes, self.form.strides)
        self.set_state(f"IoU {event.quality.mean_iou:.2f}")

    @Slot(str)
    def _fail(self, text: str) -> None:
        if self.sender() is self._job:
            self.messages.say(text)

    @Slot(bool)
    def _end(self, completed: bool) -> None:
        if self.sender() is not self._job:
            return
        self._job = None
        was_clustering = self.controls.is_running
        self.controls.set_running(False)
        if completed and was_clustering and self._measured and self._judged:
            self._elbow.find(self._measured.sizes, self._judged.anchors, self._wish)

    # --- what is done with them -----------------------------------------------------------------

    @Slot()
    def _use(self) -> None:
        if self._judged is None:
            return
        try:
            self.session.set_anchors(self._judged.anchors)
        except StudioError as error:
            self.messages.say(str(error))
            return
        k = len(self._judged.anchors.sizes)
        self._judged = replace(self._judged, is_new=False)
        self.results.summary.use.setEnabled(False)
        self._judge_again()
        self.messages.say(
            f"{k} anchors are saved in the project.", "done", "Go to Train", self._go_to_train
        )

    @Slot()
    def _copy(self) -> None:
        if self._judged is None:
            return
        anchors = self._judged.anchors
        QGuiApplication.clipboard().setText(anchors.darknet())
        width, height = anchors.input_size
        self.messages.say(
            f"The {len(anchors.sizes)} anchors are on the clipboard, in pixels at an input of "
            f"{width} × {height}: paste them behind “anchors =” of a Darknet cfg file.",
            "done",
        )

    def _go_to_train(self) -> None:
        self.tab_requested.emit(2)
