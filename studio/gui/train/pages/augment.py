"""How pictures differ each time they are learnt from."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from studio.gui.buttons import Button
from studio.gui.theme import GAP
from studio.gui.train.fields import Choice, Degrees, Field, Share
from studio.gui.train.pages.page import Page

FLIPS = {
    "auto": ("automatic", "Left–right; both ways once validation shows no up"),
    "none": ("none", "Left and right stay what they are, as in writing"),
    "horizontal": ("left–right", "Suits most photographs"),
    "both": ("both ways", "Suits views from above and through a microscope"),
}


class AugmentPage(Page):
    """A strength for each change, 0 for none, and a look at what comes of them."""

    examples_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.flip = Choice("flip", "Mirror pictures at random", FLIPS)
        self.add_field("&Flip", self.flip)
        grid = QWidget()
        self._grid = QGridLayout(grid)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setVerticalSpacing(GAP * 3 // 4)
        self._grid.setHorizontalSpacing(GAP)
        columns = (
            (
                ("Scale", Share("scale", "Larger or smaller by up to this share")),
                ("Shift", Share("shift", "Moved by up to this share of the input")),
                ("Crop", Share("crop", "How often only a window of the picture is taken")),
                ("Rotate", Degrees("rotate", "Turned by up to so many degrees; boxes grow")),
                ("Shear", Degrees("shear", "Slanted by up to so many degrees; boxes grow")),
                ("Sizes", Share("multi_scale", "The input's side differs by up to this share")),
            ),
            (
                ("Hue", Share("hue", "Turned by up to this share of the colour circle", 1)),
                ("Saturation", Share("saturation", "Paler or stronger by up to this share")),
                ("Brightness", Share("brightness", "Lighter or darker by up to this share")),
                ("Mosaic", Share("mosaic", "How often four pictures make one")),
                ("Mix-up", Share("mixup", "How often two pictures shine through each other")),
            ),
        )
        for column, entries in enumerate(columns):
            for row, (label, field) in enumerate(entries):
                self._place(row, 2 * column, label, field)
            self._grid.setColumnStretch(2 * column + 1, 1)
        self.rows.addRow(grid)
        self.examples = Button(
            "Show examples",
            "examplesButton",
            "Look at training pictures as they are with these strengths",
            "mdi6.image-multiple-outline",
        )
        self.examples.clicked.connect(self.examples_asked)
        self.rows.addRow(self.examples)

    def _place(self, row: int, column: int, label: str, field: Field) -> None:
        assert isinstance(field, QWidget)
        name = QLabel(label)
        name.setBuddy(field)
        name.setToolTip(field.toolTip())
        field.setAccessibleName(label)
        self._grid.addWidget(name, row, column, Qt.AlignmentFlag.AlignLeft)
        self._grid.addWidget(field, row, column + 1)
        self.fields.append(field)
