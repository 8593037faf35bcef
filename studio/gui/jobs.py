"""The status bar's view of background work: name, progress, time left and a way to stop."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from studio.gui.theme import GAP, tabular
from studio.gui.worker import Job

_PATIENCE = 400  # milliseconds; what is done sooner need not be told of


class JobView(QWidget):
    """One job in the status bar, once it takes a while; removes itself when the job has ended."""

    def __init__(self, job: Job, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._job = job
        self._began: tuple[float, float] | None = None  # when, and with what share done
        self._text = QLabel(job.name)
        self._text.setFont(tabular(self._text.font()))
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setFixedWidth(120)
        self._bar.setTextVisible(False)
        stop = QToolButton()
        stop.setText("✕")
        stop.setAutoRaise(True)
        stop.setToolTip(f"Stop: {job.name}")
        stop.setAccessibleName(f"Stop {job.name}")
        stop.clicked.connect(job.stop)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, 0, GAP, 0)
        row.setSpacing(GAP)
        row.addWidget(self._text)
        row.addWidget(self._bar)
        row.addWidget(stop)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.hide()
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE)
        self._patience.timeout.connect(self.show)
        self._patience.start()
        job.progressed.connect(self._show_progress)
        job.ended.connect(self._leave)

    @Slot(float, str)
    def _show_progress(self, share: float, text: str) -> None:
        parts = [self._job.name, text, self._time_left(share)]
        self._text.setText(" · ".join(part for part in parts if part))
        self._bar.setRange(0, 1000 if share >= 0 else 0)
        self._bar.setUpdatesEnabled(False)  # else Qt paints the whole window here and now
        self._bar.setValue(round(share * 1000))
        self._bar.setUpdatesEnabled(True)

    def _time_left(self, share: float) -> str:
        """Return what the pace promises; what was needed before there was a share is no part."""
        now = time.monotonic()
        if self._began is None and share >= 0:
            self._began = now, share
        began, first = self._began or (now, share)
        if now - began < 1 or not first < share < 1:
            return ""
        return f"{duration((now - began) / (share - first) * (1 - share))} left"

    @Slot()
    def _leave(self) -> None:
        self._patience.stop()
        self.hide()
        self.deleteLater()


def duration(seconds: float) -> str:
    """Return a length of time as people say it: 42 s, 18 min, 2 h 05."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds // 3600:.0f} h {seconds % 3600 / 60:02.0f}"
