"""YOLOv3 and YOLOv3-tiny as lists of sections, and the one function that builds a network.

The sections are those of Darknet's cfg files, in their order (yolov3.cfg, yolov3-tiny.cfg):
`Route` and `Shortcut` count back from their own position when negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from studio.yolo.backend import keras, tf
from studio.yolo.layers import Convolution
from studio.yolo.model import ModelConfig


@dataclass(frozen=True, slots=True)
class Conv:
    filters: int
    size: int
    stride: int = 1
    batch_norm: bool = True
    activation: str = "leaky"


@dataclass(frozen=True, slots=True)
class MaxPool:
    size: int
    stride: int


@dataclass(frozen=True, slots=True)
class Upsample:
    stride: int = 2


@dataclass(frozen=True, slots=True)
class Route:
    """The outputs of other sections, concatenated."""

    layers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """The previous output plus that of another section."""

    layer: int


@dataclass(frozen=True, slots=True)
class Yolo:
    """A head: the previous output is raw predictions for the anchors of `mask`."""

    mask: tuple[int, ...]


Section = Conv | MaxPool | Upsample | Route | Shortcut | Yolo


def sections(config: ModelConfig) -> list[Section]:
    """Return the network of a model as sections."""
    describe = {"yolov3": _yolov3, "yolov3-tiny": _yolov3_tiny}[config.architecture]
    return describe(len(config.classes), config.masks)


def _head(classes: int, mask: tuple[int, ...]) -> list[Section]:
    filters = len(mask) * (5 + classes)
    return [Conv(filters, 1, batch_norm=False, activation="linear"), Yolo(mask)]


def _yolov3(classes: int, masks: tuple[tuple[int, ...], ...]) -> list[Section]:
    body: list[Section] = [Conv(32, 3)]
    for filters, repeats in ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)):
        body += [Conv(filters, 3, stride=2), *_residual(filters) * repeats]
    body += [*_neck(512), *_head(classes, masks[0])]
    body += [Route((-4,)), Conv(256, 1), Upsample(), Route((-1, 61))]
    body += [*_neck(256), *_head(classes, masks[1])]
    body += [Route((-4,)), Conv(128, 1), Upsample(), Route((-1, 36))]
    return [*body, *_neck(128), *_head(classes, masks[2])]


def _residual(filters: int) -> list[Section]:
    return [Conv(filters // 2, 1), Conv(filters, 3), Shortcut(-3)]


def _neck(filters: int) -> list[Section]:
    return [Conv(filters, 1), Conv(filters * 2, 3)] * 3


def _yolov3_tiny(classes: int, masks: tuple[tuple[int, ...], ...]) -> list[Section]:
    body: list[Section] = []
    for filters in (16, 32, 64, 128, 256):
        body += [Conv(filters, 3), MaxPool(2, 2)]
    body += [Conv(512, 3), MaxPool(2, 1), Conv(1024, 3)]
    body += [Conv(256, 1), Conv(512, 3), *_head(classes, masks[0])]
    body += [Route((-4,)), Conv(128, 1), Upsample(), Route((-1, 8))]
    return [*body, Conv(256, 3), *_head(classes, masks[1])]


def build(config: ModelConfig, compute: str = "float32", seed: int = 0) -> keras.Model:
    """Build the network of a model.

    Input: `(batch, height, width, 3)` float32 in 0 to 1. Output: the raw head of each scale,
    coarse first, `(batch, rows, columns, anchors, 5 + classes)` float32 with x, y, w, h,
    objectness and classes before any activation. `compute` is the type of the
    convolutions, `seed` draws the weights.
    """
    width, height = config.input_size
    policy = "mixed_bfloat16" if compute == "bfloat16" else "float32"
    image = keras.Input((height, width, 3), name="image")
    outputs: list[Any] = []
    heads: list[Any] = []
    previous = image
    for index, section in enumerate(sections(config)):
        previous = _apply(section, index, previous, outputs, policy, seed + index)
        outputs.append(previous)
        if isinstance(section, Yolo):
            heads.append(_raw_head(previous, len(section.mask), index))
    model = keras.Model(image, heads, name=config.architecture)
    _expect_background(model, len(config.classes))
    return model


def _apply(
    section: Section, index: int, previous: Any, outputs: list[Any], policy: str, seed: int
) -> Any:
    """Return the output of one section, given those before it."""
    name = f"{index:03d}_{type(section).__name__.lower()}"
    layers = keras.layers
    match section:
        case Conv(filters, size, stride, batch_norm, activation):
            return Convolution(
                filters, size, stride, batch_norm, activation, seed, name=name, dtype=policy
            )(previous)
        case MaxPool(size, stride):
            return layers.MaxPooling2D(size, stride, "same", name=name, dtype=policy)(previous)
        case Upsample(stride):
            return layers.UpSampling2D(stride, name=name, dtype=policy)(previous)
        case Route(positions):
            found = [outputs[p] for p in positions]  # negative ones count back by themselves
            if len(found) == 1:
                return found[0]
            return layers.Concatenate(name=name, dtype=policy)(found)
        case Shortcut(position):
            return layers.Add(name=name, dtype=policy)([previous, outputs[position]])
        case Yolo():
            return previous


def _raw_head(output: Any, anchors: int, index: int) -> Any:
    rows, columns, channels = output.shape[1:]
    shape = (rows, columns, anchors, channels // anchors)
    return keras.layers.Reshape(shape, name=f"{index:03d}_head", dtype="float32")(output)


def to_input(images: tf.Tensor) -> tf.Tensor:
    """Turn uint8 pictures into what a network takes: float32 from 0 to 1."""
    return tf.cast(images, tf.float32) / 255.0


def fold_batch_norm(model: keras.Model) -> None:
    """Turn a network into one for inference alone; its heads stay equal to 1e-4 or so."""
    for layer in model.layers:
        if isinstance(layer, Convolution):
            layer.fold()


def _expect_background(model: keras.Model, classes: int) -> None:
    """Let objectness begin at sigmoid(−4) = 2 %: most cells hold nothing.

    Otherwise the first steps are spent on unlearning thousands of false alarms (the prior of
    RetinaNet, Lin et al. 2017, section 4.1).
    """
    for layer in model.layers:
        if isinstance(layer, Convolution) and not layer.batch_norm:
            bias = tf.reshape(tf.zeros_like(layer.beta), (-1, 5 + classes)).numpy()
            bias[:, 4] = -4.0
            layer.beta.assign(bias.reshape(-1))
