"""Stopping a training elsewhere than in its tab, with a trainer that only pretends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from studio.gui.train.tab import TrainTab
from studio.yolo.events import Status, TrainEvent
from tests.gui.driving import click, open_folder, settle, show_tab
from tests.gui.test_train import FakeTrainer, make_project, trained


def test_what_the_status_bar_stops_can_not_be_paused_any_more(
    qtbot: QtBot, settings: QSettings, tmp_path: Path
) -> None:
    tab = show_tab(qtbot, TrainTab, settings)
    open_folder(qtbot, tab.session, make_project(tmp_path / "cells"))
    tab.trainer = trainer = FakeTrainer(hold=2)
    click(qtbot, tab, "trainButton")
    qtbot.waitUntil(lambda: "img/s" in tab.progress.words.text())
    (job,) = (job for job in tab.session.jobs if job.name.startswith("Training"))
    job.stop()
    assert not tab.controls.pause.isEnabled()
    assert tab.progress.words.text().startswith("Stopping")
    trainer.go_on.set()
    settle(qtbot, tab)
    assert "Stopped" in tab.messages.text
    assert tab.controls.train.isEnabled()


def stopped_with_another_folder_open(
    qtbot: QtBot, settings: QSettings, tmp_path: Path, step: int
) -> TrainTab:
    """Return the tab when a training of `cells` was stopped while `other` was open."""
    tab = show_tab(qtbot, TrainTab, settings)
    open_folder(qtbot, tab.session, make_project(tmp_path / "cells"))
    tab.trainer = trainer = FakeTrainer(hold=step)
    click(qtbot, tab, "trainButton")
    qtbot.waitUntil(lambda: tab.plot.points("total")[0] == step)
    tab.session.open(make_project(tmp_path / "other"))
    click(qtbot, tab, "stopButton")
    trainer.go_on.set()
    settle(qtbot, tab)
    return tab


def test_what_a_run_of_another_folder_has_reached_is_said_to_be_there(
    qtbot: QtBot, settings: QSettings, tmp_path: Path
) -> None:
    tab = stopped_with_another_folder_open(qtbot, settings, tmp_path, 6)
    run = tmp_path / "cells" / "runs" / "cells-1"
    assert run.is_dir()
    assert tab.messages.text == f"Stopped. What was reached is in {run}."
    assert not tab.messages._action.isVisible()  # which would be of the folder that is open
    assert not tab.messages._other.isVisible()


def test_a_run_that_came_to_nothing_is_said_to(
    qtbot: QtBot, settings: QSettings, tmp_path: Path
) -> None:
    tab = stopped_with_another_folder_open(qtbot, settings, tmp_path, 2)
    assert not (tmp_path / "cells" / "runs" / "cells-1").exists()
    assert tab.messages.text == "Stopped before there was anything to keep."


def test_stopping_what_came_to_nothing_leaves_the_choice_and_the_curves(
    qtbot: QtBot, settings: QSettings, tmp_path: Path
) -> None:
    tab = show_tab(qtbot, TrainTab, settings)
    open_folder(qtbot, tab.session, make_project(tmp_path / "cells"))
    tab.form.epochs.setValue(1)
    for _ in range(2):
        tab.trainer = FakeTrainer()
        click(qtbot, tab, "trainButton")
        settle(qtbot, tab)
    older = tab.runs.paths()[1]
    tab.runs.choose(older)
    tab.trainer = trainer = FakeTrainer(hold=1)
    click(qtbot, tab, "trainButton")
    qtbot.waitUntil(lambda: tab.plot.points("total") == (1, 0))
    click(qtbot, tab, "stopButton")
    trainer.go_on.set()
    settle(qtbot, tab)
    assert tab.messages.text == "Stopped before there was anything to keep."
    assert tab.runs.list.chosen() == older
    assert tab.plot.points("total")[1] == 0
    assert tab.progress.words.text() == "Stopped"


def test_stopping_before_the_first_step_leaves_what_was_shown(
    qtbot: QtBot, settings: QSettings, tmp_path: Path
) -> None:
    tab = show_tab(qtbot, TrainTab, settings)
    run = trained(qtbot, tab, tmp_path / "cells")
    go_on = threading.Event()

    def preparing(*_: object, **__: object) -> Iterator[TrainEvent]:
        yield Status("Preparing the network…")
        go_on.wait(10)
        yield Status("Preparing the network…")

    tab.trainer = preparing
    click(qtbot, tab, "trainButton")
    qtbot.waitUntil(lambda: "Preparing" in tab.progress.words.text())
    click(qtbot, tab, "stopButton")
    go_on.set()
    settle(qtbot, tab)
    assert tab.progress.words.text().startswith(f"{run.name} · 2 epochs")
    assert tab.plot.points("total") == (2, 2)
