"""The line under the form of training that says what memory it needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from studio.gui.train.need import find_need
from studio.gui.train.tab import TrainTab
from studio.yolo.config import TrainConfig
from studio.yolo.events import Status, TrainEvent
from studio.yolo.training import memory
from studio.yolo.training.refusals import RefusedError
from tests.gui.driving import click, open_folder, settle, show_tab
from tests.gui.test_train import FakeTrainer, fill, make_project

GB = 10**9


@pytest.fixture
def tab(
    qtbot: QtBot, settings: QSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> TrainTab:
    monkeypatch.setattr(memory, "available_as_known", lambda pictures: 8 * GB - pictures)
    tab = show_tab(qtbot, TrainTab, settings)
    open_folder(qtbot, tab.session, make_project(tmp_path / "cells"))
    return tab


def said(qtbot: QtBot, tab: TrainTab, text: str) -> str:
    qtbot.waitUntil(lambda: text in tab.need_line.text())
    return tab.need_line.text()


def test_memory_is_said_before_training_and_the_type_once_it_is_known(
    qtbot: QtBot, tab: TrainTab
) -> None:
    words = said(qtbot, tab, "of 8.0 GB free")
    assert words.startswith("at most ")
    assert words.endswith("of 8.0 GB free")
    tab.trainer = FakeTrainer()  # which has found float32
    tab.form.epochs.setValue(1)
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    tab.form.epochs.setValue(90)
    assert said(qtbot, tab, "about 2 min · about").endswith("· float32")
    tab.form.side.setValue(320)
    qtbot.waitUntil(lambda: "min" not in tab.need_line.text())
    fill(tab, precision="float16")
    assert said(qtbot, tab, "· float16") != words


def test_too_large_a_batch_is_warned_of_and_made_smaller_at_a_click(
    qtbot: QtBot, tab: TrainTab, tmp_path: Path
) -> None:
    open_folder(qtbot, tab.session, make_project(tmp_path / "many", 64))
    tab.form.network.choose("yolov3")
    fill(tab, batch_size=64, precision="float32")
    words = said(qtbot, tab, "⚠ Needs about")
    assert "Use&nbsp;batch&nbsp;" in words
    assert "GB are free" in tab.need_line.toolTip()
    batch = int(words.partition('href="')[2].partition(" ")[0])
    tab.need_line.linkActivated.emit(f"64 {64 // batch}")
    assert (tab.form.batch.value(), tab.form.schedule.parts.value()) == (64, 64 // batch)
    qtbot.waitUntil(lambda: "⚠" not in tab.need_line.text())
    tab.need_line.linkActivated.emit(f"{batch} 1")
    assert (tab.form.batch.value(), tab.form.schedule.parts.value()) == (batch, 1)
    qtbot.waitUntil(lambda: "⚠" not in tab.need_line.text())


def test_what_fits_in_no_way_is_explained(
    qtbot: QtBot, tab: TrainTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available_as_known", lambda pictures: GB // 2 - pictures)
    fill(tab, batch_size=8)
    assert "<a" not in said(qtbot, tab, "0.5 GB free")
    assert "smaller input or network" in tab.need_line.toolTip()


def test_pictures_that_are_kept_in_memory_are_counted(tab: TrainTab) -> None:
    settings = tab.form.values() | {"precision": "float32", "cache": "memory"}
    without = find_need(settings, ("one",), "")
    many = find_need(settings, ("one",), "", pictures=1000)
    kept = 1000 * 3 * settings["size"] ** 2 / GB
    needs = [float(need.words.removeprefix("about ").split()[0]) for need in (without, many)]
    assert needs[1] - needs[0] == pytest.approx(kept, abs=0.1)
    assert "of 8.0 GB free" in many.words
    nowhere = find_need(settings | {"cache": "none"}, ("one",), "", pictures=1000)
    assert nowhere.words == without.words


def test_a_batch_needs_no_more_than_the_pictures_that_there_are(tab: TrainTab) -> None:
    settings = tab.form.values() | {"precision": "float32", "cache": "none"}
    words = {
        batch: find_need(settings | {"batch_size": batch, "parts": 4}, ("one",), "", pictures=12)
        for batch in (12, 64)
    }
    assert words[64] == words[12]
    assert words[64] != find_need(settings | {"batch_size": 64}, ("one",), "", pictures=64)


def test_a_rate_that_nothing_is_learnt_with_is_said(qtbot: QtBot, tab: TrainTab) -> None:
    fill(tab, learning_rate=10.0)
    said(qtbot, tab, "learning rate of 10 is far above")
    assert "0.1 at most" in tab.need_line.text()


def test_parts_are_offered_of_the_batch_that_there_are_pictures_for(
    tab: TrainTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "estimate", lambda config, _: config.batch_size * 3 * GB)
    settings = tab.form.values() | {"batch_size": 16, "precision": "float32", "cache": "none"}
    need = find_need(settings, ("one",), "", pictures=10)
    assert need.ways == ((2, 1), (10, 5))
    monkeypatch.setattr("studio.gui.train.side.find_need", lambda *_: need)
    tab.side.say_need()
    tab.need_line.linkActivated.emit(tab.need_line.text().rpartition('href="')[2].split('"')[0])
    assert (tab.form.batch.value(), tab.form.schedule.parts.value()) == (10, 5)


def test_pictures_that_were_not_all_looked_at_limit_no_batch(tab: TrainTab) -> None:
    assert tab.side._pictures() == 5
    tab.session.is_indexed = False
    assert tab.side._pictures() == 0


def test_settings_that_do_not_go_together_are_said(qtbot: QtBot, tab: TrainTab) -> None:
    fill(tab, batch_size=16, parts=3)
    said(qtbot, tab, "cannot be computed in 3 equal parts")


def test_memory_that_was_used_up_offers_what_fits(
    qtbot: QtBot, tab: TrainTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trainer(config: TrainConfig, *_: object, **__: object) -> Iterator[TrainEvent]:
        yield Status("Reading…")
        raise memory.used_up(config, "float32", "a sentence more")

    monkeypatch.setattr(memory, "available", lambda: GB)
    tab.trainer = trainer
    fill(tab, batch_size=12)
    for name, batch, parts in (("Use batch 3", 3, 1), ("Use 4 parts", 12, 4)):
        monkeypatch.setattr(memory, "estimate", lambda config, _: config.batch_size * GB // 3)
        tab.side.use_batch(12)
        click(qtbot, tab, "trainButton")
        settle(qtbot, tab)
        assert "the memory is used up; training needs" in tab.messages.text
        assert tab.messages.text.endswith("a sentence more")
        (button,) = (b for b in tab.messages.findChildren(QPushButton) if b.text() == name)
        button.click()
        assert (tab.form.batch.value(), tab.form.schedule.parts.value()) == (batch, parts)
        assert tab.messages.text == ""


@pytest.mark.parametrize(
    ("button", "expected"), [("Go on in 4 parts", {"parts": 4}), ("Go on at 5e-05", {})]
)
def test_a_run_that_goes_on_and_fails_can_go_on_otherwise(
    qtbot: QtBot, tab: TrainTab, monkeypatch: pytest.MonkeyPatch, button: str, expected: dict
) -> None:
    """In parts where the memory was short, at a lower rate where steps were refused."""
    seen: list[TrainConfig] = []

    def trainer(config: TrainConfig, *_: object, **__: object) -> Iterator[TrainEvent]:
        seen.append(config)
        yield Status("Reading…")
        if len(seen) == 1:
            error = memory.used_up(config, "float32")
            raise error if "parts" in button else RefusedError([7], ["a.png"], 1e-4)

    tab.trainer = FakeTrainer()
    fill(tab, batch_size=12, epochs=2)
    click(qtbot, tab, "trainButton")
    settle(qtbot, tab)
    tab.trainer = trainer
    monkeypatch.setattr(memory, "available", lambda: GB)
    monkeypatch.setattr(memory, "estimate", lambda config, _: config.batch_size * GB // 3)
    tab.runs.extend.click()
    settle(qtbot, tab)
    (found,) = (b for b in tab.messages.findChildren(QPushButton) if b.text() == button)
    found.click()
    settle(qtbot, tab)
    assert len(seen) == 2
    assert seen[1].batch_size == 12
    assert seen[1].parts == expected.get("parts", 1)
    assert seen[1].learning_rate == (seen[0].learning_rate if expected else 5e-5)
