"""Weights of all kinds are read, and what they are of is told from what is in them."""

from __future__ import annotations

import dataclasses
import struct
from pathlib import Path

import numpy as np
import pytest

from studio.errors import StudioError
from studio.labels.anchors import Anchors, preset
from studio.yolo.config import TrainConfig
from studio.yolo.darknet.names import COCO_NAMES
from studio.yolo.network import networks
from studio.yolo.network.model import ModelConfig
from studio.yolo.network.sections import Conv, shapes
from studio.yolo.runs import new_run
from studio.yolo.weights.arrays import save_arrays
from studio.yolo.weights.lengths import extent
from studio.yolo.weights.sources import read
from studio.yolo.weights.transfer import transfer
from tests.yolo.made_weights import arrays_of, write_darknet

COCO = tuple(f"c{number}" for number in range(80))
ABC = ("a", "b", "c")


def model(architecture="yolov3-tiny", classes=ABC, **options) -> ModelConfig:
    return ModelConfig(architecture, classes, preset(architecture, (64, 64)), (64, 64), **options)


def config(weights, transfer="no_output", **options) -> TrainConfig:
    return TrainConfig(model(**options), transfer=transfer, weights=str(weights))


WHOLE = [  # floats of the files trained on COCO, as their authors publish them
    ("yolov3", 62_001_757),
    ("yolov3-tiny", 8_858_734),
    ("yolov4", 64_429_405),
    ("yolov4-tiny", 6_062_814),
]


@pytest.mark.parametrize(("architecture", "floats"), WHOLE)
def test_a_whole_file_says_its_classes_by_its_length(architecture, floats):
    found = extent(architecture, model(architecture).sections, floats)
    assert found.classes == 80
    assert found.sections == tuple(
        dataclasses.replace(section, filters=255)
        if isinstance(section, Conv) and section.filters == 24
        else section
        for section in model(architecture).sections
    )


@pytest.mark.parametrize(
    ("name", "architecture", "size", "convolutions"),
    [("darknet53.conv.74", "yolov3", 162_482_580, 52),
     ("darknet53.conv.74", "yolov3-spp", 162_482_580, 52),
     ("yolov4.conv.137", "yolov4", 170_038_676, 92),
     ("yolov4-tiny.conv.29", "yolov4-tiny", 19_789_716, 17),
     ("yolov3-tiny.conv.15", "yolov3-tiny", 30_973_396, 9),
     ("yolov3-tiny.conv.11", "yolov3-tiny", 6_303_188, 6)],
)  # fmt: skip
def test_a_truncated_file_is_told_by_its_length(name, architecture, size, convolutions):
    network = model(architecture).sections
    found = extent(architecture, network, (size - 20) // 4)
    assert found.classes is None
    assert found.sections == network[: len(found.sections)]
    assert sum(isinstance(section, Conv) for section in found.sections) == convolutions
    cut = int(name.split(".")[-1])
    parts = networks.parts(architecture, network)
    assert set(parts[:cut]) == {"backbone"}
    if name != "yolov3-tiny.conv.11":  # the one that ends before the backbone does
        assert not [s for s, p in zip(network[cut:], parts[cut:], strict=True)
                    if isinstance(s, Conv) and p == "backbone"]  # fmt: skip


@pytest.mark.parametrize("classes", [1, 2, 3, 19, 81])
def test_any_number_of_classes_and_of_anchors(classes):
    anchors = dataclasses.replace(preset("yolov3-tiny", (64, 64)))
    four = dataclasses.replace(anchors, sizes=anchors.sizes[:4])
    pairs = ModelConfig("yolov3-tiny", ABC, four, (64, 64))
    made = model(classes=COCO[:1] * classes)
    floats = sum(array.size for array in arrays_of(made).values())
    assert extent("yolov3-tiny", model().sections, floats).classes == classes
    if 3 * (5 + classes) % 2:  # else two anchors a head would be as likely
        assert extent("yolov3-tiny", pairs.sections, floats).classes == classes
    with_pairs = dataclasses.replace(pairs, classes=COCO[:1] * classes)
    floats = sum(array.size for array in arrays_of(with_pairs).values())
    assert extent("yolov3-tiny", pairs.sections, floats).classes == classes


@pytest.mark.parametrize(
    ("floats", "sentence"),
    [
        (0, r"holds 0 floats and ends 496 before the end of layer 000_conv of yolov3-tiny$"),
        (495, r"holds 495 floats and ends 1 before the end of layer 000_conv of yolov3-tiny$"),
        (8_858_734 + 5, r"holds 5 floats more than yolov3-tiny with 80 classes .* layer, 022_conv"),
        (8_858_734 - 7, r"ends 7 before the end of layer 022_conv of yolov3-tiny with 80 classes"),
        (62_001_757, r"^belongs to another network \(yolov3, 80 classes\)$"),
        (170_038_656 // 4, r"^belongs to another network: the first 137 sections of yolov4$"),
        (8_858_734 + 5 * 10**6, r"^holds [0-9,]* floats more than yolov3-tiny with 3 classes has"),
    ],
)
def test_other_lengths_are_refused_with_the_difference(floats, sentence):
    with pytest.raises(StudioError, match=sentence):
        extent("yolov3-tiny", model().sections, floats)


@pytest.mark.parametrize(
    ("mode", "taken", "reasons"),
    [
        ("darknet", 9, {"not of the backbone"}),
        ("no_output", 11, {"heads of 3 classes start anew"}),
        ("frozen", 11, {"heads of 3 classes start anew"}),
        ("fine_tune", 11, {"heads of 80 classes there, 3 classes here"}),
    ],
)
def test_what_each_mode_takes_from_a_coco_file(tmp_path, mode, taken, reasons):
    path = tmp_path / "coco.weights"
    expected = write_darknet(path, model(classes=COCO))
    found = transfer(config(path, mode))
    assert len(found.taken) == taken
    assert {"015_conv", "022_conv"} <= set(found.left)
    assert set(filter(None, found.reasons.values())) == reasons
    assert found.frozen == (found.taken if mode == "frozen" else ())
    assert found.slow == (found.taken[:9] if mode == "fine_tune" else ())
    for name, values in found.source.arrays.items():
        assert (values == expected[name]).all(), name
    assert found.sentences()[0].startswith(f"taken: {taken} of 13 layers from coco.weights (80 cl")
    assert all(layer in " ".join(found.sentences()) for layer in ("000_conv", "015_conv"))


HEADS = ("015_conv", "022_conv")


def test_heads_are_taken_from_a_run_of_the_same_classes_and_anchors(tmp_path):
    run = new_run(tmp_path, "mine", TrainConfig(model()))
    save_arrays(run.best, arrays_of(model()))
    for place in (run.path, run.best):
        assert not transfer(config(place, "fine_tune")).left
        for classes in (("a", "c", "b"), ("a", "b")):
            found = transfer(config(place, "fine_tune", classes=classes))
            assert found.left == HEADS
            assert "heads start anew: other classes: a, b, c" in found.sentences()[0]
        assert transfer(config(place, "no_output")).left == HEADS


def test_heads_of_other_anchors_start_anew(tmp_path):
    run = new_run(tmp_path, "mine", TrainConfig(model()))
    save_arrays(run.best, arrays_of(model()))
    for masks, left in ((((0, 1, 2), (3, 4, 5)), HEADS), (((3, 4, 5), (1, 2, 3)), HEADS[1:]),
                        (((5, 4, 3), (0, 1, 2)), HEADS[:1])):  # fmt: skip
        found = transfer(config(run.path, "fine_tune", masks=masks))
        assert found.left == left
        assert {found.reasons[head] for head in left} == {"heads start anew: other anchors"}
    here = config(run.path, "fine_tune")
    larger = dataclasses.replace(model(), anchors=model().anchors.at((96, 96)), input_size=(96, 96))
    assert not transfer(dataclasses.replace(here, model=larger)).left
    sizes = tuple((w * 1.01, h) for w, h in model().anchors.sizes)
    others = dataclasses.replace(model().anchors, sizes=sizes)
    own = dataclasses.replace(model(), anchors=others)
    assert transfer(dataclasses.replace(here, model=own)).left == HEADS


def test_a_file_that_does_not_say_what_its_heads_have_learnt_gives_none(tmp_path):
    made = model(classes=("x", "y", "z"))
    write_darknet(tmp_path / "three.weights", made)
    save_arrays(tmp_path / "three.npz", arrays_of(made))
    for name in ("three.weights", "three.npz"):
        found = transfer(config(tmp_path / name, "fine_tune"))
        assert found.left == HEADS
        reason = f"heads start anew: {name} does not say what its classes and anchors are"
        assert reason in found.sentences()[0]


def test_what_a_published_file_has_learnt_is_known(tmp_path):
    """COCO's tiny networks have the anchors 1, 2, 3 in their finer head."""
    path = tmp_path / "yolov3-tiny.weights"
    write_darknet(path, model(classes=COCO_NAMES))
    coco = {"classes": COCO_NAMES}
    own = coco | {"masks": ((3, 4, 5), (1, 2, 3))}
    assert not transfer(config(path, "fine_tune", **own)).left
    found = transfer(config(path, "fine_tune", **coco))  # with the anchors 0, 1, 2
    assert found.left == HEADS[1:]
    assert found.reasons["022_conv"] == "heads start anew: other anchors"
    found = transfer(config(path, "fine_tune", classes=COCO))
    assert found.left == HEADS
    names = "person, bicycle, car, motorbike, aeroplane …"
    assert f"heads start anew: other classes: {names}" in found.sentences()[0]
    copy = path.rename(tmp_path / "copy.weights")
    assert transfer(config(copy, "fine_tune", **own)).left == HEADS


def test_only_what_a_truncated_file_holds_is_frozen_or_slow(tmp_path):
    write_darknet(tmp_path / "yolov3-tiny.conv.11", model(), sections=11)
    found = transfer(config(tmp_path / "yolov3-tiny.conv.11", "frozen"))
    assert found.taken == found.frozen == tuple(f"{at:03d}_conv" for at in range(0, 12, 2))[:6]
    assert found.reasons["014_conv"] == "not in yolov3-tiny.conv.11"
    first, listed, frozen = found.sentences()
    assert "taken: 6 of 13 layers from yolov3-tiny.conv.11; not taken: 012_conv" in first
    assert "taken: 000_conv to 010_conv" in listed
    assert "learning: 012_conv to 022_conv" in frozen
    tuned = transfer(config(tmp_path / "yolov3-tiny.conv.11", "fine_tune"))
    assert tuned.slow == found.taken
    assert tuned.sentences()[2] == "learning at 0.1 of the learning rate: 000_conv to 010_conv"


def test_a_backbone_serves_the_networks_that_share_it(tmp_path):
    write_darknet(tmp_path / "spp.weights", model("yolov3-spp", COCO[:2]))
    found = transfer(config(tmp_path / "spp.weights", "darknet", architecture="yolov3"))
    assert len(found.taken) == 52
    with pytest.raises(StudioError, match=r"another network \(yolov3-spp, 2 classes\)"):
        transfer(config(tmp_path / "spp.weights", "no_output", architecture="yolov3"))


def test_what_was_fetched_is_known_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("YOLO_STUDIO_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    name = "yolov3-tiny.conv.11"
    (tmp_path / "weights").mkdir()
    write_darknet(tmp_path / "weights" / name, model(), sections=11)
    assert len(transfer(config(name)).taken) == 6


def test_older_headers_are_shorter(tmp_path):
    path = tmp_path / "old.weights"
    write_darknet(path, model(classes=COCO), header=struct.pack("<iiiI", 0, 1, 0, 77))
    assert read(config(path)).classes == 80


def test_a_run_of_another_network_says_what_would_fit(tmp_path):
    run = new_run(tmp_path, "mine", TrainConfig(model("yolov4-tiny")))
    save_arrays(run.best, arrays_of(model("yolov4-tiny")))
    with pytest.raises(StudioError, match=r"mine: is of yolov4-tiny, not of yolov3-tiny: 0 of 13"):
        transfer(config(run.path))
    with pytest.raises(StudioError, match=r"not of yolov3: 2 of 75 .*: 000_conv, 001_conv$"):
        transfer(config(run.path, architecture="yolov3"))
    (tmp_path / "moved.npz").write_bytes(run.best.read_bytes())
    with pytest.raises(
        StudioError, match=r"belongs to another network \(yolov4-tiny, 3 classes\)$"
    ):
        transfer(config(tmp_path / "moved.npz"))
    arrays = arrays_of(model("yolov4-tiny"))
    save_arrays(tmp_path / "odd.npz", arrays | {"001_conv/beta": np.zeros(5, np.float32)})
    with pytest.raises(StudioError, match=r"belongs to another network: 000_conv/kernel is \(3, 3"):
        transfer(config(tmp_path / "odd.npz"))


def test_anchors_that_are_fewer_a_scale_are_said(tmp_path):
    run = new_run(tmp_path, "mine", TrainConfig(model()))
    save_arrays(run.best, arrays_of(model()))
    four = Anchors(((10, 10), (20, 20), (30, 30), (40, 40)), (64, 64))
    here = config(run.path, "fine_tune")
    found = transfer(dataclasses.replace(here, model=dataclasses.replace(here.model, anchors=four)))
    assert found.reasons["022_conv"] == "heads start anew: 3 anchors a scale there, 2 here"


def test_layers_that_only_the_source_has_are_said(tmp_path):
    arrays = arrays_of(model()) | {"014_conv_attention/kernel": np.zeros((3, 1), np.float32)}
    save_arrays(tmp_path / "more.npz", arrays)
    words = transfer(config(tmp_path / "more.npz", "no_output")).sentences()[0]
    assert words.endswith("; left in the source: 014_conv_attention: not in this network")
    for mode in ("darknet", "no_output"):
        save_arrays(tmp_path / "more.npz", arrays_of(model()))
        words = transfer(config(tmp_path / "more.npz", mode)).sentences()[0]
        assert "left in the source" not in words


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("missing", r"x\.weights: there is no such file or run folder"),
        ("published", r"yolov3\.weights: is neither here nor fetched yet; it belongs at .*yolov3"),
        ("empty", r"x\.weights: does not begin as Darknet's weight files do"),
        ("text", "does not begin as Darknet"),
        ("short", "ends 25 before the end of layer 022_conv of yolov3-tiny with 80 classes"),
        ("nan", "values that are no numbers in layer 22"),
        ("odd", "1 bytes are left"),
        ("npz", "is not a file of weights"),
        ("state", "is the state of a run"),
        ("cut npz", "is damaged"),
        ("cut h5", "is damaged"),
        ("run", "has no weights to take: best.npz is missing"),
        ("folder", "is not a run folder"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(tmp_path, monkeypatch, damage, sentence):
    monkeypatch.setenv("YOLO_STUDIO_DATA", str(tmp_path / "data"))
    path = "yolov3.weights" if damage == "published" else damaged(tmp_path, damage)
    with pytest.raises(StudioError, match=sentence) as caught:
        transfer(config(path))
    assert "\n" not in str(caught.value)


def damaged(folder: Path, damage: str) -> Path:
    path = folder / "x.weights"
    match damage:
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("these are no weights, but there are many of them\n" * 9)
        case "short" | "nan" | "odd":
            write_darknet(path, model(classes=COCO))
            data = bytearray(path.read_bytes())
            end = {"short": b"", "odd": bytes(101), "nan": np.full(25, np.nan, "<f4").tobytes()}
            data[-100:] = end[damage]
            path.write_bytes(data)
        case "npz" | "state":
            name = "model/000_conv/kernel" if damage == "state" else "one"
            save_arrays(path, {name: np.zeros(3)})
        case "cut npz":
            save_arrays(path, arrays_of(model()))
            path.write_bytes(path.read_bytes()[:5000])
        case "cut h5":
            path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(500))
        case "run":
            return new_run(folder, "mine", TrainConfig(model())).path
    return path.parent if damage == "folder" else path


def test_shapes_of_made_weights_are_those_of_the_sections():
    """So that the tests above compare with something."""
    arrays = arrays_of(model())
    described = model().sections
    assert arrays["000_conv/kernel"].shape == (3, 3, 3, 16)
    assert arrays["022_conv/kernel"].shape == (1, 1, shapes(described)[22].inputs, 24)
