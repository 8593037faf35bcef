"""Assignment of boxes to cells, and what share of a training step the loss takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.labels.anchors import preset
from studio.yolo.config import TrainConfig
from studio.yolo.network.model import ModelConfig
from tests.benchmarks import Row, seconds

SIZE = (416, 416)
BOXES = 100  # a picture
BATCH = 8


def measure() -> list[Row]:
    """Measure on full YOLOv3 at 416 with 80 classes and 100 boxes a picture."""
    names = tuple(map(str, range(80)))
    model = ModelConfig("yolov3", names, preset("yolov3", SIZE), SIZE)
    return [
        Row("targets, 16 pictures of 100 boxes", 2.0, 1000 * _targets(model), "ms"),
        *_loss_of_a_step(TrainConfig(model)),
    ]


def _targets(model: ModelConfig) -> float:
    from studio.yolo.backend import tf
    from studio.yolo.data.targets import assign

    @tf.function(input_signature=[tf.TensorSpec((None, None, 4), tf.float32)])
    def targets(boxes: Any) -> Any:
        return assign(boxes, model, 0.3)

    boxes = tf.constant(_boxes(16))
    return seconds(lambda: targets(boxes), repeats=100)


def _loss_of_a_step(config: TrainConfig) -> list[Row]:
    """Compare the loss and its gradient, heads given, with whole steps; in turn, as the machine
    may be busier now than then.
    """
    from studio.yolo import machine
    from studio.yolo.backend import tf
    from studio.yolo.data.pipeline import Batch
    from studio.yolo.data.targets import assign
    from studio.yolo.losses.total import Truth
    from studio.yolo.training.learner import Learner

    boxes = tf.constant(_boxes(BATCH))
    labels = tf.fill((BATCH, BOXES), 0)
    assigned, lost = assign(boxes, config.model, config.scheme.assign_threshold)
    truth = Truth(boxes, labels, assigned)
    batch = Batch(tf.zeros((BATCH, *SIZE, 3), tf.uint8), truth, lost)
    learner = Learner(config, machine.precision("auto"))
    loss = _loss_alone(config, truth)
    loss()
    learner.step(batch, 1, 1e-6)
    alone, whole = [], []
    for step in range(2, 5):
        alone.append(seconds(loss, repeats=3))
        began = time.perf_counter()
        learner.step(batch, step, 1e-6)
        whole.append(time.perf_counter() - began)
    share = 100 * float(np.median(alone) / np.median(whole))
    return [
        Row("loss of a step, full YOLOv3, batch 8", 10.0, share, "%"),
        Row("that loss, forward and backward", 600.0, 1000 * float(np.median(alone)), "ms"),
    ]


def _loss_alone(config: TrainConfig, truth: Any) -> Callable[[], object]:
    from studio.yolo.backend import tf
    from studio.yolo.losses.total import yolo_losses
    from studio.yolo.network import decode

    grid, rng = decode.cells(config.model), np.random.default_rng(1)
    values = 5 + len(config.model.classes)
    shapes = [(BATCH, h.rows, h.columns, len(h.mask), values) for h in decode.heads(config.model)]
    heads = [tf.constant(rng.normal(0, 1, shape), tf.float32) for shape in shapes]

    @tf.function
    def loss(heads: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(heads)
            raw = decode.flatten(heads)
            total = tf.add_n(yolo_losses(raw, truth, grid, config.scheme))
        return tape.gradient(total, heads)

    return lambda: loss(heads)


def _boxes(pictures: int) -> NDArray[np.float32]:
    """Return boxes of all sizes anywhere in the input: `(pictures, 100, 4)`."""
    rng = np.random.default_rng(0)
    sides = np.exp(rng.uniform(np.log(8), np.log(300), (pictures, BOXES, 2)))
    centres = rng.uniform(0, SIZE, (pictures, BOXES, 2))
    low, high = np.clip(centres - sides / 2, 0, 412), np.clip(centres + sides / 2, 4, 416)
    return np.concatenate([low, high], axis=2).astype(np.float32)
