"""The list of finished runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem

from studio.gui.fields import title
from studio.gui.jobs import duration
from studio.gui.theme import tabular

if TYPE_CHECKING:
    from studio.yolo.runs import Run

COLUMNS = ("Run", "Network", "Input size", "Best AP50", "Epochs", "Time", "Classes")
ROW_HEIGHT = 22
WIDTHS = (180, 110, 90, 90, 80, 80)


class RunList(QTreeWidget):
    """Runs that can be detected with, newest first. Double-click or Return detects with one."""

    chosen = Signal(object)
    """The path of the run that was activated."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runList")
        self.setAccessibleName("Finished runs")
        self.setHeaderLabels(list(COLUMNS))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setFont(tabular(self.font()))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setToolTip("Double-click to detect with a run")
        self.header().setStretchLastSection(True)
        for column, width in enumerate(WIDTHS):
            self.setColumnWidth(column, width)
        self.itemActivated.connect(self._choose)

    def show_runs(self, runs: Path | None) -> None:
        """List the runs below a folder."""
        from studio.yolo.runs import list_runs

        self.clear()
        for run in list_runs(runs) if runs else ():
            item = QTreeWidgetItem(_texts(run))
            item.setSizeHint(0, QSize(0, ROW_HEIGHT))
            item.setData(0, Qt.ItemDataRole.UserRole, run.path)
            self.addTopLevelItem(item)

    def paths(self) -> list[Path]:
        """Return the folders of the runs that are listed."""
        items = (self.topLevelItem(i) for i in range(self.topLevelItemCount()))
        return [item.data(0, Qt.ItemDataRole.UserRole) for item in items if item]

    def _choose(self, item: QTreeWidgetItem) -> None:
        self.chosen.emit(item.data(0, Qt.ItemDataRole.UserRole))


def _texts(run: Run) -> list[str]:
    """Return a run's row; what its metrics do not tell is a dash."""
    from studio.yolo.runs import reached

    model, so_far = run.config.model, reached(run)
    epochs = so_far.epochs if so_far else 0
    is_whole = epochs == run.config.epochs
    return [
        run.name,
        title(model.architecture),
        f"{model.input_size[0]}×{model.input_size[1]}",
        f"{so_far.ap50:.3f}" if so_far and so_far.ap50 is not None else "–",
        str(epochs) if is_whole else f"{epochs} of {run.config.epochs}",
        duration(so_far.seconds) if so_far and epochs else "–",
        ", ".join(model.classes),
    ]
