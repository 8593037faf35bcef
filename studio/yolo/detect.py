"""A trained network that detects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.labels.boxes import Detection, Floats, clip
from studio.labels.images import Image, Letterbox
from studio.yolo import machine
from studio.yolo.backend import tf
from studio.yolo.config import Precision
from studio.yolo.network import decode
from studio.yolo.network.build import convolutions, fold_batch_norm, to_input
from studio.yolo.network.model import ModelConfig
from studio.yolo.suppression import graph as suppress_graph
from studio.yolo.suppression.plain import Candidates, Method, detections
from studio.yolo.weights.load import load_network

MOST_CANDIDATES = 1000
SCORE_FLOOR = 0.001  # of what is kept for sliders, and for measuring


@dataclass(frozen=True, slots=True)
class Detector:
    """A network with its weights, ready: compiled and run once on an empty picture."""

    config: ModelConfig
    _best: Any

    @classmethod
    def load(cls, path: Path, compute: Precision = "auto") -> Detector:
        """Load a run, or Darknet's files; raises StudioError when one is missing or damaged.

        `compute` is the type of the convolutions. In bfloat16, where a processor is quicker with
        it, scores move in the third digit; in float32 they are the same on every machine.
        """
        machine.set_up_as_known()
        config, model = load_network(path, machine.precision(compute))
        fold_batch_norm(model)
        for layer in convolutions(model):
            layer.settle()
        detector = cls(config, _compile(model, config))
        width, height = config.input_size
        detector.detect(np.zeros((height, width, 3), np.uint8))
        return detector

    def candidates(self, image: Image, floor: float = SCORE_FLOOR) -> Candidates:
        """Run the network on an RGB picture; boxes come in its own pixels, best first."""
        size, input_size = (image.shape[1], image.shape[0]), self.config.input_size
        view = Letterbox.fit(size, input_size)
        best = self._best(tf.constant(view.apply(image)[None]))
        boxes, scores, classes = (b[0].numpy() for b in best)
        return in_picture(boxes, scores, classes, size, input_size, floor)

    def detect(
        self,
        image: Image,
        confidence: float = 0.25,
        iou: float = 0.45,
        method: Method = "greedy",
    ) -> list[Detection]:
        """Detect in an RGB picture, best score first."""
        return self.detect_all([image], confidence, iou, method)[0]

    def detect_all(
        self, images: Sequence[Image], confidence: float, iou: float, method: Method = "greedy"
    ) -> list[list[Detection]]:
        """Detect in several RGB pictures at once, best score first."""
        sizes = [(image.shape[1], image.shape[0]) for image in images]
        views = [Letterbox.fit(size, self.config.input_size) for size in sizes]
        inputs = np.stack([v.apply(image) for v, image in zip(views, images, strict=True)])
        placed = np.array(
            [(v.scale, v.pad_x, v.pad_y, *size) for v, size in zip(views, sizes, strict=True)]
        )
        kept = _suppress(
            *self._best(tf.constant(inputs)),
            tf.constant(placed, tf.float32),
            tf.constant(confidence, tf.float32),
            tf.constant(iou, tf.float32),
            method,
        )
        boxes, scores, classes, counts = (values.numpy() for values in kept)
        return [
            detections(boxes[i, :n], scores[i, :n], classes[i, :n], self.config.classes)
            for i, n in enumerate(counts.tolist())
        ]


def _compile(model: Any, config: ModelConfig) -> Any:
    grid = decode.cells(config)
    width, height = config.input_size

    @tf.function(input_signature=[tf.TensorSpec((None, height, width, 3), tf.uint8)])
    def best(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        heads = model(to_input(images), training=False)
        return decode.best_candidates(decode.flatten(heads), grid, MOST_CANDIDATES)

    return best


@tf.function
def _suppress(
    boxes: tf.Tensor,
    scores: tf.Tensor,
    classes: tf.Tensor,
    placed: tf.Tensor,
    confidence: tf.Tensor,
    iou: tf.Tensor,
    method: Method,
) -> suppress_graph.Kept:
    """Map boxes of the input onto pictures and suppress there.

    `placed` is the letterbox `(batch, 5)` of each: scale, padding in x and y, and the picture's
    width and height.
    """
    scale, pads, sizes = placed[:, None, :1], placed[:, None, 1:3], placed[:, None, 3:]
    corners = (boxes - tf.tile(pads, (1, 1, 2))) / scale
    clipped = tf.clip_by_value(corners, 0.0, tf.tile(sizes, (1, 1, 2)))
    return suppress_graph.suppress(clipped, scores, classes, confidence, iou, method)


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
