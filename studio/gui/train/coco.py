"""The weights that a network was published with: whether they are there, and fetching them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from studio.gui.buttons import Button
from studio.gui.session import Session
from studio.gui.theme import GAP, tabular
from studio.gui.worker import Job

if TYPE_CHECKING:
    from studio.yolo.weights.published import PublishedFile


class CocoWeights(QWidget):
    """One line: the file is there, or a button that fetches it, or how far that has come."""

    fetched = Signal()
    """The file is there now."""
    failed = Signal(str)
    """Why it could not be fetched, and where it belongs."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._network = ""
        self._job: Job | None = None
        self.fetching = ""
        """The name of the file that is being fetched."""
        self._name = QLabel()
        self._name.setObjectName("weightsName")
        tip = "Fetch the weights that the network's authors have published, once for all projects"
        self.download = Button("Download", "downloadButton", tip, "mdi6.download")
        self.download.clicked.connect(self.start)
        self.bar = QProgressBar()
        self.bar.setObjectName("downloadBar")
        self.bar.setAccessibleName("Progress of the download")
        self.bar.setFont(tabular(self.bar.font()))
        self.stop = QToolButton()
        self.stop.setObjectName("downloadStopButton")
        self.stop.setText("✕")
        self.stop.setAutoRaise(True)
        self.stop.setToolTip("Stop, and keep what has come for the next time")
        self.stop.setAccessibleName("Stop the download")
        self.stop.clicked.connect(self._stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP // 2)
        row.addWidget(self._name, 1)
        row.addWidget(self.download, 1)
        row.addWidget(self.bar, 1)
        row.addWidget(self.stop)
        self.setFixedHeight(self.download.sizeHint().height())  # whatever is shown in it

    @property
    def file(self) -> PublishedFile | None:
        """The network's published file, None where there is none."""
        from studio.yolo.weights.published import whole_file

        return whole_file(self._network)

    @property
    def path(self) -> Path | None:
        """Where that file belongs."""
        from studio.yolo.weights.published import path_of

        return path_of(self.file.name) if self.file else None

    @property
    def is_there(self) -> bool:
        """Whether the file can be used now."""
        from studio.yolo.weights.published import is_there

        return self.file is not None and is_there(self.file.name)

    def show_network(self, network: str) -> None:
        """Show the weights of another network; what is being fetched goes on."""
        self._network = network
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        """Look again when the window is come back to: people may have put the file there."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.refresh()

    def refresh(self) -> None:
        """Show what there is to show."""
        file, is_there, is_busy = self.file, self.is_there, self._job is not None
        self._name.setVisible(not is_busy and (is_there or file is None))
        self.download.setVisible(not is_busy and not is_there and file is not None)
        self.bar.setVisible(is_busy)
        self.stop.setVisible(is_busy)
        if file is None:
            self._name.setText("None were published")
        elif is_there:
            self._name.setText(file.name)
            self._name.setToolTip(f"{self.path}, {file.megabytes}")
        else:
            self.download.setText(_offer(file))

    # --- fetching -------------------------------------------------------------------------------

    @Slot()
    def start(self) -> None:
        """Fetch the file, or the rest of it."""
        file = self.file
        if file is None or self._job is not None:
            return

        def fetch_it() -> Iterator[object]:
            from studio.yolo.weights.download import fetch
            from studio.yolo.weights.published import weights_folder

            return fetch(file, weights_folder())

        self.fetching = file.name
        self.bar.setRange(0, 0)
        self.bar.setFormat("Connecting…")
        self.stop.setEnabled(True)
        self._job = self._session.start(
            f"Downloading {file.name}", fetch_it, self._take, self._fail, self._end
        )
        self.refresh()

    @Slot()
    def _stop(self) -> None:
        if self._job:
            self._job.stop()
            self.stop.setEnabled(False)
            self.bar.setFormat("Stopping…")  # a connection that hangs is waited for

    @Slot(object)
    def _take(self, event: object) -> None:
        from studio.yolo.weights.download import Received

        if isinstance(event, Received) and self._job:
            words = _of(event.done, event.total)
            self.bar.setRange(0, event.total)
            self.bar.setValue(event.done)
            self.bar.setFormat(words)
            self._job.report(event.done / event.total, words)

    @Slot(str)
    def _fail(self, text: str) -> None:
        self.failed.emit(text)

    @Slot(bool)
    def _end(self, completed: bool) -> None:
        self._job, self.fetching = None, ""
        self.refresh()
        if completed:
            self.fetched.emit()


def _offer(file: PublishedFile) -> str:
    from studio.yolo.weights.download import bytes_kept
    from studio.yolo.weights.published import weights_folder

    there = bytes_kept(file, weights_folder())
    return f"Go on ({_of(there, file.bytes)})" if there else f"Download ({file.megabytes})"


def _of(done: int, total: int) -> str:
    return f"{done / 1e6:.0f} of {total / 1e6:.0f} MB"
