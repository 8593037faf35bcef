"""PySide6 keeps its references to None."""

from __future__ import annotations

import sys

from PySide6.QtGui import QPainter, QPen, QPixmap
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

CALLS = 500


def test_no_reference_to_none_is_lost(qtbot: QtBot) -> None:
    """PySide6 6.12.0 loses one per call on Python 3.11, and aborts after a few thousand."""
    label = QLabel()
    qtbot.addWidget(label)
    pixmap = QPixmap(8, 8)
    before = sys.getrefcount(None)
    painter = QPainter(pixmap)
    for _ in range(CALLS):
        painter.setPen(QPen())
        painter.drawRect(0, 0, 4, 4)
        label.setText("text")
    painter.end()
    assert sys.getrefcount(None) > before - CALLS // 2
