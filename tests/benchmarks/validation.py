"""What validating costs beside training: bccd, YOLOv3-tiny at 416, 205 pictures and 87."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import Row

BCCD = Path(__file__).parents[3] / "shared" / "data" / "bccd"
EPOCHS = 3


def measure() -> list[Row]:
    """Train some epochs on bccd; the first, which compiles, does not count."""
    import studio.yolo.train  # noqa: F401  importing TensorFlow is not what is measured
    from studio.yolo.events import EpochMetrics

    with tempfile.TemporaryDirectory() as name:
        times: dict[str, list[float]] = {"network": [], "AP": []}
        epochs = [e for e in _training(Path(name), times) if isinstance(e, EpochMetrics)]
    whole = sum(epoch.seconds for epoch in epochs[1:])
    network, ap = (sum(times[part][1:]) for part in ("network", "AP"))
    return [
        Row("validating each epoch: share of the time", 10.0, 100 * (network + ap) / whole, "%"),
        Row("of it: network and suppression, 87 pictures", 3.0, network / (EPOCHS - 1), "s"),
        Row("of it: pycocotools", 1.0, ap / (EPOCHS - 1), "s"),
    ]


def _training(folder: Path, times: dict[str, list[float]]) -> Any:
    from studio.project import Project
    from studio.yolo.config import TrainConfig
    from studio.yolo.network.model import ModelConfig
    from studio.yolo.runs import new_run
    from studio.yolo.train import train
    from studio.yolo.training import loop
    from studio.yolo.training.learner import Learner
    from studio.yolo.training.prepare import choose_anchors

    validate, average_precision = Learner.validate, loop.average_precision

    def timed(part: str, work: Any) -> Any:
        def call(*arguments: Any) -> Any:
            began = time.perf_counter()
            result = work(*arguments)
            times[part].append(time.perf_counter() - began)
            return result

        return call

    dataset = Project.open(BCCD).dataset()
    anchors, _ = choose_anchors(None, dataset, "yolov3-tiny", (416, 416))
    model = ModelConfig("yolov3-tiny", dataset.classes, anchors, (416, 416))
    config = TrainConfig(model, epochs=EPOCHS, validate_every=1)
    Learner.validate = timed("network", validate)  # type: ignore[method-assign]
    loop.average_precision = timed("AP", average_precision)
    try:
        yield from train(config, dataset, new_run(folder, "bccd", config))
    finally:
        Learner.validate = validate  # type: ignore[method-assign]
        loop.average_precision = average_precision
