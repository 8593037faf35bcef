"""Weights to start from, whatever file or folder holds them. Imports no TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import FileError, StudioError, os_error_text
from studio.yolo.config import TrainConfig
from studio.yolo.darknet import weights
from studio.yolo.darknet.coco import published_model
from studio.yolo.network import networks
from studio.yolo.network.model import ModelConfig
from studio.yolo.runs import Run
from studio.yolo.weights import published
from studio.yolo.weights.arrays import DAMAGE, Arrays, load_arrays
from studio.yolo.weights.lengths import Extent, classes_of, extent, find_extent

ZIP, HDF5 = b"PK\x03\x04", b"\x89HDF"


@dataclass(frozen=True, slots=True)
class Source:
    """Weights under the paths that our networks' variables have, such as `013_conv/kernel`.

    `classes` is how many the heads have, None where there are no heads or none like ours. `model`
    is what a run says of its network, or what is known of a published file; nothing else tells the
    names of the classes, the anchors and the masks that heads have learnt with.
    """

    path: Path
    arrays: Arrays
    classes: int | None
    model: ModelConfig | None = None

    @property
    def words(self) -> str:
        """What people call it: yolov3.weights (80 classes)."""
        name = self.path.name
        return f"{name} ({count_classes(self.classes)})" if self.classes else name


def count_classes(count: int | None) -> str:
    """Say how many classes."""
    return f"{count or 'other'} {'class' if count == 1 else 'classes'}"


def read(config: TrainConfig) -> Source:
    """Read the weights that a run is to start from: a run, our npz, Keras' HDF5, Darknet's file.

    Raises StudioError for a file that is missing, damaged, of another network or with a value
    that is not finite.
    """
    path = find(config.weights)
    if path.is_dir():
        source = _of_run(Run.load(path))
    else:
        source = _of_file(path, config)
    for name, values in source.arrays.items():
        if not np.isfinite(values).all():
            raise FileError(source.path, f"holds values that are not finite in {name}")
    return source


def find(name: str) -> Path:
    """Return where weights are; those that are published are known by name. Raises StudioError."""
    path = Path(name).expanduser()
    if path.exists():
        return path
    if all(file.name != name for file in published.FILES):
        raise StudioError(f"{name}: there is no such file or run folder to take weights from")
    if not published.is_there(name):
        place = published.path_of(name)
        raise StudioError(f"{name}: is neither here nor fetched yet; it belongs at {place}")
    return published.path_of(name)


def _of_run(run: Run) -> Source:
    if not run.best.exists():
        raise FileError(run.path, "has no weights to take: best.npz is missing")
    model = run.config.model
    return Source(run.path, _named(run.best), len(model.classes), model)


def _of_file(path: Path, config: TrainConfig) -> Source:
    try:
        with path.open("rb") as file:
            begin = file.read(4)
    except OSError as error:
        raise FileError(path, f"cannot be read: {os_error_text(error)}") from error
    if begin == ZIP:
        return _of_archive(path, config.model)
    if begin == HDF5:
        arrays = _of_keras(path)
        return Source(path, arrays, _head_classes(arrays, config.model))
    return _of_darknet(path, config)


def _of_archive(path: Path, model: ModelConfig) -> Source:
    """Read an npz; the run that it lies in says more of it."""
    arrays = _named(path)
    run = _run_around(path)
    if run:
        return Source(path, arrays, len(run.config.model.classes), run.config.model)
    return Source(path, arrays, _head_classes(arrays, model))


def _run_around(path: Path) -> Run | None:
    try:
        run = Run.load(path.absolute().parent)
    except StudioError:
        return None
    return run if path.name in (run.best.name, run.last.name) else None


def _named(path: Path) -> Arrays:
    """Read an npz of variables; raises FileError for one of other things."""
    arrays = load_arrays(path)
    if any(name.startswith("model/") for name in arrays):
        what = "is the state of a run, for going on with it; take best.npz or the run's folder"
        raise FileError(path, what)
    for name, values in arrays.items():
        is_weight = isinstance(values, np.ndarray) and values.dtype.kind == "f"
        if name.count("/") != 1 or not is_weight:
            raise FileError(path, f"is not a file of weights: it holds {name!r}")
    return arrays


def _head_classes(arrays: Arrays, model: ModelConfig) -> int | None:
    """Return the classes of the first head, None where there is none like ours."""
    parts = networks.parts(model.architecture, model.sections)
    bias = arrays.get(f"{parts.index('head'):03d}_conv/beta")
    return None if bias is None else classes_of(bias.size, len(model.head_masks[0]))


# --- Keras --------------------------------------------------------------------------------------

_CONVOLUTION = ("kernel", "beta", "gamma", "mean", "variance")
_GATE = ("squeeze_kernel", "squeeze_bias", "excite_kernel", "excite_bias")
_ATTENTION = {  # by how many weights a layer has
    2: ("kernel", "bias"),
    4: _GATE,
    6: (*_GATE, "place_kernel", "place_bias"),
}


def _of_keras(path: Path) -> Arrays:
    """Read what `save_weights` of a network of ours has written: a group "vars" for each layer.

    Its attribute "name" is the layer's, its members are numbered in the order of the weights.
    """
    import h5py

    found: Arrays = {}

    def visit(path_in_file: str, group: Any) -> None:
        layer = group.attrs.get("name", "")
        if path_in_file.endswith("/vars") and isinstance(layer, str) and len(group):
            names = _ATTENTION.get(len(group), ()) if layer.endswith("_attention") else _CONVOLUTION
            for at, name in enumerate(names[: len(group)]):
                found[f"{layer}/{name}"] = np.asarray(group[str(at)])

    try:
        with h5py.File(path) as file:
            file.visititems(visit)
    except DAMAGE as error:
        what = "is not a file of weights that Keras has written of a network of ours, or is damaged"
        raise FileError(path, what) from error
    if not found:
        raise FileError(path, "holds no layers of a network of ours")
    return found


# --- Darknet ------------------------------------------------------------------------------------


def _of_darknet(path: Path, config: TrainConfig) -> Source:
    """Read a whole file of weights, of any number of classes, or a truncated one."""
    try:
        found = _extent(config, _count_floats(path))
    except StudioError as error:
        raise error if isinstance(error, FileError) else FileError(path, str(error)) from error
    layers = weights.read(path, found.sections).layers
    arrays: Arrays = {}
    for place, layer in zip(weights.places(found.sections), layers, strict=True):
        for name, values in layer.named():
            arrays[f"{place.number:03d}_conv/{name}"] = values
    return Source(path, arrays, found.classes, published_model(path, config.model.input_size))


def _extent(config: TrainConfig, floats: int) -> Extent:
    """Return what the file holds; for the backbone alone, other networks with it will do too."""
    model = config.model
    if config.transfer == "darknet":
        for other in networks.ARCHITECTURES:
            if networks.share_backbone(model.architecture, other):
                network = networks.describe(other, 1, ((0, 1, 2),) * 3)
                found = find_extent(network, floats)
                if found:
                    return found
    return extent(model.architecture, model.sections, floats)


def _count_floats(path: Path) -> int:
    """Return how many weights a file of Darknet holds; raises FileError for any other file."""
    header = weights.read_header(path)
    return (path.stat().st_size - len(header.pack())) // 4
