"""The Anchors tab: a click clusters, shows and saves."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from studio.gui.anchors.tab import AnchorsTab
from studio.labels import voc
from studio.labels.boxes import Annotation, Box
from studio.project import Project
from tests.gui.driving import click, open_folder, settle, show_tab
from tests.gui.folders import draw_picture


def make_project(folder: Path, sizes: list[tuple[int, int]]) -> Path:
    """Make a folder with one picture of 200 × 200 for each box size."""
    for i, (width, height) in enumerate(sizes):
        picture = folder / "images" / f"{i}.png"
        draw_picture(picture, (200, 200))
        box = Box("cell", 10, 10, 10 + width, 10 + height)
        annotation = Annotation(picture, 200, 200, boxes=(box,))
        voc.write(folder / "annotations" / f"{i}.xml", annotation)
    return folder


SIZES = [(10 + i, 12 + i % 5) for i in range(12)] + [(100 + i, 90 + 2 * i) for i in range(12)]


@pytest.fixture
def tab(qtbot: QtBot, settings: QSettings) -> AnchorsTab:
    return show_tab(qtbot, AnchorsTab, settings)


def test_clicking_clusters_and_using_saves(qtbot: QtBot, tab: AnchorsTab, tmp_path: Path) -> None:
    folder = make_project(tmp_path / "cells", SIZES)
    open_folder(qtbot, tab.session, folder)
    tab.form.number.setValue(4)
    click(qtbot, tab, "clusterButton")
    assert not tab.cluster_button.isEnabled()
    assert tab.stop_button.isEnabled()
    settle(qtbot, tab)
    assert tab.plot.anchors_shown == tab.table.rowCount() == 4
    assert tab.state.startswith("IoU 0.")
    assert "4 anchors cover your boxes" in tab.summary.advice.text()
    assert not (folder / "studio.toml").exists()

    click(qtbot, tab, "useAnchorsButton")
    saved = Project.open(folder)
    assert saved.anchors is not None
    assert len(saved.anchors.sizes) == 4
    assert saved.classes == ("cell",)
    assert "4 anchors" in tab.messages.text
    assert not tab.summary.use.isEnabled()


def test_the_anchors_in_use_are_shown_before_any_click(
    qtbot: QtBot, tab: AnchorsTab, tmp_path: Path
) -> None:
    open_folder(qtbot, tab.session, make_project(tmp_path, SIZES))
    qtbot.waitUntil(lambda: tab.plot.anchors_shown == 6)
    assert "preset" in tab.summary.advice.text()
    assert not tab.summary.use.isEnabled()


def test_more_anchors_than_boxes_is_said_in_a_sentence(
    qtbot: QtBot, tab: AnchorsTab, tmp_path: Path
) -> None:
    open_folder(qtbot, tab.session, make_project(tmp_path, SIZES[:3]))
    tab.form.number.setValue(9)
    click(qtbot, tab, "clusterButton")
    settle(qtbot, tab)
    assert "9 anchors need at least 9 boxes of different size" in tab.messages.text
    assert tab.cluster_button.isEnabled()


def test_an_unreadable_label_file_is_named_and_the_rest_goes_on(
    qtbot: QtBot, tab: AnchorsTab, tmp_path: Path
) -> None:
    make_project(tmp_path, SIZES)
    (tmp_path / "annotations" / "3.xml").write_text("<annotation>")
    open_folder(qtbot, tab.session, tmp_path)
    tab.form.number.setValue(2)
    click(qtbot, tab, "clusterButton")
    settle(qtbot, tab)
    assert "3.xml" in tab.messages.text
    assert tab.plot.anchors_shown == 2


def test_without_boxes_it_says_what_to_do_first(
    qtbot: QtBot, tab: AnchorsTab, tmp_path: Path
) -> None:
    draw_picture(tmp_path / "a.png", (20, 20))
    open_folder(qtbot, tab.session, tmp_path)
    assert not tab.cluster_button.isVisible()
    with qtbot.waitSignal(tab.tab_requested) as request:
        tab._empty.acted.emit()
    assert request.args == [0]


def test_a_number_that_scales_cannot_share_is_explained(tab: AnchorsTab) -> None:
    tab.form.network.choose("yolov3")
    assert tab.form.number.value() == 9
    tab.form.number.setValue(8)
    assert "divisible by 3" in tab.form.hint.text()


def test_an_input_size_snaps_to_what_a_network_takes(qtbot: QtBot, tab: AnchorsTab) -> None:
    tab.form.side.setValue(401)
    tab.form.side.editingFinished.emit()
    assert tab.form.side.value() == 416
