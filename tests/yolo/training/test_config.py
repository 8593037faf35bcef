"""Settings are refused where they are made, and survive the file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from studio.errors import FileError, StudioError
from studio.labels.anchors import Anchors, preset
from studio.yolo.config import TrainConfig
from studio.yolo.losses.presets import PRESETS, Scheme, scheme
from studio.yolo.network.model import ModelConfig
from studio.yolo.runs import (
    Reached,
    Run,
    changed,
    free_name,
    known_runs,
    new_run,
    reached,
    save_changes,
)
from studio.yolo.training.prepare import choose_anchors, training_config

SIX = preset("yolov3-tiny", (416, 416))
FILE = Path("studio.toml")
MODEL = ModelConfig("yolov3-tiny", ("a",), SIX)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"architecture": "yolov9"}, "yolov9.*there are yolov3-tiny, yolov3"),
        ({"classes": ()}, "at least one class"),
        ({"input_size": (400, 416)}, "400×416 is not divisible by 32"),
        ({"input_size": (0, 0)}, "not divisible"),
        ({"input_size": ("416", 416)}, "whole numbers"),
        ({"architecture": 5}, "unknown"),
        ({"classes": (1, 2)}, "names for all"),
        ({"anchors": Anchors(((1, 1),) * 5, (416, 416))}, "5 anchors cannot be shared"),
    ],
)
def test_models_that_cannot_be_are_refused(change, sentence):
    with pytest.raises(StudioError, match=sentence):
        dataclasses.replace(MODEL, **change)


@pytest.mark.parametrize(
    "change",
    [{"epochs": 0}, {"batch_size": -1}, {"learning_rate": 0.0}, {"precision": "int8"},
     {"flip": "sideways"}, {"box_loss": "l2"}, {"learning_rate": float("nan")},
     {"loss": "yolov5"}, {"loss": ""}, {"loss": 3}, {"label_smoothing": 1.1}, {"focal_gamma": -2},
     {"focal_gamma": True}, {"focal_gamma": -0.5}, {"assign_threshold": -0.1},
     {"ignore_threshold": -0.5}, {"ignore_threshold": 1.1}, {"box_loss": None},
     {"learning_rate": float("inf")}, {"epochs": 2.5}, {"epochs": True}, {"seed": "x"},
     {"seed": -1}, {"scale": "x"}, {"scale": 1.5}, {"ema": 5}, {"warmup_epochs": -3}],
)  # fmt: skip
def test_runs_that_cannot_be_are_refused(change):
    with pytest.raises(StudioError, match=next(iter(change))):
        TrainConfig(MODEL, **change)


def test_anchors_follow_the_input_size():
    model = dataclasses.replace(MODEL, input_size=(832, 416))
    assert model.anchors.sizes[0] == (20.0, 14.0)
    assert model.head_masks == ((3, 4, 5), (0, 1, 2))


def test_a_run_reads_back_what_it_wrote(tmp_path):
    config = TrainConfig(
        ModelConfig("yolov3", ("a", "ü b"), preset("yolov3", (608, 416)), (608, 416)),
        epochs=7, flip="both", seed=3, transfer="frozen", weights="ü/yolov3.weights",
    )  # fmt: skip
    run = new_run(tmp_path / "runs", "mine", config)
    assert Run.load(run.path).config == config


OLD = {"ignore": 0.5, "assign": 0.3}


def test_a_run_of_before_there_were_presets_is_what_it_was(tmp_path):
    """Its box loss and gamma stand in its file, no preset does."""
    run = new_run(tmp_path, "old", TrainConfig(MODEL))
    file = run.path / "config.toml"
    lines = file.read_text().splitlines()
    old = {"box_loss": 'box_loss = "giou"', "focal_gamma": "focal_gamma = 2.0"}
    old |= {f"{name}_threshold": f"{name}_threshold = {v}" for name, v in OLD.items()}
    new = ("loss", "label_smoothing", "confidence_gain")
    kept = [line for line in lines if line.split(" = ")[0] not in new]
    file.write_text("\n".join(old.get(line.split(" = ")[0], line) for line in kept))
    config = Run.load(run.path).config
    assert (config.loss, config.box_loss, config.focal_gamma) == ("yolov3-giou", "giou", 2.0)
    assert config.scheme == Scheme("giou", 2.0, iou_aware=1.0, sharing=1.0)


def test_whole_numbers_are_floats_where_settings_are():
    config = TrainConfig(MODEL, learning_rate=10, ema=0, focal_gamma=2, epochs=3)
    found = (config.learning_rate, config.ema, config.focal_gamma, config.epochs)
    assert list(map(type, found)) == [float, float, float, int]


def test_settings_stand_over_the_preset_of_the_loss():
    assert TrainConfig(MODEL, loss="yolov3").scheme == scheme("yolov3", 1, (416, 416))
    changed = TrainConfig(
        MODEL, loss="yolov4", box_loss="diou", focal_gamma=0, label_smoothing=0.1
    ).scheme
    plain = scheme("yolov4", 1, (416, 416))
    assert changed == dataclasses.replace(plain, box="diou", label_smoothing=0.1)
    assert TrainConfig(MODEL, loss="yolov4", focal_gamma=1.5).scheme.focal_gamma == 1.5


def test_thresholds_are_the_presets_unless_they_are_given():
    """Also 0 and 1 are given, and what stands in the file of an old run of yolov4."""
    found = {}
    for loss in PRESETS:
        made = TrainConfig(MODEL, loss=loss).scheme
        found[loss] = (made.ignore_threshold, made.assign_threshold)
        for each in ((0, 1), (1, 0), (0.5, 0.3)):
            given = TrainConfig(
                MODEL, loss=loss, ignore_threshold=each[0], assign_threshold=each[1]
            )
            assert (given.scheme.ignore_threshold, given.scheme.assign_threshold) == each
            plain = dataclasses.replace(given, ignore_threshold=-1, assign_threshold=-1)
            assert plain.scheme == made
    assert found == {"yolov3-giou": (0.5, 0.3), "yolov3": (0.5, 1.0), "yolov4": (0.7, 0.213)}


def test_what_a_setting_may_be_is_said():
    with pytest.raises(StudioError, match=r"^box_loss must be mse or iou or giou or diou or "):
        TrainConfig(MODEL, box_loss="l2")
    with pytest.raises(StudioError, match=r"^loss must be yolov3-giou or yolov3 or yolov4, "):
        TrainConfig(MODEL, loss="v4")


def test_a_network_may_have_an_anchor_in_two_masks_but_not_twice_in_one():
    """COCO's yolov4-tiny has 3,4,5 and 1,2,3."""
    published = dataclasses.replace(MODEL, masks=((3, 4, 5), (1, 2, 3)))
    assert published.head_masks == ((3, 4, 5), (1, 2, 3))
    with pytest.raises(StudioError, match="twice in one"):
        dataclasses.replace(MODEL, masks=((3, 4, 4), (1, 2, 3)))


def test_names_of_runs(tmp_path):
    config = TrainConfig(MODEL)
    assert free_name(tmp_path, "bccd") == "bccd-1"
    new_run(tmp_path, "bccd-1", config)
    assert free_name(tmp_path, "bccd") == "bccd-2"
    with pytest.raises(FileError, match="exists already"):
        new_run(tmp_path, "bccd-1", config)
    for name in ("", "../x", "a/b", ".hidden"):
        with pytest.raises(StudioError, match="cannot be the name of a run"):
            new_run(tmp_path, name, config)


def test_runs_without_weights_are_not_listed(tmp_path):
    run = new_run(tmp_path, "one", TrainConfig(MODEL))
    (tmp_path / "junk").mkdir()
    run.metrics.write_text("epoch\n1\n")  # so that something was there, and is not any more
    assert known_runs(tmp_path) == []
    run.best.write_bytes(b"x")
    assert [r.name for r in known_runs(tmp_path)] == ["one"]
    assert known_runs(tmp_path / "nowhere") == []


def test_settings_that_cannot_be_read_are_said_to_be_that(tmp_path):
    run = new_run(tmp_path, "one", TrainConfig(MODEL))
    file = run.path / "config.toml"
    file.unlink()
    file.mkdir()
    with pytest.raises(FileError) as error:
        Run.load(run.path)
    assert error.value.path == file
    assert error.value.what.startswith("cannot be read")
    assert "setting" not in error.value.what


def test_a_run_gets_more_epochs_but_not_fewer_than_it_has_behind_it(tmp_path):
    run = new_run(tmp_path, "one", TrainConfig(MODEL, epochs=3))
    before = (run.path / "config.toml").read_text()
    run.metrics.write_text("epoch,ap50\n1,0.5\n2,0.6\n3,0.6\n")
    longer = changed(run, {"epochs": 5})
    assert longer.config == dataclasses.replace(run.config, epochs=5)
    assert (run.path / "config.toml").read_text() == before
    save_changes(longer)
    assert Run.load(run.path) == longer
    after = (run.path / "config.toml").read_text()
    assert after == before.replace("epochs = 3", "epochs = 5")
    with pytest.raises(FileError, match="has 3 epochs behind it; it cannot end after 2"):
        changed(run, {"epochs": 2})
    with pytest.raises(StudioError, match="epochs must be"):
        changed(run, {"epochs": 10**9})
    run.metrics.write_text("epoch,ap50\n1,0.5\n")
    with pytest.raises(FileError, match="has 1 epoch behind it; "):
        changed(run, {"epochs": 0})
    gentler = changed(longer, {"learning_rate": 1e-4, "parts": 4, "cache": "disk"})
    save_changes(gentler)
    assert Run.load(run.path) == gentler
    with pytest.raises(StudioError, match="3 equal parts"):
        changed(run, {"parts": 3})


def test_what_a_run_has_reached(tmp_path):
    run = new_run(tmp_path, "one", TrainConfig(MODEL))
    assert reached(run) == Reached(0, 0, None, 0.0)
    losses = ",".join(
        f"{of}_{term}" for of in ("train", "val") for term in ("giou", "conf", "prob")
    )
    head = f"{losses},epoch,seconds,ap50,ap\n"
    rows = ("1,10.5,,", "2,9.5,0.5,0.2", "9,5,0.25,0.3", "10,5,0.125,0.3")
    run.metrics.write_text(head + "".join(f"3,2,1,,,,{row}\n" for row in rows))
    assert reached(run) == Reached(10, 10, 0.125, 30.0)  # of the best AP, the later of two
    run.metrics.write_text(f"{head}3,2,1,,,,1,soon,0.5,0.2\n")
    assert reached(run) is None


def test_transfer_and_weights_belong_together():
    with pytest.raises(StudioError, match="transfer frozen needs weights: a file or a run folder"):
        TrainConfig(MODEL, transfer="frozen")
    with pytest.raises(StudioError, match=r"a\.npz: say what to take .* darknet, no_output"):
        TrainConfig(MODEL, weights="a.npz")
    with pytest.raises(StudioError, match="transfer must be none or darknet or"):
        TrainConfig(MODEL, transfer="some", weights="a.npz")


def test_the_projects_settings_stand_over_the_defaults():
    config = training_config(MODEL, {}, {"flip": "none", "epochs": 5}, {}, FILE)
    assert (config.flip, config.epochs, config.batch_size) == ("none", 5, 8)
    near = r"studio\.toml.*unknown setting 'epoch'; is 'epochs' meant\?$"
    with pytest.raises(FileError, match=near):
        training_config(MODEL, {}, {"epoch": 5}, {}, FILE)
    with pytest.raises(FileError, match=r"studio\.toml.*flip"):
        training_config(MODEL, {}, {"flip": "up"}, {}, FILE)


def test_which_anchors_a_run_gets(squares):
    own = Anchors(tuple((i, i) for i in range(5, 11)), (416, 416))
    size = (64, 64)
    chosen, words = choose_anchors(own, squares, "yolov3-tiny", size)
    assert chosen == own.at(size)
    assert "project" in words
    clustered, words = choose_anchors(None, squares, "yolov3-tiny", size)
    assert "clustered" in words
    assert all(8 < w < 25 for w, _ in clustered.sizes)
    nine = Anchors(tuple((i, i) for i in range(5, 14)), (416, 416))
    _, words = choose_anchors(nine, squares, "yolov3-tiny", size)
    assert "9 anchors cannot be shared evenly by the 2 scales of yolov3-tiny" in words
    assert "clustered" in words
    four = Anchors(tuple((i, i) for i in range(5, 9)), (416, 416))
    chosen, words = choose_anchors(four, squares, "yolov3-tiny", size)
    assert chosen == four.at(size)
    alone = dataclasses.replace(squares, splits={"train": (0,)})
    few, words = choose_anchors(None, alone, "yolov3-tiny", size)
    assert few == preset("yolov3-tiny", size)
    assert "Darknet" in words
