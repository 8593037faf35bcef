"""The rules of the house that no linter keeps: what is loaded when, and what is locked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"tensorflow", "keras", "pyqtgraph"}
LOCKS = ("requirements.lock", "requirements-dev.lock")

IMPORT_LABELS = """
import importlib, pkgutil, studio.labels, studio.project
for module in pkgutil.walk_packages(studio.labels.__path__, "studio.labels."):
    importlib.import_module(module.name)
"""
OPEN_WINDOW = """
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from studio.gui.main_window import MainWindow
application = QApplication([])
window = MainWindow(QSettings("settings.ini", QSettings.Format.IniFormat))
window.show()
application.processEvents()
window.close()
"""
CHECK_A_FOLDER = "from studio.cli import run; assert run(['check', '--json', '.']) == 0"
TELL_MODULES = "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"


def loaded_by(program: str, folder: Path) -> set[str]:
    """Return the packages that are loaded in a fresh interpreter after a program has run."""
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program + TELL_MODULES],
        capture_output=True,
        check=False,
        cwd=folder,
        env=environment,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def test_the_window_opens_without_tensorflow_and_pyqtgraph(tmp_path: Path) -> None:
    loaded = loaded_by(OPEN_WINDOW, tmp_path)
    assert "PySide6" in loaded
    assert not loaded & HEAVY


def test_labels_load_neither_qt_nor_tensorflow(tmp_path: Path) -> None:
    loaded = loaded_by(IMPORT_LABELS, tmp_path)
    assert "studio" in loaded
    assert not loaded & {*HEAVY, "PySide6"}


def test_a_command_loads_only_what_it_needs(tmp_path: Path) -> None:
    assert not loaded_by(CHECK_A_FOLDER, tmp_path) & {*HEAVY, "PySide6"}


def needed() -> list[str]:
    """Return the run-time dependencies of pyproject.toml."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    dependencies: list[str] = settings["project"]["dependencies"]
    return dependencies


@pytest.mark.parametrize("dependency", needed())
def test_a_dependency_says_what_it_is_for(dependency: str) -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert re.search(rf'^  "{re.escape(dependency)}",\s+# \w.{{10,}}', text, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_holds_names_versions_and_hashes_only(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-(-index|-extra-index|-find|i|f)", text, re.MULTILINE)
    starts = [line for line in text.splitlines() if line and line[0] not in " #"]
    assert starts
    for line in starts:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+( ;.*)? \\$", line), line


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_that_is_needed_is_locked(lock: str) -> None:
    names = {re.split(r"[<>=!~\[ ]", entry)[0].lower() for entry in needed()}
    locked = re.findall(r"^([\w.-]+)(?:\[.*\])?==", (ROOT / lock).read_text("utf-8"), re.MULTILINE)
    assert not names - {name.lower() for name in locked}
