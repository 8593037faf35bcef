"""`convert`, and `train` and `evaluate` on what it writes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from studio import cli

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path, picture, labels) -> Path:
    """Twelve pictures with a box each, one of them without a label file."""
    home = tmp_path / "photos"
    for number in range(12):
        picture(home / f"p{number}.png", seed=number)
        if number:
            labels(home / f"p{number}.xml", ("spot", 2, 2, 12 + number, 14))
    return home


def call(capsys, *arguments) -> tuple[int, list[dict], str]:
    """Run a command with --json; returns exit code, objects and standard error."""
    capsys.readouterr()
    code = cli.run([*map(str, arguments), "--json"])
    out, err = capsys.readouterr()
    return code, [json.loads(line) for line in out.splitlines()], err


@pytest.mark.tensorflow
def test_records_are_written_and_counted(folder, tmp_path, capsys):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    code, lines, err = call(capsys, "convert", folder, tmp_path / "out", "--to", "tfrecord")
    assert (code, err) == (0, "")
    skipped = [{"image": "p0.png", "detail": "is not labelled yet"}]
    assert lines == [{"images": 11, "boxes": 11, "skipped": skipped}]
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"label_map.pbtxt", "train-00000-of-00001.tfrecord"} <= names
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert cli.run(["convert", str(folder), str(tmp_path / "two"), "--to", "tfrecord"]) == 0
    out, err = capsys.readouterr()
    assert out.endswith("two: 11 pictures, 11 boxes written\n")
    assert err == "p0.png: is not labelled yet\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("{folder}", "{out}"), "--to"),
        (("{folder}", "{out}", "--to", "csv"), "invalid choice: 'csv'"),
        (("{folder}", "{out}", "--to", "yolo"), "so far there is only tfrecord"),
        (("{out}", "{out}", "--to", "tfrecord"), "is not a folder"),
        (("{folder}", "{folder}", "--to", "tfrecord"), "photos: holds files already"),
        (("{folder}", "{folder}/p1.png", "--to", "tfrecord"), "p1.png: is there already"),
        (("{empty}", "{out}", "--to", "tfrecord"), "empty: has no pictures"),
        (("{folder}", "{folder}/p1.png/out", "--to", "tfrecord"), "p1.png/out: could not be"),
    ],
)
def test_a_wrong_call_is_one_line(folder, tmp_path, capsys, arguments, words):
    (tmp_path / "empty").mkdir()
    places = {"folder": folder, "out": tmp_path / "out", "empty": tmp_path / "empty"}
    assert cli.run(["convert", *(a.format(**places) for a in arguments)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert words in err
    assert not (tmp_path / "out").exists()


@pytest.mark.tensorflow
def test_records_train_and_are_measured_like_the_files_they_came_from(folder, tmp_path, capsys):
    assert call(capsys, "convert", folder, tmp_path / "out", "--to", "tfrecord")[0] == 0
    small = ("--size", 64, "--batch", 2, "--epochs", 2, "--precision", "float32", "--name", "a")
    small += ("--confidence-gain", 1)  # so that two epochs find something
    totals, results, anchors = [], [], []
    for home in (folder, tmp_path / "out"):
        code, lines, _ = call(capsys, "train", home, *small)
        assert code == 0
        assert lines[-1]["run"] == str(home / "runs" / "a")
        totals.append([line["total"] for line in lines if line["event"] == "step"])
        code, lines, _ = call(capsys, "evaluate", folder / "runs" / "a", home, "--split", "all")
        assert code == 0
        results.append({**lines[0].pop("per_class")["spot"], **lines[0]})
        code, lines, _ = call(capsys, "anchors", home, "--k", 1, "--split", "all")
        assert code == 0
        anchors.append(np.array(lines[0]["anchors"]))
    assert anchors[1] == pytest.approx(anchors[0], rel=1e-3)
    assert totals[1] == pytest.approx(totals[0], rel=1e-3)
    assert results[0]["ap50"] > 0
    assert results[1] == pytest.approx(results[0], rel=1e-6)
    code, lines, err = call(capsys, "train", tmp_path / "out", "--resume", "a", "--epochs", 3)
    assert (code, lines[-1]["event"]) == (0, "done"), err


@pytest.mark.tensorflow
def test_check_does_not_call_records_fine_that_it_has_not_read(folder, tmp_path, capsys):
    records = tmp_path / "records"
    assert call(capsys, "convert", folder, records, "--to", "tfrecord")[0] == 0
    code, lines, words = call(capsys, "check", records)
    assert (code, lines) == (2, [])
    assert "holds TFRecord files" in words


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("cut", "train-00000-of-00001.tfrecord, example 1: is cut short or damaged"),
        ("table", "out: has records but no class table"),
        ("stranger", "class 'spot' is not in label_map.pbtxt"),
        ("part", "train-00000-of-00001.tfrecord: is missing"),
    ],
)
def test_faulty_records_are_one_line(folder, tmp_path, capsys, fault, words):
    home = tmp_path / "out"
    assert call(capsys, "convert", folder, home, "--to", "tfrecord")[0] == 0
    records, table = home / "train-00000-of-00001.tfrecord", home / "label_map.pbtxt"
    if fault == "cut":
        records.write_bytes(records.read_bytes()[:999])
    elif fault == "table":
        table.unlink()
    elif fault == "stranger":
        table.write_text("item { id: 1 name: 'dot' }")
    else:
        records.rename(home / "train-00001-of-00002.tfrecord")
        words = "train-00000-of-00002.tfrecord: is missing"
    before = sorted(home.iterdir())
    for json_flag in ([], ["--json"]):
        assert cli.run(["train", str(home), *json_flag]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert words in err
    assert sorted(home.iterdir()) == before


@pytest.mark.tensorflow
def test_ctrl_c_leaves_nothing(tmp_path, picture, labels):
    home = tmp_path / "many"
    for number in range(60):
        path = picture(home / f"p{number}.png", 1500, 1000, seed=number % 2)
        labels(path.with_suffix(".xml"), ("spot", 2, 2, 12, 14))
    process = subprocess.Popen(
        [sys.executable, "main.py", "convert", str(home), str(tmp_path / "out"), "--to=tfrecord"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob(".*.part/train-*")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "stopped\n")
    assert [path.name for path in tmp_path.iterdir()] == ["many"]
