"""A training configuration from what a project remembers. Imports no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import FileError, StudioError
from studio.labels.anchors import PRESETS, Anchors, Clustered, cluster
from studio.labels.dataset import Dataset, box_sizes
from studio.yolo.config import Architecture, ModelConfig, TrainConfig

PRESET_SIZE = (416, 416)


def preset(architecture: Architecture, input_size: tuple[int, int]) -> Anchors:
    """Return Darknet's anchors of an architecture at an input size."""
    sizes = tuple((float(w), float(h)) for w, h in PRESETS[architecture])
    return Anchors(sizes, PRESET_SIZE).at(input_size)


def choose_anchors(
    chosen: Anchors | None,
    dataset: Dataset,
    architecture: Architecture,
    input_size: tuple[int, int],
) -> tuple[Anchors, str]:
    """Return the anchors to train with, and a sentence that says which they are.

    The project's own where their number fits the architecture. Else as many are clustered from
    the training boxes, or Darknet's are taken where there are too few different ones.
    """
    known = preset(architecture, input_size)
    if chosen and len(chosen.sizes) == len(known.sizes):
        return chosen.at(input_size), "the project's anchors"
    why = ""
    if chosen:
        why = f"the project has {len(chosen.sizes)} anchors, {architecture} takes "
        why += f"{len(known.sizes)}: "
    sizes, _ = box_sizes(dataset.labelled("train"), input_size)
    try:
        events = cluster(sizes, len(known.sizes), input_size, np.random.default_rng(0))
        found = next(event for event in events if isinstance(event, Clustered))
    except StudioError:
        return known, f"{why}Darknet's anchors (too few boxes of different size to cluster)"
    mean = found.quality.mean_iou
    return found.anchors, f"{why}anchors clustered from the training boxes, mean IoU {mean:.2f}"


def training_config(model: ModelConfig, remembered: Mapping[str, Any], file: Path) -> TrainConfig:
    """Return a TrainConfig with the project's `[train]` settings; raises FileError."""
    known = {field.name for field in fields(TrainConfig)} - {"model"}
    for name in remembered:
        if name not in known:
            raise FileError(file, f"[train] has an unknown setting {name!r}")
    try:
        return TrainConfig(model=model, **remembered)
    except (TypeError, StudioError) as error:
        raise FileError(file, f"[train] holds a wrong setting: {error}") from error
