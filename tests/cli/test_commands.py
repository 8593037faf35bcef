"""The commands as programs call them: JSON lines, exit codes, one sentence for bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio import cli
from studio.labels import images, voc
from studio.labels.boxes import Annotation, Box
from studio.labels.voc import read

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bare folder of ten pictures with a box or two in nine; one has no labels yet."""
    rng = np.random.default_rng(0)
    home = tmp_path / "pictures"
    home.mkdir()
    for number in range(10):
        image = np.full((90, 120, 3), 128, np.uint8)
        side = int(rng.integers(20, 50))
        x, y = int(rng.integers(1, 69)), int(rng.integers(1, 39))
        image[y : y + side, x : x + side] = 240
        path = home / f"p{number}.png"
        images.save(path, image)
        boxes = (Box("spot", x, y, x + side, y + side), Box("dot", 1, 1, 4 + number, 6 + number))
        if number < 9:
            annotation = Annotation(path, 120, 90, boxes=boxes)
            voc.write(home / "annotations" / f"p{number}.xml", annotation)
    return home


def call(capsys, *arguments) -> tuple[int, list[dict], str]:
    """Run a command with --json; returns exit code, objects and standard error."""
    capsys.readouterr()
    code = cli.run([*map(str, arguments), "--json"])
    out, err = capsys.readouterr()
    return code, [json.loads(line) for line in out.splitlines()], err


def files_below(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_check_names_faults_and_changes_nothing(folder, capsys):
    (folder / "p0.png").write_bytes(b"no picture")
    (folder / "annotations" / "p1.xml").write_text("<annotation>")
    text = (folder / "annotations" / "p2.xml").read_text()
    (folder / "annotations" / "p2.xml").write_text(text.replace("<width>120", "<width>240"))
    (folder / "classes.txt").write_text("spot\n")
    before = files_below(folder)
    code, lines, _ = call(capsys, "check", folder)
    assert code == 0
    assert files_below(folder) == before
    faults, summary = lines[:-1], lines[-1]
    assert all(set(fault) == {"image", "problem", "detail"} for fault in faults)
    kinds = {(fault["image"], fault["problem"]) for fault in faults}
    assert {("p0.png", "picture"), ("p1.png", "labels"), ("p2.png", "size")} <= kinds
    assert ("p3.png", "class") in kinds  # "dot" is not listed
    assert summary["images"] == 10
    assert summary["labelled"] == 8
    assert summary["problems"] == len(faults)
    assert summary["classes"] == {"spot": 8, "dot": 8}
    assert summary["boxes"] == 16


def test_check_counts_problems_in_words(folder, capsys):
    assert cli.run(["check", str(folder)]) == 0
    assert "no problems" in " ".join(capsys.readouterr().out.split())
    (folder / "annotations" / "p1.xml").write_text("<annotation>")
    assert cli.run(["check", str(folder)]) == 0
    assert capsys.readouterr().out.rstrip().endswith("1 problem")


def test_settings_that_nobody_reads_are_said_by_check_and_where_pictures_are_read(folder, capsys):
    (folder / "studio.toml").write_text("[splitt]\nval = 0.2\n")
    assert cli.run(["check", str(folder)]) == 0
    said = "nothing reads 'splitt'; is 'split' meant?"
    assert f"studio.toml: {said}" in capsys.readouterr().out
    assert cli.run(["anchors", str(folder), "--k", "2"]) == 0
    assert f"{folder / 'studio.toml'}: {said}" in capsys.readouterr().err


def test_anchors_prints_and_saves_only_when_asked(folder, capsys):
    code, (result,), _ = call(capsys, "anchors", folder, "--k", 3, "--split", "all")
    assert code == 0
    assert set(result) == {"anchors", "mean_iou", "best_possible_recall", "boxes", "iterations"}
    areas = [w * h for w, h in result["anchors"]]
    assert areas == sorted(areas)
    assert len(areas) == 3
    assert result["boxes"] == 18
    assert not (folder / "studio.toml").exists()
    again = call(capsys, "anchors", folder, "--k", 3, "--split", "all", "--save")[1][0]
    assert again == result
    settings = (folder / "studio.toml").read_text()
    assert "spot" in settings
    assert str(result["anchors"][0][0]) in settings


def test_anchors_scale_with_the_input(folder, capsys):
    small, large = (
        call(capsys, "anchors", folder, "--k", 2, "--split", "all", "--size", size)[1][0]
        for size in (416, 832)
    )
    assert np.array(large["anchors"]) == pytest.approx(2 * np.array(small["anchors"]), rel=1e-3)
    assert large["mean_iou"] == pytest.approx(small["mean_iou"])


def test_anchors_are_refined_and_others_tried_when_asked(folder, capsys):
    plain, refined = (
        call(capsys, "anchors", folder, "--k", 3, "--split", "all", *more)
        for more in ((), ("--evolve", "--elbow"))
    )
    assert "refining raised the mean IoU" in refined[2]
    (plain,), (refined,) = plain[1], refined[1]
    assert refined["mean_iou"] >= plain["mean_iou"]
    assert set(refined) == set(plain) | {"elbow"}
    assert len(refined["elbow"]) == 15
    assert refined["elbow"] == sorted(refined["elbow"])
    assert refined["elbow"][2] >= refined["mean_iou"] - 1e-4


def test_anchors_for_darknet_are_one_line(folder, capsys):
    (result,) = call(capsys, "anchors", folder, "--k", 3, "--split", "all")[1]
    assert cli.run(["anchors", str(folder), "--k", "3", "--split", "all", "--darknet"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    pairs = [[float(side) for side in pair.split(",")] for pair in out.strip().split(", ")]
    assert pairs == result["anchors"]


def test_anchors_in_words_are_compared_and_advised(folder, capsys):
    call(capsys, "anchors", folder, "--k", 2, "--split", "all", "--save")
    assert cli.run(["anchors", str(folder), "--k", "6", "--split", "all"]) == 0
    words = capsys.readouterr().out
    for name in ("new", "in use", "yolov3, yolov3-spp", "yolov3-tiny, yolov4-tiny", "yolov4 "):
        assert f"{name} " in words
    assert "6 anchors cover your boxes at" in words
    assert "use the new ones" in words


BAD_CALLS = [
    (["anchors", "{folder}", "--k", "500", "--split", "all"], "500 anchors need at least 500"),
    (["anchors", "{folder}", "--json", "--darknet"], "--json and --darknet both say what"),
    (["anchors", "{folder}", "--k", "0"], "--k: must be a whole number of at least 1"),
    (["anchors", "{folder}", "--split", "tset"], "no split 'tset'; there are train, val, test"),
    (["check", "{folder}/nowhere"], "nowhere: is not a folder"),
    (["check"], "required: FOLDER"),
    (["check", "{folder}/p0.png"], "p0.png: is not a folder"),
    (["trian", "{folder}"], "trian: is neither a folder nor a command"),
    (["train", "{folder}", "--arch", "yolov9"], "'yolov9' is unknown"),
    (["train", "{folder}", "--size", "400"], "400×400 is not divisible by 32"),
    (["train", "{folder}", "--resume", "nothing"], "nothing: is not a run folder"),
    (["evaluate", "{folder}", "{folder}"], "config.toml is missing"),
    (["detect", "{folder}/run", "{folder}/p0.png"], "run: is not a run folder"),
    (["detect", "{folder}", "{folder}/p0.png", "--conf", "2"], "--conf: must be a number from 0"),
    (["detect", "{folder}", "x", "--format", "voc"], "--format needs --out"),
    (["detect", "{folder}", "x", "--format", "pdf", "--out", "y"], "'pdf' is unknown"),
    (["train", "{folder}", "--lerning-rate", "1"], "(see main.py train --help)"),
    (["--verbose", "train", "{folder}"], "unrecognized arguments: --verbose (see main.py --help)"),
]


@pytest.mark.parametrize(("arguments", "sentence"), BAD_CALLS)
def test_bad_calls_are_one_line_and_exit_2(folder, capsys, arguments, sentence):
    code = cli.run([argument.format(folder=folder) for argument in arguments])
    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert sentence in err
    assert err.count("\n") == 1


def test_broken_settings_are_named_and_kept(folder, capsys):
    (folder / "studio.toml").write_text("classes = [")
    assert cli.run(["anchors", str(folder), "--save"]) == 2
    assert "studio.toml: is not valid TOML" in capsys.readouterr().err
    assert (folder / "studio.toml").read_text() == "classes = ["


@pytest.mark.parametrize("side", ["0", "-4", "nan"])
def test_anchors_in_the_settings_that_cannot_be_are_named(folder, capsys, side):
    settings = f"[anchors]\ninput_size = [416, 416]\nsizes = [[10, 12], [{side}, 9]]\n"
    (folder / "studio.toml").write_text(settings)
    assert cli.run(["anchors", str(folder)]) == 2
    err = capsys.readouterr().err
    assert f"positive width and height, not {side} × 9" in err
    assert err.count("\n") == 1


def test_no_boxes_to_cluster_are_one_line(folder, capsys):
    for labels in (folder / "annotations").iterdir():
        labels.unlink()
    assert cli.run(["anchors", str(folder), "--split", "all"]) == 2
    assert "split 'all' has no boxes to cluster" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_said(folder, capsys):
    (folder / "runs").write_text("a file in the way")
    arguments = ["train", str(folder), "--size", "64", "--epochs", "1"]
    assert cli.run(arguments) == 2
    assert "runs" in capsys.readouterr().err


def test_without_a_display_the_window_is_refused_in_a_sentence(folder):
    environment = {k: v for k, v in os.environ.items() if "DISPLAY" not in k and "QT_" not in k}
    done = subprocess.run(
        [sys.executable, "main.py", str(folder)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    if sys.platform.startswith("linux"):
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "no display" in done.stderr


@pytest.mark.tensorflow
def test_train_evaluate_detect(folder, tmp_path, capsys):
    code, lines, err = call(
        capsys, "train", folder,
        "--epochs", 2, "--batch", 4, "--size", 64, "--name", "one", "--precision", "float32",
    )  # fmt: skip
    assert code == 0, err
    steps = [line for line in lines if line["event"] == "step"]
    epochs = [line for line in lines if line["event"] == "epoch"]
    losses = {"giou", "conf", "prob", "total"}
    assert len(epochs) == 2
    assert set(steps[0]) == {"event", "epoch", "step", "lr", "images_per_second"} | losses
    assert set(epochs[0]) >= {"event", "epoch", "train", "val", "ap50", "ap"}
    assert set(epochs[0]["train"]) == losses
    assert lines[-1]["event"] == "done"
    run = Path(lines[-1]["run"])
    assert run == folder / "runs" / "one"
    assert set(lines[-1]) == {"event", "run", "best_epoch", "ap50"}

    code, (result,), err = call(capsys, "evaluate", run, folder, "--split", "all")
    assert code == 0, err
    assert set(result) == {"ap50", "ap", "ap75", "per_class", "images"}
    assert result["images"] == 9
    assert result["per_class"]["spot"].keys() == {"ap50", "ap", "boxes"}
    assert call(capsys, "evaluate", run.name, folder, "--split", "all")[:2] == (0, [result])

    out = tmp_path / "out"
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    before = files_below(folder)
    code, found, err = call(
        capsys, "detect", run, folder,
        "--conf", 0.001, "--out", out, "--format", "voc,yolo,coco",
    )  # fmt: skip
    assert code == 2  # one of them could not be read; the rest went on
    assert "broken.jpg" in err
    assert len(found) == 10
    assert files_below(folder) == before
    first = found[0]
    assert set(first) == {"image", "width", "height", "detections", "milliseconds"}
    assert (first["width"], first["height"]) == (120, 90)
    keys = {"label", "score", "xmin", "ymin", "xmax", "ymax"}
    assert all(set(d) == keys for d in first["detections"])
    assert cv2.imread(str(out / "p0.png")).shape == (90, 120, 3)
    assert len((out / "p0.txt").read_text().splitlines()) == len(first["detections"])
    assert len(read(out / "p0.xml", Path("p0.png")).boxes) == len(first["detections"])
    coco = json.loads((out / "detections.json").read_text())
    assert len(coco["annotations"]) == sum(len(line["detections"]) for line in found)
    assert (out / "classes.txt").read_text() == "dot\nspot\n"


@pytest.mark.tensorflow
def test_detect_in_a_video(folder, tmp_path, capsys):
    call(capsys, "train", folder, "--epochs", 1, "--batch", 4, "--size", 64, "--name", "one")
    film = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 5.0, (120, 90))
    for _ in range(3):
        writer.write(cv2.imread(str(folder / "p1.png")))
    writer.release()
    out = tmp_path / "out"
    code, found, err = call(capsys, "detect", folder / "runs" / "one", film, "--out", out)
    assert code == 0, err
    assert [line["image"] for line in found] == [f"{film}#{number}" for number in (1, 2, 3)]
    copy = cv2.VideoCapture(str(out / "film.mp4"))
    assert copy.get(cv2.CAP_PROP_FRAME_COUNT) == 3
    copy.release()
