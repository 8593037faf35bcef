"""`train` around the training itself: names, resuming, Ctrl-C, what a failure leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from studio import cli
from studio.cli.interrupt import Interrupt
from studio.labels.anchors import preset
from studio.yolo.network.model import ModelConfig
from studio.yolo.runs import Run
from tests.yolo.made_weights import write_darknet

ROOT = Path(__file__).parents[2]
SMALL = ("--size", "64", "--batch", "2", "--precision", "float32")


@pytest.fixture
def folder(tmp_path, picture, labels) -> Path:
    """Twelve pictures with a box each, in a folder that no run can be named after as it is."""
    home = tmp_path / "photos (1)"
    for number in range(12):
        picture(home / f"p{number}.png", seed=number)
        labels(home / f"p{number}.xml", ("spot", 2, 2, 12 + number, 14))
    return home


def begin(folder: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "main.py", "train", str(folder), *SMALL, "--json", *options],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def last_state(run: Path) -> dict[str, int]:
    from studio.yolo.weights.arrays import load_arrays

    arrays = load_arrays(run / "resume.npz")
    step = json.loads(str(arrays["place"]))["step"]
    return {"step": step, "iterations": int(arrays["optimizer/steps"])}


def test_first_interrupt_is_a_request_and_the_second_is_not():
    before = signal.getsignal(signal.SIGINT)
    with Interrupt() as interrupt:
        interrupt.raise_if_asked()
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            interrupt.raise_if_asked()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_resume_refuses_what_cannot_be_changed(folder, capsys):
    changes = ("--epochs", "5", "--lr", "0.1", "--batch", "4", "--box-loss", "giou", "--name", "b")
    assert cli.run(["train", str(folder), "--resume", "a", *changes]) == 2
    _, err = capsys.readouterr()
    assert err.count("\n") == 1
    assert "without --name, --batch, --box-loss" in err


@pytest.mark.tensorflow
def test_ctrl_c_ends_after_a_step_and_training_goes_on_from_there(folder):
    process = begin(folder, "--epochs", "300")
    assert process.stdout
    printed = 0
    for line in process.stdout:
        printed += json.loads(line)["event"] == "step"
        if printed == 7:
            process.send_signal(signal.SIGINT)
            break
    rest, err = process.communicate(timeout=120)
    events = [json.loads(line) for line in rest.splitlines()]
    printed += sum(event["event"] == "step" for event in events)
    assert process.returncode == 130
    run = folder / "runs" / "photos -1--1"
    assert f"what was reached is in {run}" in err
    assert events[-1] == {"event": "stopped", "run": str(run)}
    assert f"main.py train '{folder}' --resume '{run.name}'" in err
    assert last_state(run) == {"step": printed, "iterations": printed}

    done = len(Run.load(run).rows())
    for more, place in enumerate((run.name, str(run)), start=done + 1):
        assert cli.run(["train", str(folder), "--resume", place, "--epochs", str(more)]) == 0


@pytest.mark.tensorflow
def test_a_run_that_comes_to_nothing_leaves_no_folder(folder, capsys):
    for path in folder.glob("*.png"):
        path.write_bytes(path.read_bytes()[:40])
    for _ in range(2):
        assert cli.run(["train", str(folder), *SMALL, "--name", "one"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert "no labelled picture" in err.splitlines()[-1]
        assert not list((folder / "runs").iterdir())


@pytest.mark.tensorflow
def test_ctrl_c_before_the_first_step_leaves_no_folder_and_promises_nothing(
    folder, monkeypatch, capsys
):
    import studio.yolo.train

    def press(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)
        raise KeyboardInterrupt  # as the second one would

    monkeypatch.setattr(studio.yolo.train, "prepare", press)
    assert cli.run(["train", str(folder), *SMALL, "--name", "one"]) == 130
    assert "--resume" not in capsys.readouterr().err
    assert not list((folder / "runs").iterdir())


@pytest.mark.tensorflow
def test_the_run_of_a_failed_resume_stays(folder):
    config = cli.run(["train", str(folder), *SMALL, "--epochs", "1", "--name", "one"])
    assert config == 0
    run = Run.load(folder / "runs" / "one")
    for path in (run.best, run.last, run.state):
        path.unlink()
    assert cli.run(["train", str(folder), "--resume", "one"]) == 2
    assert run.path.exists()


@pytest.fixture
def coco(tmp_path) -> Path:
    """Random weights of YOLOv3-tiny with 80 classes, as a file of Darknet."""
    names = tuple(map(str, range(80)))
    model = ModelConfig("yolov3-tiny", names, preset("yolov3-tiny", (64, 64)), (64, 64))
    write_darknet(tmp_path / "coco.weights", model)
    return tmp_path / "coco.weights"


@pytest.mark.tensorflow
def test_transfer_from_a_file_and_then_from_that_run(folder, coco, capsys, monkeypatch):
    monkeypatch.chdir(coco.parent)
    given = ("--transfer", "frozen", "--weights", coco.name, "--epochs", "1", "--name", "one")
    assert cli.run(["train", str(folder), *SMALL, *given]) == 0
    _, err = capsys.readouterr()
    assert "taken: 11 of 13 layers from coco.weights (80 classes)" in " ".join(err.split())
    run = Run.load(folder / "runs" / "one")
    assert (run.config.transfer, run.config.weights) == ("frozen", str(coco))
    coco.unlink()
    assert cli.run(["train", str(folder), "--resume", "one", "--epochs", "2"]) == 0
    given = ("--transfer", "fine_tune", "--weights", run.name, "--epochs", "1")
    capsys.readouterr()
    assert cli.run(["train", str(folder), *SMALL, *given]) == 0
    assert "taken: 13 of 13 layers from one (1 class)" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("--transfer", "frozen"), "transfer frozen needs weights: a file or a run folder"),
        (("--weights", "coco.weights"), "say what to take from it by transfer: darknet, no_output"),
        (("--transfer", "some", "--weights", "coco.weights"), "transfer: must be none or darknet"),
        (("--transfer", "frozen", "--weights", "away.weights"), "away.weights: there is no such"),
        (
            ("--arch", "yolov4-tiny", "--transfer", "no_output", "--weights", "coco.weights"),
            "belongs to another network (yolov3-tiny, 80 classes)",
        ),
    ],
)
def test_weights_that_cannot_be_used_are_said_at_once(
    folder, coco, capsys, monkeypatch, given, sentence
):
    monkeypatch.chdir(coco.parent)
    assert cli.run(["train", str(folder), *SMALL, *given]) == 2
    _, err = capsys.readouterr()
    assert sentence in err.splitlines()[-1]
    assert not (folder / "runs").exists()
