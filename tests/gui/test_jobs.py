"""The status bar tells of work that takes a while, and of nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from studio.gui.jobs import JobView, duration
from studio.gui.main_window import MainWindow
from tests.gui.driving import Shell, settle


class Ear(QObject):
    @Slot(object)
    def hear(self, _event: object) -> None:
        pass


@pytest.fixture
def window(make_window: Shell) -> MainWindow:
    return make_window()


def shown(window: MainWindow) -> list[JobView]:
    return [view for view in window.findChildren(JobView) if view.isVisible()]


def test_short_work_is_never_shown(qtbot: QtBot, window: MainWindow) -> None:
    window.session.start("Short", lambda: iter([1]), Ear(window).hear)
    seen = 0
    while window.session.jobs:
        seen += len(shown(window))
        qtbot.wait(5)
    qtbot.wait(500)
    assert seen == len(shown(window)) == 0


def test_long_work_is_shown_and_can_be_stopped_without_moving_the_window(
    qtbot: QtBot, window: MainWindow
) -> None:
    def work() -> Iterator[int]:
        while True:
            threading.Event().wait(0.01)
            yield 1

    room = window.tabs.size()
    job = window.session.start("Long", work, Ear(window).hear)
    qtbot.waitUntil(lambda: bool(shown(window)))
    job.report(0.5, "half of it")
    (view,) = shown(window)
    assert window.tabs.size() == room
    qtbot.mouseClick(view.findChild(QToolButton), Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    assert not shown(window)


@pytest.mark.parametrize(
    ("seconds", "words"), [(42, "42 s"), (1080, "18 min"), (7500, "2 h 05"), (0.2, "0 s")]
)
def test_durations_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words
