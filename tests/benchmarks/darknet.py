"""Reading and writing a weight file of yolov3.weights' size: 248 MB."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.benchmarks import Row, seconds


def measure() -> list[Row]:
    """Read into the network, from a file that the system has in memory; nothing is folded."""
    from studio.yolo.darknet import weights
    from studio.yolo.darknet.network import assign, collect
    from studio.yolo.network.build import build
    from tests.yolo.darknet_files import config_of

    config = config_of("yolov3")
    model = build(config)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "yolov3.weights"
        written = seconds(lambda: weights.write(path, collect(model)), 3)
        assert path.stat().st_size == 248_007_048
        read = seconds(lambda: assign(model, weights.read(path, config.sections)), 3)
    return [
        Row("weights of 248 MB into the network", 2.0, read, "s"),
        Row("weights of 248 MB written and flushed", 5.0, written, "s"),
    ]
