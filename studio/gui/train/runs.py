"""The list of finished runs."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QTreeWidget, QTreeWidgetItem

from studio.gui.fields import title
from studio.gui.theme import tabular

COLUMNS = ("Run", "Network", "Input size", "Anchors", "Classes")
ROW_HEIGHT = 22
WIDTHS = (180, 120, 100, 80)


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
            model = run.config.model
            texts = [
                run.name,
                title(model.architecture),
                f"{model.input_size[0]}×{model.input_size[1]}",
                str(len(model.anchors.sizes)),
                ", ".join(model.classes),
            ]
            item = QTreeWidgetItem(texts)
            item.setSizeHint(0, QSize(0, ROW_HEIGHT))
            item.setData(0, Qt.ItemDataRole.UserRole, run.path)
            self.addTopLevelItem(item)

    def paths(self) -> list[Path]:
        """Return the folders of the runs that are listed."""
        items = (self.topLevelItem(i) for i in range(self.topLevelItemCount()))
        return [item.data(0, Qt.ItemDataRole.UserRole) for item in items if item]

    def _choose(self, item: QTreeWidgetItem) -> None:
        self.chosen.emit(item.data(0, Qt.ItemDataRole.UserRole))
