"""The settings of clustering: for which network, how many anchors, at which input size."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QSpinBox, QWidget

from studio.gui.anchors.work import Wish
from studio.gui.fields import ArchitectureBox, SizeBox, title
from studio.gui.theme import GAP, tabular
from studio.labels.anchors import PRESETS, Update, strides_served


class AnchorForm(QWidget):
    """The form; remembers its values in the settings."""

    def __init__(self, settings: QSettings) -> None:
        super().__init__()
        self._settings = settings
        self.network = ArchitectureBox()
        self.number = QSpinBox()
        self.number.setRange(1, 60)
        self.number.setFont(tabular(self.number.font()))
        self.side = SizeBox()
        self.update_by = QComboBox()
        self.update_by.addItems(["median", "mean"])
        self.update_by.setToolTip("How a cluster's anchor is taken from its boxes")
        self.evolve = QCheckBox("&Refine by evolution")
        self.evolve.setObjectName("evolveAnchors")
        self.evolve.setToolTip(
            "Then change the anchors a little, again and again, and keep the best"
        )
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.hint.setObjectName("anchorHint")
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(GAP)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Network", self.network)
        form.addRow("A&nchors", self.number)
        form.addRow("&Input size", self.side)
        form.addRow("&Update by", self.update_by)
        form.addRow(self.evolve)
        form.addRow(self.hint)
        self._restore()
        self.network.currentIndexChanged.connect(self._suit_network)
        self.number.valueChanged.connect(self._say_hint)
        self._say_hint()

    @property
    def strides(self) -> tuple[int, ...]:
        """The strides of the chosen network's scales."""
        from studio.yolo.network.model import STRIDES

        return STRIDES[self.network.architecture]

    @property
    def input_size(self) -> tuple[int, int]:
        return (self.side.value(), self.side.value())

    @property
    def wish(self) -> Wish:
        """How to cluster."""
        update: Update = "mean" if self.update_by.currentText() == "mean" else "median"
        return Wish(self.number.value(), update, self.evolve.isChecked())

    def save(self) -> None:
        """Remember the values for the next start."""
        self._settings.setValue("anchors/network", self.network.architecture)
        self._settings.setValue("anchors/number", self.number.value())
        self._settings.setValue("anchors/size", self.side.value())
        self._settings.setValue("anchors/update", self.update_by.currentText())
        self._settings.setValue("anchors/evolve", self.evolve.isChecked())

    def _restore(self) -> None:
        value = self._settings.value
        self.network.choose(str(value("anchors/network", "yolov3-tiny")))
        preset = len(PRESETS[self.network.architecture])
        self.number.setValue(int(str(value("anchors/number", preset))))
        self.side.setValue(int(str(value("anchors/size", 416))))
        self.update_by.setCurrentText(str(value("anchors/update", "median")))
        self.evolve.setChecked(str(value("anchors/evolve", "false")).lower() == "true")

    @Slot()
    def _suit_network(self) -> None:
        self.number.setValue(len(PRESETS[self.network.architecture]))
        self._say_hint()

    @Slot()
    def _say_hint(self) -> None:
        k, strides = self.number.value(), self.strides
        name = title(self.network.architecture)
        if strides_served(k, strides):
            scales = ", ".join(map(str, sorted(strides)))
            self.hint.setText(f"{k // len(strides)} for each scale of {name} (strides {scales}).")
        else:
            self.hint.setText(
                f"{name} has {len(strides)} scales: to train with them, k must be divisible by "
                f"{len(strides)}."
            )
