"""A model on disk: the folder of a training run, or Darknet's two files. Needs no TensorFlow."""

from __future__ import annotations

from pathlib import Path

from studio.yolo.darknet import weights
from studio.yolo.darknet.coco import find
from studio.yolo.darknet.pair import Pair, is_darknet
from studio.yolo.network.model import ModelConfig
from studio.yolo.runs import Run


def read_model(path: Path) -> ModelConfig:
    """Return what a MODEL is, without its weights; raises StudioError for what is none.

    Darknet's weights must be as long as that needs: what was cut off is said at once.
    """
    if not is_darknet(path):
        return Run.load(path).config.model
    pair = Pair.of(path)
    model = pair.model()
    weights.require_length(pair.weights, model.sections)
    return model


def changed_at(path: Path) -> float:
    """Return when the weights of a MODEL were last written, 0.0 while there are none."""
    file = find(path).with_suffix(".weights") if is_darknet(path) else path / "best.npz"
    return file.stat().st_mtime if file.exists() else 0.0
