"""Networks with the weights that a model on disk has."""

from __future__ import annotations

from pathlib import Path

from studio.errors import FileError
from studio.yolo.backend import keras
from studio.yolo.darknet.network import assign
from studio.yolo.darknet.pair import Pair, is_darknet
from studio.yolo.network.build import build
from studio.yolo.network.model import ModelConfig
from studio.yolo.runs import Run
from studio.yolo.weights.arrays import assign_arrays, load_arrays


def load_network(path: Path, compute: str = "float32") -> tuple[ModelConfig, keras.Model]:
    """Load a run or Darknet's files; raises StudioError when one is missing, damaged or unfit.

    `compute` is the type of the convolutions. Batch normalisation is not folded.
    """
    if is_darknet(path):
        return _of_darknet(Pair.of(path), compute)
    return _of_run(Run.load(path), compute)


def _of_run(run: Run, compute: str) -> tuple[ModelConfig, keras.Model]:
    if not run.best.exists():
        raise FileError(run.path, f"has no weights yet: {run.best.name} is missing")
    model = build(run.config.model, compute)
    assign_arrays(model.variables, load_arrays(run.best), run.best)
    return run.config.model, model


def _of_darknet(pair: Pair, compute: str) -> tuple[ModelConfig, keras.Model]:
    config = pair.model()
    weights = pair.read(config)  # a wrong file should not have to wait for the network
    model = build(config, compute)
    assign(model, weights)
    return config, model
