"""A training configuration from what a project remembers. Imports no TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import FileError, StudioError
from studio.labels.anchors import Anchors, Clustered, cluster, preset
from studio.labels.dataset import box_sizes
from studio.labels.samples import Samples
from studio.wording import meant
from studio.yolo.config import TrainConfig, fault, spelt_out
from studio.yolo.network.model import STRIDES, ModelConfig, can_share
from studio.yolo.network.networks import ARCHITECTURES
from studio.yolo.training.presets import find_preset

DEFAULTS: dict[str, Any] = {
    "preset": "balanced",
    "architecture": "yolov3-tiny",
    "size": 416,
    "attention": "none",
}
"""What a run is of where neither the project nor the caller says it; the rest is TrainConfig's."""


def configure(
    dataset: Samples,
    anchors: Anchors | None,
    remembered: Mapping[str, Any],
    given: Mapping[str, Any],
    file: Path,
) -> tuple[TrainConfig, str]:
    """Return the settings of a run, and a sentence that says which anchors it has.

    `remembered` are the project's `[train]` settings, from `file`; those `given` go before them,
    and both before those of the preset. They hold fields of TrainConfig, `preset`, `architecture`,
    `attention`, and `size`, a side of the square input.
    Raises StudioError.
    """
    if not dataset.classes:
        raise StudioError(f"{dataset.root}: has no labelled boxes to learn from")
    named = DEFAULTS | dict(remembered) | dict(given)
    try:
        planned = find_preset(named["preset"]).settings
        settings = DEFAULTS | dict(planned) | dict(remembered) | dict(given)
        model = plain_model(settings, dataset.classes)
    except StudioError as error:
        if remembered.keys() & (DEFAULTS.keys() - given.keys()):
            raise FileError(file, f"[train] holds a wrong setting: {error}") from error
        raise
    chosen, words = choose_anchors(anchors, dataset, model.architecture, model.input_size)
    model = replace(model, anchors=chosen)
    plan, project, own = map(options, (planned, remembered, given))
    return spelt_out(training_config(model, plan, project, own, file)), words


def plain_model(settings: Mapping[str, Any], classes: tuple[str, ...]) -> ModelConfig:
    """Return a model with published anchors, for what can be known before any are clustered."""
    architecture, side = settings["architecture"], settings["size"]
    published = architecture if architecture in ARCHITECTURES else ARCHITECTURES[0]
    anchors = preset(published, (416, 416))
    attention = settings["attention"]
    return ModelConfig(architecture, classes, anchors, (side, side), attention=attention)


def options(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that belong to TrainConfig."""
    return {name: value for name, value in settings.items() if name not in DEFAULTS}


def choose_anchors(
    chosen: Anchors | None,
    dataset: Samples,
    architecture: str,
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
            f"; the project's {len(chosen.sizes)} anchors cannot be shared evenly by the "
            f"{len(STRIDES[architecture])} scales of {architecture}"
        )
    sizes, _ = box_sizes(dataset.labelled("train"), input_size)
    try:
        events = cluster(sizes, len(known.sizes), input_size, np.random.default_rng(0))
        found = next(event for event in events if isinstance(event, Clustered))
    except StudioError:
        return known, f"Darknet's anchors (too few boxes of different size to cluster){why}"
    mean = found.quality.mean_iou
    return found.anchors, f"anchors clustered from the training boxes, mean IoU {mean:.2f}{why}"


def training_config(
    model: ModelConfig,
    planned: Mapping[str, Any],
    remembered: Mapping[str, Any],
    given: Mapping[str, Any],
    file: Path,
) -> TrainConfig:
    """Return a TrainConfig of a preset's settings, over which the project's `[train]` stand, and
    those given over both; raises StudioError, one of the file where it would do without.
    """
    known = {field.name for field in fields(TrainConfig)} - {"model"}
    for name, value in remembered.items():  # also those that something else stands over
        if name not in known:
            near = meant(name, known | DEFAULTS.keys())
            raise FileError(file, f"[train] has an unknown setting {name!r}{near}")
        if wrong := fault(name, value):
            raise FileError(file, f"[train] holds a wrong setting: {name} {wrong}")
    try:
        return TrainConfig(model, **{**planned, **remembered, **given})
    except (TypeError, StudioError) as error:
        TrainConfig(model, **{**planned, **given})  # or what is given is wrong by itself
        raise FileError(file, f"[train] holds a wrong setting: {error}") from error
