"""One window edits a folder; a second is told, looks on, and takes over when the first is gone."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from studio.gui import folder_lock
from studio.gui.folder_lock import NAME, FolderLock
from studio.gui.main_window import MainWindow
from studio.labels import editing
from studio.labels.boxes import Box
from studio.labels.files import OWN_FOLDER
from tests.gui.driving import Shell, answer, boxes, document, said, settle, show_window
from tests.gui.folders import TINY, all_files, make_folder

pytestmark = pytest.mark.usefixtures("qapp")

# Takes the lock of a folder, says so, and is then killed.
PROGRAM = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from studio.gui.folder_lock import FolderLock
application = QCoreApplication([])
lock = FolderLock()
lock.take(Path(sys.argv[1]), Path(sys.argv[1]))
print(lock.holder, flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pictures = {"1": (Box("cat", 5, 5, 20, 25),)}
    return make_folder(tmp_path / "pictures", TINY, pictures, ("cat",))


@pytest.fixture
def make_window(
    qtbot: QtBot, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Shell:
    """Show windows on the folder, each with settings of its own, as programs of their own have."""
    monkeypatch.setattr(folder_lock, "LOOK_EVERY", 50)
    numbers = itertools.count()

    def make() -> MainWindow:
        path = tmp_path / f"{next(numbers)}.ini"
        return show_window(qtbot, QSettings(str(path), QSettings.Format.IniFormat), folder)

    return make


def draw(window: MainWindow) -> None:
    window.annotate.labelling.edit(lambda d: editing.draw(d, "cat", (1, 2), (12, 13)))


def count(window: MainWindow) -> int:
    return len(window.session.items[0].read().boxes)


# --- the lock -----------------------------------------------------------------------------------


def test_the_first_has_it_and_the_second_knows_who(tmp_path: Path) -> None:
    first, second = FolderLock(), FolderLock()
    first.take(tmp_path, tmp_path)
    assert first.holder is None
    second.take(tmp_path, tmp_path)
    assert second.holder is not None
    assert second.holder.process == os.getpid()
    first.release()
    assert list(tmp_path.iterdir()) == []
    second.take(tmp_path, tmp_path)
    assert second.holder is None
    second.release()


def test_taking_another_folder_lets_go_of_the_first(tmp_path: Path) -> None:
    lock, other = FolderLock(), FolderLock()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    lock.take(tmp_path / "a", tmp_path / "a")
    lock.take(tmp_path / "a", tmp_path / "a")
    lock.take(tmp_path / "b", tmp_path / "b")
    other.take(tmp_path / "a", tmp_path / "a")
    assert other.holder is None


def test_what_else_lies_in_the_hidden_folder_stays(tmp_path: Path) -> None:
    lock = FolderLock()
    (tmp_path / OWN_FOLDER).mkdir()
    (tmp_path / OWN_FOLDER / "other").touch()
    lock.take(tmp_path, tmp_path)
    assert (tmp_path / OWN_FOLDER / NAME).exists()
    lock.release()
    assert [path.name for path in (tmp_path / OWN_FOLDER).iterdir()] == ["other"]


@pytest.mark.parametrize("step", ["pathlib.Path.mkdir", "PySide6.QtCore.QLockFile.tryLock"])
def test_a_folder_that_cannot_be_written_needs_no_lock(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> bool:
        if "Lock" in step:
            return False  # and the error stays that of a lock that was never tried
        raise PermissionError

    monkeypatch.setattr(step, refuse)
    lock = FolderLock()
    lock.take(tmp_path, tmp_path)
    assert lock.holder is None
    monkeypatch.undo()
    lock.release()


def test_where_only_label_files_can_be_written_the_lock_lies_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Path.mkdir

    def refuse(path: Path, *more: int, **named: bool) -> None:
        if path == tmp_path / OWN_FOLDER:
            raise PermissionError
        make(path, *more, **named)

    labels = tmp_path / "annotations"
    labels.mkdir()
    monkeypatch.setattr(Path, "mkdir", refuse)
    first, second = FolderLock(), FolderLock()
    first.take(tmp_path, labels)
    second.take(tmp_path, labels)
    assert first.holder is None
    assert second.holder is not None
    first.release()
    assert list(labels.iterdir()) == []
    second.look()
    second.take(tmp_path, labels)
    assert second.holder is None
    second.release()


def test_a_lock_ends_with_its_process_and_not_before(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "None\n"
        lock = FolderLock()
        os.utime(tmp_path / OWN_FOLDER / NAME, (1, 1))  # age is no matter
        lock.take(tmp_path, tmp_path)
        assert lock.holder is not None
        assert lock.holder.process == child.pid
        lock.release()
        child.send_signal(signal.SIGKILL)
    assert (tmp_path / OWN_FOLDER / NAME).exists()
    lock.take(tmp_path, tmp_path)
    assert lock.holder is None
    lock.release()


def test_a_lock_of_another_machine_stays_and_an_unreadable_one_does_not(tmp_path: Path) -> None:
    (tmp_path / OWN_FOLDER).mkdir()
    file = tmp_path / OWN_FOLDER / NAME
    file.write_text("1\npython\nelsewhere\n\n\n")
    os.utime(file, (1, 1))
    lock = FolderLock()
    lock.take(tmp_path, tmp_path)
    assert str(lock.holder) == "elsewhere, process 1"
    lock.release()
    file.write_text("")
    os.utime(file, (1, 1))
    lock.take(tmp_path, tmp_path)
    assert lock.holder is None
    lock.release()


# --- two windows --------------------------------------------------------------------------------


def test_the_second_window_is_told_and_changes_nothing(
    make_window: Shell, folder: Path, qtbot: QtBot
) -> None:
    first, second = make_window(), make_window()
    assert said(first) == ""
    assert "pictures is open in another window (" in said(second)
    assert f"process {os.getpid()}). It is read-only here." in said(second)
    assert second.windowTitle() == "pictures (read-only) – YOLO Studio"
    assert second.annotate.canvas.read_only
    before = all_files(folder)
    second.annotate.messages.clear()
    draw(second)
    assert "read-only here" in said(second)
    second.annotate.choice.add("dog")
    assert "open in another window" in said(second)
    settle(qtbot, second)
    assert all_files(folder) == before
    assert len(boxes(second)) == 1
    second.annotate.labelling.select((0,))
    assert document(second).selection == {0}
    draw(first)
    qtbot.waitUntil(lambda: count(first) == 2)
    settle(qtbot, first)


def test_the_second_window_edits_all_the_same_when_told_to(
    make_window: Shell, qtbot: QtBot
) -> None:
    make_window()
    second = make_window()
    answer(qtbot, second, "Edit all the same")
    assert not second.annotate.canvas.read_only
    assert "read-only" not in second.windowTitle()
    draw(second)
    qtbot.waitUntil(lambda: count(second) == 2)
    settle(qtbot, second)


def test_the_second_window_takes_over_when_the_first_is_closed(
    make_window: Shell, qtbot: QtBot
) -> None:
    first, second = make_window(), make_window()
    draw(first)
    assert first.close()
    qtbot.waitUntil(lambda: "has closed pictures" in said(second))
    answer(qtbot, second, "Edit here")
    settle(qtbot, second)
    assert not second.session.read_only
    assert len(boxes(second)) == 2  # with what the first has drawn
    draw(second)
    qtbot.waitUntil(lambda: count(second) == 3)
    settle(qtbot, second)


def test_a_closed_window_leaves_nothing_in_the_folder(make_window: Shell, folder: Path) -> None:
    window = make_window()
    assert (folder / OWN_FOLDER / NAME).exists()
    assert window.close()
    assert not (folder / OWN_FOLDER).exists()
