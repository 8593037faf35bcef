"""The runs of a folder, and what can be done with the one that is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QUrl, Signal, Slot
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
from studio.gui.theme import GAP, heading, tabular

if TYPE_CHECKING:
    from studio.yolo.runs import Run

COLUMNS = ("Run", "Network", "Input size", "AP50", "Epochs", "Time", "Classes")
ROW_HEIGHT = 22
WIDTHS = (180, 110, 90, 90, 80, 80)
_PATH, _CAN_DETECT, _CAN_RESUME, _CAN_EXTEND, _PACE = (
    Qt.ItemDataRole.UserRole + i for i in range(5)
)


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

    def show_runs(self, runs: Path | None) -> None:
        """List the runs below a folder; the chosen one stays chosen."""
        self.list.show_runs(runs)
        self._offer()

    def set_training(self, is_training: bool) -> None:
        """While one run is trained, no other can be gone on with."""
        self._is_training = is_training
        self._offer()

    def paths(self) -> list[Path]:
        """Return the folders of the runs that are listed."""
        return [item.data(0, _PATH) for item in self.list.items()]

    def pace(self, architecture: str, side: int) -> float | None:
        """Return the seconds an epoch of the newest run of a network at a size, None without."""
        paces = [item.data(0, _PACE) for item in self.list.items()]
        return next((pace[2] for pace in paces if pace and pace[:2] == (architecture, side)), None)

    def choose(self, run: Path) -> None:
        """Choose a run of the list."""
        for item in self.list.items():
            if item.data(0, _PATH) == run:
                self.list.setCurrentItem(item)

    def can_resume(self, run: Path) -> bool:
        """Tell whether a run was not finished and can be gone on with."""
        return self._has(run, _CAN_RESUME)

    def can_detect(self, run: Path) -> bool:
        """Tell whether a run has weights to detect with."""
        return self._has(run, _CAN_DETECT)

    def _has(self, run: Path, role: int) -> bool:
        items = self.list.items()
        return any(item.data(0, _PATH) == run and item.data(0, role) for item in items)

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
        item = self.list.currentItem()
        can = {
            self.resume: bool(item and item.data(0, _CAN_RESUME)) and not self._is_training,
            self.extend: bool(item and item.data(0, _CAN_EXTEND)) and not self._is_training,
            self.detect: bool(item and item.data(0, _CAN_DETECT)),
            self.folder: item is not None,
        }
        for button, is_possible in can.items():
            button.setEnabled(is_possible)
            self._actions[button].setEnabled(is_possible)
        self.more.setEnabled(can[self.extend])

    @Slot()
    def _look(self) -> None:
        if self.list.currentItem():
            self.looked_at.emit(self._path())

    @Slot()
    def _activate(self) -> None:
        """Do what is next with a run: detect with it, or go on with it."""
        (self.detect if self.detect.isEnabled() else self.resume).click()

    def _path(self) -> Path:
        item = self.list.currentItem()
        assert item is not None  # else no button can be pressed
        path: Path = item.data(0, _PATH)
        return path

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

    def show_runs(self, runs: Path | None) -> None:
        """List the runs below a folder; the chosen one stays chosen, else it is the newest."""
        from studio.yolo.runs import known_runs

        item = self.currentItem()
        chosen = item.data(0, _PATH) if item else None
        self.clear()
        for run in known_runs(runs) if runs else ():
            self.addTopLevelItem(_item(run))
        items = self.items()
        again = next((item for item in items if item.data(0, _PATH) == chosen), None)
        if items:
            self.setCurrentItem(again or items[0])

    def items(self) -> list[QTreeWidgetItem]:
        """Return the rows."""
        items = map(self.topLevelItem, range(self.topLevelItemCount()))
        return [item for item in items if item]


def _item(run: Run) -> QTreeWidgetItem:
    """Return a run's row; what its metrics do not tell is a dash."""
    from studio.yolo.runs import reached
    from studio.yolo.training.outlook import outlook

    model, so_far = run.config.model, reached(run)
    epochs = so_far.epochs if so_far else 0
    is_whole = epochs >= run.config.epochs
    item = QTreeWidgetItem(
        [
            run.name,
            title(model.architecture),
            f"{model.input_size[0]}×{model.input_size[1]}",
            f"{so_far.ap50:.3f}" if so_far and so_far.ap50 is not None else "–",
            str(epochs) if is_whole else f"{epochs} of {run.config.epochs}",
            duration(so_far.seconds) if so_far and epochs else "–",
            ", ".join(model.classes),
        ]
    )
    item.setSizeHint(0, QSize(0, ROW_HEIGHT))
    future = outlook(run)
    item.setData(0, _PATH, run.path)
    item.setData(0, _CAN_DETECT, run.best.exists())
    item.setData(0, _CAN_RESUME, future.can_resume)
    item.setData(0, _CAN_EXTEND, future.has_start)
    if so_far and epochs:
        pace = so_far.seconds / epochs
        item.setData(0, _PACE, (model.architecture, model.input_size[0], pace))
    return item
