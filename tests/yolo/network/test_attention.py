"""Attention against plain float64 numpy written from the papers."""

from __future__ import annotations

import numpy as np
import pytest

from studio.labels.anchors import Anchors
from studio.yolo.backend import tf
from studio.yolo.network.attention import LAYERS
from studio.yolo.network.build import build
from studio.yolo.network.model import ModelConfig

pytestmark = pytest.mark.tensorflow

CHANNELS = 32


def made(kind):
    """Return a layer with random weights, and these by their names in float64."""
    layer = LAYERS[kind](seed=1, name="attention")
    layer.build((None, 6, 5, CHANNELS))
    rng = np.random.default_rng(0)
    for variable in layer.variables:
        variable.assign(rng.normal(0, 0.5, variable.shape))
    return layer, {v.name: v.numpy().astype(np.float64) for v in layer.variables}


@pytest.fixture
def image():
    return np.random.default_rng(2).normal(0, 1, (2, 6, 5, CHANNELS)).astype(np.float32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def channel_gate(x, w):
    hidden = np.maximum(x @ w["squeeze_kernel"] + w["squeeze_bias"], 0)
    return hidden @ w["excite_kernel"] + w["excite_bias"]


def test_squeeze_and_excitation(image):
    layer, w = made("se")
    x = image.astype(np.float64)
    expected = x * sigmoid(channel_gate(x.mean((1, 2)), w))[:, None, None]
    assert layer(image).numpy() == pytest.approx(expected, abs=1e-5)


def test_block_attention(image):
    layer, w = made("cbam")
    x = image.astype(np.float64)
    gate = channel_gate(x.mean((1, 2)), w) + channel_gate(x.max((1, 2)), w)
    x = x * sigmoid(gate)[:, None, None]
    seen = np.pad(np.stack([x.mean(3), x.max(3)], 3), ((0, 0), (3, 3), (3, 3), (0, 0)))
    places = np.empty(x.shape[:3])
    for row, column in np.ndindex(x.shape[1:3]):
        window = seen[:, row : row + 7, column : column + 7]
        places[:, row, column] = np.einsum("bhwc,hwc->b", window, w["place_kernel"][..., 0])
    expected = x * sigmoid(places + w["place_bias"])[..., None]
    assert layer(image).numpy() == pytest.approx(expected, abs=1e-5)


def test_efficient_channel_attention(image):
    layer, w = made("eca")
    x = image.astype(np.float64)
    kernel = w["kernel"][:, 0, 0]
    assert len(kernel) == 3  # |log2(32) / 2 + 1 / 2|, made odd
    padded = np.pad(x.mean((1, 2)), ((0, 0), (1, 1)))
    gate = sum(kernel[i] * padded[:, i : i + CHANNELS] for i in range(3)) + w["bias"]
    assert layer(image).numpy() == pytest.approx(x * sigmoid(gate)[:, None, None], abs=1e-5)


@pytest.mark.parametrize("kind", sorted(LAYERS))
def test_networks_take_it_where_their_heads_look(kind):
    anchors = Anchors(((10.0, 14.0), (37.0, 58.0)), (64, 64))
    plain, with_it = (
        build(ModelConfig("yolov3-tiny", ("x",), anchors, (64, 64), attention=attention))
        for attention in ("none", kind)
    )
    image = tf.random.stateless_uniform((1, 64, 64, 3), (1, 2))
    added = [v.path for v in with_it.variables if "attention" in v.path]
    assert {path.split("/")[0] for path in added} == {"014_conv_attention", "021_conv_attention"}
    assert len(with_it.variables) == len(plain.variables) + len(added)
    for head, other in zip(with_it(image), plain(image), strict=True):
        assert head.shape == other.shape
        assert np.abs(head.numpy() - other.numpy()).max() > 0
        assert head.numpy() == pytest.approx(other.numpy(), abs=0.2)  # gates begin open
    with tf.GradientTape() as tape:
        loss = tf.add_n([tf.reduce_sum(head**2) for head in with_it(image, training=True)])
    assert all(grad is not None for grad in tape.gradient(loss, with_it.trainable_variables))


@pytest.mark.parametrize("kind", sorted(LAYERS))
def test_it_computes_in_bfloat16_too(kind):
    anchors = Anchors(((10.0, 14.0), (37.0, 58.0)), (64, 64))
    model = build(ModelConfig("yolov3-tiny", ("x",), anchors, (64, 64), attention=kind), "bfloat16")
    assert all(head.dtype == tf.float32 for head in model(tf.zeros((1, 64, 64, 3))))
