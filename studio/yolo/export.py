"""Writes a model for other programs, and looks whether they would see what it sees."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import FileError, StudioError, os_error_text
from studio.labels.opencv import cv2
from studio.yolo.backend import tf
from studio.yolo.darknet import weights
from studio.yolo.darknet.files import plan, require_free
from studio.yolo.darknet.names import render_names
from studio.yolo.darknet.network import collect
from studio.yolo.darknet.pair import Pair, is_darknet
from studio.yolo.darknet.render import render
from studio.yolo.darknet.weights import Header
from studio.yolo.load import load_network
from studio.yolo.model import ModelConfig
from studio.yolo.sections import Yolo
from studio.yolo.stored import read_model

EPSILON_GAP = np.float32(1e-5 - 1e-6)


@dataclass(frozen=True, slots=True)
class Exported:
    """The file that was written, its bytes, and how far its output is from the model's at most."""

    path: Path
    bytes: int
    max_difference: float


def export_darknet(path: Path, out: Path) -> Exported:
    """Write a model as Darknet's cfg, weights and names, and have OpenCV read them again.

    The three files appear together, after their output for a picture was seen to be that of the
    model. Raises StudioError for a model that cannot be written, and where a file exists.
    """
    files = plan(read_model(path), out)
    config, model = load_network(path)
    cfg, names = render(config).encode(), render_names(config.classes)
    header = weights.read_header(Pair.of(path).weights) if is_darknet(path) else Header()
    folder = files[0].parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
    except OSError as error:
        raise FileError(folder, f"cannot be written to: {os_error_text(error)}") from error
    try:
        parts = [beside / file.name for file in files]
        for part, data in zip(parts, (names, cfg), strict=False):
            part.write_bytes(data)
        weights.write(parts[-1], collect(model, header))
        difference = _difference(config, model, Pair.of(parts[-1]))
        size = parts[-1].stat().st_size
        require_free(files)
        _place(parts, files)
    except OSError as error:
        raise FileError(folder, f"cannot be written to: {os_error_text(error)}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return Exported(files[-1], size, difference)


def _place(parts: list[Path], files: list[Path]) -> None:
    """Move all files to where they belong, or none."""
    placed: list[Path] = []
    try:
        for part, file in zip(parts, files, strict=True):
            part.rename(file)
            placed.append(file)
    except BaseException:
        for file in placed:
            file.unlink(missing_ok=True)
        raise


def _difference(config: ModelConfig, model: Any, pair: Pair) -> float:
    """Return how far raw heads are apart at most: the model's, and those of the files read again.

    Read by OpenCV, which knows nothing of us, or where it cannot follow a cfg, by ourselves.
    """
    width, height = config.input_size
    picture = np.random.default_rng(0).random((height, width, 3), np.float32)
    ours = model(tf.constant(picture[None]), training=False)
    try:
        theirs = _opencv_heads(config, pair, picture)
    except cv2.error:
        theirs = load_network(pair.cfg)[1](tf.constant(picture[None]), training=False)
    pairs = zip(ours, theirs, strict=True)
    largest = max(np.abs(np.ravel(mine) - np.ravel(other)).max() for mine, other in pairs)
    if not np.isfinite(largest):
        raise StudioError(f"{pair.cfg.stem}: the model puts out values that are no numbers")
    return float(largest)


def _opencv_heads(config: ModelConfig, pair: Pair, picture: Any) -> Any:
    """Return the raw heads as OpenCV computes them from the files: `(1, rows, columns, values)`.

    To a variance Darknet adds 1e-5 (batchnorm_layer.c), OpenCV 1e-6: it gets what makes it equal.
    """
    stored = pair.read(config)
    layers = tuple(
        layer if layer.variance is None else replace(layer, variance=layer.variance + EPSILON_GAP)
        for layer in stored.layers
    )
    data = b"".join(weights.pack(replace(stored, layers=layers)))
    cfg = np.frombuffer(pair.cfg.read_bytes(), np.uint8)
    network = cv2.dnn.readNetFromDarknet(cfg, np.frombuffer(data, np.uint8))
    network.enableWinograd(False)  # quicker, and less exact
    network.setInput(picture.transpose(2, 0, 1)[None])
    heads = [index for index, section in enumerate(config.sections) if isinstance(section, Yolo)]
    return network.forward([f"permute_{index}" for index in heads])
