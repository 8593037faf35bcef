"""Beside the picture: which run, how sure, how much overlap, and what was found."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from studio.gui.buttons import Button
from studio.gui.detect.table import DetectionTable
from studio.gui.theme import GAP, GROUP, tabular
from studio.labels.boxes import Detection
from studio.labels.classes import ClassList

if TYPE_CHECKING:
    from studio.yolo.suppression.plain import Method

OTHER = "Other run…"
DARKNET = "Darknet files…"
SUPPRESSION = (
    ("Suppress within a class", "greedy", "The worse of two overlapping boxes of a class goes"),
    ("Suppress across classes", "agnostic", "The worse of two overlapping boxes goes"),
    ("Suppress unless centres differ", "diou", "DIoU: neighbours in a crowd are kept more often"),
    ("Lower scores (soft)", "soft", "Overlapped boxes stay, with a lower score; IoU plays no part"),
    ("Lower scores above IoU", "soft-linear", "Boxes overlapped by more stay, with a lower score"),
)


class DetectPanel(QWidget):
    """The controls. Thresholds are shares, the sliders count in hundredths."""

    run_chosen = Signal(object)
    other_run_wanted = Signal()
    darknet_wanted = Signal()
    thresholds_changed = Signal()
    save_wanted = Signal()
    export_wanted = Signal()

    def __init__(self, settings: QSettings) -> None:
        super().__init__()
        self._settings = settings
        self.runs = QComboBox()
        self.runs.setObjectName("runChooser")
        self.runs.setAccessibleName("Run")
        self.runs.activated.connect(self._choose)
        self.export_button = Button(
            "Export…",
            "exportButton",
            "Write this model as .cfg, .weights and .names for Darknet and OpenCV",
            "mdi6.export-variant",
        )
        self.export_button.clicked.connect(self.export_wanted)
        self.confidence = ThresholdSlider("confidenceSlider", "Confidence", 25)
        self.confidence.setToolTip("Show detections with at least this score")
        self.iou = ThresholdSlider("iouSlider", "Overlap (IoU)", 45)
        self.iou.setToolTip("Of two boxes of a class that overlap by more, the worse one goes")
        self.method = _method_chooser(str(settings.value("detect/method", "greedy")))
        self.method.currentIndexChanged.connect(self._move)
        self.counts = QLabel()
        self.counts.setObjectName("classCounts")
        self.counts.setWordWrap(True)
        self.table = DetectionTable()
        self.time = QLabel()
        self.time.setObjectName("detectTime")
        self.time.setFont(tabular(self.time.font()))
        self.save_button = Button(
            "Save…",
            "saveButton",
            "Save the picture with its boxes",
            "mdi6.content-save-outline",
            "Ctrl+S",
        )
        self.save_button.clicked.connect(self.save_wanted)
        for slider in (self.confidence, self.iou):
            slider.setValue(
                int(str(settings.value(f"detect/{slider.objectName()}", slider.value())))
            )
            slider.valueChanged.connect(self._move)
        self._lay_out()

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.addWidget(self.time, 1)
        foot.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        chosen = QHBoxLayout()
        chosen.addWidget(self.runs, 1)
        chosen.addWidget(self.export_button)
        column.addWidget(QLabel("Run"))
        column.addLayout(chosen)
        column.addSpacing(GROUP - GAP)
        for slider in (self.confidence, self.iou):
            column.addLayout(slider.heading())
            column.addWidget(slider)
        column.addWidget(self.method)
        column.addSpacing(GROUP - GAP)
        column.addWidget(self.counts)
        column.addWidget(self.table, 1)
        column.addLayout(foot)

    @property
    def thresholds(self) -> tuple[float, float, Method]:
        """The confidence and the IoU that the sliders ask for, and the way to suppress."""
        return self.confidence.value() / 100, self.iou.value() / 100, self.method.currentData()

    def show_runs(self, runs: list[Path], chosen: Path | None) -> None:
        """List the runs, newest first, with the one that is used."""
        self.runs.clear()
        listed = runs if chosen is None or chosen in runs else [chosen, *runs]
        for run in listed:
            self.runs.addItem(run.name, run)
            self.runs.setItemData(self.runs.count() - 1, str(run), Qt.ItemDataRole.ToolTipRole)
        self.runs.insertSeparator(self.runs.count())
        self.runs.addItem(OTHER)
        self.runs.addItem(DARKNET)
        self.runs.setCurrentIndex(listed.index(chosen) if chosen else -1)

    def show_detections(
        self, detections: Sequence[Detection], classes: ClassList, milliseconds: float | None
    ) -> None:
        """Show what was found, None for the time while nothing was."""
        self.table.rows.show_detections(detections, classes)
        self.counts.setText(_counts(detections, classes) if milliseconds is not None else "")
        self.time.setText("" if milliseconds is None else f"{milliseconds:.0f} ms")
        self.save_button.setEnabled(milliseconds is not None)

    @Slot(int)
    def _choose(self, row: int) -> None:
        run = self.runs.itemData(row)
        if run is not None:
            self.run_chosen.emit(run)
        elif self.runs.itemText(row) == DARKNET:
            self.darknet_wanted.emit()
        else:
            self.other_run_wanted.emit()

    @Slot()
    def _move(self) -> None:
        for slider in (self.confidence, self.iou):
            self._settings.setValue(f"detect/{slider.objectName()}", slider.value())
        self._settings.setValue("detect/method", self.method.currentData())
        self.thresholds_changed.emit()


def _method_chooser(chosen: str) -> QComboBox:
    chooser = QComboBox()
    chooser.setObjectName("suppressionChooser")
    chooser.setAccessibleName("Overlapping boxes")
    chooser.setToolTip("What becomes of boxes that overlap better ones")
    for text, method, explanation in SUPPRESSION:
        chooser.addItem(text, method)
        chooser.setItemData(chooser.count() - 1, explanation, Qt.ItemDataRole.ToolTipRole)
    chooser.setCurrentIndex(max(chooser.findData(chosen), 0))
    return chooser


class ThresholdSlider(QSlider):
    """A share from 0.00 to 1.00, with its name and value above it."""

    def __init__(self, name: str, title: str, value: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setRange(0, 100)
        self.setPageStep(5)
        self.setValue(value)
        self._title = QLabel(title)
        self._title.setBuddy(self)
        self._figure = QLabel()
        self._figure.setFont(tabular(self._figure.font()))
        self.valueChanged.connect(self._show_value)
        self._show_value()

    def heading(self) -> QHBoxLayout:
        """Return the line above the slider."""
        row = QHBoxLayout()
        row.addWidget(self._title, 1)
        row.addWidget(self._figure)
        return row

    @Slot()
    def _show_value(self) -> None:
        self._figure.setText(f"{self.value() / 100:.2f}")


def _counts(detections: Sequence[Detection], classes: ClassList) -> str:
    """Return how many there are of each class, most first, each with its colour."""
    counts = Counter(detection.box.label for detection in detections)
    if not counts:
        return "Nothing found at this confidence"
    parts = []
    for label, count in counts.most_common():
        square = f'<span style="color: rgb{classes.colour(label)}">■</span>'
        parts.append(f"{square}&nbsp;{html.escape(label)}&nbsp;<b>{count}</b>")
    return " &nbsp; ".join(parts)
