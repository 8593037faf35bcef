"""Random weights of a network under the names of its variables, and Darknet's file of them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from studio.yolo.network.model import ModelConfig
from studio.yolo.network.sections import Conv, shapes


def arrays_of(config: ModelConfig, seed: int = 0, sections: int | None = None):
    """Make random weights; the variances are above zero."""
    rng = np.random.default_rng(seed)
    found = {}
    described = config.sections
    for at, (section, shape) in enumerate(zip(described, shapes(described), strict=True)):
        if not isinstance(section, Conv) or at >= (sections or len(described)):
            continue
        name = f"{at:03d}_conv"
        size = (section.size, section.size, shape.inputs, section.filters)
        found[f"{name}/kernel"] = rng.normal(0, 0.05, size).astype(np.float32)
        for channel in ("beta", "gamma", "mean", "variance") if section.batch_norm else ("beta",):
            found[f"{name}/{channel}"] = rng.uniform(0.5, 1.5, section.filters).astype(np.float32)
    return found


def write_darknet(
    path: Path, config: ModelConfig, seed: int = 0, sections: int | None = None, header=None
):
    """Write random weights as Darknet does; returns them under our names."""
    arrays = arrays_of(config, seed, sections)
    with path.open("wb") as file:
        file.write(header or struct.pack("<iiiQ", 0, 2, 5, 0))
        for layer in sorted({name.split("/")[0] for name in arrays}):
            for name in ("beta", "gamma", "mean", "variance"):
                if f"{layer}/{name}" in arrays:
                    file.write(arrays[f"{layer}/{name}"].astype("<f4").tobytes())
            kernel = arrays[f"{layer}/kernel"].transpose(3, 2, 0, 1)
            file.write(kernel.astype("<f4").tobytes())
    return arrays
