"""A training configuration from what a project remembers. Imports no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import FileError, StudioError
from studio.labels.anchors import Anchors, Clustered, cluster, preset
from studio.labels.dataset import Dataset, box_sizes
from studio.yolo.config import STRIDES, Architecture, ModelConfig, TrainConfig, can_share


def choose_anchors(
    chosen: Anchors | None,
    dataset: Dataset,
    architecture: Architecture,
    input_size: tuple[int, int],
) -> tuple[Anchors, str]:
    """Return the anchors to train with, and a sentence that says which they are.

    The project's own where the network's scales can share them. Else as many as it was published
    with are clustered from the training boxes, or Darknet's are taken where there are too few
    different ones.
    """
    known, why = preset(architecture, input_size), ""
    if chosen:
        if can_share(chosen, architecture):
            return chosen.at(input_size), f"the project's {len(chosen.sizes)} anchors"
        why = (
            f"the project's {len(chosen.sizes)} anchors cannot be shared evenly by the "
            f"{len(STRIDES[architecture])} scales of {architecture}: "
        )
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
