"""The runs of a folder, and what can be done with the one that is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.gui.buttons import Button
from studio.gui.fields import title
from studio.gui.jobs import duration
from studio.gui.known_runs import KnownRun
from studio.gui.theme import GAP, heading, tabular

if TYPE_CHECKING:
    from studio.yolo.runs import Reached, Run

COLUMNS = ("Run", "Network", "Input size", "AP50", "Epochs", "Time", "Classes")
ROW_HEIGHT = 22
WIDTHS = (180, 110, 90, 90, 80, 80)
_KNOWN = Qt.ItemDataRole.UserRole


class Runs(QWidget):
    """The list, and above it the buttons for the chosen run; they are in its menu too."""

    chosen = Signal(object)
    """The path of a run to detect with."""
    looked_at = Signal(object)
    """The path of the run whose row is chosen."""
    resumed = Signal(object)
    """The path of an unfinished run to go on with."""
    extended = Signal(object, int)
    """The path of a run, and how many epochs more it is to have."""

    def __init__(self) -> None:
        super().__init__()
        self._is_training = False
        self._wanted: Path | None = None
        self.list = RunList()
        self.more = QSpinBox()
        self.more.setObjectName("moreEpochs")
        self.more.setAccessibleName("Epochs more")
        self.more.setRange(1, 100_000)
        self.more.setValue(20)
        self.more.setPrefix("+ ")
        self.more.setSuffix(" epochs")
        self.more.setFont(tabular(self.more.font()))
        self.more.setToolTip("How many epochs more than it was to have")
        self.resume = Button(
            "Resume", "resumeButton", "Go on with a run that was not finished", "mdi6.play"
        )
        self.extend = Button(
            "Train on", "extendButton", "Let a run learn for more epochs", "mdi6.fast-forward"
        )
        self.detect = Button(
            "Detect", "detectButton", "Find things in pictures with this run", "mdi6.image-search"
        )
        self.folder = Button(
            "Show folder", "showFolderButton", "Open the run's folder", "mdi6.folder-open"
        )
        self._acts = {
            self.resume: self._resume,
            self.extend: self._extend,
            self.detect: self._detect,
            self.folder: self._show_folder,
        }
        for button, act in self._acts.items():
            button.clicked.connect(act)
        self._make_menu()
        self.list.itemActivated.connect(self._activate)
        self.list.currentItemChanged.connect(self._offer)
        self.list.currentItemChanged.connect(self._look)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addLayout(self._make_bar())
        column.addWidget(self.list)
        self._offer()

    def show_runs(self, runs: Sequence[KnownRun]) -> None:
        """List runs; the chosen one stays chosen, without being looked at anew."""
        before, wanted = self.list.chosen(), self._wanted
        self._wanted = None
        with QSignalBlocker(self.list):
            self.list.show_runs(runs, wanted, before)
        self._offer()
        if self.list.chosen() != before:
            self._look()

    def set_training(self, is_training: bool) -> None:
        """While one run is trained, no other can be gone on with."""
        self._is_training = is_training
        self._offer()

    def paths(self) -> list[Path]:
        """Return the folders of the runs that are listed."""
        return [known.path for known in self.list.runs()]

    def pace(self, architecture: str, side: int) -> float | None:
        """Return the seconds an epoch of the newest run of a network at a size, None without."""
        for known in self.list.runs():
            model, pace = known.run.config.model, known.seconds_per_epoch
            if pace and (model.architecture, model.input_size[0]) == (architecture, side):
                return pace
        return None

    def choose(self, run: Path) -> None:
        """Choose a run of the list, or one that will be in it when it is shown next."""
        if not self.list.choose(run):
            self._wanted = run

    def _make_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(GAP)
        bar.addWidget(heading("Runs"))
        bar.addStretch()
        for widget in (self.resume, self.extend, self.more, self.detect, self.folder):
            bar.addWidget(widget)
        return bar

    def _make_menu(self) -> None:
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._actions = {}
        for button in self._acts:
            action = QAction(button.text(), self.list)
            action.triggered.connect(button.click)
            self.list.addAction(action)
            self._actions[button] = action

    @Slot()
    def _offer(self) -> None:
        """Let those buttons be pressed that make sense with the chosen run."""
        known = self.list.current()
        can = {
            self.resume: bool(known and known.outlook.can_resume) and not self._is_training,
            self.extend: bool(known and known.outlook.has_start) and not self._is_training,
            self.detect: bool(known and known.can_detect),
            self.folder: known is not None,
        }
        for button, is_possible in can.items():
            button.setEnabled(is_possible)
            self._actions[button].setEnabled(is_possible)
        self.more.setEnabled(can[self.extend])

    @Slot()
    def _look(self) -> None:
        if run := self.list.chosen():
            self.looked_at.emit(run)

    @Slot()
    def _activate(self) -> None:
        """Do what is next with a run: detect with it, or go on with it."""
        (self.detect if self.detect.isEnabled() else self.resume).click()

    def _path(self) -> Path:
        run = self.list.chosen()
        assert run is not None  # else no button can be pressed
        return run

    @Slot()
    def _resume(self) -> None:
        self.resumed.emit(self._path())

    @Slot()
    def _extend(self) -> None:
        self.extended.emit(self._path(), self.more.value())

    @Slot()
    def _detect(self) -> None:
        self.chosen.emit(self._path())

    @Slot()
    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path())))


class RunList(QTreeWidget):
    """Runs that can be detected or gone on with, newest first."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runList")
        self.setAccessibleName("Runs")
        self.setHeaderLabels(list(COLUMNS))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setFont(tabular(self.font()))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setToolTip("Double-click to detect with a run")
        self.headerItem().setToolTip(
            COLUMNS.index("AP50"), "AP50 of the best epoch, the one with the highest AP"
        )
        self.header().setStretchLastSection(True)
        for column, width in enumerate(WIDTHS):
            self.setColumnWidth(column, width)

    def show_runs(self, runs: Sequence[KnownRun], *wanted: Path | None) -> None:
        """List runs and choose the first that is wanted and listed, else the newest."""
        self.clear()
        for known in runs:
            self.addTopLevelItem(_item(known))
        listed = [known.path for known in runs]
        if listed:
            self.choose(next((run for run in wanted if run and run in listed), listed[0]))

    @Slot(object, object)
    def show_reached(self, run: Path, so_far: Reached) -> None:
        """Show what a run that is trained has come to by now."""
        for item in self.items():
            known = _known(item)
            if known.path == run:
                for column, text in enumerate(_texts(known.run, so_far)):
                    item.setText(column, text)

    def choose(self, run: Path) -> bool:
        """Choose a run; returns whether it is listed."""
        found = next((item for item in self.items() if _known(item).path == run), None)
        if found:
            self.setCurrentItem(found)
        return found is not None

    def current(self) -> KnownRun | None:
        """Return the run whose row is chosen."""
        item = self.currentItem()
        return _known(item) if item else None

    def chosen(self) -> Path | None:
        """Return the folder of the run whose row is chosen."""
        known = self.current()
        return known.path if known else None

    def runs(self) -> list[KnownRun]:
        """Return the runs, newest first."""
        return [_known(item) for item in self.items()]

    def items(self) -> list[QTreeWidgetItem]:
        """Return the rows."""
        items = map(self.topLevelItem, range(self.topLevelItemCount()))
        return [item for item in items if item]


def _known(item: QTreeWidgetItem) -> KnownRun:
    known: KnownRun = item.data(0, _KNOWN)
    return known


def _item(known: KnownRun) -> QTreeWidgetItem:
    item = QTreeWidgetItem(_texts(known.run, known.reached))
    item.setSizeHint(0, QSize(0, ROW_HEIGHT))
    item.setData(0, _KNOWN, known)
    return item


def _texts(run: Run, so_far: Reached | None) -> list[str]:
    """Return a run's row; what its metrics do not tell is a dash."""
    model, epochs = run.config.model, so_far.epochs if so_far else 0
    is_whole = epochs >= run.config.epochs
    return [
        run.name,
        title(model.architecture),
        f"{model.input_size[0]}×{model.input_size[1]}",
        f"{so_far.ap50:.3f}" if so_far and so_far.ap50 is not None else "–",
        str(epochs) if is_whole else f"{epochs} of {run.config.epochs}",
        duration(so_far.seconds) if so_far and epochs else "–",
        ", ".join(model.classes),
    ]
