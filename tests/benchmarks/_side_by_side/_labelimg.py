"""Run by labelImg's own interpreter: opens a folder, goes on, drags a box; prints seconds."""

import json
import os
import sys
import time

START = time.perf_counter()

from labelImg import labelImg
from PyQt5.QtCore import QEvent, QPointF, Qt
from PyQt5.QtGui import QMouseEvent

STEPS, MOVES = 60, 120
PAUSE = 0.025  # seconds between two repeats of a key that is held


def main(many: str, crowded: str) -> dict[str, list[float]]:
    application, window = labelImg.get_main_app(["labelImg"])
    application.processEvents()
    figures = {"window": [time.perf_counter() - START]}
    window.resize(1280, 800)
    canvas = window.canvas

    def timed(work) -> float:
        start = time.perf_counter()
        work()
        application.processEvents()
        canvas.repaint()
        return time.perf_counter() - start

    figures["open"] = [timed(lambda: window.import_dir_images(many))]
    figures["next"] = [timed(window.open_next_image) for _ in range(STEPS)]
    figures["held"] = []
    for _ in range(STEPS):
        end = time.perf_counter() + PAUSE
        while time.perf_counter() < end:
            application.processEvents()
        figures["held"].append(timed(window.open_next_image))
    window.import_dir_images(crowded)
    application.processEvents()
    box, offset = canvas.shapes[len(canvas.shapes) // 2], canvas.offset_to_center()
    low, high = box.points[0], box.points[2]
    x = ((low.x() + high.x()) / 2 + offset.x()) * canvas.scale
    y = ((low.y() + high.y()) / 2 + offset.y()) * canvas.scale

    def send(kind, at: QPointF, button, buttons) -> float:
        event = QMouseEvent(kind, at, button, buttons, Qt.NoModifier)
        return timed(lambda: application.sendEvent(canvas, event))

    left, none = Qt.LeftButton, Qt.NoButton
    send(QEvent.MouseMove, QPointF(x, y), none, none)
    send(QEvent.MouseButtonPress, QPointF(x, y), left, left)
    figures["drag"] = [
        send(QEvent.MouseMove, QPointF(x + i % 20, y + i % 13), none, left) for i in range(MOVES)
    ]
    return figures


print(json.dumps(main(*sys.argv[1:])), flush=True)
os._exit(0)  # closing would ask whether to save
