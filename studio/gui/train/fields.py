"""Fields of the form of training, each for one setting of TrainConfig, with its own limits."""

from __future__ import annotations

from typing import Any, Protocol

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QSpinBox

from studio.gui.theme import tabular

_TIP = Qt.ItemDataRole.ToolTipRole


class Field(Protocol):
    """What the form knows of a field: which setting it shows, and the setting's value."""

    name: str

    @property
    def edited(self) -> SignalInstance: ...

    def setting(self) -> Any: ...

    def show_setting(self, value: Any) -> None:
        """Show a value; raises TypeError or ValueError for what is none."""


class Whole(QSpinBox):
    """A setting that is a whole number; `none` is what its lowest value is called, if anything."""

    edited = Signal()

    def __init__(self, name: str, tip: str, none: str = "") -> None:
        super().__init__()
        self.name = name
        low, high = _limits(name)
        self.setRange(int(low), int(high))
        self.setSpecialValueText(none)
        self.setFont(tabular(self.font()))
        self.setToolTip(tip)
        self.valueChanged.connect(self.edited)

    def setting(self) -> int:
        return self.value()

    def show_setting(self, value: Any) -> None:
        self.setValue(int(value))


class Number(QDoubleSpinBox):
    """A setting that is a number; shown with `decimals` at most."""

    edited = Signal()
    _unit = 1.0

    def __init__(self, name: str, tip: str, step: float, decimals: int) -> None:
        super().__init__()
        self.name = name
        low, high = _limits(name)
        self.setDecimals(decimals)
        self.setRange(low / self._unit, high / self._unit)
        self.setSingleStep(step)
        self.setFont(tabular(self.font()))
        self.setToolTip(tip)
        self.valueChanged.connect(self.edited)

    def textFromValue(self, value: float) -> str:
        """Write no more decimals than there are."""
        text = self.locale().toString(value, "f", self.decimals())
        point = self.locale().decimalPoint()
        return text.rstrip("0").removesuffix(point) if point in text else text

    def setting(self) -> float:
        return round(self.value() * self._unit, 9)  # 0.3, not 0.30000000000000004

    def show_setting(self, value: Any) -> None:
        self.setValue(float(value) / self._unit)


class Share(Number):
    """A setting that is a share or a probability, in percent."""

    _unit = 0.01

    def __init__(self, name: str, tip: str, step: float = 5) -> None:
        super().__init__(name, tip, step, 2)
        self.setSuffix(" %")


class Degrees(Number):
    """A setting that is an angle."""

    def __init__(self, name: str, tip: str) -> None:
        super().__init__(name, tip, 5, 1)
        self.setSuffix("°")


class Choice(QComboBox):
    """A setting that is a word; `words` has what each is called, and its tool tip, if any.

    Offers what the setting may be, or what is in `of`.
    """

    edited = Signal()

    def __init__(
        self, name: str, tip: str, words: dict[str, tuple[str, str]], of: tuple[str, ...] = ()
    ) -> None:
        super().__init__()
        self.name = name
        for value in of or _choices(name):
            text, explanation = words.get(value, (value, ""))
            self.addItem(text, value)
            self.setItemData(self.count() - 1, explanation or None, _TIP)
        self.setToolTip(tip)
        self.currentIndexChanged.connect(self.edited)

    def setting(self) -> str:
        return str(self.currentData())

    def show_setting(self, value: Any) -> None:
        index = self.findData(value)
        if index < 0:
            raise ValueError(value)
        self.setCurrentIndex(index)


def _limits(name: str) -> tuple[float, float]:
    from studio.yolo.config import RANGES

    _, low, high = RANGES[name]
    return low, high


def _choices(name: str) -> tuple[str, ...]:
    from studio.yolo.config import CHOICES

    return CHOICES[name]
