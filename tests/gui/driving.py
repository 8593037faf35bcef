"""How a test drives the window: it is shown on a folder, the mouse and keys go to it, it settles.

Places are points of the picture that is open. Pictures and label files: `tests/gui/folders.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from studio.gui.main_window import MainWindow
from studio.gui.session import Session
from studio.labels.boxes import Box
from studio.labels.dataset import Item
from studio.labels.editing import Document

LEFT = Qt.MouseButton.LeftButton
SOON = 5000  # milliseconds
Tab = TypeVar("Tab", bound=QWidget)
Shell = Callable[..., MainWindow]  # what the fixture `make_window` is


class HasSession(Protocol):
    """The window, or a tab alone."""

    session: Session


# --- the window ---------------------------------------------------------------------------------


def show_window(
    qtbot: QtBot, settings: QSettings, folder: Path | None = None, patience: int = SOON
) -> MainWindow:
    """Show a window, on a folder if one is given; it closes with the test, when it is at rest."""
    window = MainWindow(settings)
    window.resize(1200, 800)
    qtbot.addWidget(window, before_close_func=lambda w: settle(qtbot, w, patience))
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    if folder is not None:
        window.open(folder)
        settle(qtbot, window)
    return window


def show_tab(qtbot: QtBot, make: Callable[[Session, QSettings], Tab], settings: QSettings) -> Tab:
    """Show a tab by itself, with a session that ends with it."""
    session = Session()
    tab = make(session, settings)
    session.setParent(tab)
    qtbot.addWidget(tab)
    tab.resize(1000, 650)
    tab.show()
    return tab


def settle(qtbot: QtBot, window: HasSession, timeout: int = SOON) -> None:
    """Wait until no work is under way: what was edited is on disk, what was opened is read."""
    qtbot.waitUntil(lambda: not window.session.jobs, timeout=timeout)


def open_folder(qtbot: QtBot, session: Session, folder: Path) -> None:
    """Open a folder where there is no window."""
    session.open(folder)
    read_all(qtbot, session)


def read_all(qtbot: QtBot, session: Session) -> None:
    """Wait until all label files are read and no work is under way."""
    qtbot.waitUntil(lambda: session.is_indexed and not session.jobs)


def look(qtbot: QtBot, window: HasSession) -> None:
    """Look for what other programs did to the folder."""
    window.session.look_again()
    settle(qtbot, window)


# --- pictures and labels ------------------------------------------------------------------------


def go_to(window: MainWindow, name: str) -> None:
    """Go to a picture, named without its suffix."""
    names = [item.stem for item in window.session.items]
    window.annotate.files.go_to(names.index(name))


def open_picture(qtbot: QtBot, window: MainWindow, name: str) -> None:
    """Go to a picture, and wait until its labels are open; it may be being read ahead."""
    labelling, item = window.annotate.labelling, item_called(window, name)
    go_to(window, name)
    qtbot.waitUntil(lambda: bool(labelling.sheet and labelling.sheet.item == item))


def item_called(window: MainWindow, name: str) -> Item:
    return next(item for item in window.session.items if item.stem == name)


def open_name(window: MainWindow) -> str:
    """Return the name of the picture that is open, with its suffix; empty without one."""
    item = window.annotate.labelling.item
    return item.name if item else ""


def document(window: MainWindow) -> Document:
    """Return the labels of the picture that is open, as they are at this moment."""
    sheet = window.annotate.labelling.sheet
    assert sheet is not None
    return sheet.editor.document


def boxes(window: MainWindow) -> tuple[Box, ...]:
    """Return the boxes of the picture that is open, as they are at this moment."""
    return document(window).boxes


def put_on_disk(qtbot: QtBot, window: MainWindow) -> None:
    """See to it that what was edited is in the label files, or refused."""
    settle(qtbot, window)
    window.annotate.labelling.flush()


def act(window: MainWindow, *names: str) -> None:
    """Choose commands in the menu, one after the other."""
    for name in names:
        action = window.annotate.commands[name]
        assert action.isEnabled(), name
        action.trigger()


def said(window: MainWindow) -> str:
    """Return what the message bar says."""
    return window.annotate.messages.text


def answer(qtbot: QtBot, window: MainWindow, text: str) -> None:
    """Click a button of the message bar."""
    buttons = window.annotate.messages.findChildren(QPushButton)
    button = next(b for b in buttons if b.text() == text and b.isVisible())
    qtbot.mouseClick(button, LEFT)
    settle(qtbot, window)


# --- mouse and keys -----------------------------------------------------------------------------


def at(window: MainWindow, x: float, y: float) -> QPoint:
    """Return the place on the canvas of a point of the picture."""
    return QPointF(*window.annotate.canvas.viewport.to_screen((x, y))).toPoint()


def drag(qtbot: QtBot, window: MainWindow, *points: tuple[float, float]) -> None:
    """Drag over the canvas through points of the picture; what was edited is on disk after it."""
    canvas = window.annotate.canvas
    places = [at(window, *point) for point in points]
    qtbot.mouseMove(canvas, places[0])
    qtbot.mousePress(canvas, LEFT, pos=places[0])
    for place in places[1:]:
        qtbot.mouseMove(canvas, place)
    qtbot.mouseRelease(canvas, LEFT, pos=places[-1])
    put_on_disk(qtbot, window)


def click(qtbot: QtBot, window: QWidget, name: str) -> None:
    """Click a button, found by its object name."""
    button = window.findChild(QAbstractButton, name)
    assert button.isEnabled(), name
    qtbot.mouseClick(button, LEFT)


def focused() -> QWidget:
    """Return the widget that keys go to."""
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def press(qtbot: QtBot, *keys: str) -> None:
    """Press keys where the focus is, one after the other, such as "Ctrl+Z"."""
    for key in keys:
        combination = QKeySequence(key)[0]
        qtbot.keyClick(focused(), combination.key(), combination.keyboardModifiers())


def drop(widget: QWidget, *paths: Path) -> None:
    """Drag files over a widget and let go, by the events that Qt sends."""
    data, place = QMimeData(), QPoint(20, 20)
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, no_key = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, copy, data, LEFT, no_key)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    let_go = QDropEvent(QPointF(place), copy, data, LEFT, no_key)
    QApplication.sendEvent(widget, let_go)
