"""Edits get on disk by themselves, away from the window's thread, whatever is in the way."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from studio.gui.annotate.labelling import saving
from studio.gui.main_window import MainWindow
from studio.labels import editing, voc
from studio.labels.boxes import Annotation, Box
from studio.labels.editing import Document
from tests.gui.driving import Shell, answer, boxes, item_called, open_picture, said, settle
from tests.gui.folders import TINY, draw_picture, make_folder, write_labels

ONE, TWO = "1", "2"
START = 5.0  # the left edge of the box in the first picture
FROM_THERE = Box("cat", START, 5, 20, 25)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = {ONE: (FROM_THERE,), TWO: ()}
    return make_folder(tmp_path / "pictures", TINY, pictures, ("cat",))


@pytest.fixture
def window(
    qtbot: QtBot, make_window: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> MainWindow:
    monkeypatch.setattr(saving, "AGAIN_AFTER", 50)
    window = make_window(folder)
    open_picture(qtbot, window, ONE)
    return window


def nudge(window: MainWindow) -> None:
    """Move the box of the picture that is open to the right by one pixel."""
    window.annotate.labelling.edit(_nudged)


def _nudged(document: Document) -> Document:
    return editing.move(editing.select(document, (0,)), 1, 0)


def draw(window: MainWindow) -> None:
    window.annotate.labelling.edit(lambda d: editing.draw(d, "cat", (2, 3), (12, 13)))


def left(window: MainWindow, name: str = ONE) -> list[float]:
    """Return the left edges that are on disk."""
    return [box.xmin for box in item_called(window, name).read().boxes]


def wait_for(qtbot: QtBot, window: MainWindow, *edges: float) -> None:
    """Wait until boxes with these left edges are on disk, and no work is under way."""
    qtbot.waitUntil(lambda: left(window) == list(edges))
    settle(qtbot, window)


class Disk:
    """Stands between the program and the label files: holds saving up, or refuses."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = threading.Event()
        self.free.set()
        self.obstacle: Exception | None = None
        self.written: list[float] = []
        self.threads: set[threading.Thread] = set()
        self._write, self._fsync = voc.write, os.fsync
        monkeypatch.setattr("studio.labels.editing.saving.voc.write", self.write)
        monkeypatch.setattr("os.fsync", self.fsync)

    def write(self, path: Path, annotation: Annotation) -> bytes:
        self.threads.add(threading.current_thread())
        self.free.wait(10)
        data = self._write(path, annotation)
        self.written.append(annotation.boxes[0].xmin)
        return data

    def fsync(self, descriptor: int) -> None:
        if self.obstacle:
            raise self.obstacle
        self._fsync(descriptor)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def refusal(code: int) -> OSError:
    return OSError(code, os.strerror(code))


def fill_up(qtbot: QtBot, window: MainWindow, disk: Disk) -> None:
    """Edit where there is no space left, and wait until that is told."""
    disk.obstacle = refusal(errno.ENOSPC)
    nudge(window)
    qtbot.waitUntil(lambda: "No space" in said(window))


# --- in the background --------------------------------------------------------------------------


def test_an_edit_gets_on_disk_by_itself_on_a_thread_of_its_own(
    qtbot: QtBot, window: MainWindow, disk: Disk
) -> None:
    nudge(window)
    qtbot.waitUntil(lambda: left(window) == [START + 1])
    assert threading.main_thread() not in disk.threads
    settle(qtbot, window)


def test_edits_made_while_one_is_saved_are_saved_together_after_it(
    qtbot: QtBot, window: MainWindow, disk: Disk
) -> None:
    disk.free.clear()
    for _ in range(4):
        nudge(window)
    assert disk.written == []
    disk.free.set()
    settle(qtbot, window)
    assert disk.written == [START + 1, START + 4]
    assert left(window) == [START + 4]


def test_another_picture_opens_while_the_last_is_saved(
    qtbot: QtBot, window: MainWindow, disk: Disk
) -> None:
    disk.free.clear()
    nudge(window)
    open_picture(qtbot, window, TWO)
    draw(window)
    assert disk.written == []
    open_picture(qtbot, window, ONE)  # the file is about to change: this is no stranger's doing
    assert boxes(window)[0].xmin == START + 1
    disk.free.set()
    settle(qtbot, window)
    assert (left(window, ONE), left(window, TWO)) == ([START + 1], [2])


def test_an_edit_taken_back_while_it_is_saved_ends_with_the_first_bytes(
    qtbot: QtBot, window: MainWindow, disk: Disk
) -> None:
    before = item_called(window, ONE).labels.read_bytes()
    disk.free.clear()
    nudge(window)
    window.annotate.timeline.undo()
    window.annotate.labelling.look_again()
    disk.free.set()
    settle(qtbot, window)
    assert disk.written == [START + 1, START]
    assert item_called(window, ONE).labels.read_bytes() == before


def test_the_boxes_of_a_picture_that_is_being_saved_can_be_pasted(
    qtbot: QtBot, window: MainWindow, disk: Disk
) -> None:
    disk.free.clear()
    nudge(window)
    open_picture(qtbot, window, TWO)
    window.annotate.labelling.paste_previous()
    disk.free.set()
    settle(qtbot, window)
    assert left(window, TWO) == [START + 1]


def test_closing_waits_until_all_is_on_disk(qtbot: QtBot, window: MainWindow, disk: Disk) -> None:
    disk.free.clear()
    nudge(window)
    nudge(window)
    threading.Timer(0.1, disk.free.set).start()
    assert window.close()
    assert left(window) == [START + 2]


def test_another_folder_opens_when_all_of_this_one_is_on_disk(
    qtbot: QtBot, window: MainWindow, disk: Disk, tmp_path: Path
) -> None:
    labels = item_called(window, ONE).labels
    draw_picture(tmp_path / "other" / "x.png", TINY)
    disk.free.clear()
    nudge(window)
    threading.Timer(0.1, disk.free.set).start()
    window.open(tmp_path / "other")
    assert voc.read(labels, labels).boxes[0].xmin == START + 1
    settle(qtbot, window)


def test_waiting_has_an_end_and_tells_what_is_not_saved_yet(
    qtbot: QtBot, window: MainWindow, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.free.clear()
    nudge(window)
    monkeypatch.setattr(saving, "PATIENCE", 0.05)
    assert not window.close()
    assert "1.xml: is not saved yet" in said(window)
    assert "loses it" in said(window)
    disk.free.set()
    qtbot.waitUntil(lambda: left(window) == [START + 1])
    qtbot.waitUntil(lambda: said(window) == saving.SAVED)


def test_what_a_killed_process_left_beside_the_label_files_is_removed(
    qtbot: QtBot, window: MainWindow
) -> None:
    left_over = item_called(window, ONE).labels.with_name(".0123456789abcdef.part")
    left_over.touch()
    os.utime(left_over, (1, 1))
    nudge(window)
    settle(qtbot, window)
    assert not left_over.exists()


# --- obstacles ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_what_cannot_be_saved_is_told_kept_and_saved_when_it_can_be(
    code: int, qtbot: QtBot, window: MainWindow, disk: Disk
) -> None:
    disk.obstacle = refusal(code)
    nudge(window)
    qtbot.waitUntil(lambda: os.strerror(code) in said(window))
    assert "1.xml: could not be saved: " in said(window)
    assert left(window) == [START]
    nudge(window)
    open_picture(qtbot, window, TWO)
    assert os.strerror(code) in said(window)
    disk.obstacle = None
    qtbot.waitUntil(lambda: left(window) == [START + 2])  # nobody did anything
    qtbot.waitUntil(lambda: said(window) == saving.SAVED)
    settle(qtbot, window)


def test_what_is_said_of_saving_goes_by_itself(
    qtbot: QtBot, window: MainWindow, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_up(qtbot, window, disk)
    disk.obstacle = None
    qtbot.waitUntil(lambda: said(window) == saving.SAVED)
    window.annotate.labelling.saver.stop_praising()
    assert said(window) == ""


def test_a_folder_that_is_gone_is_not_made_anew_and_used_when_it_is_back(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    shutil.move(folder, folder.with_name("elsewhere"))
    nudge(window)
    qtbot.waitUntil(lambda: f"the folder {folder} is not there" in said(window))
    assert not folder.exists()
    shutil.move(folder.with_name("elsewhere"), folder)
    wait_for(qtbot, window, START + 1)


def test_what_cannot_be_saved_is_tried_again_when_the_window_becomes_active(
    qtbot: QtBot, window: MainWindow, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.annotate.labelling.saver.again.setInterval(1_000_000)
    fill_up(qtbot, window, disk)
    disk.obstacle = None
    application = QGuiApplication.instance()
    assert isinstance(application, QGuiApplication)
    application.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    wait_for(qtbot, window, START + 1)


def test_taking_the_edit_back_takes_the_message_back(
    qtbot: QtBot, window: MainWindow, disk: Disk
) -> None:
    fill_up(qtbot, window, disk)
    settle(qtbot, window)
    window.annotate.timeline.undo()
    settle(qtbot, window)
    assert "No space" not in said(window)
    assert window.close()


def test_an_edit_taken_back_while_it_is_refused_is_no_matter_any_more(
    qtbot: QtBot, window: MainWindow, disk: Disk
) -> None:
    disk.free.clear()
    disk.obstacle = refusal(errno.ENOSPC)
    nudge(window)
    window.annotate.timeline.undo()
    disk.free.set()
    settle(qtbot, window)
    assert said(window) == ""
    assert window.close()


def test_a_message_that_was_dismissed_comes_again_with_the_next_edit_only(
    qtbot: QtBot, window: MainWindow, disk: Disk
) -> None:
    fill_up(qtbot, window, disk)
    window.annotate.messages.clear()
    qtbot.wait(200)  # some tries go by
    assert said(window) == ""
    nudge(window)
    qtbot.waitUntil(lambda: "No space" in said(window))
    disk.obstacle = None
    wait_for(qtbot, window, START + 2)


def test_leaving_with_an_edit_that_cannot_be_saved_warns_and_then_leaves(
    qtbot: QtBot, window: MainWindow, disk: Disk
) -> None:
    disk.obstacle = refusal(errno.EROFS)
    nudge(window)
    assert not window.close()
    assert "Read-only file system. Closing now loses it." in said(window)
    answer(qtbot, window, "Close all the same")
    qtbot.waitUntil(lambda: not window.isVisible())
    disk.obstacle = None


def test_edits_that_wait_outlive_a_change_of_the_folder(
    qtbot: QtBot, window: MainWindow, disk: Disk, tmp_path: Path
) -> None:
    labels = item_called(window, ONE).labels
    draw_picture(tmp_path / "other" / "x.png", TINY)
    disk.obstacle = refusal(errno.ENOSPC)
    nudge(window)
    window.open(tmp_path / "other")
    assert "No space" in said(window)
    disk.obstacle = None
    qtbot.waitUntil(lambda: voc.read(labels, labels).boxes[0].xmin == START + 1)
    settle(qtbot, window)


def test_a_fault_of_the_program_keeps_the_edit_too(
    qtbot: QtBot, window: MainWindow, disk: Disk, capfd: pytest.CaptureFixture[str]
) -> None:
    disk.obstacle = RuntimeError("never thought of")
    nudge(window)
    qtbot.waitUntil(lambda: "never thought of" in said(window))
    assert "1.xml: could not be saved" in said(window)
    disk.obstacle = None
    wait_for(qtbot, window, START + 1)


# --- another program ----------------------------------------------------------------------------


def overtake(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    write_labels(folder, ONE, FROM_THERE, Box("cat", 1, 1, 9, 9))
    nudge(window)
    qtbot.waitUntil(lambda: "was changed by another program; not saved" in said(window))
    assert left(window) == [START, 1]


def test_theirs_is_read_when_asked(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    overtake(qtbot, window, folder)
    window.annotate.labelling.saver.try_again()  # is at it when the button is pressed
    answer(qtbot, window, "Read theirs")
    assert [box.label for box in boxes(window)] == ["cat", "cat"]
    assert not window.annotate.labelling.history.can_undo
    assert said(window) == ""
    nudge(window)
    wait_for(qtbot, window, START + 1, 1)


def test_theirs_is_written_over_when_asked(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    overtake(qtbot, window, folder)
    open_picture(qtbot, window, TWO)
    answer(qtbot, window, "Write over it")
    wait_for(qtbot, window, START + 1)


def test_another_programs_file_about_an_empty_picture_stays_and_that_is_told(
    qtbot: QtBot, window: MainWindow
) -> None:
    theirs = "<annotation><filename>2.png</filename><mine>x</mine></annotation>"
    item_called(window, TWO).labels.write_text(theirs)
    open_picture(qtbot, window, TWO)
    nothing = window.annotate.commands["nothing"]
    nothing.trigger()
    settle(qtbot, window)
    assert item_called(window, TWO).labels.read_text() == theirs
    assert "2.xml: holds more than this program writes" in said(window)
    assert nothing.isChecked()
    assert window.annotate.labelling.history.steps == ()
