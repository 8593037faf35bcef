"""The Detect tab with a network that only pretends: drops, sliders, saving, faults."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QFileDialog, QSlider
from pytestqt.qtbot import QtBot

from studio.errors import FileError
from studio.gui.detect import sources
from studio.gui.detect.engine import Network
from studio.gui.detect.panel import DetectPanel
from studio.gui.detect.tab import NO_PICTURE, NO_RUN, PICTURE, DetectTab
from studio.labels import images
from studio.labels.anchors import preset
from studio.labels.images import Image
from studio.labels.screen.palette import class_colour
from studio.yolo.config import TrainConfig
from studio.yolo.network.model import ModelConfig
from studio.yolo.runs import Run, new_run
from studio.yolo.suppression.plain import Candidates
from studio.yolo.training.occupied import occupied
from tests.gui.driving import drop, open_folder, settle, show_tab
from tests.gui.folders import draw_picture

MODEL = ModelConfig("yolov3-tiny", ("cell", "dust"), preset("yolov3-tiny", (416, 416)))


class FakeNetwork:
    """Finds three boxes in every picture: two that overlap by 0.6, and an unsure one apart."""

    def __init__(self) -> None:
        self.config = MODEL
        self.calls = 0

    def candidates(self, image: Image) -> Candidates:
        self.calls += 1
        xyxy = np.array([[10, 10, 50, 50], [20, 10, 60, 50], [70, 70, 90, 90]], np.float32)
        scores = np.array([0.9, 0.6, 0.3], np.float32)
        return Candidates(xyxy, scores, np.array([0, 0, 1], np.int32))


class Loads:
    """Counts how often a run is loaded, and refuses where asked to."""

    def __init__(self, refusal: str = "") -> None:
        self.runs: list[str] = []
        self.network = FakeNetwork()
        self.refusal = refusal

    def __call__(self, run: Path) -> Network:
        self.runs.append(run.name)
        if self.refusal:
            raise FileError(run, self.refusal)
        return self.network


def make_run(folder: Path, name: str) -> Path:
    run = new_run(folder / "runs", name, TrainConfig(MODEL))
    run.best.write_bytes(b"weights")
    return run.path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "cells"
    draw_picture(folder / "images" / "a.png", (120, 100))
    return folder


@pytest.fixture
def loads() -> Loads:
    return Loads()


@pytest.fixture
def tab(qtbot: QtBot, settings: QSettings, loads: Loads) -> DetectTab:
    tab = show_tab(qtbot, DetectTab, settings)
    tab.engine.loader = loads
    return tab


def picture(folder: Path, name: str = "new.png") -> Path:
    pixels = np.random.default_rng(0).integers(0, 255, (100, 120, 3)).astype(np.uint8)
    images.save(folder / name, pixels)
    return folder / name


def hand_in(qtbot: QtBot, tab: DetectTab, *paths: Path) -> None:
    """Drop pictures, and wait for what is found in them."""
    drop(tab, *paths)
    settle(qtbot, tab)


def detecting(
    qtbot: QtBot, tab: DetectTab, project: Path, pictures: Path, name: str = "cells-1"
) -> Path:
    """Drop a picture where a project has a run; returns the run."""
    run = make_run(project, name)
    open_folder(qtbot, tab.session, project)
    hand_in(qtbot, tab, picture(pictures))
    return run


def slide(tab: DetectTab, name: str, value: int) -> None:
    tab.findChild(QSlider, name).setValue(value)


def test_classes_have_the_colours_that_people_chose(
    qtbot: QtBot, tab: DetectTab, project: Path, tmp_path: Path
) -> None:
    (project / "studio.toml").write_text('[colours]\ndust = "#010203"\n')
    detecting(qtbot, tab, project, tmp_path)
    rows = tab.panel.table.rows
    colours = [rows.data(rows.index(i, 0), Qt.ItemDataRole.DecorationRole) for i in range(2)]
    assert [colour.getRgb()[:3] for colour in colours] == [class_colour(0), (1, 2, 3)]
    assert "rgb(1, 2, 3)" in tab.panel.counts.text()


def test_a_dropped_picture_shows_boxes_and_sliders_do_not_run_the_network(
    qtbot: QtBot, tab: DetectTab, project: Path, loads: Loads, tmp_path: Path
) -> None:
    make_run(project, "cells-1")
    open_folder(qtbot, tab.session, project)
    assert tab.state == "cells-1"
    assert tab._pages.currentIndex() == NO_PICTURE
    hand_in(qtbot, tab, picture(tmp_path))
    assert tab._pages.currentIndex() == PICTURE
    assert [d.box.label for d in tab.view.detections] == ["cell", "dust"]
    assert tab.panel.table.rows.rowCount() == 2
    assert "cell" in tab.panel.counts.text()
    assert tab.panel.time.text().endswith(" ms")

    slide(tab, "confidenceSlider", 50)
    assert [d.score for d in tab.view.detections] == pytest.approx([0.9])
    slide(tab, "iouSlider", 70)
    assert [d.score for d in tab.view.detections] == pytest.approx([0.9, 0.6])
    slide(tab, "confidenceSlider", 95)
    assert not tab.view.detections
    assert "Nothing found" in tab.panel.counts.text()
    assert loads.network.calls == 1


def test_the_way_to_suppress_is_chosen_and_remembered(
    qtbot: QtBot, tab: DetectTab, project: Path, loads: Loads, tmp_path: Path
) -> None:
    detecting(qtbot, tab, project, tmp_path)
    slide(tab, "confidenceSlider", 50)
    assert [d.score for d in tab.view.detections] == pytest.approx([0.9])
    method = tab.panel.method
    assert [method.itemData(row) for row in range(method.count())] == [
        "greedy", "agnostic", "diou", "soft", "soft-linear",
    ]  # fmt: skip
    slide(tab, "confidenceSlider", 20)
    before = {d.score for d in tab.view.detections}
    method.setCurrentIndex(method.findData("soft"))
    after = {d.score for d in tab.view.detections}
    assert after - before  # the box that was suppressed is there with a lower score
    assert loads.network.calls == 1
    assert DetectPanel(tab.settings).thresholds[2] == "soft"


def test_boxes_are_painted_where_they_are(
    qtbot: QtBot, tab: DetectTab, project: Path, tmp_path: Path
) -> None:
    make_run(project, "cells-1")
    open_folder(qtbot, tab.session, project)
    draw_picture(tmp_path / "grey.png", (120, 100), 90)
    hand_in(qtbot, tab, tmp_path / "grey.png")
    shot = tab.view.grab().toImage()
    ratio = shot.devicePixelRatio()
    inside = tab.view._rectangle(tab.view.detections[0])
    edge = QPointF(inside.left(), inside.center().y()) * ratio
    assert shot.pixelColor(edge.toPoint()) == QColor(230, 159, 0)
    assert shot.pixelColor((inside.center() * ratio).toPoint()) == QColor(90, 90, 90)


def test_several_pictures_are_detected_in_one_after_another_with_one_load(
    qtbot: QtBot, tab: DetectTab, project: Path, loads: Loads, tmp_path: Path
) -> None:
    make_run(project, "cells-1")
    open_folder(qtbot, tab.session, project)
    hand_in(qtbot, tab, *(picture(tmp_path, f"{i}.png") for i in range(3)))
    assert loads.runs == ["cells-1"]
    assert loads.network.calls == 3
    assert tab.strip.count() == 3
    tab.strip.setCurrentRow(2)
    settle(qtbot, tab)
    assert loads.runs == ["cells-1"]
    assert len(tab.view.detections) == 2


def test_another_run_detects_again(
    qtbot: QtBot, tab: DetectTab, project: Path, loads: Loads, tmp_path: Path
) -> None:
    make_run(project, "first")
    other = make_run(project, "second")
    open_folder(qtbot, tab.session, project)
    hand_in(qtbot, tab, picture(tmp_path))
    tab.session.choose_run(other if tab.state == "first" else project / "runs" / "first")
    settle(qtbot, tab)
    assert sorted(loads.runs) == ["first", "second"]
    assert tab.state == tab.panel.runs.currentText() == loads.runs[1]
    assert len(tab.view.detections) == 2


def test_a_run_that_is_still_trained_is_used_when_it_is_asked_for(
    qtbot: QtBot, tab: DetectTab, project: Path, loads: Loads, tmp_path: Path
) -> None:
    detecting(qtbot, tab, project, tmp_path, "done")
    with occupied(Run.load(make_run(project, "under way"))):
        tab.session.read_runs()
        settle(qtbot, tab)
        assert tab.panel.runs.findText("under way") >= 0
        assert tab.state == "done"
        tab.session.choose_run(project / "runs" / "under way")
        settle(qtbot, tab)
    assert loads.runs == ["done", "under way"]


def test_a_run_that_is_in_use_stays_so_while_it_is_trained_on(
    qtbot: QtBot, tab: DetectTab, project: Path, loads: Loads, tmp_path: Path
) -> None:
    make_run(project, "older")
    detecting(qtbot, tab, project, tmp_path, "newer")
    used = tab.state
    with occupied(Run.load(project / "runs" / used)):
        tab.session.read_runs()
        settle(qtbot, tab)
    assert tab.state == used
    assert loads.runs == [used]


def test_asking_for_a_run_again_detects_with_what_it_has_learnt_meanwhile(
    qtbot: QtBot, tab: DetectTab, project: Path, loads: Loads, tmp_path: Path
) -> None:
    run = detecting(qtbot, tab, project, tmp_path)
    tab.session.choose_run(run)
    settle(qtbot, tab)
    assert (loads.network.calls, len(loads.runs)) == (1, 1)
    os.utime(run / "best.npz", (0, 0))
    tab.session.choose_run(run)
    settle(qtbot, tab)
    assert (loads.network.calls, len(loads.runs)) == (2, 2)


def test_saving_writes_the_boxes_and_never_the_original(
    qtbot: QtBot,
    tab: DetectTab,
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_run(project, "cells-1")
    open_folder(qtbot, tab.session, project)
    original = picture(tmp_path)
    before = original.read_bytes()
    hand_in(qtbot, tab, original)
    suggestions = []

    def choose(_parent: object, _title: str, suggested: str, _filter: str) -> tuple[str, str]:
        suggestions.append(Path(suggested).name)
        return str(tmp_path / "out.png"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    tab.panel.save_button.click()
    settle(qtbot, tab)
    assert suggestions == ["new-detected.png"]
    assert "out.png" in tab.messages.text
    written = images.load(tmp_path / "out.png")
    assert written.shape == (100, 120, 3)
    assert (written != images.load(original)).any()

    tab.save_to(original)
    settle(qtbot, tab)
    assert "is the original picture" in tab.messages.text
    assert original.read_bytes() == before


def test_an_unreadable_picture_is_said_and_the_rest_goes_on(
    qtbot: QtBot, tab: DetectTab, project: Path, loads: Loads, tmp_path: Path
) -> None:
    make_run(project, "cells-1")
    open_folder(qtbot, tab.session, project)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    hand_in(qtbot, tab, tmp_path / "broken.png", picture(tmp_path))
    assert "broken.png" in tab.messages.text
    assert loads.network.calls == 1
    assert not tab.panel.save_button.isEnabled()
    tab.strip.setCurrentRow(1)
    settle(qtbot, tab)
    assert len(tab.view.detections) == 2


def test_a_run_that_lacks_a_file_is_said_in_a_sentence(
    qtbot: QtBot, tab: DetectTab, project: Path, loads: Loads, tmp_path: Path
) -> None:
    make_run(project, "cells-1")
    open_folder(qtbot, tab.session, project)
    loads.refusal = "has no weights yet: best.npz is missing"
    hand_in(qtbot, tab, picture(tmp_path))
    assert "has no weights yet" in tab.messages.text
    assert not tab.view.detections


def test_without_a_run_it_says_to_train_first(
    qtbot: QtBot, tab: DetectTab, project: Path, tmp_path: Path
) -> None:
    open_folder(qtbot, tab.session, project)
    assert tab._pages.currentIndex() == NO_RUN
    hand_in(qtbot, tab, picture(tmp_path))
    assert tab._pages.currentIndex() == NO_RUN
    run = make_run(project, "cells-1")
    tab.session.choose_run(run)  # as "Detect with it" does
    settle(qtbot, tab)
    assert tab._pages.currentIndex() == PICTURE
    assert len(tab.view.detections) == 2


def test_a_pasted_picture_keeps_its_pixels() -> None:
    pixels = np.random.default_rng(1).integers(0, 255, (7, 5, 3)).astype(np.uint8)
    data = QMimeData()
    data.setImageData(QImage(pixels.tobytes(), 5, 7, 15, QImage.Format.Format_RGB888))
    assert sources.is_welcome(data)
    (source,) = sources.from_mime(data)
    assert np.array_equal(source.load(), pixels)


def test_a_dropped_folder_is_its_pictures_in_natural_order(tmp_path: Path) -> None:
    for name in ("b10.png", "b9.png", "notes.txt"):
        (tmp_path / name).touch()
    assert [source.name for source in sources.from_paths([tmp_path])] == ["b9.png", "b10.png"]


def test_the_view_zooms_at_the_cursor_pans_and_fits(
    qtbot: QtBot, tab: DetectTab, project: Path, tmp_path: Path
) -> None:
    detecting(qtbot, tab, project, tmp_path)
    fitted = tab.view._viewport
    at = QPointF(100, 80)
    before = fitted.to_image((100, 80))
    tab.view.zoom(4, at)
    assert tab.view._viewport.to_image((100, 80)) == pytest.approx(before)
    qtbot.mousePress(tab.view, Qt.MouseButton.LeftButton, pos=QPoint(100, 80))
    qtbot.mouseMove(tab.view, QPoint(130, 90))
    qtbot.mouseRelease(tab.view, Qt.MouseButton.LeftButton, pos=QPoint(130, 90))
    assert tab.view._viewport.to_image((130, 90)) == pytest.approx(before)
    qtbot.mouseDClick(tab.view, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    assert tab.view._viewport == fitted


def test_pointing_at_a_row_brings_out_its_box(
    qtbot: QtBot, tab: DetectTab, project: Path, tmp_path: Path
) -> None:
    detecting(qtbot, tab, project, tmp_path)
    plain = tab.view.grab().toImage()
    tab.panel.table.selectRow(1)
    assert tab.view.grab().toImage() != plain
    tab.view.highlight(-1)
    assert tab.view.grab().toImage() == plain
