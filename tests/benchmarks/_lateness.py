"""How late a 10 ms timer of the window is while a job runs."""

from __future__ import annotations

import os
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject, Qt, QTimer, Slot

PERIOD = 10.0  # milliseconds


class Clock(QObject):
    """Notes by how many milliseconds each tick came late."""

    def __init__(self) -> None:
        super().__init__()
        self.late: list[float] = []
        self._before = time.perf_counter()
        self._timer = QTimer(self, interval=int(PERIOD), timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    @Slot()
    def _tick(self) -> None:
        now = time.perf_counter()
        self.late.append(max((now - self._before) * 1000 - PERIOD, 0.0))
        self._before = now
