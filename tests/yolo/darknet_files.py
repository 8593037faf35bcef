"""Darknet's .cfg and .weights of a network of ours, so that OpenCV can read it independently."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from studio.yolo import sections as networks
from studio.yolo.layers import Convolution
from studio.yolo.model import ModelConfig


def write_cfg(path: Path, config: ModelConfig) -> None:
    width, height = config.input_size
    parts = [f"[net]\nwidth={width}\nheight={height}\nchannels=3\n"]
    anchors = ",".join(f"{w:g},{h:g}" for w, h in config.anchors.sizes)
    for section in config.sections:
        match section:
            case networks.Conv(filters, size, stride, batch_norm, activation):
                parts.append(
                    f"[convolutional]\nbatch_normalize={int(batch_norm)}\nfilters={filters}\n"
                    f"size={size}\nstride={stride}\npad=1\nactivation={activation}\n"
                )
            case networks.MaxPool(size, stride):
                parts.append(f"[maxpool]\nsize={size}\nstride={stride}\n")
            case networks.Upsample(stride):
                parts.append(f"[upsample]\nstride={stride}\n")
            case networks.Route(layers, 1):
                parts.append(f"[route]\nlayers={','.join(map(str, layers))}\n")
            case networks.Shortcut(layer):
                parts.append(f"[shortcut]\nfrom={layer}\nactivation=linear\n")
            case networks.Yolo(mask):
                parts.append(
                    f"[yolo]\nmask={','.join(map(str, mask))}\nanchors={anchors}\n"
                    f"classes={len(config.classes)}\nnum={len(config.anchors.sizes)}\n"
                )
    path.write_text("\n".join(parts))


def write_weights(path: Path, model) -> None:
    """Write a network built by `networks.build`: header, then each convolution in file order."""
    with path.open("wb") as file:
        file.write(struct.pack("<iiiQ", 0, 2, 5, 0))
        for layer in sorted(convolutions(model), key=lambda layer: layer.name):
            values = [layer.beta]
            if layer.batch_norm:
                values += [layer.gamma, layer.mean, layer.variance]
            for value in values:
                file.write(value.numpy().astype("<f4").tobytes())
            file.write(layer.kernel.numpy().transpose(3, 2, 0, 1).astype("<f4").tobytes())


def convolutions(model) -> list[Convolution]:
    return [layer for layer in model.layers if isinstance(layer, Convolution)]


def randomise(model, gain: float = 1.2, seed: int = 0) -> None:
    """Give a network random weights and statistics.

    A gain of 1.2 keeps activations near one; residual sums want less.
    """
    rng = np.random.default_rng(seed)
    for layer in convolutions(model):
        shape = layer.kernel.shape
        spread = gain / np.sqrt(np.prod(shape[:3]))
        layer.kernel.assign(rng.normal(0, spread, shape))
        layer.beta.assign(rng.normal(0, 0.2, layer.beta.shape))
        if layer.batch_norm:
            layer.gamma.assign(rng.uniform(0.8, 1.2, layer.gamma.shape))
            layer.mean.assign(rng.normal(0, 0.1, layer.mean.shape))
            layer.variance.assign(rng.uniform(0.7, 1.3, layer.variance.shape))
