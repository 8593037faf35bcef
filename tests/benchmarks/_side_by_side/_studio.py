"""The same here: opens a folder, goes on, drags a box; prints seconds."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable

START = time.perf_counter()

from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QSettings, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from studio.gui import theme
from studio.gui.main_window import MainWindow
from studio.labels import editing

STEPS, MOVES = 60, 120
PAUSE = 0.025  # seconds between two repeats of a key that is held


def main(many: str, crowded: str, settings: str) -> dict[str, list[float]]:
    application = QApplication(["studio"])
    theme.apply(application)
    window = MainWindow(QSettings(settings, QSettings.Format.IniFormat))
    window.show()
    application.processEvents()
    figures = {"window": [time.perf_counter() - START]}
    window.resize(1280, 800)
    canvas, files = window.annotate.canvas, window.annotate.files

    def timed(work: Callable[[], object]) -> float:
        start = time.perf_counter()
        work()
        application.processEvents()
        canvas.repaint()
        return time.perf_counter() - start

    figures["open"] = [timed(lambda: window.open(Path(many)))]
    _wait(application, window)
    figures["next"] = [timed(lambda: files.step(1)) for _ in range(STEPS)]
    figures["held"] = []
    for _ in range(STEPS):
        end = time.perf_counter() + PAUSE
        while time.perf_counter() < end:
            application.processEvents()
        figures["held"].append(timed(lambda: files.step(1)))
    window.open(Path(crowded))
    _wait(application, window)
    editor = canvas.editor
    assert editor
    box = editor.document.boxes[len(editor.document.boxes) // 2]
    editor.apply(editing.select(editor.document, ()))
    middle = (box.xmin + box.xmax) / 2, (box.ymin + box.ymax) / 2
    at = QPointF(*canvas.viewport.to_screen(middle))

    def send(kind: QEvent.Type, to: QPointF, button: object, buttons: object) -> float:
        modifiers = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, to, canvas.mapToGlobal(to), button, buttons, modifiers)  # type: ignore[call-overload]
        return timed(lambda: application.sendEvent(canvas, event))

    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    send(QEvent.Type.MouseMove, at, none, none)
    send(QEvent.Type.MouseButtonPress, at, left, left)
    figures["drag"] = [
        send(QEvent.Type.MouseMove, at + QPointF(i % 20, i % 13), none, left) for i in range(MOVES)
    ]
    return figures


def _wait(application: QApplication, window: MainWindow) -> None:
    while window.session.jobs:
        application.processEvents()


print(json.dumps(main(*sys.argv[1:])), flush=True)
os._exit(0)
