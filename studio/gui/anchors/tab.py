"""The Anchors tab: box sizes, clustered, and whether that is better than what is in use."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QSettings, Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.errors import StudioError
from studio.gui.anchors.form import AnchorForm
from studio.gui.anchors.plot import AnchorPlot
from studio.gui.anchors.summary import Summary
from studio.gui.anchors.table import AnchorTable
from studio.gui.anchors.work import Measured, Reading, measure, measure_and_cluster
from studio.gui.buttons import Button
from studio.gui.empty import EmptyState
from studio.gui.session import Session
from studio.gui.splitter import KeptSplitter
from studio.gui.tab import Tab
from studio.gui.theme import GAP, GROUP
from studio.gui.worker import Job
from studio.labels.anchors import (
    Anchors,
    Clustered,
    Restart,
    Sizes,
    advise,
    preset,
    quality,
    uses,
)

_OWN = "The anchors in use"


class AnchorsTab(Tab):
    """Cluster the boxes' sizes into anchors, see how well they fit, put them into the project."""

    def __init__(self, session: Session, settings: QSettings) -> None:
        super().__init__(session, settings)
        self._job: Job | None = None
        self._sizes: Sizes | None = None
        self._measured_at = (416, 416)
        self._candidate: Anchors | None = None  # clustered, not yet put to use
        self._is_stale = True
        self.form = AnchorForm(settings)
        self.plot = AnchorPlot()
        self.table = AnchorTable()
        self.summary = Summary()
        self.summary.use.clicked.connect(self._use)
        self._empty = EmptyState("", "Go to Annotate")
        self._empty.acted.connect(self._go_to_annotate)
        self._make_buttons()
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

    # --- building -------------------------------------------------------------------------------

    def _make_buttons(self) -> None:
        self.cluster_button = Button(
            "Cluster Anchors",
            "clusterButton",
            "Find the sizes that fit the boxes best",
            "mdi6.chart-scatter-plot",
            "Ctrl+Return",
        )
        self.cluster_button.setDefault(True)
        self.cluster_button.clicked.connect(self._cluster)
        self.stop_button = Button(
            "Stop", "stopClusterButton", "Stop clustering; what is shown stays", "mdi6.stop"
        )
        self.stop_button.setEnabled(False)
        self.stop_button.clicked.connect(self._stop)

    def _make_content(self) -> QWidget:
        content = QWidget()
        splitter = KeptSplitter(Qt.Orientation.Horizontal, self.settings, "anchors/splitter")
        splitter.addWidget(self.plot)
        splitter.addWidget(self.table)
        splitter.restore([600, 330])
        right = QVBoxLayout()
        right.setSpacing(GAP)
        right.addWidget(splitter, 1)
        right.addWidget(self.summary)
        row = QHBoxLayout(content)
        row.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        row.setSpacing(GROUP)
        row.addWidget(self._make_side())
        row.addLayout(right, 1)
        return content

    def _make_side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(240)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addWidget(self.cluster_button, 1)
        buttons.addWidget(self.stop_button)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GROUP)
        column.addWidget(self.form)
        column.addLayout(buttons)
        column.addStretch()
        return side

    # --- what is there --------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Look at labels that changed while another tab was in front."""
        super().showEvent(event)
        self._refresh()

    @Slot()
    def _forget(self) -> None:
        """Another folder is open."""
        self._stop()
        self._job, self._sizes, self._candidate = None, None, None
        self._is_stale = True
        self._set_running(False)
        self.summary.use.setEnabled(False)
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
            self._start("Reading boxes", lambda: measure(dataset, size))

    @Slot()
    def _go_to_annotate(self) -> None:
        self.tab_requested.emit(0)

    # --- clustering -----------------------------------------------------------------------------

    @Slot()
    def _cluster(self) -> None:
        self.messages.clear()
        self.form.save()
        k, size, update = self.form.number.value(), self.form.input_size, self.form.update_rule
        dataset = self.session.dataset()
        self._start("Clustering anchors", lambda: measure_and_cluster(dataset, k, size, update))
        self._set_running(True)

    @Slot()
    def _stop(self) -> None:
        if self._job:
            self._job.stop()

    def _start(self, name: str, make: Callable[[], Iterator[object]]) -> None:
        self._stop()
        self._job = self.session.start(name, make, self._take, self._fail, self._end)

    def _set_running(self, running: bool) -> None:
        self.cluster_button.setEnabled(not running)
        self.stop_button.setEnabled(running)

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
        elif isinstance(event, Clustered):
            self._candidate = event.anchors
            self._show()

    def _take_sizes(self, event: Measured) -> None:
        self._sizes, self._measured_at = event.sizes, event.input_size
        if event.unread:
            others = len(event.unread) - 1
            more = f" ({others} more could not be read either)" if others else ""
            self.messages.say(f"{event.unread[0]}{more}")
        if len(event.sizes):
            self._show()

    @Slot(str)
    def _fail(self, text: str) -> None:
        if self.sender() is self._job:
            self.messages.say(text)

    @Slot(bool)
    def _end(self, _completed: bool) -> None:
        if self.sender() is self._job:
            self._job = None
            self._set_running(False)

    # --- what was found -------------------------------------------------------------------------

    def _in_use(self) -> tuple[Anchors, str]:
        """Return the project's anchors, else the network's own, and what to call them."""
        project = self.session.project
        if project and project.anchors:
            return project.anchors.at(self._measured_at), _OWN
        return preset(self.form.network.architecture, self._measured_at), "The preset anchors"

    def _show(self) -> None:
        """Draw the boxes with the anchors that were found, else with those in use."""
        if self._sizes is None or not len(self._sizes):
            return
        used, name = self._in_use()
        anchors = self._candidate.at(self._measured_at) if self._candidate else used
        found, compared = quality(self._sizes, anchors.array()), quality(self._sizes, used.array())
        rows = uses(anchors, found, self.form.strides)
        self.plot.show_sizes(self._sizes, found, rows, self._measured_at)
        self.table.show_anchors(rows)
        self.summary.show_quality(found)
        self.summary.use.setEnabled(self._candidate is not None)
        self.set_state(f"IoU {found.mean_iou:.2f}")
        if self._candidate:
            self.summary.advice.setText(advise(len(rows), found, compared, name).text)
        else:
            better = "" if name == _OWN else " Cluster Anchors finds those that fit best."
            self.summary.advice.setText(f"{name} cover your boxes at {found.mean_iou:.2f}.{better}")

    @Slot()
    def _use(self) -> None:
        if self._candidate is None:
            return
        try:
            self.session.set_anchors(self._candidate)
        except StudioError as error:
            self.messages.say(str(error))
            return
        k = len(self._candidate.sizes)
        self._candidate = None
        self._show()
        self.messages.say(
            f"{k} anchors are saved in the project.", "done", "Go to Train", self._go_to_train
        )

    def _go_to_train(self) -> None:
        self.tab_requested.emit(2)
