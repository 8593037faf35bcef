"""The one worker: events, progress, pause, stop, faults."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject, QThread, Slot
from pytestqt.qtbot import QtBot

from studio.errors import StudioError
from studio.gui.worker import Job


class Listener(QObject):
    """Hears a job in the main thread, as the window does."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.events: list[object] = []
        self.failures: list[str] = []
        self.ends: list[bool] = []
        job.yielded.connect(self._take_event)
        job.failed.connect(self._take_failure)
        job.ended.connect(self._take_end)

    @Slot(object)
    def _take_event(self, event: object) -> None:
        assert QThread.currentThread() is self.thread()
        self.events.append(event)

    @Slot(str)
    def _take_failure(self, text: str) -> None:
        self.failures.append(text)

    @Slot(bool)
    def _take_end(self, completed: bool) -> None:
        self.ends.append(completed)


def wait_for_end(qtbot: QtBot, job: Job, listener: Listener) -> None:
    qtbot.waitUntil(lambda: len(listener.ends) > 0)
    job.wait()


def run(qtbot: QtBot, make: Callable[[], Iterator[object]]) -> Listener:
    job = Job("test", make)
    listener = Listener(job)
    job.start()
    wait_for_end(qtbot, job, listener)
    return listener


def test_events_come_in_order_and_then_the_end(qtbot: QtBot) -> None:
    heard = run(qtbot, lambda: iter(range(5)))
    assert heard.events == [0, 1, 2, 3, 4]
    assert heard.ends == [True]
    assert heard.failures == []


def test_work_runs_on_a_thread_of_its_own(qtbot: QtBot) -> None:
    idents: list[int] = []

    def make() -> Iterator[object]:
        idents.append(threading.get_ident())
        return iter(())

    run(qtbot, make)
    assert len(idents) == 1
    assert idents != [threading.get_ident()]


def test_stopping_closes_the_generator(qtbot: QtBot) -> None:
    closed: list[bool] = []

    def forever() -> Iterator[int]:
        try:
            while True:
                time.sleep(0.001)
                yield 1
        finally:
            closed.append(True)

    job = Job("forever", forever)
    heard = Listener(job)
    job.start()
    qtbot.waitUntil(lambda: len(heard.events) > 0)
    job.stop()
    wait_for_end(qtbot, job, heard)
    assert closed == [True]
    assert heard.ends == [False]


def test_a_paused_job_waits_until_it_goes_on(qtbot: QtBot) -> None:
    job = Job("count", lambda: iter(range(3)))
    heard = Listener(job)
    job.pause(True)
    assert job.is_paused
    job.start()
    qtbot.waitUntil(lambda: heard.events == [0])
    qtbot.wait(50)
    assert heard.events == [0]
    job.pause(False)
    wait_for_end(qtbot, job, heard)
    assert heard.events == [0, 1, 2]


def test_a_paused_job_can_be_stopped(qtbot: QtBot) -> None:
    job = Job("count", lambda: iter(range(3)))
    heard = Listener(job)
    job.pause(True)
    job.start()
    qtbot.waitUntil(lambda: heard.events == [0])
    job.stop()
    wait_for_end(qtbot, job, heard)
    assert heard.ends == [False]


def test_what_is_to_stop_cannot_be_paused_any_more(qtbot: QtBot) -> None:
    job = Job("count", lambda: iter(range(3)))
    heard = Listener(job)
    job.stop()
    job.pause(True)
    assert not job.is_paused
    job.start()
    wait_for_end(qtbot, job, heard)
    assert heard.ends == [False]


def test_a_sentence_for_people_is_passed_on(qtbot: QtBot) -> None:
    def make() -> Iterator[object]:
        yield 1
        raise StudioError("pictures/: holds no labels")

    heard = run(qtbot, make)
    assert heard.failures == ["pictures/: holds no labels"]
    assert heard.ends == [False]


def test_a_bug_does_not_vanish(qtbot: QtBot, capfd: pytest.CaptureFixture[str]) -> None:
    def make() -> Iterator[object]:
        raise ZeroDivisionError("oops")

    heard = run(qtbot, make)
    assert heard.failures == ["Unexpected fault (ZeroDivisionError): oops"]
    assert "Traceback" in capfd.readouterr().err
