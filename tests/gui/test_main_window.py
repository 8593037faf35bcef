"""The window: opens fast and bare, remembers, closes while work goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QSettings, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from studio.gui.main_window import MainWindow
from tests.gui.driving import Shell, drop, said, settle

Make = Callable[..., Path]

OPEN_AND_LIST = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from studio.gui.main_window import MainWindow

application = QApplication([])
window = MainWindow()
window.show()
window.open(Path(sys.argv[1]))
while window.session.jobs:
    application.processEvents()
window.close()
heavy = {"tensorflow", "keras", "pyqtgraph"} & {name.partition(".")[0] for name in sys.modules}
print("loaded:", *sorted(heavy))
print("labelled:", window.session.labelled)
"""


@pytest.fixture
def folder(tmp_path: Path, picture: Make, labels: Make) -> Path:
    root = tmp_path / "pictures"
    for name in ("a", "b", "c"):
        picture(root / f"{name}.png")
    labels(root / "annotations" / "a.xml", ("cat", 1, 1, 9, 9))
    return root


@pytest.fixture
def window(make_window: Shell) -> MainWindow:
    return make_window()


def test_the_window_opens_a_folder_without_tensorflow_and_pyqtgraph(
    folder: Path, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    result = subprocess.run(
        [sys.executable, "-c", OPEN_AND_LIST, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert result.stdout.splitlines() == ["loaded:", "labelled: 1"]


def test_object_names(window: MainWindow) -> None:
    assert window.objectName() == "mainWindow"
    for name in ("tabs", "canvas", "fileList", "classList", "boxList"):
        assert window.findChild(object, name) is not None, name


def actions_of(menu: QMenu) -> Iterator[QAction]:
    for action in menu.actions():
        submenu = action.menu()
        if isinstance(submenu, QMenu):
            yield from actions_of(submenu)
        elif not action.isSeparator():
            yield action


def all_actions(window: MainWindow) -> list[QAction]:
    menus = [action.menu() for action in window.menuBar().actions()]
    return [action for menu in menus for action in actions_of(menu)]


def test_labelimgs_keys_are_there(window: MainWindow) -> None:
    keys = {key.toString() for action in all_actions(window) for key in action.shortcuts()}
    assert keys >= {
        *("W", "D", "A", "Space", "Del", "Ctrl+D", "Ctrl+S", "Ctrl+V", "Ctrl+F", "Ctrl+H"),
        *("Ctrl+A", "Left", "Right", "Up", "Down", "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+O"),
        *("Ctrl+U", "Ctrl+Shift+P"),
        *(str(number) for number in range(1, 10)),
    }


def test_no_key_does_two_things(window: MainWindow) -> None:
    keys = [key.toString() for action in all_actions(window) for key in action.shortcuts()]
    assert len(keys) == len(set(keys))


def test_every_tool_tip_names_the_key(window: MainWindow) -> None:
    native = QKeySequence.SequenceFormat.NativeText
    for action in all_actions(window):
        if not action.shortcut().isEmpty():
            assert f"({action.shortcut().toString(native)})" in action.toolTip(), action.text()


def test_icons_come_after_the_window(qtbot: QtBot, window: MainWindow) -> None:
    def is_drawn() -> bool:
        icon = window.annotate.commands["draw"].icon()
        return icon.pixmap(16, 16).width() == 16  # the blank one is a single pixel

    qtbot.waitUntil(is_drawn)


def test_a_folder_that_is_none_is_told(window: MainWindow, tmp_path: Path) -> None:
    window.open(tmp_path / "missing")
    assert "is not a folder" in said(window)


def test_a_folder_without_pictures_says_so(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.open(tmp_path)
    settle(qtbot, window)
    assert window.annotate.labelling.item is None
    assert window.annotate.state == ""


def test_a_dropped_folder_opens(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    drop(window, folder)
    settle(qtbot, window)
    assert window.session.project is not None
    assert window.session.project.root == folder
    assert window.windowTitle() == "pictures – YOLO Studio"


def test_the_picture_where_one_left_off_is_shown_again(
    qtbot: QtBot, window: MainWindow, folder: Path, settings: QSettings
) -> None:
    window.open(folder)
    window.annotate.files.go_to(2)
    settle(qtbot, window)
    assert window.close()
    again = MainWindow(settings)
    qtbot.addWidget(again, before_close_func=lambda w: settle(qtbot, w))
    again.open(folder)
    assert again.annotate.labelling.position == 2


def test_each_folder_has_its_own_place(
    qtbot: QtBot, window: MainWindow, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = shutil.copytree(folder, tmp_path_factory.mktemp("other") / "pictures")
    for root, position in ((folder, 2), (other, 1)):
        window.open(root)
        window.annotate.files.go_to(position)
    window.open(folder)
    assert window.annotate.labelling.position == 2
    window.open(other)
    assert window.annotate.labelling.position == 1
    settle(qtbot, window)


class Ear(QObject):
    """Counts events in the main thread."""

    heard = 0

    @Slot(object)
    def hear(self, _event: object) -> None:
        self.heard += 1


def test_closing_stops_the_work_that_runs_and_then_closes(qtbot: QtBot, window: MainWindow) -> None:
    saved: list[bool] = []

    def work() -> Iterator[int]:
        try:
            while True:
                time.sleep(0.001)
                yield 1
        finally:
            saved.append(True)

    ear = Ear()
    window.session.start("Working", work, ear.hear)
    qtbot.waitUntil(lambda: ear.heard > 0)
    assert not window.close()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert saved == [True]
    assert not window.session.jobs
