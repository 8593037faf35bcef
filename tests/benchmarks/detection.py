"""Detection in one picture against cv2.dnn and ONNX Runtime with the same weights.

ONNXRUNTIME_PYTHON names an interpreter with onnxruntime, tf2onnx and our TensorFlow, for example
`python -m venv elsewhere && elsewhere/bin/pip install onnxruntime tf2onnx tensorflow==2.21.0`;
without it that engine is left out. Of ONNX Runtime the network alone is timed.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from studio.labels.images import Image
from tests.benchmarks import Row
from tests.benchmarks._engines import engines
from tests.benchmarks._engines.engines import Timed

ROUNDS, WARM_UP = 20, 3
PAUSE = 0.05  # seconds until the threads of the engine before have stopped waiting for work


def measure() -> list[Row]:
    """Detect with random weights of tiny and full YOLOv3 in a picture of 416 × 416."""
    image = np.random.default_rng(0).integers(0, 255, (416, 416, 3), np.uint8)
    return [row for name in ("yolov3-tiny", "yolov3") for row in _compare(name, image)]


def _compare(architecture: str, image: Image) -> list[Row]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        model = _write(architecture, folder)
        others = {
            "cv2.dnn": engines.opencv(folder / "net.cfg", image),
            "ONNX Runtime": engines.onnx_runtime(model, folder, image),
        }
        del model
        pair = folder / "net.cfg"
        mine = {compute: engines.ours(pair, compute, image) for compute in ("auto", "float32")}
        first = mine["auto"]()
    if others["ONNX Runtime"] is None:
        print("ONNX Runtime is left out: ONNXRUNTIME_PYTHON is not set", file=sys.stderr)
    taken = _in_turn({**mine, **{name: one for name, one in others.items() if one}})
    aim, fastest = min((taken[name], name) for name in others if name in taken)
    said = ", ".join(f"{name} {taken[name]:.1f}" for name in others if name in taken)
    return [
        Row(f"{architecture}: first detection after loading", 2 * taken["auto"], first, "ms"),
        *(
            Row(f"{architecture}, {compute} ({said} ms), to {fastest}", aim, taken[compute], "ms")
            for compute in mine
        ),
    ]


def _write(architecture: str, folder: Path) -> Any:
    """Write a network as Darknet's files; returns it folded, as other engines fold it too."""
    from studio.yolo.darknet import weights
    from studio.yolo.darknet.network import collect
    from studio.yolo.darknet.render import render
    from studio.yolo.network.build import build, convolutions, fold_batch_norm
    from tests.yolo.darknet_files import config_of, randomise

    config = config_of(architecture)
    model = build(config)
    randomise(model)
    for layer in convolutions(model):
        if not layer.batch_norm:  # a head: sure of some dozens of cells, as a trained one
            bias = layer.beta.numpy().reshape(-1, 5 + len(config.classes))
            bias[:, 4] = -2.2
            layer.beta.assign(bias.reshape(-1))
    (folder / "net.cfg").write_text(render(config))
    weights.write(folder / "net.weights", collect(model))
    fold_batch_norm(model)
    return model


def _in_turn(engines: dict[str, Timed]) -> dict[str, float]:
    """Return the median milliseconds of each; what disturbs one disturbs all."""
    taken: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(WARM_UP + ROUNDS):
        for name, detect in engines.items():
            time.sleep(PAUSE)
            taken[name].append(detect())
    return {name: median(times[WARM_UP:]) for name, times in taken.items()}
