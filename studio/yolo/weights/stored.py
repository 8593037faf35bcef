"""A model on disk: the folder of a training run, or Darknet's two files. Needs no TensorFlow."""

from __future__ import annotations

from pathlib import Path

from studio.yolo.darknet.coco import find
from studio.yolo.darknet.pair import Pair, is_darknet
from studio.yolo.network.model import ModelConfig
from studio.yolo.runs import Run


def read_model(path: Path) -> ModelConfig:
    """Return what a MODEL is, without its weights; raises StudioError for what is none."""
    return Pair.of(path).model() if is_darknet(path) else Run.load(path).config.model


def changed_at(path: Path) -> float:
    """Return when the weights of a MODEL were last written, 0.0 while there are none."""
    weights = find(path).with_suffix(".weights") if is_darknet(path) else path / "best.npz"
    return weights.stat().st_mtime if weights.exists() else 0.0
