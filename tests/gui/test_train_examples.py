"""Augmented examples in the Train tab, with a sampler that only pretends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from studio.errors import StudioError
from studio.gui.detect.sources import to_array
from studio.gui.train import examples
from studio.gui.train.mosaic import grid
from studio.gui.train.tab import TrainTab
from studio.labels.anchors import preset
from studio.labels.dataset import Dataset
from studio.yolo.config import TrainConfig
from studio.yolo.events import Progress, Status
from tests.gui.driving import click, open_folder, settle, show_tab
from tests.gui.test_train import FakeTrainer, fill, make_project

RED = (255, 0, 0)


@dataclass
class Sampled:
    image: np.ndarray[Any, Any]
    xyxy: np.ndarray[Any, Any]
    labels: np.ndarray[Any, Any]


@dataclass
class FakeSampler:
    """Draws red pictures with a box in the middle, and one of padding; may wait, or fail."""

    fault: str = ""
    hold: bool = False
    asked: list[tuple[TrainConfig, int, int]] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)
    was_closed: int = 0

    def __call__(
        self, dataset: Dataset, config: TrainConfig, count: int, start: int
    ) -> Iterator[Any]:
        self.asked.append((config, count, start))
        try:
            yield Status("Reading pictures and labels…")
            yield Progress(1, 4)
            if self.fault:
                raise StudioError(self.fault)
            for i in range(count):
                if self.hold and i == 2:
                    self.go_on.wait(10)
                edges = np.array([[16, 16, 48, 48], [0, 0, 0, 0]], np.float32)
                yield Sampled(np.full((64, 64, 3), RED, np.uint8), edges, np.array([0, 0]))
        finally:
            self.was_closed += 1


@pytest.fixture
def tab(qtbot: QtBot, settings: QSettings, tmp_path: Path) -> TrainTab:
    tab = show_tab(qtbot, TrainTab, settings)
    open_folder(qtbot, tab.session, make_project(tmp_path / "cells"))
    tab.form.tabs.setCurrentIndex(2)
    assert tab.form.augment.isVisible()
    return tab


def test_examples_are_drawn_as_the_form_says_and_others_on_demand(
    qtbot: QtBot, tab: TrainTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab.examples.sampler = sampler = FakeSampler()
    monkeypatch.setattr(tab.examples._calm, "interval", lambda: 1)
    fill(tab, rotate=30, flip="both")
    click(qtbot, tab, "examplesButton")
    assert tab.views.currentWidget() is tab.examples
    assert tab.examples.words.text().startswith("Loading TensorFlow…")
    settle(qtbot, tab)
    assert len(tab.examples.pictures) == examples.COUNT
    assert tab.examples.words.text() == ""
    assert "cell" in tab.examples._classes.text()
    config, count, start = sampler.asked[0]
    assert (config.rotate, config.flip, count, start) == (30, "both", examples.COUNT, 0)
    published = preset(config.model.architecture, config.model.input_size)
    assert config.model.anchors == published  # none are clustered from all the labels

    click(qtbot, tab, "anotherButton")
    settle(qtbot, tab)
    assert sampler.asked[1][2] == examples.COUNT
    fill(tab, rotate=45)  # the same pictures, otherwise turned
    qtbot.waitUntil(lambda: len(sampler.asked) == 3)
    settle(qtbot, tab)
    assert (sampler.asked[2][0].rotate, sampler.asked[2][2]) == (45, examples.COUNT)
    click(qtbot, tab, "backButton")
    assert tab.views.currentWidget() is tab.plot


def test_the_boxes_are_drawn_where_they_are(qtbot: QtBot, tab: TrainTab) -> None:
    tab.examples.sampler = FakeSampler()
    click(qtbot, tab, "examplesButton")
    settle(qtbot, tab)
    pictures = tab.examples.pictures
    shown = to_array(pictures.grab().toImage())
    cell = grid((pictures.width(), pictures.height()), (64, 64), examples.COUNT)[0]
    ratio = shown.shape[1] / pictures.width()

    def at(share_x: float, share_y: float) -> tuple[int, ...]:
        x, y = cell.x() + share_x * cell.width(), cell.y() + share_y * cell.height()
        return tuple(shown[int(y * ratio), int(x * ratio)])

    assert at(0.5, 0.5) == at(0.1, 0.5) == RED  # inside and outside of the box
    colour = tab.session.class_list.colour("cell")
    row = [at(x / 200, 0.5) for x in range(30, 70)]  # across its left edge, at a quarter
    assert colour in row
    assert abs(row.index(colour) + 30 - 50) <= 2


def test_examples_can_be_stopped_and_follow_training(qtbot: QtBot, tab: TrainTab) -> None:
    tab.examples.sampler = sampler = FakeSampler(hold=True)
    click(qtbot, tab, "examplesButton")
    qtbot.waitUntil(lambda: len(tab.examples.pictures) == 2)
    assert tab.examples.stop.isVisible()
    click(qtbot, tab, "examplesStopButton")
    sampler.go_on.set()
    settle(qtbot, tab)
    assert sampler.was_closed == 1
    assert not tab.examples.stop.isVisible()
    tab.trainer = FakeTrainer()
    click(qtbot, tab, "trainButton")
    assert tab.views.currentWidget() is tab.plot  # the curves are what is to be seen now
    settle(qtbot, tab)


def test_what_is_wrong_is_said(qtbot: QtBot, tab: TrainTab, tmp_path: Path) -> None:
    tab.examples.sampler = FakeSampler(fault="no picture of the training split can be used")
    click(qtbot, tab, "examplesButton")
    settle(qtbot, tab)
    assert tab.messages.text == "no picture of the training split can be used"
    assert tab.examples.words.text() == "No pictures were drawn."


@pytest.mark.parametrize(
    ("view", "columns"), [((800, 400), 4), ((400, 800), 2), ((2000, 100), 8), ((100, 2000), 1)]
)
def test_pictures_are_as_large_as_they_fit(view: tuple[int, int], columns: int) -> None:
    cells = grid(view, (416, 416), 8)
    assert len({cell.x() for cell in cells}) == columns
    assert all(c.left() >= 0 and c.right() <= view[0] and c.bottom() <= view[1] for c in cells)
    touching = [(a, b) for a in cells for b in cells if a is not b and a.intersects(b)]
    assert not touching
