"""Starting the window."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from studio.gui import appearance, theme
from studio.gui.main_window import MainWindow

SWITCH = 0.0005
"""Seconds that a job's thread may keep Python for itself while the window waits.

Painting asks for it many times; at Python's 5 ms each, a frame is late whenever a job computes in
Python, as when TensorFlow traces a function.
"""


def run(folder: Path | None) -> int:
    """Show the window, with a folder open if one is given, until it is closed."""
    QCoreApplication.setOrganizationName("YOLO Studio")
    QCoreApplication.setApplicationName("YOLO Studio")
    sys.setswitchinterval(SWITCH)
    application = QApplication(sys.argv[:1])
    theme.apply(application, appearance.remembered(QSettings()))
    window = MainWindow()
    window.show()
    if folder:
        window.open(folder)
    _close_on_interrupt(window)
    return application.exec()


def _close_on_interrupt(window: MainWindow) -> None:
    """Let Ctrl-C close the window; Python sees signals only when it gets to run."""
    signal.signal(signal.SIGINT, lambda *_: window.close())
    timer = QTimer(window)
    timer.timeout.connect(lambda: None)
    timer.start(200)
