"""The settings of a training run, in four pages. The first click works with what stands there."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QEvent, QObject, QSettings, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QFrame,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from studio.gui.folder_key import folder_key
from studio.gui.session import Session
from studio.gui.train.fields import Field
from studio.gui.train.pages.advanced import AdvancedPage
from studio.gui.train.pages.augment import AugmentPage
from studio.gui.train.pages.model import ModelPage
from studio.gui.train.pages.page import Page
from studio.gui.train.pages.schedule import SchedulePage
from studio.gui.train.preset import OF_NO_PRESET
from studio.gui.train.start import COCO, RANDOM, Start, kind_of
from studio.gui.train.work import Request

OF_NO_FIELD = ("architecture", "size", "transfer", "weights")
"""The settings that the Model page shows by what is no `Field`."""


class TrainForm(QWidget):
    """The form. The values that a folder was trained with last are remembered in the settings; a
    project's `[train]` stands over them.
    """

    network_changed = Signal()
    edited = Signal()
    """A setting has another value."""

    def __init__(self, settings: QSettings, session: Session) -> None:
        super().__init__()
        self._settings, self._session = settings, session
        self.model, self.schedule = ModelPage(session), SchedulePage()
        self.augment, self.advanced = AugmentPage(), AdvancedPage()
        self.name, self.network, self.side = self.model.name, self.model.network, self.model.side
        self.start = self.model.start
        self.epochs, self.batch = self.schedule.epochs, self.schedule.batch
        self._pages: dict[str, Page] = {
            "Model": self.model,
            "Schedule": self.schedule,
            "Augment": self.augment,
            "Advanced": self.advanced,
        }
        self.fields: dict[str, Field] = {
            field.name: field for page in self._pages.values() for field in page.fields
        }
        self.tabs = QTabWidget()
        self.tabs.setObjectName("formPages")
        self.tabs.setAccessibleName("Settings of training")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setExpanding(True)
        for name, page in self._pages.items():
            self.tabs.addTab(_scrolled(page), name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.tabs)
        for field in self.fields.values():
            field.edited.connect(self.edited)
        self.side.valueChanged.connect(self.edited)
        self.edited.connect(self._note_preset)
        self.model.preset.picked.connect(self._show)
        self.network.currentIndexChanged.connect(self._note_network)
        self.load({})

    def load(self, project: dict[str, Any]) -> None:
        """Show the remembered values, those of a project's `[train]` settings over them."""
        of_preset = self.model.preset
        of_preset.fixed = {n: v for n, v in project.items() if n not in OF_NO_PRESET}
        of_preset.usual = project.get("preset", "balanced")
        planned = of_preset.settings_of(project.get("preset"))
        values = _defaults(self.fields) | self._remembered() | planned | project
        self.network.choose(str(values["architecture"]))
        start = Start(str(values["transfer"]), str(values["weights"]))
        self.start.load(start, self.network.architecture)
        self._show({"size": values["size"]} | {name: values[name] for name in self.fields})
        self._note_preset()

    def save(self) -> None:
        """Remember the values for the folder's next training."""
        for name, value in self.values().items():
            self._settings.setValue(self._key(name), value)

    def request(self) -> Request:
        """Return what the form asks for."""
        return Request(self.name.text().strip(), self.values())

    def values(self) -> dict[str, Any]:
        """Return the settings, as `prepare.configure` takes them."""
        return (
            asdict(self.start.chosen())
            | {"architecture": self.network.architecture, "size": self.side.value()}
            | {name: field.setting() for name, field in self.fields.items()}
        )

    def set_running(self, running: bool) -> None:
        """While training, the pages can be looked at."""
        for page in self._pages.values():
            page.setEnabled(not running)

    @Slot()
    def _note_network(self) -> None:
        self.start.show_network(self.network.architecture)
        self.network_changed.emit()
        self.edited.emit()

    @Slot()
    def _note_preset(self) -> None:
        self.model.preset.note(self.values())

    @Slot(dict)
    def _show(self, values: dict[str, Any]) -> None:
        """Show settings, of those that the form has; what a project has wrong, is said when it is
        to be trained with.
        """
        for name, value in values.items():
            with suppress(TypeError, ValueError, OverflowError):
                if name == "size":
                    self.side.setValue(int(value))
                elif name in self.fields:
                    self.fields[name].show_setting(value)

    def _remembered(self) -> dict[str, Any]:
        defaults = _defaults(self.fields)
        stored = {name: self._settings.value(self._key(name)) for name in defaults}
        values = {name: value for name, value in stored.items() if value is not None}
        if not self._can_start_from(defaults | values):
            values = {k: v for k, v in values.items() if k not in ("transfer", "weights")}
        return values

    def _can_start_from(self, values: dict[str, Any]) -> bool:
        """Tell whether remembered weights are still there."""
        start = Start(str(values["transfer"]), str(values["weights"]))
        if kind_of(start, str(values["architecture"])) in (RANDOM, COCO):
            return True
        return Path(start.weights).exists()

    def _key(self, name: str) -> str:
        """Return where a setting of the open folder is remembered."""
        project = self._session.project
        return f"train/folders/{folder_key(project.root) if project else 'none'}/{name}"


def _scrolled(page: Page) -> QScrollArea:
    """Let a page be lower than its rows: a window is not always as high as they are."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidgetResizable(True)
    area.setWidget(page)
    passing = _WheelPassing(area)
    for field in (*page.findChildren(QAbstractSpinBox), *page.findChildren(QComboBox)):
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        field.installEventFilter(passing)
    return area


class _WheelPassing(QObject):
    """Lets the wheel scroll a page, and not change a setting that it happens to pass over."""

    def eventFilter(self, field: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.Wheel or cast("QWidget", field).hasFocus():
            return False
        event.ignore()
        return True


def _defaults(shown: dict[str, Field]) -> dict[str, Any]:
    """Return the default of each setting that the form shows."""
    from studio.yolo.config import TrainConfig
    from studio.yolo.training.prepare import DEFAULTS

    known = {field.name: field.default for field in fields(TrainConfig)} | DEFAULTS
    return {name: known[name] for name in (*OF_NO_FIELD, *shown)}
