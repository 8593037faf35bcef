"""A Darknet cfg with its weights as the model that the Detect tab uses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from studio.gui.detect.panel import DARKNET
from studio.gui.detect.tab import NO_PICTURE, NO_RUN, PICTURE, DetectTab
from tests.gui.driving import drop, settle, show_tab
from tests.gui.test_detect import Loads, hand_in, picture


@pytest.fixture
def loads() -> Loads:
    return Loads()


@pytest.fixture
def tab(qtbot: QtBot, settings: QSettings, loads: Loads) -> DetectTab:
    tab = show_tab(qtbot, DetectTab, settings)
    tab.engine.loader = loads
    return tab


@pytest.fixture
def model(tmp_path: Path) -> Path:
    for suffix in (".cfg", ".weights"):
        (tmp_path / f"mine{suffix}").write_bytes(b"")
    return tmp_path / "mine.cfg"


def answer(monkeypatch: pytest.MonkeyPatch, path: Path | str) -> None:
    """Let a person choose a file, or none."""
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))


def test_the_empty_tab_opens_a_model_of_darknets(
    qtbot: QtBot, tab: DetectTab, loads: Loads, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, model)
    assert tab._pages.currentIndex() == NO_RUN
    buttons = tab._pages.currentWidget().findChildren(QPushButton)
    next(button for button in buttons if button.text() == "Open Darknet files…").click()
    assert tab._pages.currentIndex() == NO_PICTURE
    assert tab.state == "mine.cfg"
    hand_in(qtbot, tab, picture(model.parent))
    assert tab._pages.currentIndex() == PICTURE
    assert loads.runs == ["mine.cfg"]
    assert [d.box.label for d in tab.view.detections] == ["cell", "dust"]


@pytest.mark.parametrize("suffix", [".cfg", ".weights"])
def test_a_dropped_model_is_used(
    qtbot: QtBot, tab: DetectTab, loads: Loads, model: Path, suffix: str
) -> None:
    drop(tab, model.with_suffix(suffix))
    hand_in(qtbot, tab, picture(model.parent))
    assert loads.runs == [f"mine{suffix}"]
    assert tab.panel.runs.currentText() == f"mine{suffix}"


def test_a_model_and_pictures_may_be_dropped_together(
    qtbot: QtBot, tab: DetectTab, loads: Loads, model: Path
) -> None:
    names = model.with_suffix(".names")
    names.write_text("cell\n")
    pictures = [picture(model.parent, name) for name in ("one.png", "two.png")]
    hand_in(qtbot, tab, pictures[0], model, model.with_suffix(".weights"), names, pictures[1])
    assert loads.runs == ["mine.cfg"]
    assert [source.name for source in tab.strip.sources()] == ["one.png", "two.png"]
    assert [d.box.label for d in tab.view.detections] == ["cell", "dust"]
    assert tab.messages.text == ""


def test_a_model_that_is_dropped_alone_takes_over_the_pictures(
    qtbot: QtBot, tab: DetectTab, loads: Loads, model: Path
) -> None:
    hand_in(qtbot, tab, model, picture(model.parent))
    hand_in(qtbot, tab, model.with_suffix(".weights"))
    assert loads.runs == ["mine.cfg", "mine.weights"]
    assert [source.name for source in tab.strip.sources()] == ["new.png"]
    assert tab.messages.text == ""


def test_the_chooser_offers_darknet_files_and_goes_back(
    qtbot: QtBot, tab: DetectTab, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tab, model)
    other = model.with_name("other.cfg")
    answer(monkeypatch, "")
    row = tab.panel.runs.findText(DARKNET)
    tab.panel.runs.setCurrentIndex(row)
    tab.panel.runs.activated.emit(row)
    assert tab.panel.runs.currentText() == "mine.cfg"
    answer(monkeypatch, other)
    tab.panel.runs.activated.emit(tab.panel.runs.findText(DARKNET))
    assert tab.panel.runs.currentText() == "other.cfg"
    assert str(tab.settings.value("detect/darknet_folder")) == str(model.parent)
    settle(qtbot, tab)


def test_new_weights_are_loaded(qtbot: QtBot, tab: DetectTab, loads: Loads, model: Path) -> None:
    drop(tab, model)
    hand_in(qtbot, tab, picture(model.parent))
    os.utime(model.with_suffix(".weights"), (1, 1))
    hand_in(qtbot, tab, picture(model.parent, "next.png"))
    assert loads.runs == ["mine.cfg", "mine.cfg"]


def test_a_model_that_cannot_be_read_is_said(
    qtbot: QtBot, tab: DetectTab, loads: Loads, model: Path
) -> None:
    loads.refusal = "is no Darknet cfg"
    drop(tab, model)
    hand_in(qtbot, tab, picture(model.parent))
    assert "is no Darknet cfg" in tab.messages.text
