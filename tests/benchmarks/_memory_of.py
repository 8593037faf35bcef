"""Runs in a fresh process: `-m tests.benchmarks._memory_of ARCHITECTURE SIDE BATCH PARTS TYPE`.

Takes a few steps and reads the state for saving; prints the estimate of the memory that it needs,
and the most that it had, in megabytes.
"""

import sys

import numpy as np

from studio.labels.anchors import preset
from studio.yolo.backend import tf
from studio.yolo.config import TrainConfig
from studio.yolo.data.pipeline import Batch
from studio.yolo.network.model import ModelConfig
from studio.yolo.training import memory
from studio.yolo.training.learner import Learner

STEPS = 4
BOXES = 12  # on each picture


def main(architecture: str, side: int, batch: int, parts: int, compute: str) -> None:
    size = (side, side)
    model = ModelConfig(architecture, ("a", "b", "c"), preset(architecture, size), size)
    config = TrainConfig(model, batch_size=batch, parts=parts)
    learner = Learner(config, compute)
    pictures = _pictures(side, batch)
    for number in range(1, STEPS + 1):
        learner.step(pictures, number, 1e-4)
        learner.fetch()
    list(learner.state().values())
    print(memory.estimate(config, compute) / 1e6, memory.peak() / 1e6)


def _pictures(side: int, batch: int) -> Batch:
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 0.7 * side, (batch, BOXES, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(10, 0.3 * side, corner.shape)], -1)
    return Batch(
        tf.constant(rng.integers(0, 256, (batch, side, side, 3), np.uint8)),
        tf.constant(boxes, tf.float32),
        tf.constant(rng.integers(0, 3, (batch, BOXES)), tf.int32),
        tf.fill((batch, 1), -1),
    )


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5])
