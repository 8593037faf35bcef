"""A run is trained by one at a time, and free again when that process is gone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from studio.errors import FileError
from studio.yolo.runs import Run
from studio.yolo.training.occupied import NAME, occupied, others

HOLD = """
import sys
from pathlib import Path
from studio.yolo.runs import Run
from studio.yolo.training.occupied import occupied
with occupied(Run(Path(sys.argv[1]), None)):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def run(tmp_path) -> Run:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    return Run(tmp_path / "one", None)  # type: ignore[arg-type]  # no settings are needed


def test_twice_is_refused_also_in_one_process(run):
    with occupied(run), pytest.raises(FileError, match="is being trained already"), occupied(run):
        pass
    with occupied(run):
        assert (run.path / NAME).exists()
    assert not list(run.path.iterdir())


def test_a_killed_process_holds_nothing(run):
    other = Run(run.path.parent / "two", None)  # type: ignore[arg-type]
    command = [sys.executable, "-c", HOLD, str(run.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        assert others(other) == ["one"]
        assert others(run) == []
        with pytest.raises(FileError, match="is being trained already"), occupied(run):
            pass
        child.kill()
        child.wait()
    assert (run.path / NAME).exists()
    assert others(other) == []
    with occupied(run):
        assert others(other) == ["one"]


def test_a_folder_that_cannot_be_written_goes_without(tmp_path):
    with occupied(Run(tmp_path / "not there", None)):  # type: ignore[arg-type]
        pass


def test_looking_at_a_run_that_just_ends_leaves_no_lock(run, monkeypatch):
    other = Run(run.path.parent / "two", None)  # type: ignore[arg-type]
    opened = os.open

    def too_late(path, *arguments):
        path.unlink()
        return opened(path, *arguments)

    (run.path / NAME).touch()
    monkeypatch.setattr(os, "open", too_late)
    assert others(other) == []
    assert not (run.path / NAME).exists()
