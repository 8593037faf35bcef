"""From what a project remembers and a caller asks for to the settings of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import FileError, StudioError
from studio.labels.anchors import Anchors
from studio.labels.dataset import Dataset
from studio.yolo.config import OF_PRESET, TrainConfig
from studio.yolo.losses.presets import PRESETS as LOSSES
from studio.yolo.network.model import ModelConfig
from studio.yolo.runs import default_name, new_run, remove_if_empty
from studio.yolo.training.prepare import configure
from studio.yolo.training.presets import PRESETS, find_preset

FILE = Path("studio.toml")
PAIR = Anchors(((10, 10), (20, 20)), (416, 416))


def dataset(*classes: str) -> Dataset:
    return Dataset(Path("home"), (), classes, {"train": (), "val": (), "test": ()}, Path("home"))


def test_what_is_given_goes_before_what_is_remembered_and_that_before_the_defaults():
    config, words = configure(dataset("cat"), PAIR, {}, {}, FILE)
    assert (config.model.architecture, config.model.input_size) == ("yolov3-tiny", (416, 416))
    assert config.epochs == TrainConfig(config.model).epochs
    assert config.model.anchors == PAIR
    assert words == "the project's 2 anchors"
    remembered = {"size": 64, "epochs": 5, "flip": "none"}
    config, _ = configure(dataset("cat"), PAIR, remembered, {"epochs": 7, "size": 96}, FILE)
    assert (config.epochs, config.flip, config.model.input_size) == (7, "none", (96, 96))
    assert config.model.anchors == PAIR.at((96, 96))


def test_a_preset_goes_before_the_defaults_and_after_all_that_is_said():
    plain, _ = configure(dataset("cat"), PAIR, {}, {}, FILE)
    assert configure(dataset("cat"), PAIR, {"preset": "balanced"}, {}, FILE)[0] == plain
    quick, _ = configure(dataset("cat"), PAIR, {"preset": "quick"}, {}, FILE)
    assert quick.epochs < plain.epochs
    assert quick.model.input_size < plain.model.input_size
    remembered = {"preset": "quick", "epochs": 7, "size": 64}
    best, _ = configure(dataset("cat"), PAIR, remembered, {"preset": "best", "patience": 3}, FILE)
    assert (best.epochs, best.patience, best.model.input_size) == (7, 3, (64, 64))
    assert best.multi_scale > 0


@pytest.mark.parametrize("loss", LOSSES)
def test_a_run_names_all_that_it_has_by_the_preset_of_its_loss(loss):
    """Its file is what it was trained with, also where the preset becomes another one."""
    config, _ = configure(dataset("cat"), PAIR, {}, {"loss": loss, "iou_aware": 0.5}, FILE)
    plain = TrainConfig(config.model, loss=loss, iou_aware=0.5)
    assert config.scheme == plain.scheme
    assert config.box_loss
    assert all(getattr(config, name) == getattr(plain.scheme, name) for name in OF_PRESET)


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_can_be_trained_and_is_explained_in_a_line(name):
    configure(dataset("cat"), PAIR, {}, {"preset": name}, FILE)
    assert 20 < len(find_preset(name).words) < 100


@pytest.mark.parametrize(
    ("remembered", "given", "file"),
    [
        ({"architecture": 5}, {}, "studio.toml: "),
        ({"size": "416"}, {}, "studio.toml: "),
        ({"size": 100}, {}, "studio.toml: "),
        ({"size": 100}, {"size": 101}, ""),
        ({}, {"architecture": "yolov9"}, ""),
        ({}, {"epochs": 0}, ""),
        ({"epoch": 1}, {}, "studio.toml: "),
        ({"parts": 3}, {"epochs": 2}, "studio.toml: "),
        ({"parts": 2}, {"batch_size": 9}, "studio.toml: "),
        ({"weights": 3, "transfer": "frozen"}, {}, "studio.toml: "),
        ({"epochs": "many"}, {"epochs": 3}, "studio.toml: "),
        ({"rate": "step"}, {"rate": "linear"}, ""),
        ({"preset": "fast"}, {}, "studio.toml: "),
        ({"preset": 3}, {}, "studio.toml: "),
        ({}, {"preset": "fast"}, ""),
    ],
)
def test_wrong_settings_are_said_with_the_file_they_are_from(remembered, given, file):
    with pytest.raises(StudioError) as error:
        configure(dataset("cat"), PAIR, remembered, given, FILE)
    assert str(error.value).startswith(file)
    assert isinstance(error.value, FileError) == bool(file)


def test_what_is_only_whole_together_is_judged_together():
    remembered = {"transfer": "fine_tune", "parts": 3}
    given = {"weights": "a.npz", "batch_size": 9}
    config, _ = configure(dataset("cat"), PAIR, remembered, given, FILE)
    assert (config.transfer, config.weights, config.parts) == ("fine_tune", "a.npz", 3)


def test_nothing_to_learn_is_said():
    with pytest.raises(StudioError, match="no labelled boxes"):
        configure(dataset(), PAIR, {}, {}, FILE)


@pytest.mark.parametrize("name", ["photos (1)", "猫", "…", "-x-", ".hidden", "a+b", ""])
def test_any_folder_gives_a_run_a_name(tmp_path, name):
    config = TrainConfig(ModelConfig("yolov3-tiny", ("cat",), PAIR))
    folder = tmp_path / name if name else Path("/")
    first = new_run(tmp_path, default_name(folder, tmp_path), config)
    second = new_run(tmp_path, default_name(folder, tmp_path), config)
    assert (first.name[-2:], second.name[-2:]) == ("-1", "-2")


@pytest.mark.parametrize("result", ["best.npz", "last.npz", "resume.npz", None])
def test_only_a_run_without_weights_and_state_is_removed(tmp_path, result):
    run = new_run(tmp_path, "one", TrainConfig(ModelConfig("yolov3-tiny", ("cat",), PAIR)))
    if result:
        (run.path / result).touch()
    remove_if_empty(run)
    assert run.path.exists() == bool(result)
