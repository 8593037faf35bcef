"""Networks against Darknet's figures and against OpenCV's reading of the same weights."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from studio.yolo.backend import tf
from studio.yolo.network import decode
from studio.yolo.network.build import build, convolutions, fold_batch_norm
from studio.yolo.network.layers import BN_MOMENTUM, Convolution
from studio.yolo.network.networks import ARCHITECTURES
from studio.yolo.network.sections import Conv, floats, shapes
from tests.yolo.darknet_files import config_of, differences, opencv_network, randomise
from tests.yolo.random_networks import small_networks

pytestmark = pytest.mark.tensorflow

DARKNETS = {  # layers, convolutions, with batch normalisation, floats, strides, activations
    "yolov3": (107, 75, 72, 62_001_757, (32, 16, 8), {"leaky": 72, "linear": 3}),
    "yolov3-spp": (114, 76, 73, 63_052_381, (32, 16, 8), {"leaky": 73, "linear": 3}),
    "yolov3-tiny": (24, 13, 11, 8_858_734, (32, 16), {"leaky": 11, "linear": 2}),
    "yolov4": (162, 110, 107, 64_429_405, (8, 16, 32), {"mish": 72, "leaky": 35, "linear": 3}),
    "yolov4-tiny": (38, 21, 19, 6_062_814, (32, 16), {"leaky": 19, "linear": 2}),
}
"""As Darknet lists the networks of its cfg files, and as the sizes of its files say."""


@pytest.mark.parametrize("architecture", DARKNETS)
def test_counts_are_darknets(architecture):
    config = config_of(architecture)
    layers, all_convolutions, with_norm, numbers, strides, activations = DARKNETS[architecture]
    described = config.sections
    found = [section for section in described if isinstance(section, Conv)]
    assert len(described) == layers
    assert len(found) == all_convolutions
    assert sum(section.batch_norm for section in found) == with_norm
    outputs = zip(described, shapes(described), strict=True)
    assert sum(floats(section, output.inputs) for section, output in outputs) == numbers
    assert Counter(section.activation for section in found) == activations
    assert config.strides == strides


def test_convolutions_come_in_the_order_of_their_numbers():
    names = [f"{index:03d}_conv" for index in (1000, 2, 99, 999, 100)]
    layers = [Convolution(1, 1, 1, False, "linear", 0, name=name) for name in names]
    found = convolutions(SimpleNamespace(layers=layers))
    assert [layer.name for layer in found] == [
        f"{index:03d}_conv" for index in (2, 99, 100, 999, 1000)
    ]


@pytest.mark.parametrize("architecture", ["yolov3-tiny", "yolov4-tiny"])
def test_networks_have_what_their_sections_say(architecture):
    model = build(config_of(architecture))
    _, all_convolutions, with_norm, numbers, strides, _ = DARKNETS[architecture]
    layers = convolutions(model)
    assert len(layers) == all_convolutions
    assert sum(layer.batch_norm for layer in layers) == with_norm
    assert sum(int(np.prod(variable.shape)) for variable in model.variables) == numbers
    sides = [(416 // stride, 416 // stride) for stride in strides]
    assert [tuple(output.shape[1:3]) for output in model.outputs] == sides
    assert {tuple(output.shape[3:]) for output in model.outputs} == {(3, 85)}


@pytest.mark.parametrize(
    ("architecture", "classes", "input_size"),
    [
        ("yolov3-tiny", 1, (416, 416)),
        ("yolov3-tiny", 80, (320, 224)),
        ("yolov3-spp", 1, (64, 96)),  # which has all of yolov3
        ("yolov4-tiny", 80, (224, 160)),
        ("yolov4", 3, (96, 64)),
    ],
)
def test_heads_and_boxes_equal_opencvs(tmp_path, architecture, classes, input_size):
    """All of it, for larger inputs and each number of classes: `python -m tests.proof`."""
    config = config_of(architecture, classes, input_size)
    model = build(config)
    randomise(model)
    network = opencv_network(tmp_path, config, model)
    rng = np.random.default_rng(1)
    for _ in range(2):
        picture = rng.random((input_size[1], input_size[0], 3), np.float32)
        found = differences(config, model, network, picture)
        assert found.largest > 0.1
        assert found.heads < 1e-4
        assert found.boxes < 1e-4
        assert found.scores < 1e-4


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # shrinking builds networks for minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(small_networks())
def test_any_network_equals_opencvs(tmp_path, config):
    model = build(config)
    randomise(model)
    network = opencv_network(tmp_path, config, model)
    width, height = config.input_size
    picture = np.random.default_rng(1).random((height, width, 3), np.float32)
    raw = model(tf.constant(picture[None]), training=False)
    # Few filters may amplify by chance, and rounding with it; beyond 10 sides are limited.
    assume(max(np.abs(head).max() for head in raw) < 5)
    found = differences(config, model, network, picture)
    assert max(found.heads, found.boxes) < 1e-4, found


def test_batch_normalisation_adds_darknets_epsilon():
    """Where the variance is small, 1e-5 (batchnorm_layer.c) can be told from 1e-6 and 1e-3."""
    layer = Convolution(1, 1, activation="linear")
    layer.build((None, 1, 1, 2))
    layer.kernel.assign(np.ones((1, 1, 2, 1)))
    layer.variance.assign([4e-6])
    layer.mean.assign([0.001])
    output = layer(tf.constant([[[[0.001, 0.002]]]])).numpy().item()
    assert output == pytest.approx((0.003 - 0.001) / (4e-6 + 1e-5) ** 0.5, rel=1e-5)


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


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_folding_changes_nothing_but_rounding(architecture):
    model = build(config_of(architecture, 2, (96, 96)))
    randomise(model)
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
