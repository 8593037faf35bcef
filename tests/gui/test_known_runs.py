"""The runs of a folder are read in the background, and only those that have changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from studio.gui.detect.tab import DetectTab
from studio.gui.known_runs import read_runs
from studio.gui.train.tab import TrainTab
from studio.yolo import runs as house
from studio.yolo.config import TrainConfig
from studio.yolo.runs import Run, new_run
from studio.yolo.training.prepare import plain_model
from tests.gui.driving import open_folder, settle, show_tab
from tests.gui.test_train import make_project, write_row


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = make_project(tmp_path / "cells")
    for name in ("one", "two"):
        make_run(folder / "runs", name)
    return folder


def make_run(folder: Path, name: str) -> Run:
    settings = {"architecture": "yolov3-tiny", "size": 416, "attention": "none"}
    run = new_run(folder, name, TrainConfig(model=plain_model(settings, ("cell",)), epochs=3))
    write_row(run, 1)
    run.best.write_bytes(b"weights")
    return run


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the runs whose tables were read."""
    found: list[str] = []
    rows: Callable[[Run], object] = Run.rows
    monkeypatch.setattr(Run, "rows", lambda run: (found.append(run.name), rows(run))[1])
    return found


def test_what_has_not_changed_is_not_read_again(project: Path, tables: list[str]) -> None:
    first = list(read_runs(project / "runs", ()))
    assert set(tables) == {"one", "two"}
    tables.clear()
    assert list(read_runs(project / "runs", first)) == first
    assert tables == []


@pytest.mark.parametrize("changed", ["metrics", "best", "last", "state", "previous_state"])
def test_a_run_of_which_a_file_has_changed_is_read_again(
    project: Path, tables: list[str], changed: str
) -> None:
    first = list(read_runs(project / "runs", ()))
    tables.clear()
    one = Run.load(project / "runs" / "one")
    if changed == "metrics":
        write_row(one, 2)
        tables.clear()
    else:
        getattr(one, changed).write_bytes(b"other weights")
    found = {known.run.name: known for known in read_runs(project / "runs", first)}
    assert set(tables) == {"one"}
    assert found["one"].reached == house.reached(one)
    assert found["two"] in first


def test_settings_that_have_changed_are_seen(project: Path) -> None:
    first = list(read_runs(project / "runs", ()))
    one = Run.load(project / "runs" / "one")
    house.save_changes(house.changed(one, {"epochs": 7}))
    found = {known.run.name: known for known in read_runs(project / "runs", first)}
    assert found["one"].run.config.epochs == 7


def test_the_window_reads_no_table_itself(
    qtbot: QtBot, settings: QSettings, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reached(run: Run) -> object:
        readers.add(threading.current_thread() is threading.main_thread())
        return real(run)

    readers: set[bool] = set()
    real = house.reached
    monkeypatch.setattr(house, "reached", reached)
    tab = show_tab(qtbot, TrainTab, settings)
    open_folder(qtbot, tab.session, project)
    assert {path.name for path in tab.runs.paths()} == {"one", "two"}
    assert tab.runs.isVisible()
    assert tab.form.start.run.count() == 2
    assert readers == {False}


def test_choosing_a_run_reads_none(
    qtbot: QtBot, settings: QSettings, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = show_tab(qtbot, DetectTab, settings)
    open_folder(qtbot, tab.session, project)
    train = TrainTab(tab.session, settings)  # opened later, as tabs are
    qtbot.addWidget(train)
    assert len(train.runs.paths()) == 2
    monkeypatch.setattr(Run, "load", lambda _: pytest.fail("a run was read"))
    for name in ("one", "two"):
        tab.session.choose_run(project / "runs" / name)
        assert tab.state == name
    assert not tab.session.jobs
    assert isinstance(tab.panel.runs, QComboBox)
    assert tab.panel.runs.currentText() == "two"


def test_runs_of_a_folder_that_was_left_are_not_shown(
    qtbot: QtBot, settings: QSettings, project: Path, tmp_path: Path
) -> None:
    tab = show_tab(qtbot, TrainTab, settings)
    tab.session.open(project)
    tab.session.open(make_project(tmp_path / "other"))
    settle(qtbot, tab)
    assert tab.session.runs == ()
    assert tab.runs.paths() == []
    tab.session.open(project)
    settle(qtbot, tab)
    assert len(tab.runs.paths()) == 2


def test_a_list_that_is_read_anew_keeps_its_choice_and_the_curves(
    qtbot: QtBot, settings: QSettings, project: Path
) -> None:
    tab = show_tab(qtbot, TrainTab, settings)
    open_folder(qtbot, tab.session, project)
    older = tab.runs.paths()[1]
    tab.runs.choose(older)
    looked: list[object] = []
    tab.following.look_at = looked.append  # type: ignore[method-assign]
    make_run(project / "runs", "three")
    tab.session.read_runs()
    settle(qtbot, tab)
    assert len(tab.runs.paths()) == 3
    assert tab.runs.list.chosen() == older
    assert looked == []
