"""The proof that our networks are Darknet's: `python -m tests.proof [NETWORK…]` prints a table.

Each network gets random weights and is written by us; OpenCV reads cfg and weights by itself.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from studio.yolo.network.build import build
from studio.yolo.network.networks import ARCHITECTURES
from tests.yolo.darknet_files import Difference, config_of, differences, opencv_network, randomise

CLASSES = (1, 3, 80)
SIZES = ((416, 416), (608, 352), (224, 320))
PICTURES = 2
EPSILON = (
    "Largest differences between our output and OpenCV's. The variances are near 256: to them "
    "Darknet and we add 1e-5, OpenCV 1e-6. Where variances are small, OpenCV differs from Darknet "
    "by more; `export` says by how much for the model at hand."
)


def measure(architecture: str, classes: int, size: tuple[int, int]) -> Difference:
    """Return the largest differences of several pictures, and the smallest of their maxima."""
    config = config_of(architecture, classes, size)
    model = build(config)
    randomise(model)
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        network = opencv_network(Path(folder), config, model)
        found = [
            differences(config, model, network, rng.random((size[1], size[0], 3), np.float32))
            for _ in range(PICTURES)
        ]
    return Difference(
        max(one.heads for one in found),
        min(one.largest for one in found),
        max(one.boxes for one in found),
        max(one.scores for one in found),
    )


def main(architectures: list[str]) -> None:
    table = Table(
        *("network", "classes", "input", "heads", "of up to", "boxes", "scores"), caption=EPSILON
    )
    console = Console()
    for architecture in architectures or ARCHITECTURES:
        for classes in CLASSES:
            for size in SIZES:
                with console.status(f"{architecture}, {classes}, {size}"):
                    found = measure(architecture, classes, size)
                table.add_row(
                    architecture,
                    str(classes),
                    f"{size[0]}×{size[1]}",
                    *(f"{found.heads:.1e}", f"{found.largest:.1f}"),
                    *(f"{found.boxes:.1e}", f"{found.scores:.1e}"),
                )
    console.print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
