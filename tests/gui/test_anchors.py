"""The Anchors tab: a click clusters, shows and saves."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QTableWidget
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
    assert not tab.controls.cluster.isEnabled()
    assert tab.controls.stop.isEnabled()
    settle(qtbot, tab)
    assert tab.results.plot.anchors_shown == tab.results.table.rowCount() == 4
    assert tab.state.startswith("IoU 0.")
    assert "4 anchors cover your boxes" in tab.results.summary.advice.text()
    assert not (folder / "studio.toml").exists()

    click(qtbot, tab, "useAnchorsButton")
    saved = Project.open(folder)
    assert saved.anchors is not None
    assert len(saved.anchors.sizes) == 4
    assert saved.classes == ("cell",)
    assert "4 anchors" in tab.messages.text
    assert not tab.results.summary.use.isEnabled()


def words(table: QTableWidget) -> list[list[str]]:
    """Return what a table shows."""
    items = [
        [table.item(r, c) for c in range(table.columnCount())] for r in range(table.rowCount())
    ]
    return [[item.text() if item else "" for item in row] for row in items]


def cluster(qtbot: QtBot, tab: AnchorsTab, folder: Path, k: int = 4) -> None:
    open_folder(qtbot, tab.session, make_project(folder, SIZES))
    tab.form.number.setValue(k)
    click(qtbot, tab, "clusterButton")
    settle(qtbot, tab)


def test_how_many_are_enough_is_found_out_after_clustering(
    qtbot: QtBot, tab: AnchorsTab, tmp_path: Path
) -> None:
    cluster(qtbot, tab, tmp_path)
    elbow = tab.results.elbow
    assert elbow.points == 15
    assert elbow.present
    assert elbow.present.k == 4
    assert f"{elbow.present.mean_iou:.3f}" in words(tab.results.fits)[0][2]
    assert "anchors would do at 0." in tab.results.summary.enough.text()

    open_folder(qtbot, tab.session, make_project(tmp_path / "other", SIZES[:5]))
    settle(qtbot, tab)
    assert elbow.points == 0
    assert tab.results.summary.enough.text() == ""


def test_others_are_compared_with_the_new_ones_and_those_in_use(
    qtbot: QtBot, tab: AnchorsTab, tmp_path: Path
) -> None:
    cluster(qtbot, tab, tmp_path)
    published = ["YOLOv3, YOLOv3-SPP", "YOLOv3-tiny, YOLOv4-tiny", "YOLOv4"]
    new, *others = words(tab.results.fits)
    assert [new[0], new[1], *(row[0] for row in others)] == ["New", "4", *published]
    assert all(float(new[2]) > float(row[2]) for row in others)
    assert "use the new ones, mean IoU goes up by" in tab.results.summary.advice.text()

    click(qtbot, tab, "useAnchorsButton")
    settle(qtbot, tab)
    used, *others = words(tab.results.fits)
    assert used == ["In use", *new[1:]]
    assert [row[0] for row in others] == published
    assert "The anchors in use cover your boxes" in tab.results.summary.advice.text()

    click(qtbot, tab, "clusterButton")
    settle(qtbot, tab)
    assert [row[0] for row in words(tab.results.fits)] == ["New", "In use", *published]
    assert "keep those, the new ones are no better" in tab.results.summary.advice.text()


def test_each_scale_has_its_anchors_and_share(
    qtbot: QtBot, tab: AnchorsTab, tmp_path: Path
) -> None:
    tab.form.network.choose("yolov3-tiny")
    cluster(qtbot, tab, tmp_path, 6)
    fine, coarse = words(tab.results.scales)
    assert (fine[0], coarse[0]) == ("16", "32")
    assert [len(row[1].split()) for row in (fine, coarse)] == [3, 3]
    assert [row[2] for row in words(tab.results.table)] == ["16"] * 3 + ["32"] * 3

    tab.form.network.choose("yolov4")  # three scales share the same six
    settle(qtbot, tab)
    assert [row[0] for row in words(tab.results.scales)] == ["8", "16", "32"]
    assert tab.results.table.rowCount() == 6
    assert tab.results.summary.use.isEnabled()

    tab.form.number.setValue(4)
    click(qtbot, tab, "clusterButton")
    settle(qtbot, tab)
    assert not tab.results.scales.isVisible()
    assert "divisible by 3" in tab.form.hint.text()


def test_refinement_says_what_it_gained(qtbot: QtBot, tab: AnchorsTab, tmp_path: Path) -> None:
    cluster(qtbot, tab, tmp_path)
    plain = tab.results.elbow.present
    tab.form.evolve.setChecked(True)
    click(qtbot, tab, "clusterButton")
    settle(qtbot, tab)
    refined = tab.results.elbow.present
    assert plain
    assert refined
    assert refined.mean_iou > plain.mean_iou
    figures = tab.results.summary.findChild(QLabel, "anchorFigures")
    assert f"refining gained {refined.mean_iou - plain.mean_iou:.3f}" in figures.text()


def test_the_choice_to_refine_is_remembered(
    qtbot: QtBot, tab: AnchorsTab, settings: QSettings
) -> None:
    assert not tab.form.evolve.isChecked()
    tab.form.evolve.setChecked(True)
    tab.form.save()
    assert show_tab(qtbot, AnchorsTab, settings).form.evolve.isChecked()


def test_the_line_for_darknet_goes_to_the_clipboard(
    qtbot: QtBot, tab: AnchorsTab, tmp_path: Path
) -> None:
    cluster(qtbot, tab, tmp_path)
    click(qtbot, tab, "copyAnchorsButton")
    pairs = [pair.split(",") for pair in QGuiApplication.clipboard().text().split(", ")]
    shown = [row[:2] for row in words(tab.results.table)]
    assert [[f"{float(side):.1f}" for side in pair] for pair in pairs] == shown
    assert "416 × 416" in tab.messages.text
    QGuiApplication.clipboard().clear()


def test_clustering_can_be_stopped_and_begun_again(
    qtbot: QtBot, tab: AnchorsTab, tmp_path: Path
) -> None:
    open_folder(qtbot, tab.session, make_project(tmp_path, SIZES))
    settle(qtbot, tab)
    click(qtbot, tab, "clusterButton")
    click(qtbot, tab, "stopClusterButton")
    settle(qtbot, tab)
    assert tab.controls.cluster.isEnabled()
    assert not tab.controls.stop.isEnabled()
    assert tab.results.elbow.points == 0
    click(qtbot, tab, "clusterButton")
    settle(qtbot, tab)
    assert tab.results.elbow.points == 15


def test_what_was_found_stays_when_boxes_change(
    qtbot: QtBot, tab: AnchorsTab, tmp_path: Path
) -> None:
    cluster(qtbot, tab, tmp_path)
    before = words(tab.results.table)
    tab.session.states_changed.emit([0])
    tab.hide()
    tab.show()
    settle(qtbot, tab)
    assert [row[:2] for row in words(tab.results.table)] == [row[:2] for row in before]
    assert tab.results.summary.use.isEnabled()


def test_the_anchors_in_use_are_shown_before_any_click(
    qtbot: QtBot, tab: AnchorsTab, tmp_path: Path
) -> None:
    open_folder(qtbot, tab.session, make_project(tmp_path, SIZES))
    qtbot.waitUntil(lambda: tab.results.plot.anchors_shown == 6)
    assert "preset" in tab.results.summary.advice.text()
    assert not tab.results.summary.use.isEnabled()


def test_more_anchors_than_boxes_is_said_in_a_sentence(
    qtbot: QtBot, tab: AnchorsTab, tmp_path: Path
) -> None:
    open_folder(qtbot, tab.session, make_project(tmp_path, SIZES[:3]))
    tab.form.number.setValue(9)
    click(qtbot, tab, "clusterButton")
    settle(qtbot, tab)
    assert "9 anchors need at least 9 boxes of different size" in tab.messages.text
    assert tab.controls.cluster.isEnabled()


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
    assert tab.results.plot.anchors_shown == 2


def test_without_boxes_it_says_what_to_do_first(
    qtbot: QtBot, tab: AnchorsTab, tmp_path: Path
) -> None:
    draw_picture(tmp_path / "a.png", (20, 20))
    open_folder(qtbot, tab.session, tmp_path)
    assert not tab.controls.cluster.isVisible()
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
