"""MODEL as Darknet's files: `detect`, `evaluate` and `export`, and what is refused."""

from __future__ import annotations

import json
import struct
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from studio import cli
from studio.labels import images, voc
from studio.labels.anchors import preset
from studio.labels.boxes import Annotation, Box
from studio.yolo.config import TrainConfig
from studio.yolo.darknet import cfg, weights
from studio.yolo.darknet.names import COCO_NAMES
from studio.yolo.darknet.render import render
from studio.yolo.darknet.weights import read_header
from studio.yolo.network.model import ModelConfig
from studio.yolo.network.networks import ARCHITECTURES
from studio.yolo.runs import new_run
from studio.yolo.weights import published
from studio.yolo.weights.stored import read_model

CFG = """[net]
width=64
height=32
channels=3
[convolutional]
batch_normalize=1
filters=4
size=3
stride=4
pad=1
activation=leaky
[convolutional]
filters=14
activation=linear
[yolo]
mask=1,0
anchors=20,10, 8,8
classes=2
num=2
scale_x_y=1.1
"""
FLOATS = 4 * 4 + 4 * 27 + 14 + 14 * 4


def call(capsys, *arguments) -> tuple[int, list[dict], str]:
    capsys.readouterr()
    code = cli.run([*map(str, arguments), "--json"])
    out, err = capsys.readouterr()
    return code, [json.loads(line) for line in out.splitlines()], err


def put_weights(path: Path, count: int = FLOATS, seen: int = 640) -> None:
    values = np.random.default_rng(0).uniform(-0.5, 0.5, count).astype("<f4")
    values[12:16] = 1  # the variance
    path.write_bytes(struct.pack("<3iQ", 0, 2, 5, seen) + values.tobytes())


@pytest.fixture
def model(tmp_path) -> Path:
    """The cfg of a small network; weights and names lie beside it."""
    home = tmp_path / "models"
    home.mkdir()
    (home / "net.cfg").write_text(CFG)
    (home / "net.names").write_text("cat\ndog\n")
    put_weights(home / "net.weights")
    return home / "net.cfg"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two pictures with a cat each."""
    home = tmp_path / "pictures"
    for name in ("one", "two"):
        picture = home / f"{name}.png"
        images.save(picture, np.random.default_rng(1).integers(0, 255, (40, 60, 3), np.uint8))
        labels = Annotation(picture, 60, 40, boxes=(Box("cat", 5, 5, 30, 30),))
        voc.write(home / "annotations" / f"{name}.xml", labels)
    return home


def refusal(capsys, *arguments) -> str:
    """Return the one line that a refused call prints."""
    code = cli.run(list(map(str, arguments)))
    out, err = capsys.readouterr()
    assert (code, out, err.count("\n")) == (2, "", 1)
    return str(err)


# --- what is refused, before TensorFlow is even imported ------------------------------------------

BAD_CFGS = {
    "classes=2": ("classes=3", "line 15, [yolo]: 2 anchors × (5 + 3 classes) need filters=16"),
    "[yolo]": ("[gaussian_yolo]", "line 15, [gaussian_yolo]: such a section is not supported"),
    "8,8": ("8,0", "line 17, [yolo]: an anchor needs a positive width and height, not 8 × 0"),
    "width=64": ("width=62", "an input of 62×32 is not divisible by 4"),
    "pad=1": ("pad=1\ndilation=2", "line 11, [convolutional]: dilation is not supported"),
    "=1,0": ("=1,2", "line 16, [yolo]: the mask 1,2 names an anchor outside 0…1"),
    "leaky": ("elu", "line 11, [convolutional]: the activation 'elu' is not supported"),
}


@pytest.mark.parametrize("old", BAD_CFGS)
@pytest.mark.parametrize("command", ["detect", "evaluate"])
def test_a_faulty_cfg_is_one_line_that_names_it(model, folder, capsys, command, old):
    new, sentence = BAD_CFGS[old]
    model.write_text(CFG.replace(old, new))
    said = refusal(capsys, command, model, folder)
    assert said.startswith(f"{model}: ")
    assert sentence in said


def test_what_lacks_a_file_is_said(model, folder, capsys):
    model.with_suffix(".weights").unlink()
    assert "net.weights: is missing beside net.cfg" in refusal(capsys, "detect", model, folder)
    put_weights(model.with_suffix(".weights"))
    model.unlink()
    said = refusal(capsys, "detect", model.with_suffix(".weights"), folder)
    assert "net.cfg: is missing beside net.weights" in said


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ("cat\n", "net.names: holds 1 names, but net.cfg has 2 classes"),
        ("cat\ncat\n", "net.names: names the class 'cat' twice"),
        ("\ncat\n", "net.names: line 1 is empty"),
    ],
)
def test_names_that_do_not_fit_are_said(model, folder, capsys, names, sentence):
    model.with_suffix(".names").write_text(names)
    assert sentence in refusal(capsys, "detect", model, folder)


def test_evaluate_wants_the_names_of_the_data_set(model, folder, capsys):
    model.with_suffix(".names").write_text("dog\nbird\n")
    said = refusal(capsys, "evaluate", model, folder, "--split", "all")
    assert f"{model}: knows dog, bird, but not cat, which {folder} has" in said


@pytest.mark.parametrize("to", ["onnx", "tflite", "saved_model"])
def test_other_formats_are_later_work(model, tmp_path, capsys, to):
    said = refusal(capsys, "export", model, "--to", to, "--out", tmp_path / "x")
    assert f"--to {to} cannot be written yet" in said


# --- what works, and what weights may not be ------------------------------------------------------


@pytest.mark.tensorflow
@pytest.mark.parametrize("suffix", [".cfg", ".weights"])
def test_detect_takes_either_of_the_two_files(model, folder, capsys, suffix):
    path = model.with_suffix(suffix)
    code, found, err = call(capsys, "detect", path, folder, "--conf", 0.01)
    assert code == 0, err
    assert {d["label"] for line in found for d in line["detections"]} == {"cat", "dog"}
    code, (result,), err = call(capsys, "evaluate", path, folder, "--split", "all")
    assert code == 0, err
    assert set(result["per_class"]) == {"cat", "dog"}


def put_published(path: Path, count: int = 6_062_814) -> None:
    """Write random numbers, as many as yolov4-tiny.weights has; none is negative."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(0).uniform(0, 0.02, count).astype("<f4")
    path.write_bytes(struct.pack("<3iQ", 0, 2, 5, 1) + values.tobytes())


@pytest.mark.tensorflow
def test_a_fetched_file_needs_no_cfg(tmp_path, folder, capsys):
    """It detects as with the cfg that its authors have: masks 3,4,5 and 1,2,3."""
    path = published.path_of("yolov4-tiny.weights")
    put_published(path)
    anchors = preset("yolov4-tiny", (416, 416))
    masks = ((3, 4, 5), (1, 2, 3))
    theirs = ModelConfig("yolov4-tiny", COCO_NAMES, anchors, (416, 416), masks)
    (tmp_path / "theirs.cfg").write_text(render(theirs))
    (tmp_path / "theirs.weights").write_bytes(path.read_bytes())
    assert read_model(path) == theirs
    picture = folder / "one.png"
    results = [
        call(capsys, "detect", model, picture, "--conf", 0.01)
        for model in (path, "yolov4-tiny.weights", tmp_path / "theirs.cfg")
    ]
    assert [code for code, _, _ in results] == [0, 0, 0], results
    by_path, by_name, by_cfg = (found[0]["detections"] for _, found, _ in results)
    assert by_path == by_name == by_cfg
    assert by_path
    assert {d["label"] for d in by_path} <= set(COCO_NAMES)


def test_published_weights_are_known_by_name_and_length(tmp_path, folder, capsys):
    said = refusal(capsys, "detect", "yolov3-tiny.weights", folder)
    path = published.path_of("yolov3-tiny.weights")
    assert f"neither here nor fetched yet; `fetch yolov3-tiny.weights` puts it at {path}" in said
    put_published(tmp_path / "yolov4-tiny.weights", 6_062_813)
    said = refusal(capsys, "detect", tmp_path / "yolov4-tiny.weights", folder)
    assert "yolov4-tiny.cfg: is missing beside yolov4-tiny.weights" in said
    put_published(tmp_path / "other.weights")
    said = refusal(capsys, "detect", tmp_path / "other.weights", folder)
    assert "other.cfg: is missing beside other.weights" in said


@pytest.mark.parametrize("network", ARCHITECTURES)
def test_of_every_published_network_the_masks_are_known(tmp_path, network):
    path = tmp_path / f"{network}.weights"
    with path.open("wb") as file:
        file.write(struct.pack("<3iQ", 0, 2, 5, 1))
        file.truncate(published.file_called(path.name).bytes)
    model = read_model(path)
    usual = {
        "yolov3": ((6, 7, 8), (3, 4, 5), (0, 1, 2)),
        "yolov4": ((0, 1, 2), (3, 4, 5), (6, 7, 8)),
    }
    usual["yolov3-spp"] = usual["yolov3"]
    assert model.architecture == network
    assert model.head_masks == usual.get(network, ((3, 4, 5), (1, 2, 3)))
    assert model.classes == COCO_NAMES


@pytest.mark.parametrize("command", ["detect", "evaluate"])
@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (FLOATS - 3, "3 too few, they end 67 floats into layer 1 (convolutional, 14 filters of"),
        (FLOATS + 5, "5 too many, they go on after layer 1 (convolutional, 14 filters of 1×1)"),
        (124, "70 too few, they end after layer 0 (convolutional, 4 filters of 3×3), as those"),
    ],
)
def test_weights_that_do_not_fit_are_said_before_tensorflow_is_loaded(
    model, folder, capsys, monkeypatch, command, count, sentence
):
    monkeypatch.setitem(sys.modules, "studio.yolo.backend", None)  # importing it would fail
    put_weights(model.with_suffix(".weights"), count)
    said = refusal(capsys, command, model, folder)
    assert "net.weights" in said
    assert sentence in said


@pytest.mark.tensorflow
def test_weights_with_nan_are_said(model, folder, capsys):
    path = model.with_suffix(".weights")
    path.write_bytes(path.read_bytes()[:-4] + struct.pack("<f", np.nan))
    assert "no numbers in layer 1 (conv" in refusal(capsys, "detect", model, folder)


@pytest.mark.tensorflow
def test_export_writes_what_opencv_and_we_read(model, folder, tmp_path, capsys):
    out = tmp_path / "there" / "small.v2"
    code, (done,), err = call(capsys, "export", model, "--to", "darknet", "--out", out)
    assert code == 0, err
    path = Path(done["path"])
    assert path == tmp_path / "there" / "small.v2.weights"
    assert done["bytes"] == path.stat().st_size == 20 + 4 * FLOATS
    assert 0 <= done["max_difference"] < 1e-5
    assert path.read_bytes() == model.with_suffix(".weights").read_bytes()  # `seen` survives
    assert read_header(path).seen == 640
    assert {p.name for p in path.parent.iterdir()} == {
        f"small.v2.{suffix}" for suffix in ("cfg", "weights", "names")
    }
    copy = path.with_suffix(".cfg")
    before, after = cfg.read(model), cfg.read(copy)
    assert after.layout == before.layout
    assert after.anchors == before.anchors
    assert not cv2.dnn.readNetFromDarknet(str(copy), str(path)).empty()
    found = call(capsys, "detect", model, folder, "--conf", 0.01)[1]
    again = call(capsys, "detect", copy, folder, "--conf", 0.01)[1]
    assert [line["detections"] for line in found] == [line["detections"] for line in again]


@pytest.mark.parametrize("suffix", [".cfg", ".names", ".weights"])
def test_export_overwrites_nothing(model, tmp_path, capsys, suffix):
    taken = tmp_path / f"taken{suffix}"
    taken.write_text("mine")
    said = refusal(capsys, "export", model, "--to", "darknet", "--out", tmp_path / "taken.weights")
    assert f"taken{suffix}: exists already" in said
    assert [p.read_text() for p in tmp_path.glob("*taken*")] == ["mine"]


@pytest.mark.tensorflow
def test_a_failed_export_leaves_nothing(model, tmp_path, capsys, monkeypatch):
    """The weights overflow: what would be written puts out no numbers."""
    path = model.with_suffix(".weights")
    path.write_bytes(path.read_bytes()[:20] + np.full(FLOATS, 3e38, "<f4").tobytes())
    out = tmp_path / "out"
    out.mkdir()
    said = refusal(capsys, "export", model, "--to", "darknet", "--out", out / "net")
    assert "values that are no numbers" in said
    assert list(out.iterdir()) == []


def heads_of(path: Path, epsilon: float) -> np.ndarray:
    """Return the head of `CFG` for the picture that an export is checked with, in float64."""
    values = np.frombuffer(path.read_bytes()[20:], "<f4").astype(np.float64)
    beta, gamma, mean, variance = values[:16].reshape(4, 4)
    kernel = values[16:124].reshape(4, 27)
    picture = np.random.default_rng(0).random((32, 64, 3), np.float32).transpose(2, 0, 1)
    padded = np.pad(picture, ((0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))[:, ::4, ::4]
    seen = np.einsum("fk,kyx->fyx", kernel, windows.transpose(0, 3, 4, 1, 2).reshape(27, 8, 16))
    scale = (gamma / np.sqrt(variance + epsilon))[:, None, None]
    normed = (seen - mean[:, None, None]) * scale + beta[:, None, None]
    active = np.where(normed > 0, normed, 0.1 * normed)
    head = np.einsum("fk,kyx->yxf", values[138:].reshape(14, 4), active) + values[124:138]
    return head.ravel()


@pytest.mark.tensorflow
def test_export_says_by_how_much_opencv_itself_differs(model, tmp_path, capsys):
    """Variances of 1e-4 show that OpenCV adds another epsilon to them."""
    path = model.with_suffix(".weights")
    values = np.frombuffer(path.read_bytes()[20:], "<f4").copy()
    values[12:16] = 1e-4
    path.write_bytes(path.read_bytes()[:20] + values.tobytes())
    expected = np.abs(heads_of(path, 1e-5) - heads_of(path, 1e-6)).max()
    code, (done,), err = call(capsys, "export", model, "--to", "darknet", "--out", tmp_path / "net")
    assert code == 0, err
    assert done["reader"] == "OpenCV"
    assert done["max_difference"] < 1e-4 < 1 < expected
    assert done["opencv_difference"] == pytest.approx(expected, rel=1e-3)
    network = cv2.dnn.readNetFromDarknet(str(tmp_path / "net.cfg"), done["path"])
    picture = np.random.default_rng(0).random((32, 64, 3), np.float32)
    network.setInput(picture.transpose(2, 0, 1)[None])
    (theirs,) = network.forward(["permute_2"])
    assert np.abs(theirs.ravel() - heads_of(path, 1e-6)).max() < 1e-3
    assert cli.run(["export", str(model), "--to", "darknet", "--out", str(tmp_path / "two")]) == 0
    said = capsys.readouterr().out
    assert "Read again by OpenCV with Darknet's arithmetic, the output differs by at most" in said
    assert f"OpenCV as it is differs by up to {done['opencv_difference']:.1e}: to a varia" in said


@pytest.mark.tensorflow
def test_a_small_difference_of_opencv_is_not_worth_a_sentence(model, tmp_path, capsys):
    assert cli.run(["export", str(model), "--to", "darknet", "--out", str(tmp_path / "net")]) == 0
    assert "OpenCV as it is" not in capsys.readouterr().out


@pytest.mark.tensorflow
def test_what_opencv_cannot_follow_is_read_by_ourselves(model, tmp_path, capsys):
    more = "[convolutional]\nfilters=4\nactivation=mish\n[route]\nlayers=-1,-2\ngroups=2\n"
    model.write_text(
        CFG.replace("[convolutional]\nfilters=14", more + "[convolutional]\nfilters=14")
    )
    put_weights(model.with_suffix(".weights"), FLOATS + 4 + 16)
    with pytest.raises(cv2.error):
        cv2.dnn.readNetFromDarknet(str(model), str(model.with_suffix(".weights")))
    code, (done,), err = call(capsys, "export", model, "--to", "darknet", "--out", tmp_path / "net")
    assert code == 0, err
    assert (done["reader"], done["opencv_difference"]) == ("YOLO Studio", None)
    assert cli.run(["export", str(model), "--to", "darknet", "--out", str(tmp_path / "two")]) == 0
    said = capsys.readouterr().out
    assert "Read again by YOLO Studio itself, as OpenCV cannot follow this cfg, the output" in said
    assert "Darknet's arithmetic" not in said


def _off_by(share):
    """Sabotage what is read: a head is off by a share of its largest value, or of 1."""

    def sabotage(monkeypatch):
        from studio.yolo import readback

        honest = readback._opencv_heads

        def read(*arguments):
            heads = honest(*arguments)
            heads[-1].flat[5] += share * max(1, np.abs(heads[-1]).max())
            return heads

        monkeypatch.setattr(readback, "_opencv_heads", read)

    return sabotage


def _swapped(monkeypatch):
    """Sabotage what is written: γ and β have changed places."""
    from studio.yolo import export

    def write(path, found):
        layers = tuple(
            one if one.gamma is None else replace(one, beta=one.gamma, gamma=one.beta)
            for one in found.layers
        )
        weights.write(path, replace(found, layers=layers))

    monkeypatch.setattr(export, "weights", SimpleNamespace(write=write, read_header=read_header))


@pytest.mark.tensorflow
@pytest.mark.parametrize("sabotage", [_off_by(2e-3), _off_by(np.nan), _swapped])
@pytest.mark.parametrize("scale", [1, 1e6])
def test_files_that_say_something_else_are_not_kept(
    model, tmp_path, capsys, monkeypatch, sabotage, scale
):
    scale_heads(model, scale)
    sabotage(monkeypatch)
    out = tmp_path / "out"
    out.mkdir()
    said = refusal(capsys, "export", model, "--to", "darknet", "--out", out / "net")
    assert "net: nothing was written, as OpenCV read something else in the files" in said
    assert list(out.iterdir()) == []


@pytest.mark.tensorflow
@pytest.mark.parametrize("scale", [1, 1e6])
def test_heads_that_explode_may_round_more(model, tmp_path, capsys, monkeypatch, scale):
    """What an untrained network puts out may be of any size."""
    scale_heads(model, scale)
    _off_by(5e-4)(monkeypatch)
    code, (done,), err = call(capsys, "export", model, "--to", "darknet", "--out", tmp_path / "net")
    assert code == 0, err
    assert done["max_difference"] > 2e-4 * scale


def scale_heads(model: Path, scale: float) -> None:
    path = model.with_suffix(".weights")
    values = np.frombuffer(path.read_bytes()[20:], "<f4").copy()
    values[124:] *= scale
    path.write_bytes(path.read_bytes()[:20] + values.tobytes())


# --- a run ----------------------------------------------------------------------------------------


def small_model(**settings) -> ModelConfig:
    size = (96, 64)
    anchors = preset("yolov4-tiny", size)
    return ModelConfig("yolov4-tiny", ("red cell", "dog"), anchors, size, **settings)


@pytest.fixture
def run(tmp_path) -> Path:
    """A run whose weights are random."""
    from studio.yolo.network.build import build, convolutions
    from studio.yolo.weights.arrays import save_arrays, variables_to_arrays
    from tests.yolo.darknet_files import randomise

    run = new_run(tmp_path / "runs", "one", TrainConfig(small_model()))
    network = build(run.config.model)
    randomise(network)
    for layer in convolutions(network):  # small variances, as training leaves them
        if layer.batch_norm:
            layer.kernel.assign(layer.kernel / 200)
            layer.mean.assign(layer.mean / 200)
            layer.variance.assign(layer.variance / 40_000)
    save_arrays(run.best, variables_to_arrays(network.variables))
    return run.path


@pytest.mark.tensorflow
def test_an_exported_run_detects_the_same(run, folder, tmp_path, capsys):
    out = tmp_path / "net.weights"
    code, (done,), err = call(capsys, "export", run, "--to", "darknet", "--out", out)
    assert code == 0, err
    assert Path(done["path"]) == out
    assert 0 < done["max_difference"] < 1e-4  # two programs never round alike
    assert out.with_suffix(".names").read_text() == "red cell\ndog\n"
    assert cfg.read(out.with_suffix(".cfg")).architecture == "yolov4-tiny"
    found = call(capsys, "detect", run, folder, "--conf", 0.3)[1]
    again = call(capsys, "detect", out, folder, "--conf", 0.3)[1]
    assert sum(len(line["detections"]) for line in found) > 0
    assert [line["detections"] for line in found] == [line["detections"] for line in again]


def test_attention_is_not_exported(tmp_path, capsys):
    run = new_run(tmp_path / "runs", "one", TrainConfig(small_model(attention="eca")))
    said = refusal(capsys, "export", run.path, "--to", "darknet", "--out", tmp_path / "net")
    assert "attention (eca) cannot be written" in said
    assert not list(tmp_path.glob("net*"))
