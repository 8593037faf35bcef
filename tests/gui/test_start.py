"""What training starts from: random weights, published ones that are fetched, a run, a file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QProgressBar, QPushButton
from pytestqt.qtbot import QtBot

from studio.gui.train.start import COCO, FILE, RANDOM, RUN, Start
from studio.gui.train.tab import TrainTab
from studio.labels.dataset import Dataset
from studio.yolo.config import TrainConfig
from studio.yolo.events import Started, TakenOver, TrainEvent
from studio.yolo.runs import Run
from studio.yolo.weights import download, published
from studio.yolo.weights.published import PublishedFile
from tests import loopback
from tests.gui.driving import click, open_folder, read_all, settle, show_tab
from tests.gui.test_train import FakeTrainer, make_project
from tests.loopback import Serve, Served


@pytest.fixture
def tab(qtbot: QtBot, settings: QSettings) -> TrainTab:
    return show_tab(qtbot, TrainTab, settings)


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.fixture
def serve() -> Iterator[Serve]:
    with loopback.servers() as start:
        yield start


@pytest.fixture(autouse=True)
def small_files(serve: Serve, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put small files into the table, which the server of this test has."""
    loopback.leave_proxies(monkeypatch)
    monkeypatch.setattr(download, "EVERY", 0.0)
    use_files(monkeypatch, serve(served.handler()), len(served.content))


def use_files(monkeypatch: pytest.MonkeyPatch, address: str, size: int) -> None:
    files = [
        PublishedFile(f"{name}.weights", size, (name,), 3, 80, (f"{address}/{name}.weights",))
        for name in ("yolov3-tiny", "yolov3")
    ]
    monkeypatch.setattr(published, "FILES", tuple(files))


def begin_with(tab: TrainTab, kind: str) -> None:
    beginning = tab.form.start.beginning
    beginning.setCurrentIndex(beginning.findData(kind))


def test_random_weights_take_nothing_over(tab: TrainTab) -> None:
    assert tab.form.start.beginning.currentData() == RANDOM
    assert tab.form.start.chosen() == Start("none", "")
    assert not tab.form.start.mode.isVisible()
    settings = tab.form.request().settings
    assert (settings["transfer"], settings["weights"]) == ("none", "")


def test_coco_weights_are_fetched_at_a_click_and_trained_from(
    qtbot: QtBot, tab: TrainTab, served: Served, tmp_path: Path
) -> None:
    open_folder(qtbot, tab.session, make_project(tmp_path / "cells"))
    tab.trainer = trainer = FakeTrainer()
    begin_with(tab, COCO)
    assert served.asked == []  # only when asked
    assert tab.findChild(QPushButton, "downloadButton").text() == "Download (1 MB)"
    click(qtbot, tab, "downloadButton")
    settle(qtbot, tab)
    path = published.path_of("yolov3-tiny.weights")
    assert path.read_bytes() == served.content
    assert not tab.form.start.coco.download.isVisible()
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    assert trainer.config is not None
    assert (trainer.config.transfer, trainer.config.weights) == ("no_output", str(path))


def test_a_download_can_be_stopped_and_gone_on_with(
    qtbot: QtBot, tab: TrainTab, served: Served
) -> None:
    served.pause = threading.Event()
    begin_with(tab, COCO)
    click(qtbot, tab, "downloadButton")
    bar = tab.findChild(QProgressBar, "downloadBar")
    qtbot.waitUntil(lambda: 0 < bar.value() < len(served.content))
    assert bar.isVisible()
    click(qtbot, tab, "downloadStopButton")
    served.pause.set()
    settle(qtbot, tab)
    assert not published.is_there("yolov3-tiny.weights")
    assert tab.messages.text == ""
    assert tab.form.start.coco.download.text().startswith("Go on (")

    click(qtbot, tab, "downloadButton")
    settle(qtbot, tab)
    assert published.is_there("yolov3-tiny.weights")
    assert served.asked[1].startswith("bytes=")


def test_without_a_connection_the_bar_says_which_file_to_put_where(
    qtbot: QtBot, tab: TrainTab, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"http://127.0.0.1:{loopback.free_port()}"
    use_files(monkeypatch, address, len(served.content))
    begin_with(tab, COCO)
    click(qtbot, tab, "downloadButton")
    settle(qtbot, tab)
    assert f"from {address}/yolov3-tiny.weights: no connection" in tab.messages.text
    assert f"yolov3-tiny.weights (1,200,020 bytes) into {published.weights_folder()}" in (
        tab.messages.text
    )
    assert tab.form.start.coco.download.isVisible()

    path = published.path_of("yolov3-tiny.weights")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(served.content)  # as it was told
    tab.form.start.coco.refresh()
    assert not tab.form.start.coco.download.isVisible()
    assert tab.form.start.obstacle() is None


def test_training_waits_for_weights_that_are_not_there(
    qtbot: QtBot, tab: TrainTab, served: Served, tmp_path: Path
) -> None:
    open_folder(qtbot, tab.session, make_project(tmp_path))
    tab.trainer = trainer = FakeTrainer()
    begin_with(tab, COCO)
    click(qtbot, tab, "trainButton")
    assert str(published.path_of("yolov3-tiny.weights")) in tab.messages.text
    tab.messages._action.click()
    settle(qtbot, tab)
    assert published.is_there("yolov3-tiny.weights")
    begin_with(tab, RUN)
    click(qtbot, tab, "trainButton")
    assert "no finished run" in tab.messages.text
    begin_with(tab, FILE)
    click(qtbot, tab, "trainButton")
    assert "Choose the file" in tab.messages.text
    assert trainer.config is None


def test_each_network_has_weights_of_its_own(qtbot: QtBot, tab: TrainTab) -> None:
    begin_with(tab, COCO)
    click(qtbot, tab, "downloadButton")
    settle(qtbot, tab)
    tab.form.network.choose("yolov3")
    assert tab.form.start.coco.download.isVisible()
    assert Path(tab.form.start.chosen().weights).name == "yolov3.weights"
    tab.form.network.choose("yolov4")  # of which this table has none
    assert not tab.form.start.coco.download.isVisible()
    tab.form.network.choose("yolov3-tiny")
    assert tab.form.start.obstacle() is None


def test_a_run_and_a_file_are_taken_over_and_remembered(
    qtbot: QtBot,
    tab: TrainTab,
    settings: QSettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = make_project(tmp_path / "cells")
    open_folder(qtbot, tab.session, folder)
    tab.trainer = FakeTrainer()
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    begin_with(tab, RUN)
    tab.form.start.mode.setCurrentIndex(tab.form.start.mode.findData("frozen"))
    run = Start("frozen", str(folder / "runs" / "cells-1"))
    assert tab.form.start.chosen() == run
    tab.form.save()
    again = show_tab(qtbot, TrainTab, settings)
    open_folder(qtbot, again.session, folder)
    assert again.form.start.chosen() == run

    weights = tmp_path / "own.weights"
    weights.write_bytes(b"")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(weights), ""))
    begin_with(tab, FILE)
    click(qtbot, tab, "chooseWeightsButton")
    assert tab.form.start.chosen() == Start("frozen", str(weights))
    assert tab.form.start.obstacle() is None
    tab.form.save()
    third = show_tab(qtbot, TrainTab, settings)
    open_folder(qtbot, third.session, folder)
    assert third.form.start.beginning.currentData() == FILE
    assert third.form.start.chosen() == Start("frozen", str(weights))
    weights.unlink()
    open_folder(qtbot, third.session, folder)
    assert third.form.start.beginning.currentData() == RANDOM


def test_another_project_starts_with_the_defaults(
    qtbot: QtBot, tab: TrainTab, served: Served, tmp_path: Path
) -> None:
    one, other = make_project(tmp_path / "one"), make_project(tmp_path / "other")
    open_folder(qtbot, tab.session, one)
    tab.trainer = FakeTrainer()
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    begin_with(tab, RUN)
    tab.form.epochs.setValue(7)
    tab.form.save()
    open_folder(qtbot, tab.session, other)
    assert tab.form.start.beginning.currentData() == RANDOM
    assert tab.form.start.obstacle() is None
    assert tab.form.model.preset.currentText() == "balanced"
    open_folder(qtbot, tab.session, one)
    assert tab.form.epochs.value() == 7
    assert tab.form.start.chosen().weights == str(one / "runs" / "one-1")

    path = published.path_of("yolov3-tiny.weights")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(served.content)
    begin_with(tab, COCO)
    tab.form.save()
    open_folder(qtbot, tab.session, other)
    open_folder(qtbot, tab.session, one)
    assert tab.form.start.chosen() == Start("no_output", str(path))


def test_training_says_that_weights_are_still_coming(
    qtbot: QtBot, tab: TrainTab, served: Served, tmp_path: Path
) -> None:
    served.pause = threading.Event()
    open_folder(qtbot, tab.session, make_project(tmp_path))
    begin_with(tab, COCO)
    click(qtbot, tab, "downloadButton")
    click(qtbot, tab, "trainButton")
    assert tab.messages.text.startswith("yolov3-tiny.weights is still being downloaded: training")
    assert not tab.messages._action.isVisible()
    tab.form.network.choose("yolov3")
    found = tab.form.start.obstacle()
    assert found is not None
    assert found.text.endswith("still being downloaded: yolov3.weights can be when that is done.")
    served.pause.set()
    settle(qtbot, tab)
    found = tab.form.start.obstacle()
    assert found is not None
    assert found.action.startswith("Download")


@pytest.mark.parametrize(
    ("weights", "kind"),
    [
        ("yolov3-tiny.weights", COCO),
        ("yolov3.weights", FILE),  # of another network than the form's
        ("elsewhere/yolov3-tiny.weights", FILE),
    ],
)
def test_a_projects_settings_may_name_weights(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path, weights: str, kind: str
) -> None:
    make_project(tmp_path)
    (tmp_path / "studio.toml").write_text(f"[train]\ntransfer='darknet'\nweights='{weights}'\n")
    open_folder(qtbot, tab.session, tmp_path)
    assert tab.form.start.beginning.currentData() == kind
    is_published = weights != "elsewhere/yolov3-tiny.weights"
    expected = str(published.path_of(weights)) if is_published else weights
    assert tab.form.start.chosen() == Start("darknet", expected)


def test_a_run_of_another_project_stays_chosen(qtbot: QtBot, tab: TrainTab, tmp_path: Path) -> None:
    project, other = make_project(tmp_path / "here"), tmp_path / "there" / "runs" / "there-1"
    other.mkdir(parents=True)
    (project / "studio.toml").write_text(f"[train]\ntransfer='frozen'\nweights='{other}'\n")
    open_folder(qtbot, tab.session, project)
    assert tab.form.start.chosen() == Start("frozen", str(other))
    tab.session.read_runs()
    read_all(qtbot, tab.session)
    assert tab.form.start.chosen() == Start("frozen", str(other))


def test_what_was_taken_over_is_no_problem(qtbot: QtBot, tab: TrainTab, tmp_path: Path) -> None:
    def trainer(
        config: TrainConfig, dataset: Dataset, run: Run, resume: bool = False
    ) -> Iterator[TrainEvent]:
        yield TakenOver("taken: 2 of 3 layers from <a.weights>")
        yield TakenOver("layers taken: one, two")
        yield Started(run.path, 1, 1, 1, 4, 1, "float32")
        reached.set()
        go_on.wait(10)

    reached, go_on = threading.Event(), threading.Event()
    open_folder(qtbot, tab.session, make_project(tmp_path))
    tab.trainer = trainer
    click(qtbot, tab, "trainButton")
    qtbot.waitUntil(lambda: reached.is_set() and tab.progress.bar.maximum() == 1)
    assert tab.messages.text == ""
    assert "Taken: 2 of 3 layers from &lt;a.weights&gt;." in tab.anchors_line.text()
    assert "layers taken: one, two" in tab.anchors_line.toolTip()
    go_on.set()
    settle(qtbot, tab)
    assert "taken" not in f"{tab.anchors_line.text()}{tab.anchors_line.toolTip()}".lower()
