"""Training pictures as training sees them: augmented as the form says, with their boxes."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from studio.gui.buttons import Button
from studio.gui.lines import Line
from studio.gui.messages import MessageBar
from studio.gui.session import Session
from studio.gui.theme import GAP, GROUP
from studio.gui.train.mosaic import Mosaic
from studio.gui.train.phase import Phase
from studio.gui.train.sampling import (
    Boxed,
    Drawing,
    Sampler,
    draw_examples,
    sample_with_tensorflow,
)
from studio.gui.train.work import Request
from studio.gui.worker import Job
from studio.labels.screen.palette import hex_of

COUNT = 6
CALM = 600  # milliseconds without another change of the form, until the pictures follow


class Examples(QWidget):
    """The pictures, a button for others, and the way back. `sampler` may be replaced."""

    closed = Signal()

    def __init__(self, session: Session, messages: MessageBar) -> None:
        super().__init__()
        self.sampler: Sampler = sample_with_tensorflow
        self._session, self._messages = session, messages
        self._request = Request("", {})
        self._start = 0
        self._job: Job | None = None
        self._is_due = False
        self.pictures = Mosaic()
        self.words = Line(Qt.TextElideMode.ElideRight, Qt.AlignmentFlag.AlignLeft)
        self.words.setObjectName("examplesWords")
        self._phase = Phase(self)
        self._phase.said.connect(self.words.setText)
        self._calm = QTimer(self, interval=CALM, singleShot=True)
        self._calm.timeout.connect(self._draw)
        self._classes = QLabel(textFormat=Qt.TextFormat.RichText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(self._make_bar())
        column.addWidget(self.pictures, 1)

    def _make_bar(self) -> QHBoxLayout:
        self.back = Button("Back", "backButton", "Back to the curves", "mdi6.arrow-left", "Esc")
        self.back.clicked.connect(self.close_view)
        self.another = Button(
            "Another set", "anotherButton", "Draw other pictures", "mdi6.dice-multiple-outline"
        )
        self.another.clicked.connect(self._draw_others)
        self.stop = QToolButton()
        self.stop.setObjectName("examplesStopButton")
        self.stop.setText("✕")
        self.stop.setAutoRaise(True)
        self.stop.setToolTip("Stop drawing examples")
        self.stop.setAccessibleName("Stop drawing examples")
        self.stop.clicked.connect(self._stop)
        bar = QHBoxLayout()
        bar.setSpacing(GAP)
        bar.addWidget(self.back)
        bar.addWidget(self.another)
        bar.addSpacing(GROUP - GAP)
        bar.addWidget(self.words, 1)
        bar.addWidget(self.stop)
        bar.addWidget(self._classes)
        return bar

    def show_for(self, request: Request) -> None:
        """Draw pictures with these settings."""
        self._request = request
        self._draw()

    def follow(self, request: Request) -> None:
        """The settings have changed: the same pictures are drawn again, when that is calm."""
        self._request = request
        if self.isVisible():
            self._calm.start()

    @Slot()
    def close_view(self) -> None:
        """Go back; what is under way is stopped."""
        self._calm.stop()
        self._stop()
        self.closed.emit()

    @Slot()
    def _draw_others(self) -> None:
        self._start += COUNT
        self._draw()

    @Slot()
    def _stop(self) -> None:
        self._is_due = False
        if self._job:
            self._job.stop()
            self._phase.go_on("Stopping…")

    @Slot()
    def _draw(self) -> None:
        """Draw, when what is being drawn has stopped."""
        project = self._session.project
        if self._job:
            self._is_due = True
            self._job.stop()
            return
        if project is None:
            return
        request, sampler, start = self._request, self.sampler, self._start
        self._is_due = False
        self.stop.show()
        self._phase.begin("Getting ready…" if len(self.pictures) else "Loading TensorFlow…")
        self._job = self._session.start(
            "Drawing examples",
            lambda: draw_examples(project, request, sampler, COUNT, start),
            self._take,
            self._messages.say,
            self._end,
        )

    @Slot(object)
    def _take(self, event: object) -> None:
        from studio.yolo.events import Progress, Status

        match event:
            case Status(text):
                if text.endswith("…"):
                    self._phase.go_on(text)
            case Progress(done, total):
                is_last = done + 1 >= total
                reading = f"Reading pictures: {done} of {total},"
                self._phase.go_on("Drawing pictures…" if is_last else reading)
            case Drawing():
                self.pictures.begin(COUNT, self._session.class_list)
                self._name_classes(event.classes)
            case Boxed():
                self.pictures.add(event)

    def _name_classes(self, names: tuple[str, ...]) -> None:
        listed = self._session.class_list
        self._classes.setText(
            " &nbsp; ".join(
                f'<span style="color: {hex_of(listed.colour(name))}">■</span> {escape(name)}'
                for name in names
            )
        )

    @Slot(bool)
    def _end(self, _completed: bool) -> None:
        self._job = None
        self._phase.stop()
        self.stop.hide()
        self.words.setText("" if len(self.pictures) else "No pictures were drawn.")
        if self._is_due:
            self._draw()
