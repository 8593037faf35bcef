"""Loading a run and detecting with it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from studio.errors import FileError, StudioError
from studio.yolo.backend import tf
from studio.yolo.detect import Detector, in_picture
from studio.yolo.network.build import build
from studio.yolo.network.layers import Convolution
from studio.yolo.runs import new_run
from studio.yolo.suppression.plain import METHODS, select
from studio.yolo.weights.arrays import load_arrays, save_arrays, variables_to_arrays
from tests.yolo.darknet_files import randomise

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def run(train_config, tmp_path):
    """A run with untrained weights."""
    run = new_run(tmp_path / "runs", "one", train_config)
    save_arrays(run.best, variables_to_arrays(build(train_config.model).variables))
    return run


def test_candidates_lie_in_the_picture_best_first(run):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (77, 201, 3), np.uint8)
    candidates = Detector.load(run.path).candidates(image, floor=0.0)
    xyxy = candidates.xyxy
    assert len(xyxy) > 20
    assert (xyxy >= 0).all()
    assert (xyxy <= (201, 77, 201, 77)).all()
    assert (xyxy[:, 2:] > xyxy[:, :2]).all()
    assert (np.diff(candidates.scores) <= 0).all()


def test_thresholds_select_among_candidates(run):
    detector = Detector.load(run.path)
    image = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    loose = detector.detect(image, confidence=0.00001, iou=0.99)
    assert min(d.score for d in loose) < 0.012
    middle = loose[len(loose) // 2].score
    strict = detector.detect(image, confidence=middle, iou=0.99)
    assert {d.score for d in strict} == {d.score for d in loose if d.score >= middle}
    assert 0 < len(strict) < len(loose)
    assert len(detector.detect(image, confidence=0.00001, iou=0.1)) < len(loose)


@pytest.mark.parametrize("method", METHODS)
def test_detecting_is_selecting_among_candidates(run, method):
    """On the graph for several pictures, and in numpy for one: the same boxes to the last digit."""
    detector = Detector.load(run.path, "float32")
    rng = np.random.default_rng(2)
    images = [rng.integers(0, 255, (*size, 3), np.uint8) for size in ((64, 64), (90, 31), (5, 300))]
    floor = float(np.median(detector.candidates(images[0]).scores))
    together = detector.detect_all(images, floor, 0.4, method)
    for image, found in zip(images, together, strict=True):
        candidates = detector.candidates(image, floor)
        expected = select(candidates, detector.config.classes, floor, 0.4, method)
        assert len(expected) > 3
        alone = detector.detect(image, floor, 0.4, method)
        for boxes in (found, alone):
            scores = [d.score for d in boxes]
            assert scores == pytest.approx([d.score for d in expected], rel=1e-4)
        assert [d.box.label for d in alone] == [d.box.label for d in expected]
        edges = np.array([d.box.xyxy for d in alone])
        assert edges == pytest.approx(np.array([d.box.xyxy for d in expected]), abs=1e-4)


def test_bfloat16_finds_what_float32_finds(run, train_config):
    model = build(train_config.model)
    randomise(model)
    save_arrays(run.best, variables_to_arrays(model.variables))
    image = np.random.default_rng(3).integers(0, 255, (64, 64, 3), np.uint8)
    plain = Detector.load(run.path, "float32").candidates(image, 0.0)
    brain = Detector.load(run.path, "bfloat16").candidates(image, 0.0)
    assert brain.scores == pytest.approx(plain.scores, abs=0.05)
    nearest = np.abs(plain.xyxy[:, None] - brain.xyxy[None]).max(axis=2).min(axis=1)
    assert np.median(nearest) < 1  # pixels; the order of like scores differs
    assert (brain.scores != plain.scores).any()


def test_weights_of_a_settled_layer_exist_once():
    layer = Convolution(4, 3, dtype="mixed_bfloat16")
    image = tf.ones((1, 8, 8, 3))
    before = layer(image)
    layer.fold()
    expected = layer(image)
    layer.settle()
    assert layer.kernel.dtype == tf.bfloat16
    assert not any(variable.shape == layer.kernel.shape for variable in layer.variables)
    assert (layer(image).numpy() == expected.numpy()).all()
    assert before.numpy().astype(float) == pytest.approx(expected.numpy().astype(float), abs=0.1)


def test_in_picture_undoes_the_letterbox():
    """A 200 × 100 picture in a 64 × 64 input: scale 0.32, 16 pixels of grey above."""
    boxes = np.array([[0, 16, 64, 48], [32, 32, 38.4, 35.2], [5, 0, 20, 10]], np.float32)
    scores, classes = np.array([0.9, 0.8, 0.7], np.float32), np.zeros(3, np.int32)
    kept = in_picture(boxes, scores, classes, (200, 100), (64, 64), 0.1)
    assert kept.xyxy == pytest.approx(np.array([[0, 0, 200, 100], [100, 50, 120, 60]]), abs=1e-4)


@pytest.mark.parametrize("damage", ["missing", "cut", "text", "no-config", "bad-config"])
def test_a_run_with_a_faulty_file_is_one_sentence_naming_it(run, damage):
    culprit = run.best
    if damage == "missing":
        run.best.unlink()
    elif damage == "cut":
        run.best.write_bytes(run.best.read_bytes()[:-1000])
    elif damage == "text":
        run.best.write_text("not weights")
    else:
        culprit = run.path / "config.toml"
        culprit.unlink() if damage == "no-config" else culprit.write_text("[model]\nx = 1")
    with pytest.raises(StudioError) as caught:
        Detector.load(run.path)
    assert culprit.name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_weights_of_another_network_are_refused(run, train_config):
    other = dataclasses.replace(train_config.model, classes=("x", "y", "z"))
    save_arrays(run.best, variables_to_arrays(build(other).variables))
    with pytest.raises(FileError, match="belongs to another network"):
        Detector.load(run.path)


def test_weights_that_are_not_numbers_are_refused(run):
    arrays = load_arrays(run.best)
    name = next(iter(arrays))
    arrays[name] = arrays[name] * np.nan
    save_arrays(run.best, arrays)
    with pytest.raises(FileError, match=f"not finite in {name}"):
        Detector.load(run.path)


def test_what_is_no_run_is_said(tmp_path):
    with pytest.raises(StudioError, match="is not a run folder"):
        Detector.load(tmp_path / "nowhere")
    with pytest.raises(StudioError, match=r"config\.toml is missing"):
        Detector.load(tmp_path)


def test_raw_and_flat_order_agree(train_config):
    """`flatten` lists cells as `cells` does: a marked cell of a head comes back at its place."""
    from studio.yolo.network import decode

    grid = decode.cells(train_config.model)
    heads = [np.zeros((1, 2, 2, 3, 7), np.float32), np.zeros((1, 4, 4, 3, 7), np.float32)]
    heads[1][0, 3, 1, 2, 4] = 5.0
    flat = decode.flatten([tf.constant(head) for head in heads]).numpy()[0]
    (cell,) = np.flatnonzero(flat[:, 4])
    assert grid.offset[cell].tolist() == [1, 3]
    assert grid.stride[cell] == 16
    assert grid.anchor[cell].tolist() == list(train_config.model.anchors.sizes[2])
