"""A trained run that detects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileError
from studio.labels.boxes import Detection, Floats, clip
from studio.labels.images import Image, Letterbox
from studio.yolo import decode
from studio.yolo.backend import tf
from studio.yolo.build import build, fold_batch_norm, to_input
from studio.yolo.checkpoint import assign_arrays, load_arrays
from studio.yolo.model import ModelConfig
from studio.yolo.runs import Run
from studio.yolo.suppress import Candidates, select

MOST_CANDIDATES = 1000
SCORE_FLOOR = 0.001  # of what is kept for sliders, and for measuring


@dataclass(frozen=True, slots=True)
class Detector:
    """A network with its weights, ready: compiled and run once on an empty picture."""

    config: ModelConfig
    _best: Any

    @classmethod
    def load(cls, path: Path) -> Detector:
        """Load a run; raises StudioError when a file of it is missing, damaged or of another."""
        run = Run.load(path)
        if not run.best.exists():
            raise FileError(path, f"has no weights yet: {run.best.name} is missing")
        model = build(run.config.model)
        assign_arrays(model.variables, load_arrays(run.best), run.best)
        fold_batch_norm(model)
        detector = cls(run.config.model, _compile(model, run.config.model))
        width, height = run.config.model.input_size
        detector.candidates(np.zeros((height, width, 3), np.uint8))
        return detector

    def candidates(self, image: Image, floor: float = SCORE_FLOOR) -> Candidates:
        """Run the network on an RGB picture; boxes come in its own pixels, best first."""
        size, input_size = (image.shape[1], image.shape[0]), self.config.input_size
        view = Letterbox.fit(size, input_size)
        best = self._best(tf.constant(view.apply(image)[None]))
        boxes, scores, classes = (b[0].numpy() for b in best)
        return in_picture(boxes, scores, classes, size, input_size, floor)

    def detect(self, image: Image, confidence: float = 0.25, iou: float = 0.45) -> list[Detection]:
        """Detect in an RGB picture, best score first."""
        candidates = self.candidates(image, min(confidence, SCORE_FLOOR))
        return select(candidates, self.config.classes, confidence, iou)


def _compile(model: Any, config: ModelConfig) -> Any:
    grid = decode.cells(config)

    @tf.function(reduce_retracing=True)
    def best(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        heads = model(to_input(images), training=False)
        return decode.best_candidates(decode.flatten(heads), grid, MOST_CANDIDATES)

    return best


def in_picture(
    boxes: Floats,
    scores: NDArray[np.float32],
    classes: NDArray[np.int32],
    size: tuple[int, int],
    input_size: tuple[int, int],
    floor: float,
) -> Candidates:
    """Map boxes of the input onto a picture of `size` (width, height), clip, drop what is void."""
    xyxy = clip(Letterbox.fit(size, input_size).inverse(boxes), *size)
    usable = (scores >= floor) & (xyxy[:, 2:] > xyxy[:, :2]).all(axis=1)
    return Candidates(xyxy[usable].astype(np.float32), scores[usable], classes[usable])
