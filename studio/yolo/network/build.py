"""Builds a Keras network from its sections."""

from __future__ import annotations

from typing import Any

import numpy as np

from studio.yolo.backend import keras, tf
from studio.yolo.network.attention import LAYERS as ATTENTION
from studio.yolo.network.layers import Convolution, GroupOf, Pool
from studio.yolo.network.model import ModelConfig
from studio.yolo.network.pooling import pooled_first
from studio.yolo.network.sections import Conv, MaxPool, Route, Section, Shortcut, Upsample, Yolo


class Network(keras.Model):
    """A functional model whose output is a list of heads, also where there is only one."""

    def call(self, inputs: tf.Tensor, training: bool | None = None, mask: Any = None) -> Any:
        """Return the heads; Keras would take a single one out of its list."""
        heads = super().call(inputs, training=training, mask=mask)
        return heads if isinstance(heads, list) else [heads]


def build(
    config: ModelConfig, compute: str = "float32", seed: int = 0, any_size: bool = False
) -> keras.Model:
    """Build the network of a model.

    Input: `(batch, height, width, 3)` float32 in 0 to 1. Output: the raw head of each scale, in
    the order of its file, `(batch, rows, columns, anchors, 5 + classes)` float32 with x, y, w, h,
    objectness and classes before any activation. `compute` is the type of the convolutions,
    `seed` draws the weights. One for `any_size` takes pictures of all sizes that its strides
    divide, and has the rows and columns of a head in one axis.
    """
    width, height = (None, None) if any_size else config.input_size
    policy = "float32" if compute == "float32" else f"mixed_{compute}"
    image = keras.Input((height, width, 3), name="image")
    outputs: list[Any] = []
    heads: list[Any] = []
    previous = image
    for index, section in enumerate(pooled_first(config.sections)):
        previous = _apply(section, index, previous, outputs, policy, seed + index)
        outputs.append(previous)
        if isinstance(section, Yolo):
            heads.append(_raw_head(previous, len(section.mask), index))
    model = Network(image, heads, name="network")
    _expect_background(model, config)
    return model


def _apply(
    section: Section, index: int, previous: Any, outputs: list[Any], policy: str, seed: int
) -> Any:
    """Return the output of one section, given those before it."""
    name = f"{index:03d}_{type(section).__name__.lower()}"
    layers = keras.layers
    match section:
        case Conv():
            return _convolve(section, name, previous, policy, seed)
        case MaxPool(size, stride, activation):
            return Pool(size, stride, activation, name=name, dtype=policy)(previous)
        case Upsample(stride):
            return layers.UpSampling2D(stride, name=name, dtype=policy)(previous)
        case Route(positions, groups, group):
            found = [outputs[p] for p in positions]  # negative ones count back by themselves
            if groups > 1:
                found = [
                    GroupOf(groups, group, name=f"{name}_part{i}", dtype=policy)(output)
                    for i, output in enumerate(found)
                ]
            if len(found) == 1:
                return found[0]
            return layers.Concatenate(name=name, dtype=policy)(found)
        case Shortcut(position):
            return layers.Add(name=name, dtype=policy)([previous, outputs[position]])
        case Yolo():
            return previous


def _convolve(section: Conv, name: str, previous: Any, policy: str, seed: int) -> Any:
    output = Convolution(
        section.filters,
        section.size,
        section.stride,
        section.batch_norm,
        section.activation,
        seed,
        name=name,
        dtype=policy,
    )(previous)
    if section.attention == "none":
        return output
    return ATTENTION[section.attention](seed, name=f"{name}_attention", dtype=policy)(output)


def _raw_head(output: Any, anchors: int, index: int) -> Any:
    rows, columns, channels = output.shape[1:]
    places = (rows, columns) if rows else (-1,)
    shape = (*places, anchors, channels // anchors)
    return keras.layers.Reshape(shape, name=f"{index:03d}_head", dtype="float32")(output)


def to_input(images: tf.Tensor) -> tf.Tensor:
    """Turn uint8 pictures into what a network takes: float32 from 0 to 1."""
    return tf.cast(images, tf.float32) / 255.0


def convolutions(model: keras.Model) -> list[Convolution]:
    """Return the convolutions in the order of the sections, which is that of weight files."""
    found = [layer for layer in model.layers if isinstance(layer, Convolution)]
    return sorted(found, key=lambda layer: int(layer.name.partition("_")[0]))


def fold_batch_norm(model: keras.Model) -> None:
    """Turn a network into one for inference alone; its heads stay equal to 1e-4 or so."""
    for layer in convolutions(model):
        layer.fold()


def _expect_background(model: keras.Model, config: ModelConfig) -> None:
    """Let objectness begin at sigmoid(−4) = 2 %: most cells hold nothing.

    Otherwise the first steps are spent on unlearning thousands of false alarms (the prior of
    RetinaNet, Lin et al. 2017, section 4.1).
    """
    for layer, leads_to_head in zip(convolutions(model), _before_heads(config), strict=True):
        if leads_to_head:
            bias = np.zeros((layer.filters // (5 + len(config.classes)), 5 + len(config.classes)))
            bias[:, 4] = -4.0
            layer.beta.assign(bias.reshape(-1))


def _before_heads(config: ModelConfig) -> list[bool]:
    """Tell for each convolution whether its output is a head."""
    described = config.sections
    following = [*described[1:], None]
    pairs = zip(described, following, strict=True)
    return [isinstance(after, Yolo) for section, after in pairs if isinstance(section, Conv)]
