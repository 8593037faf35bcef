"""The run that was being trained when the program ended is offered when it starts again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from studio.gui.train.tab import TrainTab
from studio.yolo.runs import Run
from studio.yolo.training.occupied import occupied
from tests.gui.driving import click, open_folder, settle, show_tab
from tests.gui.test_train import FakeTrainer, held, trained

Act = Callable[[QtBot, TrainTab], object]


def close(_: QtBot, tab: TrainTab) -> None:
    tab.session.close()  # as the window does


def stop(qtbot: QtBot, tab: TrainTab) -> None:
    click(qtbot, tab, "stopButton")


def end(qtbot: QtBot, settings: QSettings, folder: Path, *acts: Act) -> None:
    """Train a new project past its first epoch of three, and end that by some acts."""
    tab = show_tab(qtbot, TrainTab, settings)
    trainer = held(qtbot, tab, folder, 6, epochs=3)
    for act in acts:
        act(qtbot, tab)
    trainer.go_on.set()
    settle(qtbot, tab)


def start_again(qtbot: QtBot, settings: QSettings, folder: Path) -> TrainTab:
    """Show the tab of another start of the program, when it has listed the runs of a folder."""
    tab = show_tab(qtbot, TrainTab, settings)
    open_folder(qtbot, tab.session, folder)
    qtbot.waitUntil(lambda: bool(tab.runs.paths()))
    return tab


def test_what_the_program_ended_with_is_offered_once(
    qtbot: QtBot, settings: QSettings, tmp_path: Path
) -> None:
    end(qtbot, settings, tmp_path, close)
    tab = start_again(qtbot, settings, tmp_path)
    assert "1 of 3 epochs behind it" in tab.messages.text
    tab.trainer = trainer = FakeTrainer()
    tab.messages._action.click()
    settle(qtbot, tab)
    assert trainer.resumed
    assert not tab.runs.resume.isEnabled()
    assert start_again(qtbot, settings, tmp_path).messages.text == ""


@pytest.mark.parametrize("acts", [(stop,), (stop, close)])
def test_what_was_stopped_by_hand_is_not_offered(
    qtbot: QtBot, settings: QSettings, tmp_path: Path, acts: tuple[Act, ...]
) -> None:
    end(qtbot, settings, tmp_path, *acts)
    tab = start_again(qtbot, settings, tmp_path)
    assert tab.runs.resume.isEnabled()
    assert tab.messages.text == ""


def test_a_training_in_another_folder_forgets_no_run_that_was_cut_off(
    qtbot: QtBot, settings: QSettings, tmp_path: Path
) -> None:
    end(qtbot, settings, tmp_path / "first", close)
    trained(qtbot, show_tab(qtbot, TrainTab, settings), tmp_path / "second")
    tab = start_again(qtbot, settings, tmp_path / "first")
    assert "1 of 3 epochs behind it" in tab.messages.text


def test_a_run_that_another_window_trains_is_not_offered_until_that_ends(
    qtbot: QtBot, settings: QSettings, tmp_path: Path
) -> None:
    end(qtbot, settings, tmp_path, close)
    [run] = (tmp_path / "runs").iterdir()
    with occupied(Run.load(run)):
        assert start_again(qtbot, settings, tmp_path).messages.text == ""
    assert "1 of 3 epochs" in start_again(qtbot, settings, tmp_path).messages.text
