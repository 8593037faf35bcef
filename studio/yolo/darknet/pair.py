"""A model of Darknet's: a cfg, the weights of the same name beside it, and perhaps the names.

Of published weights the network is known, so that they need no cfg.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from studio.errors import FileError
from studio.yolo.darknet import cfg, weights
from studio.yolo.darknet.coco import find, published_model
from studio.yolo.darknet.names import names_for
from studio.yolo.darknet.weights import Weights
from studio.yolo.network.model import ModelConfig

SUFFIXES = (".cfg", ".weights")


@dataclass(frozen=True, slots=True)
class Pair:
    """The two files. A missing `cfg` stands for that of a published file."""

    cfg: Path
    weights: Path

    @classmethod
    def of(cls, path: Path) -> Pair:
        """Return the pair that either file is part of; raises StudioError when one is missing.

        Of published weights the path or the name alone will do.
        """
        path = find(path)
        pair = cls(path.with_suffix(".cfg"), path.with_suffix(".weights"))
        if path == pair.weights and not pair.cfg.is_file() and published_model(path):
            return pair
        for file, other in ((pair.cfg, pair.weights), (pair.weights, pair.cfg)):
            if not file.is_file():
                beside = f" beside {other.name}" if other.is_file() else ""
                raise FileError(file, f"is missing{beside}")
        return pair

    def model(self) -> ModelConfig:
        """Read what the cfg describes, with the names of the classes; raises FileError."""
        known = None if self.cfg.is_file() else published_model(self.weights)
        if known:
            return known
        found = cfg.read(self.cfg)
        return replace(found, classes=names_for(self.cfg, len(found.classes)))

    def read(self, model: ModelConfig) -> Weights:
        """Read all weights; raises FileError where they are not those of the model."""
        return weights.read(self.weights, model.sections)


def is_darknet(path: Path) -> bool:
    """Tell whether a path names one of the two files."""
    return path.suffix in SUFFIXES
