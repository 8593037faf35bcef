"""The Train tab with a trainer that only pretends: curves, progress, stopping, faults."""

from __future__ import annotations

import csv
import dataclasses
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.errors import StudioError
from studio.gui.messages import LONGEST
from studio.gui.session import Session
from studio.gui.train.fields import Choice
from studio.gui.train.follow import MOST_NOTES
from studio.gui.train.plots import LossPlot
from studio.gui.train.progress import BEFORE
from studio.gui.train.tab import TrainTab
from studio.labels import voc
from studio.labels.anchors import Anchors
from studio.labels.boxes import Annotation, Box
from studio.labels.dataset import Dataset
from studio.yolo.config import CHOICES, RANGES, TrainConfig
from studio.yolo.curves import Curve
from studio.yolo.events import (
    ClassResult,
    Done,
    EpochMetrics,
    Losses,
    Progress,
    Started,
    Status,
    StepMetrics,
    TrainEvent,
)
from studio.yolo.runs import Run
from studio.yolo.training.presets import PRESETS, find_preset
from tests.gui.driving import click, open_folder, settle, show_tab
from tests.gui.folders import draw_picture

STEPS = 4  # an epoch
TERMS = ("giou", "conf", "prob")
COLUMNS = (
    "epoch",
    "seconds",
    "ap50",
    "ap",
    *(f"{of}_{t}" for of in ("train", "val") for t in TERMS),
    "per_class",
)


class FakeTrainer:
    """Yields what training yields; with `hold`, waits at the step of that number to be let go."""

    def __init__(self, hold: int = 0, fault: str = "") -> None:
        self.hold, self.fault = hold, fault
        self.go_on = threading.Event()
        self.config: TrainConfig | None = None
        self.was_closed = self.resumed = False

    def __call__(
        self, config: TrainConfig, dataset: Dataset, run: Run, resume: bool = False
    ) -> Iterator[TrainEvent]:
        self.config, self.resumed = config, resume
        yield Status("Reading pictures and labels…")
        first = len(run.rows()) + 1
        yield Started(run.path, config.epochs, STEPS, first, 4, 1, "float32")
        try:
            for epoch in range(first, config.epochs + 1):
                yield from self._epoch(epoch)
                run.best.write_bytes(b"weights")
                run.state.write_bytes(b"state")
                write_row(run, epoch)
                yield EpochMetrics(
                    epoch,
                    LOSSES,
                    LOSSES,
                    epoch / 10,
                    epoch / 20,
                    1.0,
                    CLASSES,
                    trend=TREND,
                    memory=1_900_000_000,
                )
            yield Done(run.path, config.epochs, config.epochs / 10)
        finally:
            self.was_closed = True

    def _epoch(self, epoch: int) -> Iterator[TrainEvent]:
        for i in range(1, STEPS + 1):
            step = (epoch - 1) * STEPS + i
            if self.fault and step == 2:
                raise StudioError(self.fault)
            yield StepMetrics(epoch, step, 1e-3, LOSSES, 20.0, 0.01)
            if step == self.hold:
                self.go_on.wait(10)


LOSSES = Losses(1.0, 2.0, 3.0)
CLASSES = {
    "cell": ClassResult(0.625, 0.375, 12),
    "<other>": ClassResult(None, None, 0),
    "dot": ClassResult(0.5, 0.25, 3),
}
NUMBERS = {
    *("epochs", "patience", "validate_every", "batch_size", "parts", "learning_rate", "ema"),
    *("weight_decay", "label_smoothing", "class_weighting", "seed", "mosaic", "mixup"),
    *("scale", "shift", "crop", "rotate", "shear", "hue", "saturation", "brightness"),
    "multi_scale",
}
"""The settings that the form has a field for a number for."""
CHOSEN = {"rate", "cache", "flip", "loss", "box_loss", "precision"}
"""Those that it offers words for."""
TREND = "plateau: no better AP for 7 epochs"


def write_row(run: Run, epoch: int) -> None:
    """Add an epoch to a run's table."""
    rows = [*run.rows(), dict.fromkeys(COLUMNS, "1.0")]
    rows[-1] |= {"epoch": str(epoch), "ap50": str(epoch / 10)}
    rows[-1]["per_class"] = json.dumps({"cell": [0.5, 0.25, 3], "dot": [epoch / 10, None, 2]})
    with run.metrics.open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        table.writerows(rows)


def fill(tab: TrainTab, **settings: object) -> None:
    """Fill in fields of the form."""
    for name, value in settings.items():
        tab.form.fields[name].show_setting(value)


def make_project(folder: Path, count: int = 5) -> Path:
    for i in range(count):
        picture = folder / "images" / f"{i}.png"
        draw_picture(picture, (64, 64))
        boxes = (Box("cell", 5, 5, 20 + i, 30),)
        voc.write(folder / "annotations" / f"{i}.xml", Annotation(picture, 64, 64, boxes=boxes))
    return folder


@pytest.fixture
def tab(qtbot: QtBot, settings: QSettings) -> TrainTab:
    return show_tab(qtbot, TrainTab, settings)


def held(qtbot: QtBot, tab: TrainTab, folder: Path, step: int, epochs: int = 0) -> FakeTrainer:
    """Train a new project up to a step, at which it waits to be let go."""
    open_folder(qtbot, tab.session, make_project(folder))
    tab.trainer = trainer = FakeTrainer(hold=step)
    if epochs:
        tab.form.epochs.setValue(epochs)
    click(qtbot, tab, "trainButton")
    qtbot.waitUntil(lambda: tab.plot.points("total")[0] == step)
    return trainer


def trained(qtbot: QtBot, tab: TrainTab, folder: Path) -> Path:
    """Train two epochs of a new project to their end; returns the run."""
    open_folder(qtbot, tab.session, make_project(folder))
    tab.trainer = FakeTrainer()
    tab.form.epochs.setValue(2)
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    [run] = tab.runs.paths()
    return run


def test_training_moves_curves_and_progress(qtbot: QtBot, tab: TrainTab, tmp_path: Path) -> None:
    open_folder(qtbot, tab.session, make_project(tmp_path / "cells"))
    tab.trainer = trainer = FakeTrainer(hold=6)
    tab.form.epochs.setValue(3)
    click(qtbot, tab, "trainButton")
    assert not tab.controls.train.isEnabled()  # at once, before anything is loaded
    assert tab.progress.words.text().startswith("Loading TensorFlow…")
    qtbot.waitUntil(lambda: tab.plot.points("total") == (6, 1))
    assert tab.progress.bar.value() == 6
    assert tab.progress.bar.maximum() == 3 * STEPS
    assert tab.state == "epoch 2/3"
    assert "epoch 2/3" in tab.progress.words.text()
    assert "AP50 0.10 (best 0.10)" in tab.progress.words.text()

    trainer.go_on.set()
    settle(qtbot, tab)
    assert tab.plot.points("giou") == (3 * STEPS, 3)
    assert "cells-1 is trained: AP50 0.30" in tab.messages.text
    assert tab.controls.train.isEnabled()
    assert tab.runs.paths() == [tmp_path / "cells" / "runs" / "cells-1"]
    assert tab.form.name.text() == "cells-2"


def test_the_form_and_the_project_make_the_configuration(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    make_project(tmp_path)
    (tmp_path / "studio.toml").write_text("[train]\nbatch_size = 3\nseed = 7\n")
    open_folder(qtbot, tab.session, tmp_path)
    six = Anchors(tuple((10.0 + i, 10.0 + i) for i in range(6)), (416, 416))
    tab.session.set_anchors(six)
    assert "the project's 6 anchors" in tab.anchors_line.text()
    tab.trainer = trainer = FakeTrainer()
    tab.form.epochs.setValue(1)
    tab.form.side.setValue(320)
    fill(tab, flip="both", loss="yolov4", rotate=12.5, mosaic=0.35, rate="step", patience=5)
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    config = trainer.config
    assert config is not None
    assert (config.epochs, config.batch_size, config.seed, config.flip) == (1, 3, 7, "both")
    assert (config.loss, config.rotate, config.mosaic) == ("yolov4", 12.5, 0.35)
    assert (config.rate, config.patience) == ("step", 5)
    assert config.model.anchors == six.at((320, 320))
    assert config.model.classes == ("cell",)


def test_stopping_keeps_what_was_reached_and_says_where(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    trainer = held(qtbot, tab, tmp_path, 6)
    name = tab.form.name.text()
    click(qtbot, tab, "stopButton")
    assert not tab.controls.stop.isEnabled()
    assert "saving" in tab.progress.words.text()
    trainer.go_on.set()
    settle(qtbot, tab)
    assert trainer.was_closed
    assert str(tmp_path / "runs" / name) in tab.messages.text
    assert tab.controls.train.isEnabled()
    assert tab.state == ""


def test_while_a_run_is_trained_its_best_weights_so_far_can_be_detected_with(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    trainer = held(qtbot, tab, tmp_path, STEPS + 2, epochs=2)
    qtbot.waitUntil(tab.runs.detect.isEnabled)
    asked: list[Path | None] = []
    tab.session.run_chosen.connect(lambda: asked.append(tab.session.run))
    tab.runs.detect.click()
    assert asked == [tab.following.run]
    trainer.go_on.set()
    settle(qtbot, tab)


def test_pausing_holds_the_next_step(qtbot: QtBot, tab: TrainTab, tmp_path: Path) -> None:
    trainer = held(qtbot, tab, tmp_path, 2, epochs=2)
    click(qtbot, tab, "pauseButton")
    assert tab.controls.pause.text() == "Resume"
    trainer.go_on.set()
    qtbot.waitUntil(lambda: tab.plot.points("total")[0] == 3)
    qtbot.wait(100)
    assert tab.plot.points("total")[0] == 3
    click(qtbot, tab, "pauseButton")
    settle(qtbot, tab)
    assert tab.plot.points("total")[0] == 2 * STEPS


def test_pausing_says_when_nothing_is_computed_any_more(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    trainer = held(qtbot, tab, tmp_path, 2)
    click(qtbot, tab, "pauseButton")
    assert tab.progress.words.text().startswith("Pausing after this step… · epoch 1/")
    trainer.go_on.set()
    qtbot.waitUntil(lambda: tab.progress.words.text().startswith("Paused, nothing is computed"))
    click(qtbot, tab, "stopButton")  # works while paused
    settle(qtbot, tab)
    assert trainer.was_closed
    assert tab.progress.words.text() == "Stopped"
    assert tab.controls.pause.text() == "Pause"


def test_a_stopped_run_is_gone_on_with_from_the_message(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    trainer = held(qtbot, tab, tmp_path, 6, epochs=3)
    click(qtbot, tab, "stopButton")
    trainer.go_on.set()
    settle(qtbot, tab)
    assert len(tab.runs.paths()) == 1
    assert tab.runs.resume.isEnabled()
    tab.form.epochs.setValue(50)  # of another run: what the stopped one has stands
    tab.trainer = again = FakeTrainer(hold=5)
    tab.messages._action.click()
    qtbot.waitUntil(lambda: tab.plot.points("total")[0] == 2)
    assert tab.plot.points("total") == (2, 1)  # the epoch that was done, and a step
    assert tab.progress.bar.value() == 5
    assert "AP50 0.10 (best 0.10)" in tab.progress.words.text()
    assert not tab.runs.resume.isEnabled()
    again.go_on.set()
    settle(qtbot, tab)
    assert again.resumed
    assert again.config is not None
    assert again.config.epochs == 3
    assert tab.plot.points("total") == (1 + 2 * STEPS, 3)
    assert not tab.runs.resume.isEnabled()
    assert tab.runs.extend.isEnabled()


def test_unfinished_runs_are_listed_and_gone_on_with_by_the_keyboard(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    run = trained(qtbot, tab, tmp_path)
    (run / "best.npz").unlink()
    lines = (run / "metrics.csv").read_text().splitlines()
    (run / "metrics.csv").write_text("\n".join(lines[:2]))
    tab.session.read_runs()
    settle(qtbot, tab)
    assert tab.runs.paths() == [run]
    assert tab.runs.list.items()[0].text(4) == "1 of 2"
    assert not tab.runs.detect.isEnabled()
    tab.trainer = again = FakeTrainer()
    tab.runs.list.setFocus()
    qtbot.keyClick(tab.runs.list, Qt.Key.Key_Return)
    settle(qtbot, tab)
    assert again.resumed
    assert tab.runs.detect.isEnabled()


def test_a_finished_run_is_trained_for_more_epochs(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    run = trained(qtbot, tab, tmp_path)
    assert not tab.runs.resume.isEnabled()
    tab.runs.more.setValue(3)
    tab.trainer = again = FakeTrainer()
    tab.runs.extend.click()
    settle(qtbot, tab)
    assert again.resumed
    assert again.config is not None
    assert tab.runs._path() == run
    assert again.config.epochs == 5
    assert tab.plot.points("total") == (2 + 3 * STEPS, 5)


def test_pictures_that_are_read_are_counted(qtbot: QtBot, tab: TrainTab, tmp_path: Path) -> None:
    def trainer(
        config: TrainConfig, dataset: Dataset, run: Run, resume: bool = False
    ) -> Iterator[TrainEvent]:
        yield Progress(30, 205)
        go_on.wait(10)

    go_on = threading.Event()
    open_folder(qtbot, tab.session, make_project(tmp_path))
    tab.trainer = trainer
    click(qtbot, tab, "trainButton")
    qtbot.waitUntil(lambda: tab.progress.words.text().startswith("Reading pictures: 30 of 205,"))
    assert (tab.progress.bar.value(), tab.progress.bar.maximum()) == (30, 205)
    go_on.set()
    settle(qtbot, tab)


def test_the_tool_tip_has_the_classes_and_how_it_goes(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    trainer = held(qtbot, tab, tmp_path, 6)
    assert tab.progress.words.text().endswith("· plateau")
    assert TREND in tab.progress.toolTip()
    for text in ("1.9 GB", "cell", "0.62", "0.38", "12", "&lt;other&gt;", "–"):
        assert text in tab.progress.toolTip()
    assert tab.progress.by_class.text() == "AP50 by class: dot 0.50 · cell 0.62"
    click(qtbot, tab, "stopButton")
    trainer.go_on.set()
    settle(qtbot, tab)


def test_many_pictures_in_a_message_are_shortened(tab: TrainTab) -> None:
    text = "step 3 was refused: " + ", ".join(f"picture-{i}.png" for i in range(200))
    tab.messages.say(text)
    shown = tab.messages._text.text()
    assert tab.messages.text == text
    assert len(shown) <= LONGEST
    assert shown.endswith(".png …")
    assert tab.messages._text.toolTip() == text
    tab.messages.say("short")
    assert tab.messages._text.toolTip() == ""


def test_of_many_notes_the_latest_are_said(qtbot: QtBot, tab: TrainTab, tmp_path: Path) -> None:
    def trainer(
        config: TrainConfig, dataset: Dataset, run: Run, resume: bool = False
    ) -> Iterator[TrainEvent]:
        for number in range(100):
            yield Status(f"note {number}")
        yield Done(run.path, 1, None)

    open_folder(qtbot, tab.session, make_project(tmp_path))
    tab.trainer = trainer
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    assert tab.messages.text.split(" · ")[1:] == [f"note {99 - i}" for i in range(MOST_NOTES)]


def test_a_run_that_cannot_be_gone_on_with_leaves_the_curves(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    run = trained(qtbot, tab, tmp_path)

    def refusing(*_: object, **__: object) -> Iterator[TrainEvent]:
        yield Status("Reading…")
        raise StudioError(f"{run}: cannot be resumed")

    tab.trainer = refusing
    tab.runs.extend.click()
    settle(qtbot, tab)
    assert "cannot be resumed" in tab.messages.text
    assert tab.plot.points("total") == (2, 2)
    assert tab.progress.words.text().startswith(f"{run.name} · 2 epochs")


def test_names_of_a_list_without_pictures_are_said(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    lists = make_project(tmp_path) / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("0\n1\ngone\n")
    open_folder(qtbot, tab.session, tmp_path)
    tab.trainer = FakeTrainer()
    tab.form.epochs.setValue(1)
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    assert "names 1 picture that the folder does not have: gone" in tab.messages.text


def test_the_name_of_a_run_that_came_to_nothing_stays(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    open_folder(qtbot, tab.session, make_project(tmp_path))
    tab.trainer = FakeTrainer(fault="no memory")
    tab.form.name.setText("mine")
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    assert "no memory" in tab.messages.text
    assert tab.form.name.text() == "mine"
    tab.trainer = FakeTrainer()
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    assert [path.name for path in tab.runs.paths()] == ["mine"]
    assert tab.form.name.text() != "mine"


def test_how_many_pictures_there_are_is_said(qtbot: QtBot, tab: TrainTab, tmp_path: Path) -> None:
    trainer = held(qtbot, tab, tmp_path, 2)
    assert "4 pictures to learn from, 1 to validate with" in tab.anchors_line.text()
    trainer.go_on.set()
    click(qtbot, tab, "stopButton")
    settle(qtbot, tab)


def test_a_fault_while_training_is_said_in_a_sentence(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    open_folder(qtbot, tab.session, make_project(tmp_path))
    tab.trainer = FakeTrainer(fault="a loss became nan at step 2")
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    assert tab.messages.text == "a loss became nan at step 2"
    assert tab.controls.train.isEnabled()


def test_a_name_that_is_taken_is_refused_and_the_curves_stay(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    run = trained(qtbot, tab, tmp_path)
    tab.trainer = trainer = FakeTrainer()
    tab.form.name.setText(run.name)
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    assert "exists already" in tab.messages.text
    assert tab.form.name.text() == run.name  # to be corrected
    assert trainer.config is None
    assert tab.plot.points("total") == (2, 2)  # of a past run an epoch is a point
    assert tab.progress.words.text().startswith(f"{run.name} · 2 epochs")


def test_low_windows_show_a_part_of_the_form_and_can_be_scrolled(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    """Full HD at 200 %: 960 × 540 points, of which the tab has some 500."""
    trained(qtbot, tab, tmp_path)
    tab.resize(960, 500)
    assert tab.minimumSizeHint().height() <= 500
    tab.form.tabs.setCurrentIndex(2)
    qtbot.waitUntil(tab.form.augment.isVisible)
    area = tab.form.tabs.currentWidget()
    bar = area.verticalScrollBar()
    assert bar.maximum() > 0
    last = tab.form.augment.fields[-1]
    bar.setValue(bar.maximum())
    qtbot.waitUntil(
        lambda: area.viewport().rect().contains(last.mapTo(area.viewport(), last.rect().center()))
    )


@pytest.mark.parametrize(("page", "name"), [(1, "epochs"), (2, "flip")])
def test_the_wheel_scrolls_the_form_and_changes_no_setting_without_the_focus(
    qtbot: QtBot, tab: TrainTab, page: int, name: str
) -> None:
    tab.resize(960, 350)
    tab.form.tabs.setCurrentIndex(page)
    field = tab.form.fields[name]
    assert isinstance(field, QWidget)
    qtbot.waitUntil(field.isVisible)
    before, bar = field.setting(), tab.form.tabs.currentWidget().verticalScrollBar()
    tab.controls.train.setFocus()
    assert bar.maximum() > 0
    turn_wheel(field)
    qtbot.waitUntil(lambda: bar.value() > 0)
    assert field.setting() == before

    bar.setValue(0)
    field.setFocus()
    turn_wheel(field)
    qtbot.waitUntil(lambda: field.setting() != before)
    assert bar.value() == 0


def turn_wheel(field: QWidget) -> None:
    """Turn it a notch down over the middle of a field, as the system tells of it."""
    window = field.window()
    middle = field.mapTo(window, field.rect().center())
    QTest.wheelEvent(window.windowHandle(), QPointF(middle), QPoint(0, -120))


def test_without_boxes_it_says_what_is_missing(qtbot: QtBot, tab: TrainTab, tmp_path: Path) -> None:
    click(qtbot, tab, "trainButton")
    assert "Open a folder" in tab.messages.text
    draw_picture(tmp_path / "a.png", (20, 20))
    open_folder(qtbot, tab.session, tmp_path)
    click(qtbot, tab, "trainButton")
    assert "no classes yet" in tab.messages.text
    (tmp_path / "classes.txt").write_text("cell\n")
    open_folder(qtbot, tab.session, tmp_path)
    click(qtbot, tab, "trainButton")
    assert "No picture has boxes yet" in tab.messages.text


def test_the_form_remembers(tab: TrainTab, settings: QSettings, qtbot: QtBot) -> None:
    tab.form.epochs.setValue(17)
    tab.form.network.choose("yolov3")
    fill(tab, loss="yolov3", scale=0.125, rotate=7.5, weight_decay=0.000125, cache="disk")
    before = tab.form.values()
    tab.form.save()
    again = TrainTab(Session(tab), settings)
    qtbot.addWidget(again)
    assert again.form.epochs.value() == 17
    assert again.form.network.architecture == "yolov3"
    assert again.form.values() == before


def test_the_form_remembers_of_each_folder_what_it_was_trained_with(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    first, second = make_project(tmp_path / "first"), make_project(tmp_path / "second")
    for folder, epochs in ((first, 3), (second, 4)):
        open_folder(qtbot, tab.session, folder)
        assert tab.form.epochs.value() == TrainConfig.__dataclass_fields__["epochs"].default
        tab.trainer = FakeTrainer()
        tab.form.epochs.setValue(epochs)
        click(qtbot, tab, "trainButton")
        settle(qtbot, tab)
    open_folder(qtbot, tab.session, first)
    assert tab.form.epochs.value() == 3
    open_folder(qtbot, tab.session, second)
    assert tab.form.epochs.value() == 4


def test_the_form_offers_every_choice_there_is(tab: TrainTab) -> None:
    for name in CHOSEN:
        field = tab.form.fields[name]
        assert isinstance(field, Choice)
        assert [field.itemData(row) for row in range(field.count())] == list(CHOICES[name])


def test_the_form_has_a_field_for_each_setting_that_it_is_to_have(tab: TrainTab) -> None:
    assert set(tab.form.fields) == NUMBERS | CHOSEN | {"attention"}


@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_a_field_has_the_limits_of_its_setting(tab: TrainTab, name: str) -> None:
    field, (_, low, high) = tab.form.fields[name], RANGES[name]
    for value in (low, high):
        field.show_setting(value)
        assert field.setting() == pytest.approx(value, abs=1e-5)


def test_the_form_begins_with_the_defaults(tab: TrainTab) -> None:
    shown = tab.form.values()
    defaults = {field.name: field.default for field in dataclasses.fields(TrainConfig)}
    assert {name: shown[name] for name in shown.keys() & defaults.keys()} == {
        name: value for name, value in defaults.items() if name in shown
    }


def test_a_wrong_setting_of_the_project_leaves_the_form_usable(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    make_project(tmp_path)
    (tmp_path / "studio.toml").write_text("[train]\nepochs = 'many'\nflip = 'sideways'\n")
    open_folder(qtbot, tab.session, tmp_path)
    tab.trainer = trainer = FakeTrainer()
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    assert "[train] holds a wrong setting" in tab.messages.text
    assert trainer.config is None


def test_every_field_has_a_tip_and_a_name(tab: TrainTab) -> None:
    for field in tab.form.fields.values():
        assert isinstance(field, QWidget)
        assert field.toolTip()
        assert field.accessibleName()


def test_the_plot_stands_on_its_own_and_writes_a_picture(qtbot: QtBot, tmp_path: Path) -> None:
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.resize(600, 400)
    for step in range(1, 301):
        plot.add_step(StepMetrics(1, step, 1e-3, LOSSES, 20.0, 0.0))
    plot.add_epoch(EpochMetrics(1, LOSSES, LOSSES, 0.5, 0.2, 1.0))
    plot.save_png(tmp_path / "loss.png")
    picture = QImage(str(tmp_path / "loss.png"))
    assert picture.width() > 1000
    blue = sum(
        picture.pixelColor(x, y).name() == "#2f7fd6"
        for x in range(picture.width() // 2)
        for y in range(0, picture.height() // 2, 2)
    )
    assert blue > 100  # the curve of giou, in its colour, in its quarter


def test_a_logarithmic_axis_survives_losses_of_zero(qtbot: QtBot, tmp_path: Path) -> None:
    plot = LossPlot()
    qtbot.addWidget(plot)
    for step in range(1, 20):
        plot.add_step(StepMetrics(1, step, 1e-3, Losses(0.0, 1.0, 0.0), 20.0, 0.0))
    plot._log.setChecked(True)
    plot.save_png(tmp_path / "loss.png")
    of_losses, of_ap50 = (plot._terms["total"].plot.getAxis(side) for side in ("left", "right"))
    assert of_losses.tickStrings([1.0], 1.0, 1.0) != ["1"]
    assert of_ap50.tickStrings([0.2, 0.8], 1.0, 0.2) == ["0.2", "0.8"]
    assert plot.points("prob") == (19, 0)


def test_many_points_are_drawn_as_few(qtbot: QtBot) -> None:
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.resize(800, 600)
    plot.show()
    for step in range(1, 10_001):
        loss = 50.0 if step == 5_000 else 1 / step
        plot.add_step(StepMetrics(1, step, 1e-3, Losses(loss, 1.0, 1.0), 20.0, 0.0))
    plot.redraw()
    plot.grab()
    plot.redraw()
    _, drawn = plot._terms["giou"]._raw.curve.getData()
    assert 100 < len(drawn) < 2_000
    assert max(drawn) == 50.0  # a peak is seen all the same


def test_the_slider_smooths_when_a_plot_is_drawn_and_not_at_each_move(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    plot, smoothed = LossPlot(), []
    qtbot.addWidget(plot)
    for step in range(1, 20):
        plot.add_step(StepMetrics(1, step, 1e-3, Losses(step, 1.0, 1.0), 20.0, 0.0))
    smooth_all = Curve._smooth_all
    monkeypatch.setattr(Curve, "_smooth_all", lambda c: (smoothed.append(c), smooth_all(c)))
    for percent in range(20, 60):
        plot._smoothing.setValue(percent)
    assert smoothed == []
    plot.redraw()
    plot.redraw()
    assert len(smoothed) == len(plot._terms)


def test_an_epoch_without_a_loss_leaves_the_curves_as_they_are(qtbot: QtBot) -> None:
    plot, nan = LossPlot(), float("nan")
    qtbot.addWidget(plot)
    none = Losses(nan, nan, nan)
    of = (LOSSES, none, LOSSES)
    plot.begin_with([EpochMetrics(n, o, o, 0.5, 0.2, 1.0) for n, o in enumerate(of, 1)], 10)
    plot.add_step(StepMetrics(4, 31, 1e-3, none, 20.0, 0.0))
    for name, term in plot._terms.items():
        assert plot.points(name) == (2, 2)
        assert term.train.x.tolist() == [10, 30]
        assert term.train.smoothed == pytest.approx([getattr(LOSSES, name)] * 2)
    plot.redraw()


def test_plots_are_drawn_one_after_the_other(qtbot: QtBot) -> None:
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.redraw()
    plot.add_step(StepMetrics(1, 1, 1e-3, LOSSES, 20.0, 0.0))
    plot._redraw_one()
    drawn = [name for name, term in plot._terms.items() if term._raw.xData is not None]
    assert len(drawn) == 1
    terms = plot._terms.values()
    qtbot.waitUntil(lambda: all(term._raw.xData is not None for term in terms))


def test_hovering_reads_the_values_at_a_step(qtbot: QtBot) -> None:
    plot = LossPlot()
    qtbot.addWidget(plot)
    plot.resize(800, 600)
    plot.show()
    for step in range(1, 11):
        plot.add_step(StepMetrics(1, step, 1e-3, Losses(step / 10, 1.0, 1.0), 20.0, 0.0))
    plot.add_epoch(EpochMetrics(1, LOSSES, Losses(0.25, 1.0, 1.0), 0.5, 0.2, 1.0))
    plot.redraw()
    plot.grab()  # lays out
    view = plot._terms["giou"].plot.getViewBox()
    plot._graphs.scene().sigMouseMoved.emit(view.mapViewToScene(QPointF(4.6, 0.5)))
    assert plot._reading.text().startswith("step 4: giou 0.4, smoothed")
    assert plot._reading.text().endswith("validation 0.25")


def test_a_preset_fills_the_form_until_it_is_changed(tab: TrainTab) -> None:
    preset = tab.form.model.preset
    assert preset.currentText() == "balanced"
    for name in PRESETS:
        preset.setCurrentText(name)
        preset.activated.emit(preset.currentIndex())
        shown = tab.form.values()
        assert {k: shown[k] for k in find_preset(name).settings} == find_preset(name).settings
        assert preset.words.text() == find_preset(name).words
    tab.form.epochs.setValue(tab.form.epochs.value() + 1)
    assert preset.currentIndex() == -1
    assert "None of the presets" in preset.words.text()
    fill(tab, rotate=30.0, weight_decay=0.01, batch_size=3)
    preset.setCurrentText("balanced")
    preset.activated.emit(preset.currentIndex())
    shown, defaults = tab.form.values(), TrainConfig.__dataclass_fields__
    for name in ("epochs", "rotate", "weight_decay"):
        assert shown[name] == defaults[name].default
    assert shown["batch_size"] == 3  # how much memory there is, no preset knows
    fill(tab, rotate=30.0)
    assert preset.currentIndex() == -1


def test_a_preset_of_the_project_is_shown(qtbot: QtBot, tab: TrainTab, tmp_path: Path) -> None:
    make_project(tmp_path)
    settings = "[train]\npreset = 'quick'\nbatch_size = 4\nflip = 'none'\n"
    (tmp_path / "studio.toml").write_text(settings)
    open_folder(qtbot, tab.session, tmp_path)
    preset = tab.form.model.preset
    assert preset.currentText() == "quick"
    preset.setCurrentText("best")
    preset.activated.emit(preset.currentIndex())
    assert tab.form.values()["flip"] == "none"  # the project's, whatever the preset
    preset.setCurrentText("quick")
    preset.activated.emit(preset.currentIndex())
    (tmp_path / "studio.toml").write_text("[train]\nsize = 640\nepochs = 200\n")
    open_folder(qtbot, tab.session, tmp_path)
    assert preset.currentText() == "balanced"  # as quick would be the same here
    (tmp_path / "studio.toml").write_text(settings)
    open_folder(qtbot, tab.session, tmp_path)
    assert tab.form.values().items() >= {**find_preset("quick").settings, "batch_size": 4}.items()


def test_a_run_that_is_chosen_shows_its_curves(qtbot: QtBot, tab: TrainTab, tmp_path: Path) -> None:
    first = trained(qtbot, tab, tmp_path)
    assert tab.plot.points("total") == (2 * STEPS, 2)  # each step, as it was seen
    tab.form.epochs.setValue(3)
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    assert tab.plot.points("total") == (3 * STEPS, 3)
    tab.runs.choose(first)
    assert tab.plot.points("total") == (2, 2)
    assert tab.progress.words.text() == f"{first.name} · 2 epochs · AP50 0.20 in epoch 2"
    assert tab.progress.by_class.text() == "AP50 by class: dot 0.20 · cell 0.50"
    assert tab.progress.share == 1
    open_folder(qtbot, tab.session, make_project(tmp_path / "other"))
    assert tab.plot.points("total") == (0, 0)
    assert tab.progress.words.text() == BEFORE
    assert tab.progress.by_class.text() == ""
    assert tab.progress.share == 0


def test_the_row_of_the_run_that_is_trained_goes_along(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    trainer = held(qtbot, tab, tmp_path, 6, epochs=3)
    qtbot.waitUntil(lambda: len(tab.runs.list.items()) == 1)
    (item,) = tab.runs.list.items()
    assert [item.text(column) for column in (3, 4, 5)] == ["0.100", "1 of 3", "1 s"]
    click(qtbot, tab, "stopButton")
    trainer.go_on.set()
    settle(qtbot, tab)


def test_values_under_the_mouse_widen_nothing(qtbot: QtBot, tab: TrainTab, tmp_path: Path) -> None:
    trained(qtbot, tab, tmp_path)
    tab.plot.redraw()
    before = tab.plot.minimumSizeHint().width()
    view = tab.plot._terms["total"].plot.getViewBox()
    view.setXRange(0, 2 * STEPS)
    tab.plot._read_values(view.sceneBoundingRect().bottomRight() - QPointF(1, 1))
    assert ": total 6, smoothed 6, validation 6" in tab.plot._reading.text()
    assert ", AP50 0." in tab.plot._reading.text()
    assert tab.plot.minimumSizeHint().width() == before
    qtbot.mouseMove(tab.plot, tab.plot.rect().center())
    tab.plot.leaveEvent(QEvent(QEvent.Type.Leave))
    assert tab.plot._reading.text() == ""


def test_a_run_of_another_folder_is_not_gone_on_with(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    run = trained(qtbot, tab, tmp_path / "one")
    open_folder(qtbot, tab.session, make_project(tmp_path / "other"))
    tab.trainer = again = FakeTrainer()
    tab._go_on(run, 3)
    assert "is a run of another folder: open that first" in tab.messages.text
    assert again.config is None
