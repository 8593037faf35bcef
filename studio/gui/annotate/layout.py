"""How the Annotate tab is laid out: lists at the sides, picture and its bar in the middle."""

from __future__ import annotations

from PySide6.QtCore import QSettings, QSize, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSplitter,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from studio.gui.annotate.commands.menus import Actions
from studio.gui.lines import Line
from studio.gui.theme import GAP
from studio.labels.editing import Document

_BAR = (
    *("previous", "next", ""),
    *("draw", "verify", ""),
    *("undo", "redo", "duplicate", "delete", "pin", ""),
    *("zoom_out", "fit", "actual_size", "zoom_in"),
)


class PictureBar(QWidget):
    """The bar over the picture: what is done most, and which picture it is."""

    def __init__(self, commands: Actions) -> None:
        super().__init__()
        tools = QToolBar()
        tools.setIconSize(QSize(18, 18))
        for name in _BAR:
            if name:
                tools.addAction(commands[name])
            else:
                tools.addSeparator()
        self._text = Line(Qt.TextElideMode.ElideRight, Qt.AlignmentFlag.AlignRight)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, GAP, 0)
        row.addWidget(tools)
        row.addWidget(self._text, 1)

    def say(self, text: str) -> None:
        """Name the picture."""
        self._text.setText(text)


def state_in_words(document: Document) -> str:
    """Return what was said of a picture as a whole, "" where nothing was."""
    nothing = "∅ no objects" if document.labelled and not document.boxes else ""
    return "  ".join(part for part in ("✓ verified" if document.verified else "", nothing) if part)


class Splitters:
    """The tab's two splitters, which remember where they were."""

    def __init__(self, files: QWidget, middle: QWidget, *side: QWidget) -> None:
        self._side = QSplitter(Qt.Orientation.Vertical)
        for widget in side:
            self._side.addWidget(widget)
        self.all = QSplitter(Qt.Orientation.Horizontal)
        for widget in (files, middle, self._side):
            self.all.addWidget(widget)
        for splitter in (self._side, self.all):
            splitter.setChildrenCollapsible(False)
        self.all.setStretchFactor(1, 1)
        self._side.setSizes([30 * GAP, 40 * GAP, 20 * GAP])
        self.all.setSizes([32 * GAP, 100 * GAP, 26 * GAP])

    def save(self, settings: QSettings) -> None:
        settings.setValue("annotate/splitter", self.all.saveState())
        settings.setValue("annotate/side", self._side.saveState())

    def restore(self, settings: QSettings) -> None:
        for key, splitter in (("splitter", self.all), ("side", self._side)):
            state = settings.value(f"annotate/{key}")
            if state is not None:
                splitter.restoreState(state)


def column(*widgets: QWidget) -> QVBoxLayout:
    """Return widgets one under the other, without margins."""
    layout = QVBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for widget in widgets:
        layout.addWidget(widget)
    return layout
