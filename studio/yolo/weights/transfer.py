"""What a run takes over from other weights, what it does not, and why. Imports no TensorFlow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from studio.errors import FileError
from studio.labels.anchors import preset
from studio.yolo.config import TrainConfig
from studio.yolo.network import networks
from studio.yolo.network.model import ModelConfig
from studio.yolo.network.networks import Part
from studio.yolo.network.sections import Conv, shapes
from studio.yolo.weights.arrays import Arrays
from studio.yolo.weights.lengths import another_network, classes_of
from studio.yolo.weights.sources import Source, count_classes, read

NAMES_SAID = 5  # of the classes that other heads have learnt
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer with weights. The shapes of attention's are known to the network alone: ()."""

    name: str
    part: Part
    weights: dict[str, Shape]


@dataclass(frozen=True, slots=True)
class Transferred:
    """What is taken over from a source, and of each layer why it is not: "" where it is.

    The layers are in the order of the network. Only what is taken is ever `frozen` or `slow`: what
    the source lacks is random, and learns as the heads do.
    """

    config: TrainConfig
    source: Source
    reasons: dict[str, str]

    @property
    def taken(self) -> tuple[str, ...]:
        """The layers that are taken."""
        return tuple(name for name, reason in self.reasons.items() if not reason)

    @property
    def left(self) -> tuple[str, ...]:
        """The layers that are not."""
        return tuple(name for name, reason in self.reasons.items() if reason)

    @property
    def left_there(self) -> tuple[str, ...]:
        """The layers of the source that this network lacks, such as its attention."""
        if self.config.transfer == "darknet":  # no more than the backbone is asked for
            return ()
        there = dict.fromkeys(name.partition("/")[0] for name in self.source.arrays)
        return tuple(sorted(there.keys() - self.reasons.keys()))

    @property
    def frozen(self) -> tuple[str, ...]:
        """The layers that stay as they are."""
        return self.taken if self.config.transfer == "frozen" else ()

    @property
    def slow(self) -> tuple[str, ...]:
        """The layers that learn at `backbone_rate` of the rate."""
        if self.config.transfer != "fine_tune":
            return ()
        backbone = {one.name for one in layers(self.config.model) if one.part == "backbone"}
        return tuple(name for name in self.taken if name in backbone)

    def sentences(self) -> list[str]:
        """Say what was taken, what not and why, and what stays as it is."""
        words = f"taken: {len(self.taken)} of {len(self.reasons)} layers from {self.source.words}"
        for reason in dict.fromkeys(self.reasons[name] for name in self.left):
            names = [name for name in self.left if self.reasons[name] == reason]
            words += f"; not taken: {self._listed(names)}: {reason}"
        if self.left_there:
            words += f"; left in the source: {', '.join(self.left_there)}: not in this network"
        said = [words, f"layers taken: {self._listed(self.taken)}"]
        if self.frozen:
            said.append(f"frozen: what was taken; learning: {self._listed(self.left)}")
        if self.slow:
            rate = f"{self.config.backbone_rate:g} of the learning rate"
            said.append(f"learning at {rate}: {self._listed(self.slow)}")
        return said

    def _listed(self, names: Sequence[str]) -> str:
        return _listed(names, list(self.reasons))


def transfer(config: TrainConfig) -> Transferred | None:
    """Read what a run is to start from, and decide on every layer; None for random weights.

    The heads start anew, but in the mode `fine_tune` where they are known to have learnt the same
    classes with the same anchors: of a run of ours, or of a published file.
    Raises StudioError where the weights are unusable or of another network.
    """
    if config.transfer == "none":
        return None
    source = read(config)
    _require_same_network(source, config)
    reasons = {layer.name: _why_not(layer, source, config) for layer in layers(config.model)}
    found = Transferred(config, source, reasons)
    if not found.taken:
        raise FileError(source.path, f"has none of the layers of {config.model.architecture}")
    return found


def layers(model: ModelConfig) -> list[Layer]:
    """Return the layers of a network that have weights, in the order of its sections."""
    described = model.sections
    parts = networks.parts(model.architecture, described)
    found = []
    for at, (section, shape) in enumerate(zip(described, shapes(described), strict=True)):
        if not isinstance(section, Conv):
            continue
        channels = ("beta", "gamma", "mean", "variance") if section.batch_norm else ("beta",)
        kernel = (section.size, section.size, shape.inputs, section.filters)
        weights: dict[str, Shape] = {"kernel": kernel} | dict.fromkeys(channels, (section.filters,))
        found.append(Layer(f"{at:03d}_conv", parts[at], weights))
        if section.attention != "none":
            found.append(Layer(f"{at:03d}_conv_attention", parts[at], {}))
    return found


def _listed(names: Sequence[str], order: Sequence[str]) -> str:
    """List layers; four and more that follow each other in a network by the first and the last."""
    runs: list[list[str]] = []
    for name in names:
        follows = runs and order.index(runs[-1][-1]) + 1 == order.index(name)
        runs[-1].append(name) if follows else runs.append([name])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 3 else ", ".join(run) for run in runs)


def _require_same_network(source: Source, config: TrainConfig) -> None:
    if source.model is None:
        return
    found, expected = source.model.architecture, config.model.architecture
    shares = config.transfer == "darknet" and networks.share_backbone(found, expected)
    if found == expected or shares:
        return
    here = layers(config.model)
    fits = [layer.name for layer in here if layer.weights and not _misfit(layer, source.arrays)]
    which = f": {_listed(fits, [layer.name for layer in here])}" if fits else ""
    raise FileError(
        source.path,
        f"is of {found}, not of {expected}: {len(fits)} of {len(here)} layers fit by name and "
        f"shape{which}",
    )


def _why_not(layer: Layer, source: Source, config: TrainConfig) -> str:
    """Return why a layer is not taken, "" where it is; raises FileError for another network."""
    mode, classes = config.transfer, config.model.classes
    if mode == "darknet" and layer.part != "backbone":
        return "not of the backbone"
    if layer.part == "head" and mode != "fine_tune":
        return f"heads of {count_classes(len(classes))} start anew"
    if not any(name.startswith(f"{layer.name}/") for name in source.arrays):
        return f"not in {source.path.name}"
    if not layer.weights:
        kinds_differ = source.model and source.model.attention != config.model.attention
        return "of another kind of attention" if kinds_differ else ""
    reason = _why_no_head(layer, source, config.model) if layer.part == "head" else ""
    misfit = "" if reason else _misfit(layer, source.arrays)
    if misfit:
        known = recognise(source)
        raise FileError(source.path, f"belongs to {known or f'another network: {misfit}'}")
    return reason


def _why_no_head(layer: Layer, source: Source, here: ModelConfig) -> str:
    """Return why a head is not taken, "" where it has learnt the same classes and anchors."""
    there = source.model
    if there is None and source.classes == len(here.classes):
        return f"heads start anew: {source.path.name} does not say what its classes and anchors are"
    if there is None:
        counts = (count_classes(source.classes), count_classes(len(here.classes)))
        return f"heads of {counts[0]} there, {counts[1]} here"
    if there.classes != here.classes:
        names = ", ".join(there.classes[:NAMES_SAID])
        more = " …" if len(there.classes) > NAMES_SAID else ""
        return f"heads start anew: other classes: {names}{more}"
    each = [len(model.head_masks[0]) for model in (there, here)]
    if each[0] != each[1]:
        return f"heads start anew: {each[0]} anchors a scale there, {each[1]} here"
    number = [one.name for one in layers(here) if one.part == "head"].index(layer.name)
    return "" if _same_anchors(there, here, number) else "heads start anew: other anchors"


def _same_anchors(there: ModelConfig, here: ModelConfig, head: int) -> bool:
    """Tell whether a head has the same anchors, in the same order and relative to the input."""
    one, other = (
        model.anchors.at(here.input_size).array()[list(model.head_masks[head])]
        for model in (there, here)
    )
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-3)  # files round anchors


def recognise(source: Source) -> str:
    """Say which built-in network named arrays are of, "" where they are of none."""
    for architecture in networks.ARCHITECTURES:
        anchors = preset(architecture, (416, 416))
        there = ModelConfig(architecture, ("?",), anchors)
        head = next(layer for layer in layers(there) if layer.part == "head")
        bias = source.arrays.get(f"{head.name}/beta")
        classes = None if bias is None else classes_of(bias.size, len(there.head_masks[0]))
        whole = replace(there, classes=("?",) * (classes or 1))
        if not any(layer.weights and _misfit(layer, source.arrays) for layer in layers(whole)):
            return another_network(architecture, len(whole.classes))
    return ""


def _misfit(layer: Layer, arrays: Arrays) -> str:
    """Return which weights of a layer are missing or of another shape, "" where all fit."""
    for name, expected in layer.weights.items():
        path = f"{layer.name}/{name}"
        if path not in arrays:
            return f"{path} is missing"
        found = arrays[path].shape
        if found != expected:
            differ = math.prod(found) - math.prod(expected)
            more = "more" if differ > 0 else "fewer"
            return f"{path} is {found}, expected {expected}: {abs(differ):,} floats {more}"
    return ""
