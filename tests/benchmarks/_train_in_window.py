"""Train in the real window, in this process: `-m tests.benchmarks._train_in_window FOLDER`.

Presses Train with the defaults and prints, as one line of JSON, how late a 10 ms timer was from the
first step on, validations and saving included, and the seconds from the click to that step.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QObject, QSettings, QTimer, Slot
from PySide6.QtWidgets import QAbstractButton, QApplication

from studio.gui.app import SWITCH
from studio.gui.main_window import MainWindow
from studio.gui.train.tab import TrainTab
from tests.benchmarks._lateness import Clock

EPOCHS = 8


class Trainer(QObject):
    """Opens a folder, presses Train once its labels are read, and notes how late the timer is."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        super().__init__()
        self._window = window
        self._clock: Clock | None = None
        self._pressed = self._first = 0.0
        window.session.indexed.connect(self._press)
        window.resize(1440, 900)
        window.show()
        window.open(folder)

    @Slot()
    def _press(self) -> None:
        self._window.session.indexed.disconnect(self._press)
        tab = self._window.show_tab(2)
        assert isinstance(tab, TrainTab)
        tab.form.load({"epochs": EPOCHS, "flip": "none"})
        button = self._window.findChild(QAbstractButton, "trainButton")
        assert button is not None
        self._pressed = time.perf_counter()
        button.click()
        tab._job.yielded.connect(self._note)
        tab._job.ended.connect(self._end)

    @Slot(object)
    def _note(self, event: object) -> None:
        if self._clock is None and type(event).__name__ == "StepMetrics":
            self._first = time.perf_counter() - self._pressed
            self._clock = Clock()

    @Slot(bool)
    def _end(self, completed: bool) -> None:
        late = self._clock.late if self._clock else []
        print(json.dumps({"completed": completed, "first": self._first, "late": late}), flush=True)
        QTimer.singleShot(0, self._window.close)


def main(folder: Path) -> int:
    sys.setswitchinterval(SWITCH)
    application = QApplication(["benchmark"])
    settings = QSettings(str(folder / "benchmark.ini"), QSettings.Format.IniFormat)
    trainer = Trainer(MainWindow(settings), folder)
    code = application.exec()
    del trainer
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
