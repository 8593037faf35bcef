"""What a network begins with: random weights, published ones, those of a run or of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFileDialog, QFormLayout, QWidget

from studio.gui.buttons import Button
from studio.gui.session import Session
from studio.gui.train.coco import CocoWeights

if TYPE_CHECKING:
    from studio.yolo.weights.published import PublishedFile

RANDOM, COCO, RUN, FILE = "random", "coco", "run", "file"
BEGINNINGS = {
    RANDOM: "Random weights",
    COCO: "COCO weights",
    RUN: "A run…",
    FILE: "A file…",
}
MODES = {
    "no_output": ("all but the heads", "The heads begin at random; everything learns"),
    "darknet": ("the backbone", "Neck and heads begin at random; everything learns"),
    "frozen": ("all but the heads, frozen", "Only the heads learn: quick, for very small sets"),
    "fine_tune": (
        "all, backbone slower",
        "Everything learns, the backbone at a lower rate; heads too, if classes and anchors agree",
    ),
}
"""What is taken over, in words, and what comes of it."""
ROOM = 140  # pixels for the name of a file on its button


@dataclass(frozen=True, slots=True)
class Start:
    """What training takes over: a mode of transfer ("none": nothing), and from which path."""

    transfer: str
    weights: str


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why training cannot begin, and what can be done about it, if anything."""

    text: str
    action: str = ""
    on_action: Callable[[], object] | None = None


class StartRows(QObject):
    """Three rows of a form: where weights come from, which, and what of them is taken over."""

    failed = Signal(str)
    """Why weights could not be fetched."""

    def __init__(self, form: QFormLayout, session: Session) -> None:
        super().__init__(form)
        self._form, self._session = form, session
        self.beginning = _choice(BEGINNINGS, "startFrom")
        self.beginning.setToolTip("Weights that know pictures already need far fewer of yours")
        self.coco = CocoWeights(session)
        self.run = QComboBox()
        self.run.setObjectName("startRun")
        self.run.setToolTip("A finished run of this project")
        self.run.setAccessibleName("Run to start from")
        self.file = _WeightsFile()
        self.mode = _choice({mode: words for mode, (words, _) in MODES.items()}, "transferMode")
        for index, (_, tip) in enumerate(MODES.values()):
            self.mode.setItemData(index, tip, Qt.ItemDataRole.ToolTipRole)
        form.addRow("&Start from", self.beginning)
        self._sources: dict[str, QWidget] = {COCO: self.coco, RUN: self.run, FILE: self.file}
        for source in self._sources.values():
            form.addRow("", source)
        form.addRow("&Take over", self.mode)
        self.beginning.currentIndexChanged.connect(self._show)
        self.mode.currentIndexChanged.connect(self._explain)
        self.coco.failed.connect(self.failed)
        self._explain()
        self._show()

    def load(self, start: Start, network: str) -> None:
        """Show where weights come from."""
        self.show_network(network)
        kind = kind_of(start, network)
        self._list_runs(start.weights if kind == RUN else "")
        if kind == FILE:
            self.file.choose(_place(start.weights))
        if kind != RANDOM:
            self.mode.setCurrentIndex(max(self.mode.findData(start.transfer), 0))
        self.beginning.setCurrentIndex(self.beginning.findData(kind))

    def show_network(self, network: str) -> None:
        """Offer the weights of another network."""
        self.coco.show_network(network)

    def chosen(self) -> Start:
        """Return what was chosen; see `obstacle`."""
        path = self._path()
        return Start(self.mode.currentData(), path) if path else Start("none", "")

    def obstacle(self) -> Obstacle | None:
        """Return why training cannot begin with what was chosen, None when it can."""
        kind = self.beginning.currentData()
        if kind == COCO and not self.coco.is_there:
            if self.coco.fetching:
                return Obstacle(_wait_for(self.coco.fetching, self.coco.file))
            text = f"The COCO weights are not on this machine yet: {self.coco.path}"
            return Obstacle(text, self.coco.download.text(), self.coco.start)
        if kind == RUN and not self._path():
            return Obstacle("There is no finished run to start from: choose other weights.")
        if kind == FILE and not Path(self.file.path).is_file():
            missing = f"{self.file.path} is not there: choose" if self.file.path else "Choose"
            return Obstacle(
                f"{missing} the file of weights to start from.", "Choose…", self.file.ask
            )
        return None

    @Slot()
    def list_runs(self) -> None:
        """Offer the finished runs of the open folder, the chosen one still chosen."""
        self._list_runs(self.run.currentData() or "")

    def _list_runs(self, chosen: str) -> None:
        """List the runs, and one that lies elsewhere if it was chosen."""
        self.run.clear()
        for known in self._session.runs:
            if known.can_detect:
                self.run.addItem(known.run.name, str(known.path))
        if chosen and self.run.findData(chosen) < 0:
            self.run.addItem(Path(chosen).name, chosen)
        self.run.setCurrentIndex(max(self.run.findData(chosen), 0))
        self.run.setEnabled(self.run.count() > 0)
        self.run.setPlaceholderText("no finished run")

    def _path(self) -> str:
        match self.beginning.currentData():
            case "coco":
                return str(self.coco.path or "")
            case "run":
                return str(self.run.currentData() or "")
            case "file":
                return self.file.path
        return ""

    @Slot()
    def _show(self) -> None:
        kind = self.beginning.currentData()
        for name, source in self._sources.items():
            self._form.setRowVisible(source, name == kind)
        self._form.setRowVisible(self.mode, kind != RANDOM)

    @Slot()
    def _explain(self) -> None:
        _, tip = MODES[self.mode.currentData()]
        self.mode.setToolTip(tip)


class _WeightsFile(Button):
    """A button that asks for a file, and has its name from then on."""

    def __init__(self) -> None:
        tip = "Choose weights of Darknet (.weights, .conv.74 …), of a run (.npz) or of Keras"
        super().__init__("Choose…", "chooseWeightsButton", tip, "mdi6.folder-open")
        self.path = ""
        self.clicked.connect(self.ask)

    def choose(self, path: str) -> None:
        """Show a file as the one that was chosen."""
        self.path = path
        name, middle = Path(path).name, Qt.TextElideMode.ElideMiddle
        self.setText(self.fontMetrics().elidedText(name, middle, ROOM))
        self.setToolTip(path)

    @Slot()
    def ask(self) -> None:
        """Let a person choose the file."""
        known = "Weights (*.weights *.conv.* *.npz *.h5);;All files (*)"
        path, _ = QFileDialog.getOpenFileName(self, "Open weights", self.path, known)
        if path:
            self.choose(path)


def _choice(words: dict[str, str], name: str) -> QComboBox:
    box = QComboBox()
    box.setObjectName(name)
    for value, text in words.items():
        box.addItem(text, value)
    return box


def kind_of(start: Start, network: str) -> str:
    """Tell where the weights of a saved choice come from."""
    from studio.yolo.weights.published import FILES, weights_folder, whole_file

    if start.transfer == "none" or not start.weights:
        return RANDOM
    path, own = Path(start.weights), whole_file(network)
    is_whole = path.name in {file.name for file in FILES if file.classes is not None}
    if (own and start.weights == own.name) or (is_whole and path.parent == weights_folder()):
        return COCO
    return RUN if path.is_dir() else FILE


def _wait_for(fetching: str, file: PublishedFile | None) -> str:
    """Say that a file is being downloaded; one at a time is."""
    if file is None or file.name == fetching:
        return f"{fetching} is still being downloaded: training can begin when it is there."
    return f"{fetching} is still being downloaded: {file.name} can be when that is done."


def _place(weights: str) -> str:
    """Return the path of a file; a published one may be called by its name alone."""
    from studio.yolo.weights.published import FILES, path_of

    is_named = weights in {file.name for file in FILES} and not Path(weights).exists()
    return str(path_of(weights)) if is_named else weights
