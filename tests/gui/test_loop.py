"""The whole loop in the real window: draw, cluster, train with TensorFlow, detect, save."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QSlider
from pytestqt.qtbot import QtBot

from studio.gui.anchors.tab import AnchorsTab
from studio.gui.detect.engine import Network, load_with_tensorflow
from studio.gui.detect.tab import DetectTab
from studio.gui.main_window import MainWindow
from studio.gui.train.tab import TrainTab
from studio.labels import images, voc
from studio.labels.boxes import Annotation, Box
from studio.labels.images import Image
from studio.project import Project
from studio.yolo.suppression.plain import Candidates
from tests.gui.driving import click, drag, drop, go_to, settle, show_window

pytestmark = pytest.mark.tensorflow

ANNOTATE, ANCHORS, TRAIN, DETECT = range(4)
LONG = 60_000  # milliseconds: the first network needs TensorFlow, which takes a while to import
LABELLED = [f"BloodImage_{number:05}" for number in range(6)]
UNLABELLED = "BloodImage_00006"


# --- folders --------------------------------------------------------------------------------------


def photographs(bccd: Path, root: Path) -> Path:
    """Copy six labelled photographs of blood cells, and one whose labels stay behind."""
    for name in (*LABELLED, UNLABELLED):
        copy(bccd, root, f"JPEGImages/{name}.jpg")
    for name in LABELLED:
        copy(bccd, root, f"Annotations/{name}.xml")
    return root


def copy(source: Path, root: Path, name: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / name, root / name)


def drawn_pictures(root: Path) -> Path:
    """Draw squares and bars of various sizes, with the names of the photographs."""
    rng = np.random.default_rng(3)
    for name in (*LABELLED, UNLABELLED):
        pixels = np.full((240, 320, 3), 128, np.uint8)
        path, boxes = root / "JPEGImages" / f"{name}.jpg", []
        for column, (label, grey) in enumerate((("WBC", 20), ("RBC", 235))):
            x, y = 20 + 150 * column, int(rng.integers(20, 60))
            width, height = rng.integers(40, 110, 2).tolist()
            pixels[y : y + height, x : x + width] = grey
            boxes.append(Box(label, x, y, x + width, y + height))
        images.save(path, pixels)
        if name != UNLABELLED:
            labels = root / "Annotations" / f"{name}.xml"
            voc.write(labels, Annotation(path, 320, 240, boxes=tuple(boxes)))
    return root


@pytest.fixture(params=["photographs", "drawn"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    root = tmp_path / "blood"
    if request.param == "photographs":
        photographs(request.getfixturevalue("bccd"), root)
    else:
        drawn_pictures(root)
    return with_splits(root)


def with_splits(root: Path) -> Path:
    """Learn from all but two of the labelled pictures, and from the one to be labelled."""
    lists = root / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("\n".join([*LABELLED[:4], UNLABELLED]))
    (lists / "val.txt").write_text("\n".join(LABELLED[4:]))
    return root


# --- the window -----------------------------------------------------------------------------------


@pytest.fixture
def window(qtbot: QtBot, settings: QSettings) -> MainWindow:
    return show_window(qtbot, settings, patience=LONG)


def wait_idle(qtbot: QtBot, window: MainWindow) -> None:
    settle(qtbot, window, LONG)


def start_training(qtbot: QtBot, window: MainWindow, epochs: int, side: int = 96) -> TrainTab:
    """Fill in the form and press Train; returns when the curves have begun."""
    tab = window.show_tab(TRAIN)
    assert isinstance(tab, TrainTab)
    tab.form.epochs.setValue(epochs)
    tab.form.batch.setValue(2)
    tab.form.side.setValue(side)
    # In a dozen steps the usual rate makes networks that are sure of everything.
    tab.form.fields["learning_rate"].show_setting(1e-3)
    click(qtbot, window, "trainButton")

    def has_begun() -> bool:
        return tab.plot.points("total")[0] > 0

    qtbot.waitUntil(lambda: has_begun() or not window.session.jobs, timeout=LONG)
    assert has_begun(), tab.messages.text
    return tab


class CountingNetwork:
    """A network that counts how often it is asked."""

    def __init__(self, network: Network) -> None:
        self.config = network.config
        self.calls = 0
        self._network = network

    def candidates(self, image: Image) -> Candidates:
        self.calls += 1
        return self._network.candidates(image)


# --- the loop -------------------------------------------------------------------------------------


def test_draw_cluster_train_detect(
    qtbot: QtBot, window: MainWindow, folder: Path, tmp_path: Path
) -> None:
    window.open(folder)
    wait_idle(qtbot, window)
    draw_a_box(qtbot, window, folder)
    use_clustered_anchors(qtbot, window, folder)
    train_to_the_end(qtbot, window, folder)
    detect_and_save(qtbot, window, folder, tmp_path / "annotated.png")
    export_for_darknet(qtbot, window, tmp_path / "blood.weights")


def draw_a_box(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    go_to(window, UNLABELLED)
    canvas = window.annotate.canvas
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_2)
    qtbot.keyClick(canvas, Qt.Key.Key_W)
    drag(qtbot, window, (40, 50), (90, 80), (170, 150))
    labels = folder / "Annotations" / f"{UNLABELLED}.xml"
    qtbot.waitUntil(labels.exists)  # the release of the button has it written
    wait_idle(qtbot, window)
    (box,) = voc.read(labels, folder).boxes
    assert box.label == window.session.classes[1]
    assert box.xyxy == pytest.approx((40, 50, 170, 150), abs=1)
    assert window.annotate.state == "7/7"


def use_clustered_anchors(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    tab = window.show_tab(ANCHORS)
    assert isinstance(tab, AnchorsTab)
    wait_idle(qtbot, window)
    click(qtbot, window, "clusterButton")
    wait_idle(qtbot, window)
    assert tab.results.plot.anchors_shown == 6
    click(qtbot, window, "useAnchorsButton")
    anchors = Project.open(folder).anchors
    assert anchors is not None
    assert len(anchors.sizes) == 6


def train_to_the_end(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    tab = start_training(qtbot, window, epochs=6)
    wait_idle(qtbot, window)
    assert tab.plot.points("giou") == (6 * 2, 3)  # steps of two of five pictures; one to validate
    assert "blood-1 is trained" in tab.messages.text
    assert (folder / "runs" / "blood-1" / "best.npz").exists()


def detect_and_save(qtbot: QtBot, window: MainWindow, folder: Path, annotated: Path) -> None:
    tab = window.show_tab(DETECT)
    assert isinstance(tab, DetectTab)
    assert tab.panel.runs.currentText() == "blood-1"
    networks: list[CountingNetwork] = []

    def load(run: Path) -> Network:
        networks.append(CountingNetwork(load_with_tensorflow(run)))
        return networks[-1]

    tab.engine.loader = load
    picture = folder / "JPEGImages" / f"{LABELLED[0]}.jpg"
    drop(tab.view, picture)
    wait_idle(qtbot, window)
    counts = []
    slider = window.findChild(QSlider, "confidenceSlider")
    for percent in range(100, -1, -1):
        slider.setValue(percent)
        counts.append(len(tab.view.detections))
    assert counts[0] == 0
    assert counts[-1] > 0
    assert counts == sorted(counts)
    assert [network.calls for network in networks] == [1]

    tab.save_to(annotated)
    wait_idle(qtbot, window)
    before, after = (
        images.load(folder / "JPEGImages" / f"{LABELLED[0]}.jpg"),
        images.load(annotated),
    )
    assert after.shape == before.shape
    assert (after != before).any()


def export_for_darknet(qtbot: QtBot, window: MainWindow, weights: Path) -> None:
    tab = window.show_tab(DETECT)
    assert isinstance(tab, DetectTab)
    tab.export_to(weights)
    wait_idle(qtbot, window)
    assert str(weights) in tab.messages.text
    cfg = weights.with_suffix(".cfg")
    cv2.dnn.readNetFromDarknet(str(cfg), str(weights))
    before = weights.read_bytes()
    tab.export_to(weights)  # a second time: what is there stays
    wait_idle(qtbot, window)
    assert "exists already" in tab.messages.text
    assert weights.read_bytes() == before


# --- ending early ---------------------------------------------------------------------------------


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    return with_splits(drawn_pictures(tmp_path / "blood"))


def test_stopping_leaves_a_run_to_go_on_with(qtbot: QtBot, window: MainWindow, drawn: Path) -> None:
    window.open(drawn)
    wait_idle(qtbot, window)
    tab = start_training(qtbot, window, epochs=500)
    click(qtbot, window, "stopButton")
    wait_idle(qtbot, window)
    assert tab.plot.points("total")[0] < 500
    assert (drawn / "runs" / "blood-1" / "resume.npz").exists()
    assert "Stopped" in tab.messages.text
    assert tab.controls.train.isEnabled()


def test_closing_the_window_while_it_trains_saves_first(
    qtbot: QtBot, window: MainWindow, drawn: Path
) -> None:
    window.open(drawn)
    wait_idle(qtbot, window)
    start_training(qtbot, window, epochs=500)
    window.close()
    assert window.isVisible()  # until the state is written
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG)
    assert not window.session.jobs
    assert (drawn / "runs" / "blood-1" / "resume.npz").exists()
