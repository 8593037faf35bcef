"""The left side of the Train tab: the form, the buttons, and what it will come to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSettings, QTimer, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.errors import StudioError
from studio.gui.lines import LinkLine
from studio.gui.session import Session
from studio.gui.theme import GAP, GROUP
from studio.gui.train.controls import TrainControls
from studio.gui.train.form import TrainForm
from studio.gui.train.need import Need, NeedLine, find_need
from studio.gui.train.work import anchors_to_expect

CALM = 200  # milliseconds without another change of the form
FOUND_TYPE = "train/found_type"
WIDTH = 280  # pixels, if the names of the form's pages have room in them


class TrainSide(QWidget):
    """`pace` tells the seconds of an epoch of a network at a size, None where nobody knows."""

    def __init__(
        self, settings: QSettings, session: Session, pace: Callable[[str, int], float | None]
    ) -> None:
        super().__init__()
        self._settings, self._session, self._pace = settings, session, pace
        self.form = TrainForm(settings, session)
        self.controls = TrainControls()
        self.need_line = NeedLine()
        self.anchors_line = LinkLine()
        self.anchors_line.setObjectName("anchorsLine")
        self._calm = QTimer(self, interval=CALM, singleShot=True)
        self._calm.timeout.connect(self.say_need)
        self.form.edited.connect(self._calm.start)
        self.form.network_changed.connect(self.say_anchors)
        session.anchors_changed.connect(self.say_anchors)
        session.classes_changed.connect(self._calm.start)
        session.runs_changed.connect(self._calm.start)
        session.indexed.connect(self._calm.start)
        self.need_line.batch_chosen.connect(self.use_batch)
        self.setFixedWidth(max(WIDTH, self.form.tabs.tabBar().sizeHint().width()))
        self._lay_out()

    def _lay_out(self) -> None:
        lines = QVBoxLayout()
        lines.setSpacing(GAP // 2)
        lines.addWidget(self.need_line)
        lines.addWidget(self.anchors_line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GROUP)
        column.addWidget(self.form)
        column.addWidget(self.controls)  # before the lines, which grow and would move them
        column.addLayout(lines)
        column.addStretch()

    def show_project(self) -> None:
        """Show another project's settings."""
        project = self._session.project
        self.form.load(project.training if project else {})
        self.say_anchors()
        self.say_need()

    def suggest_name(self) -> None:
        """Fill in a name for the next run."""
        from studio.yolo.runs import default_name

        if project := self._session.project:
            self.form.name.setText(default_name(project.root, project.runs))

    def set_running(self, running: bool) -> None:
        """Training begins or is over."""
        self.controls.set_running(running)
        self.form.set_running(running)

    def note_type(self, found: str) -> None:
        """Remember what "auto" is on this machine."""
        self._settings.setValue(FOUND_TYPE, found)
        self._calm.start()

    @Slot()
    def say_anchors(self) -> None:
        """Say which anchors a training would have."""
        project = self._session.project
        words = anchors_to_expect(
            project.anchors if project else None, self.form.network.architecture
        )
        self.anchors_line.setToolTip("")
        self.anchors_line.setText(f'{words} <a href="anchors">See&nbsp;Anchors</a>')

    @Slot()
    def say_need(self) -> None:
        """Say what time and memory a training would take."""
        known = str(self._settings.value(FOUND_TYPE, ""))
        values, classes = self.form.values(), self._session.classes or ("one",)
        pace = self._pace(values["architecture"], values["size"])
        try:
            need = find_need(values, classes, known, pace, self._pictures())
        except StudioError as error:
            need = Need(str(error), "This cannot be trained.")
        self.need_line.tell(need)

    def _pictures(self) -> int:
        """Return how many pictures have boxes, 0 while not all were looked at."""
        if not self._session.is_indexed:
            return 0
        return sum(1 for state in self._session.states if state.boxes)

    @Slot(int, int)
    def use_batch(self, batch: int, parts: int = 1) -> None:
        """Fill in a batch that fits, as so many parts."""
        self.form.schedule.parts.setValue(parts)
        self.form.batch.setValue(batch)
