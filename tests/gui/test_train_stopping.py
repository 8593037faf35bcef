"""Stopping a training elsewhere than in its tab, with a trainer that only pretends."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from studio.gui.train.tab import TrainTab
from tests.gui.driving import click, open_folder, settle, show_tab
from tests.gui.test_train import FakeTrainer, make_project


def test_what_the_status_bar_stops_can_not_be_paused_any_more(
    qtbot: QtBot, settings: QSettings, tmp_path: Path
) -> None:
    tab = show_tab(qtbot, TrainTab, settings)
    open_folder(qtbot, tab.session, make_project(tmp_path / "cells"))
    tab.trainer = trainer = FakeTrainer(hold=2)
    click(qtbot, tab, "trainButton")
    qtbot.waitUntil(lambda: "img/s" in tab.progress.words.text())
    (job,) = tab.session.jobs
    job.stop()
    assert not tab.controls.pause.isEnabled()
    assert tab.progress.words.text().startswith("Stopping")
    trainer.go_on.set()
    settle(qtbot, tab)
    assert "Stopped" in tab.messages.text
    assert tab.controls.train.isEnabled()
