"""The settings of a training run. The first click works with what stands there."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QLineEdit, QSpinBox, QWidget

from studio.gui.fields import ArchitectureBox, SizeBox
from studio.gui.session import Session
from studio.gui.theme import GAP, tabular
from studio.gui.train.start import COCO, RANDOM, Start, StartRows, kind_of
from studio.gui.train.work import Request

LOSSES = {
    "yolov3-giou": ("YOLOv3, GIoU", "GIoU of boxes, focal confidence: suits most small sets"),
    "yolov3": ("YOLOv3", "Squared errors of coordinates, as in the paper"),
    "yolov4": ("YOLOv4", "CIoU of boxes, scales in balance"),
}
FLIPS = {"none": "none", "horizontal": "left–right", "both": "both ways"}

_TIP = Qt.ItemDataRole.ToolTipRole
_OF_TRAINING = (
    *("epochs", "batch_size", "learning_rate", "flip", "loss", "precision"),
    *("transfer", "weights"),
)
"""The settings that the form shows and TrainConfig has defaults for."""


class TrainForm(QWidget):
    """The form; remembers its values in the settings, a project's `[train]` stands over them."""

    network_changed = Signal()

    def __init__(self, settings: QSettings, session: Session) -> None:
        super().__init__()
        self._settings, self._session = settings, session
        self.name = QLineEdit()
        self.name.setToolTip("The run's folder below runs/")
        self.network = ArchitectureBox()
        self.epochs = _whole(1, 10_000, "How often every picture is seen")
        self.batch = _whole(1, 256, "Pictures a step; less needs less memory")
        self.rate = QDoubleSpinBox()
        self.rate.setDecimals(5)
        self.rate.setRange(0.00001, 1.0)
        self.rate.setSingleStep(0.0005)
        self.rate.setFont(tabular(self.rate.font()))
        self.rate.setToolTip("The highest learning rate, reached after the warm-up")
        self.side = SizeBox()
        self.flip = QComboBox()
        for value, words in FLIPS.items():
            self.flip.addItem(words, value)
        self.flip.setToolTip("Mirror pictures at random; both ways suits views from above")
        self.loss = QComboBox()
        for value, (words, explanation) in LOSSES.items():
            self.loss.addItem(words, value)
            self.loss.setItemData(self.loss.count() - 1, explanation, _TIP)
        self.loss.setToolTip("How boxes, confidence and classes are judged")
        self.precision = QComboBox()
        self.precision.addItems(["auto", "float32", "bfloat16"])
        self.precision.setToolTip("auto: bfloat16 where the processor is quicker with it")
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(GAP)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Name", self.name)
        form.addRow("N&etwork", self.network)
        self.start = StartRows(form, session)
        form.addRow("E&pochs", self.epochs)
        form.addRow("&Batch", self.batch)
        form.addRow("&Rate", self.rate)
        form.addRow("&Input size", self.side)
        form.addRow("&Flip", self.flip)
        form.addRow("&Loss", self.loss)
        form.addRow("Pre&cision", self.precision)
        self.network.currentIndexChanged.connect(self._note_network)
        self.load({})

    def load(self, project: dict[str, Any]) -> None:
        """Show the remembered values, those of a project's `[train]` settings over them."""
        values = _defaults() | self._remembered() | project
        self.network.choose(str(values["architecture"]))
        start = Start(str(values["transfer"]), str(values["weights"]))
        self.start.load(start, self.network.architecture)
        self.epochs.setValue(int(values["epochs"]))
        self.batch.setValue(int(values["batch_size"]))
        self.rate.setValue(float(values["learning_rate"]))
        self.side.setValue(int(values["size"]))
        self.flip.setCurrentIndex(max(self.flip.findData(values["flip"]), 0))
        self.loss.setCurrentIndex(max(self.loss.findData(values["loss"]), 0))
        self.precision.setCurrentText(str(values["precision"]))

    def save(self) -> None:
        """Remember the values for the next start."""
        for key, value in self._values().items():
            self._settings.setValue(f"train/{key}", value)
        self._settings.setValue("train/folder", self._folder())

    def request(self) -> Request:
        """Return what the form asks for."""
        return Request(self.name.text().strip(), self._values())

    @Slot()
    def _note_network(self) -> None:
        self.start.show_network(self.network.architecture)
        self.network_changed.emit()

    def _values(self) -> dict[str, Any]:
        return asdict(self.start.chosen()) | {
            "architecture": self.network.architecture,
            "size": self.side.value(),
            "epochs": self.epochs.value(),
            "batch_size": self.batch.value(),
            "learning_rate": self.rate.value(),
            "flip": self.flip.currentData(),
            "loss": self.loss.currentData(),
            "precision": self.precision.currentText(),
        }

    def _remembered(self) -> dict[str, Any]:
        stored = {key: self._settings.value(f"train/{key}") for key in _defaults()}
        values = {key: value for key, value in stored.items() if value is not None}
        if not self._can_start_from(_defaults() | values):
            values = {k: v for k, v in values.items() if k not in ("transfer", "weights")}
        return values

    def _can_start_from(self, values: dict[str, Any]) -> bool:
        """Tell whether remembered weights serve here: a run or file of another project does not."""
        start = Start(str(values["transfer"]), str(values["weights"]))
        if kind_of(start, str(values["architecture"])) in (RANDOM, COCO):
            return True
        is_same = self._settings.value("train/folder") == self._folder()
        return is_same and Path(start.weights).exists()

    def _folder(self) -> str:
        project = self._session.project
        return str(project.root) if project else ""


def _defaults() -> dict[str, Any]:
    from studio.yolo.config import TrainConfig
    from studio.yolo.training.prepare import DEFAULTS

    known = {field.name: field.default for field in fields(TrainConfig)}
    return DEFAULTS | {name: known[name] for name in _OF_TRAINING}


def _whole(low: int, high: int, tip: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setFont(tabular(box.font()))
    box.setToolTip(tip)
    return box
