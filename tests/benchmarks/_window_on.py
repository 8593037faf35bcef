"""Open the window on a folder in this process and tell what that took, as one line of JSON.

`python -m tests.benchmarks._window_on FOLDER`: seconds until the list is painted, seconds until
every label file was read, how late a 10 ms timer was meanwhile, megabytes that the process has in
memory then, and whether TensorFlow was loaded.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QAbstractItemView, QApplication

from studio.gui.main_window import MainWindow
from tests.benchmarks._lateness import Clock


class Watcher(QObject):
    """Opens a folder in a window that is shown, and notes when what was reached."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        super().__init__()
        self.told: dict[str, object] = {}
        self._window, self._folder = window, folder
        self._began = 0.0
        self._clock: Clock | None = None
        window.session.indexed.connect(self._note_indexed)
        QTimer.singleShot(500, self._begin)

    @Slot()
    def _begin(self) -> None:
        self._began = time.perf_counter()
        self._window.open(self._folder)
        QTimer.singleShot(0, self._note_usable)

    @Slot()
    def _note_usable(self) -> None:
        files = self._window.findChild(QAbstractItemView, "fileList")
        assert files is not None
        files.viewport().repaint()
        self.told["usable"] = time.perf_counter() - self._began
        self.told["listed"] = files.model().rowCount()
        self._clock = Clock()

    @Slot()
    def _note_indexed(self) -> None:
        self.told["indexed"] = time.perf_counter() - self._began
        QTimer.singleShot(1000, self._end)  # what follows counts too

    @Slot()
    def _end(self) -> None:
        self.told["labelled"] = self._window.session.labelled
        self.told["late"] = self._clock.late if self._clock else []
        self.told["megabytes"] = _megabytes()
        self.told["tensorflow"] = "tensorflow" in sys.modules
        print(json.dumps(self.told), flush=True)
        self._window.close()


def _megabytes() -> float:
    """Return what this process has in memory; where the system does not tell, its peak."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main(folder: Path) -> int:
    application = QApplication(["benchmark"])
    application.setOrganizationName("YOLO Studio")
    application.setApplicationName("Benchmark")
    window = MainWindow()
    window.show()
    watcher = Watcher(window, folder)
    code = application.exec()
    del watcher
    return code


sys.exit(main(Path(sys.argv[1])))
