"""Networks against Darknet's figures and against OpenCV's reading of the same weights."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from studio.labels.anchors import PRESETS, Anchors
from studio.labels.boxes import to_cxcywh
from studio.yolo import decode
from studio.yolo.backend import tf
from studio.yolo.build import build, fold_batch_norm
from studio.yolo.layers import BN_MOMENTUM, Convolution
from studio.yolo.model import ModelConfig
from studio.yolo.sections import Yolo
from tests.yolo.darknet_files import convolutions, randomise, write_cfg, write_weights

pytestmark = pytest.mark.tensorflow


def config_of(architecture, classes=80, input_size=(416, 416)) -> ModelConfig:
    names = tuple(f"class {number}" for number in range(classes))
    anchors = Anchors(tuple((float(w), float(h)) for w, h in PRESETS[architecture]), input_size)
    return ModelConfig(architecture, names, anchors, input_size)


def opencv_network(folder, config, model):
    """Return OpenCV's own reading of a network's cfg and weights."""
    write_cfg(folder / "net.cfg", config)
    write_weights(folder / "net.weights", model)
    network = cv2.dnn.readNetFromDarknet(str(folder / "net.cfg"), str(folder / "net.weights"))
    network.enableWinograd(False)  # the faster algorithm, less exact
    return network


@pytest.mark.parametrize(
    ("architecture", "all_convolutions", "with_norm", "floats", "heads"),
    [
        ("yolov3", 75, 72, 62_001_757, [(13, 13), (26, 26), (52, 52)]),
        ("yolov3-tiny", 13, 11, 8_858_734, [(13, 13), (26, 26)]),
    ],
)
def test_counts_are_darknets(architecture, all_convolutions, with_norm, floats, heads):
    model = build(config_of(architecture))
    layers = convolutions(model)
    assert len(layers) == all_convolutions
    assert sum(layer.batch_norm for layer in layers) == with_norm
    assert sum(int(np.prod(variable.shape)) for variable in model.variables) == floats
    assert [tuple(output.shape[1:3]) for output in model.outputs] == heads
    assert {tuple(output.shape[3:]) for output in model.outputs} == {(3, 85)}


@pytest.mark.parametrize(
    ("architecture", "classes", "input_size", "gain"),
    [
        ("yolov3-tiny", 1, (416, 416), 1.2),
        ("yolov3-tiny", 80, (320, 224), 1.2),
        ("yolov3", 3, (160, 128), 0.7),
    ],
)
def test_heads_equal_opencvs(tmp_path, architecture, classes, input_size, gain):
    config = config_of(architecture, classes, input_size)
    model = build(config)
    randomise(model, gain)
    reference = opencv_network(tmp_path, config, model)
    image = np.random.default_rng(1).random((1, 3, input_size[1], input_size[0]), np.float32)
    reference.setInput(image)
    before_heads = [
        f"conv_{index - 1}" for index, s in enumerate(config.sections) if isinstance(s, Yolo)
    ]
    theirs = reference.forward(before_heads)
    ours = model(tf.constant(image.transpose(0, 2, 3, 1)), training=False)
    for mine, other in zip(ours, theirs, strict=True):
        flat = mine.numpy().reshape(*mine.shape[:3], -1).transpose(0, 3, 1, 2)
        assert np.abs(other).max() > 0.1
        assert flat == pytest.approx(other, abs=1e-4)


def test_decoded_boxes_equal_opencvs(tmp_path):
    """OpenCV's yolo layer gives centre and size as shares, and objectness times class."""
    config = config_of("yolov3-tiny", 4, (224, 160))
    model = build(config)
    randomise(model)
    reference = opencv_network(tmp_path, config, model)
    image = np.random.default_rng(2).random((1, 3, 160, 224), np.float32)
    reference.setInput(image)
    theirs = np.concatenate(reference.forward(reference.getUnconnectedOutLayersNames()))
    raw = decode.flatten(model(tf.constant(image.transpose(0, 2, 3, 1)), training=False))
    grid = decode.cells(config)
    boxes = decode.decode_boxes(raw, grid).numpy()[0]
    expected = theirs[:, :4] * (224, 160, 224, 160)
    ours = to_cxcywh(boxes)
    order = _match_heads(expected, ours)
    assert ours[order] == pytest.approx(expected, rel=2e-4, abs=1e-3)
    scores = tf.sigmoid(raw[0, :, 4:5]) * tf.sigmoid(raw[0, :, 5:])
    theirs_scores = np.where(theirs[:, 5:] > 0, theirs[:, 5:], 0)  # below its threshold it says 0
    shown = theirs_scores > 0
    assert shown.any()
    assert scores.numpy()[order][shown] == pytest.approx(theirs_scores[shown], abs=1e-4)


def _match_heads(expected, boxes):
    """OpenCV may list the heads in another order; whole heads are swapped, never single cells."""
    coarse = len(boxes) // 5
    straight = np.arange(len(boxes))
    swapped = np.concatenate([straight[coarse:], straight[:coarse]])
    return min((straight, swapped), key=lambda order: np.abs(boxes[order] - expected).max())


def test_training_moves_statistics_and_inference_does_not():
    layer = Convolution(4, 3)
    image = tf.random.stateless_normal((2, 8, 8, 3), (1, 2))
    layer(image, training=False)
    before = layer.mean.numpy()
    layer(image, training=False)
    assert (layer.mean.numpy() == before).all()
    layer(image, training=True)
    outputs = tf.nn.conv2d(image, layer.kernel, 1, "SAME")
    expected = (1 - BN_MOMENTUM) * outputs.numpy().mean(axis=(0, 1, 2))
    assert layer.mean.numpy() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("architecture", "gain"), [("yolov3-tiny", 1.2), ("yolov3", 0.7)])
def test_folding_changes_nothing_but_rounding(architecture, gain):
    model = build(config_of(architecture, 2, (96, 96)))
    randomise(model, gain)
    image = tf.random.stateless_uniform((2, 96, 96, 3), (5, 6))
    before = [head.numpy() for head in model(image, training=False)]
    fold_batch_norm(model)
    assert not any(layer.batch_norm for layer in convolutions(model))
    for head, expected in zip(model(image, training=False), before, strict=True):
        assert head.numpy() == pytest.approx(expected, abs=1e-4)


def test_same_seed_same_weights():
    config = config_of("yolov3-tiny", 2, (64, 64))
    first, again, other = (build(config, seed=seed).get_weights() for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert any((a != b).any() for a, b in zip(first, other, strict=True))


def test_first_scores_say_background():
    config = config_of("yolov3-tiny", 3, (64, 64))
    raw = decode.flatten(build(config)(tf.zeros((1, 64, 64, 3)), training=False))
    assert raw.numpy()[..., 4] == pytest.approx(-4, abs=0.5)


def test_bfloat16_stays_near_float32():
    config = config_of("yolov3-tiny", 3, (96, 96))
    plain, brain = build(config), build(config, "bfloat16")
    randomise(plain)
    brain.set_weights(plain.get_weights())
    image = tf.random.stateless_uniform((1, 96, 96, 3), (3, 4))
    for a, b in zip(plain(image, training=False), brain(image, training=False), strict=True):
        assert b.dtype == tf.float32
        assert b.numpy() == pytest.approx(a.numpy(), abs=0.15)
