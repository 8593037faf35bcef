"""What is trained: its name, the network, and what it begins with."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit

from studio.gui.fields import ArchitectureBox, SizeBox
from studio.gui.session import Session
from studio.gui.train.fields import Choice
from studio.gui.train.pages.page import Page
from studio.gui.train.preset import PresetBox
from studio.gui.train.start import StartRows

ATTENTION = {
    "none": ("none", "The network as it was published"),
    "se": ("SE", "Weighs channels (squeeze and excitation)"),
    "cbam": ("CBAM", "Weighs channels, then places"),
    "eca": ("ECA", "Weighs channels by their neighbours: nearly free"),
}


class ModelPage(Page):
    """Name, preset, network and start."""

    def __init__(self, session: Session) -> None:
        from studio.yolo.network.sections import ATTENTIONS

        super().__init__()
        self.name = QLineEdit()
        self.name.setToolTip("The run's folder below runs/")
        self.network = ArchitectureBox()
        self.side = SizeBox()
        self.preset = PresetBox()
        self.add("&Name", self.name)
        self.add("&Preset", self.preset)
        self.rows.addRow(self.preset.words)
        self.add("N&etwork", self.network)
        self.add_field(
            "&Attention",
            Choice("attention", "Layers that weigh what a network sees", ATTENTION, ATTENTIONS),
        )
        self.start = StartRows(self.rows, session)
        self.add("&Input size", self.side)
