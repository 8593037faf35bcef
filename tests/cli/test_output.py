"""Which stream says what, on terminals, files and pipes."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio import cli
from studio.cli.following import _epoch_record
from studio.yolo.events import EpochMetrics, Losses

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path, picture, labels) -> Path:
    """Two pictures, one of them damaged, with names that terminals and rich stumble over."""
    home = tmp_path / "[red] pictures"
    picture(home / "p0.png")
    labels(home / "p0.xml", ("[bold]:cat:", 1, 1, 9, 9))
    (home / "猫  p1.png").write_bytes(b"no picture")
    return home


def on_terminal(out: Path, *arguments: object) -> str:
    """Run a command with stderr on a terminal of its own and stdout in a file; returns stderr."""
    pty = pytest.importorskip("pty", reason="there are no such terminals on this system")
    ours, theirs = pty.openpty()
    with out.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "main.py", *map(str, arguments)],
            cwd=ROOT, stdout=file, stderr=theirs, env=os.environ | {"TERM": "xterm"},
        )  # fmt: skip
    os.close(theirs)
    said = b""
    while data := _read(ours):
        said += data
    os.close(ours)
    assert process.wait() == 0
    return said.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # its last user has left
        return b""


def test_results_go_to_the_file_while_a_terminal_shows_the_progress(folder, tmp_path):
    out = tmp_path / "out"
    said = on_terminal(out, "check", folder, "--json")
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert lines[-1]["images"] == 2
    assert "{" not in said
    assert "Checking" in said
    said = on_terminal(out, "check", folder)
    assert "2 pictures" in out.read_text()
    assert "2 pictures" not in said


def test_names_are_printed_as_they_are(folder, capsys):
    assert cli.run(["check", str(folder)]) == 0
    out, _ = capsys.readouterr()
    assert "猫  p1.png: " in out
    assert "([bold]:cat: 1)" in out
    assert cli.run(["check", str(folder / "a  b\nc")]) == 2
    assert f"{folder}/a  b c: is not a folder\n" in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_names_that_a_pipe_cannot_encode_are_escaped(folder, encoding):
    for extra in ([], ["--json"]):
        done = subprocess.run(
            [sys.executable, "main.py", "check", str(folder), *extra],
            cwd=ROOT, env=os.environ | {"PYTHONIOENCODING": encoding}, capture_output=True,
            text=True, encoding="utf-8", check=False, timeout=60,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        if extra:
            faults = [json.loads(line) for line in done.stdout.splitlines()]
            assert any(fault.get("image") == "猫  p1.png" for fault in faults)
        else:
            assert ("猫" if encoding == "utf-8" else "\\u732b") in done.stdout


def test_paths_that_cannot_be_reached_are_one_line(tmp_path, capsys):
    for arguments in (["x" * 300], ["check", "x" * 300], ["evaluate", "x" * 300, str(tmp_path)]):
        assert cli.run(arguments) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert "x" * 300 in err


def test_an_epoch_of_which_no_step_was_taken_is_still_json():
    nothing = Losses(*[math.nan] * 3)
    record = _epoch_record(EpochMetrics(1, nothing, None, None, None, 2.0))
    found = json.loads(json.dumps(record), parse_constant=pytest.fail)
    assert found["train"] == {"giou": None, "conf": None, "prob": None, "total": None}
