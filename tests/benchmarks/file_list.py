"""How long the file list takes with 100,000 pictures: typing, filtering, going through it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from tempfile import TemporaryDirectory

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QSettings
from PySide6.QtWidgets import QApplication

from studio.gui.annotate.files.panel import FileList
from studio.gui.session import Session
from studio.labels.dataset import Item, ItemState, Layout
from studio.labels.folder.filtering import State
from tests.benchmarks import Row

COUNT = 100_000
STATES = (ItemState(), ItemState({"cat": 2}), ItemState({"dog": 1}, verified=True), ItemState({}))


class Filled(Session):
    """A session that knows its states without reading files."""

    states = [STATES[n % 4] for n in range(COUNT)]  # noqa: RUF012


def measure() -> list[Row]:
    """Send each change and paint; thumbnails are on, the pictures are not there."""
    application = QApplication.instance() or QApplication(["benchmark"])
    with TemporaryDirectory() as made:
        settings = QSettings(str(Path(made, "settings.ini")), QSettings.Format.IniFormat)
        session = _session(Path(made))
        files = FileList(session, settings)
        files.resize(256, 900)
        files.show()
        _settle(application, 0.5)  # the icons are drawn a little later
        rows = _rows(application, session, files)
        files.hide()
        while session.jobs:
            application.processEvents()
    return rows


def _settle(application: QCoreApplication, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        application.processEvents()


def _session(root: Path) -> Session:
    session = Filled()
    layout = Layout(root, root / "annotations")
    names = [f"camera {n % 50}/img_{n:06d}.jpg" for n in range(COUNT)]
    session.items = tuple(Item(name, layout, f"{name}.xml") for name in names)
    session.is_indexed = True
    return session


def _rows(application: QCoreApplication, session: Session, files: FileList) -> list[Row]:
    def timed(what: str, aim: float, *acts: Callable[[], object]) -> Row:
        times = []
        for act in acts:
            start = time.perf_counter()
            act()
            application.processEvents()
            times.append((time.perf_counter() - start) * 1000)
        return Row(f"{COUNT:,} pictures: {what}", aim, float(np.median(times)), "ms")

    def typed(text: str) -> Callable[[], object]:
        return lambda: files.search.setText(text)

    def scrolled(value: int) -> Callable[[], object]:
        bar = files.view.verticalScrollBar()
        return lambda: (bar.setValue(value), files.view.repaint())

    def batch(start: int) -> Callable[[], object]:
        return lambda: session.states_changed.emit(list(range(start, start + 50)))

    ask, go = files.filter.ask, files.acts()
    return [
        timed("shown", 200, session.opened.emit),
        timed("one letter typed", 50, *map(typed, ("c", "ca", "cam", "9", "99", "999"))),
        timed("search cleared", 50, typed("")),
        timed("filter by state", 50, *(lambda s=s: ask(s) for s in State)),
        timed("filter by class", 50, lambda: ask(State.ALL, "dog")),
        timed("filter cleared", 50, files.filter.clear),
        timed("gone to the middle", 16, lambda: files.go_to(COUNT // 2)),
        timed("next picture", 9, *[go["next"]] * 100),
        timed("next unlabelled", 9, *[go["next_unlabelled"]] * 100),
        timed("states of 50 read", 9, *map(batch, range(0, 5000, 50))),
        timed("scrolled by a screen", 16, *map(scrolled, range(0, 200 * 800, 800))),
    ]
