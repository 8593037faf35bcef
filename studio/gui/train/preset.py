"""The choice of a preset, and which one the form agrees with."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QLabel

OWN = "own settings"
OF_NO_PRESET = (
    *("model", "preset", "architecture", "attention", "transfer", "weights", "backbone_rate"),
    *("batch_size", "parts", "precision", "cache", "seed"),
)
"""Settings that stay when a preset is chosen: what is trained, from what, and on which machine."""
ROOM = 240  # pixels of the form for a line of an explanation


class PresetBox(QComboBox):
    """Quick, balanced or best, until a setting is changed.

    `fixed` are the settings that a project has whatever the preset, `usual` is its preset.
    """

    picked = Signal(dict)
    """The settings of the preset that somebody has chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._presets = known_presets()
        self.fixed: dict[str, Any] = {}
        self.usual = "balanced"
        self.setObjectName("preset")
        self.setToolTip("Fill in the settings that suit what you want")
        for name in self._presets:
            self.addItem(name)
        self.setPlaceholderText(OWN)
        self.words = QLabel()
        """A line on what the preset is good for."""
        self.words.setObjectName("presetWords")
        self.words.setWordWrap(True)
        lines = max(self._lines(words) for words, _ in self._presets.values())
        self.words.setMinimumHeight(lines * self.words.fontMetrics().lineSpacing())
        self.activated.connect(self._pick)

    def note(self, settings: dict[str, Any]) -> None:
        """Show the preset that these settings are of, if any."""
        shown = {name: settings.keys() & self.settings_of(name) for name in self._presets}
        agreeing = [
            name
            for name, keys in shown.items()
            if all(self.settings_of(name)[key] == settings[key] for key in keys)
        ]
        shown_as = self.usual if self.usual in agreeing else (agreeing or [""])[0]
        self.setCurrentIndex(self.findText(shown_as) if shown_as else -1)
        words, _ = self._presets.get(self.currentText(), ("", {}))
        self.words.setText(words or "None of the presets: some of their settings are changed.")

    def settings_of(self, name: object) -> dict[str, Any]:
        """Return the settings of a preset, none where there is none of that name."""
        found = next((of for known, (_, of) in self._presets.items() if known == name), None)
        return {} if found is None else found | self.fixed

    @Slot()
    def _pick(self) -> None:
        self.picked.emit(self.settings_of(self.currentText()))

    def _lines(self, words: str) -> int:
        return 1 + self.words.fontMetrics().horizontalAdvance(words) // ROOM


def known_presets() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return for each preset what it is good for, and all settings of how is learnt."""
    from dataclasses import fields

    from studio.yolo.config import TrainConfig
    from studio.yolo.training.prepare import DEFAULTS
    from studio.yolo.training.presets import PRESETS, find_preset

    found = {name: find_preset(name) for name in PRESETS}
    defaults = {field.name: field.default for field in fields(TrainConfig)} | DEFAULTS
    plain = {name: value for name, value in defaults.items() if name not in OF_NO_PRESET}
    return {name: (preset.words, plain | dict(preset.settings)) for name, preset in found.items()}
