"""Fields of forms that two tabs share."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QSpinBox

from studio.gui.theme import tabular

STEP = 32  # the largest stride: a network's input must be a multiple of it


class SizeBox(QSpinBox):
    """The side of the network's input in pixels; what is typed goes to the next multiple of 32."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(STEP, 2048)
        self.setSingleStep(STEP)
        self.setSuffix(" px")
        self.setValue(416)
        self.setFont(tabular(self.font()))
        self.setToolTip("Pictures are fitted into a square of this side; a multiple of 32")
        self.editingFinished.connect(self._snap)

    @Slot()
    def _snap(self) -> None:
        self.setValue(round(self.value() / STEP) * STEP)


class ArchitectureBox(QComboBox):
    """The choice of a network."""

    def __init__(self) -> None:
        from studio.yolo.network.networks import ARCHITECTURES

        super().__init__()
        for architecture in ARCHITECTURES:  # the quick one first
            self.addItem(title(architecture), architecture)
        self.setToolTip("The tiny ones train ten times as fast; the others find more")

    @property
    def architecture(self) -> str:
        return str(self.currentData())

    def choose(self, architecture: str) -> None:
        """Choose by identifier; one that is not known changes nothing."""
        self.setCurrentIndex(max(self.findData(architecture), 0))


def title(architecture: str) -> str:
    """Return an architecture's name as people write it: YOLOv3-tiny, YOLOv3-SPP."""
    return architecture.replace("yolo", "YOLO").replace("spp", "SPP")
