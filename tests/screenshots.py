"""Pictures of each tab for the README, from the program as it is: `python -m tests.screenshots`.

Everything that they show is done for real, anchors and training included.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is imported

import numpy as np
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtGui import QImage, qRgb
from PySide6.QtWidgets import QApplication, QWidget

from studio.demo.build import build
from studio.gui import theme
from studio.gui.anchors.tab import AnchorsTab
from studio.gui.detect.sources import from_paths, to_array
from studio.gui.detect.tab import DetectTab
from studio.gui.main_window import MainWindow
from studio.gui.theme import Scheme
from studio.gui.train.tab import TrainTab
from studio.labels.opencv import cv2

ROOT = Path(__file__).resolve().parents[1]
PHOTOGRAPHS = ROOT.parent / "shared" / "data" / "bccd"
SIZE = 1280, 800
COLOURS = 256  # of a picture: files stay small, and nobody sees a difference
MOMENT = 500  # milliseconds until everything is painted
ANNOTATE, ANCHORS, TRAIN, DETECT = range(4)


class Album:
    """The window on a folder, and where its pictures go."""

    def __init__(self, folder: Path, out: Path, suffix: str = "") -> None:
        self.out, self.suffix = out, suffix
        self.window = MainWindow(QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat))
        self.window.resize(*SIZE)
        self.window.show()
        self.window.open(folder)
        self.wait_idle()

    def wait(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            pause(20)

    def wait_idle(self) -> None:
        self.wait(lambda: not self.window.session.jobs)

    def keep(self, name: str, widget: QWidget | None = None) -> None:
        """Write what the window shows, or another one, in few colours."""
        pause(MOMENT)
        path = self.out / f"{name}{self.suffix}.png"
        in_few_colours((widget or self.window).grab().toImage()).save(str(path), "PNG", 0)
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def pause(milliseconds: int) -> None:
    """Let events come; unlike QTest.qWait, an event loop lets other threads run Python."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def in_few_colours(image: QImage) -> QImage:
    """Return the picture with those colours that describe it best."""
    pixels = to_array(image).reshape(-1, 3).astype(np.float32)
    sample = pixels[np.random.default_rng(0).choice(len(pixels), 60_000)]
    cv2.setRNGSeed(0)
    enough = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    _, _, centres = cv2.kmeans(sample, COLOURS, None, enough, 1, cv2.KMEANS_PP_CENTERS)
    table = [qRgb(*map(int, colour)) for colour in centres.round()]
    return image.convertToFormat(QImage.Format.Format_Indexed8, table)


def annotate(album: Album) -> None:
    """Show a picture with boxes of several classes, one of them selected, and some edits.

    Then the same in dark, and the key map.
    """
    window, application = album.window, QApplication.instance()
    assert isinstance(application, QApplication)
    tab = window.annotate
    richest = max(window.session.states[:50], key=lambda state: len(state.counts or {}))
    tab.files.go_to(window.session.states.index(richest))
    album.wait(lambda: tab.labelling.sheet is not None)
    tab.commands["history"].trigger()
    for index in (1, 2):
        tab.labelling.select({index})
        tab.commands["jump_right"].trigger()
    tab.commands["occluded"].trigger()
    tab.labelling.select({0})
    album.wait_idle()
    tab.messages.clear()
    for scheme, name in ((Scheme.LIGHT, "annotate"), (Scheme.DARK, "annotate-dark")):
        theme.apply(application, scheme)
        album.keep(name)
    theme.apply(application, Scheme.LIGHT)
    tab.commands["keys"].trigger()
    keys = window.findChild(QWidget, "keyMap")
    assert keys
    album.keep("keys", keys)
    keys.close()


def anchors(album: Album) -> None:
    tab = album.window.show_tab(ANCHORS)
    assert isinstance(tab, AnchorsTab)
    album.wait_idle()
    tab.controls.cluster.click()
    album.wait_idle()
    album.keep("anchors")


def train(album: Album, epochs: int, side: int) -> None:
    """Train, and take the picture when most of it is done."""
    tab = album.window.show_tab(TRAIN)
    assert isinstance(tab, TrainTab)
    tab.form.epochs.setValue(epochs)
    tab.form.side.setValue(side)
    tab.controls.train.click()

    def is_mostly_done() -> bool:
        return tab.progress.share > 0.8 and tab.plot.points("total")[0] > 0

    album.wait(lambda: is_mostly_done() or not album.window.session.jobs)
    tab.messages.clear()
    album.keep("train")
    album.wait_idle()


def detect(album: Album, run: Path | None) -> None:
    """Show what a run finds in pictures that it has not learnt from."""
    session = album.window.session
    if run:
        session.choose_run(run)
    tab = album.window.show_tab(DETECT)
    assert isinstance(tab, DetectTab)
    tab.detect_in(from_paths([item.image for item in session.dataset().labelled("test")[:9]]))
    album.wait_idle()
    album.keep("detect")


def project(parent: Path, source: Path | None, run: Path | None) -> tuple[Path, Path | None]:
    """Return a copy of the folder, else of the photographs, else new digits; and of the run."""
    source = source or (PHOTOGRAPHS if PHOTOGRAPHS.is_dir() else None)
    folder = parent / (source.name if source else "digits")
    if source:
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns("runs", "*.ini"))
    else:
        list(build(folder, counts=(200, 40, 40)))
    if run is None:
        return folder, None
    return folder, shutil.copytree(run, folder / "runs" / f"{folder.name}-1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="photographs or digits if left out")
    parser.add_argument("--run", type=Path, help="a finished run to detect with")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--scale", type=int, help="Annotate alone, on a screen of so many times")
    parser.add_argument("--out", type=Path, default=ROOT / "resources" / "screenshots")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.scale:
        os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    application = QApplication([])
    theme.apply(application, Scheme.LIGHT)
    with tempfile.TemporaryDirectory() as parent:
        folder, run = project(Path(parent), options.folder, options.run)
        album = Album(
            folder, options.out, f"-{options.scale}00" if options.scale in range(2, 9) else ""
        )
        annotate(album)
        if not options.scale:
            anchors(album)
            train(album, options.epochs, options.size)
            detect(album, run)
        album.window.close()
        album.wait_idle()


if __name__ == "__main__":
    main()
