"""Brightness and contrast of what is seen; the picture's file stays as it is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QWidget

from studio.gui.theme import GAP, GROUP

_MOST = 100
_WIDEST = 25 * GAP


class LightBar(QWidget):
    """Two sliders and a way back."""

    changed = Signal(int, int)
    """Brightness and contrast, each from -100 to 100; 0 and 0 is the picture as it is."""

    def __init__(self) -> None:
        super().__init__()
        self._brightness = _slider("Brightness of the view")
        self._contrast = _slider("Contrast of the view")
        reset = QPushButton("Reset")
        reset.setToolTip("Show the picture as it is")
        reset.clicked.connect(self.reset)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, 0, GAP, GAP // 2)
        row.setSpacing(GAP)
        for text, slider in (("Brightness", self._brightness), ("Contrast", self._contrast)):
            row.addWidget(QLabel(text))
            row.addWidget(slider, 1)
            row.addSpacing(GROUP - GAP)
            slider.valueChanged.connect(self._tell)
        row.addWidget(reset)
        row.addStretch(1)

    def focus(self) -> None:
        """Let the arrow keys move the first slider."""
        self._brightness.setFocus()

    @Slot()
    def reset(self) -> None:
        """Go back to the picture as it is."""
        self._brightness.setValue(0)
        self._contrast.setValue(0)

    @Slot()
    def _tell(self) -> None:
        self.changed.emit(self._brightness.value(), self._contrast.value())


def _slider(name: str) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(-_MOST, _MOST)
    slider.setPageStep(10)
    slider.setMaximumWidth(_WIDEST)
    slider.setAccessibleName(name)
    slider.setToolTip(name)
    return slider
