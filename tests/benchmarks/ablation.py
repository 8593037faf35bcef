"""What each switch of the defaults is worth: trainings without one of them, beside one with all.

Of blood cells and of digits, measured on the pictures that were not learnt from. Hours; the
variable ABLATION may name fewer of the switches, ABLATION_EPOCHS and ABLATION_SIZE make it shorter.
The table gives the AP without a switch as its ratio to the AP with all: above 1 it is missed.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from studio.project import Project
from tests.benchmarks import Row
from tests.benchmarks._quality import blood_cells, digits, trained

WITHOUT: Mapping[str, Mapping[str, Any]] = {
    "warm-up": {"warmup_epochs": 0},
    "cosine": {"rate": "constant"},
    "weight decay": {"weight_decay": 0.0},
    "average of the weights": {"ema": 0.0},
    "clipping": {"clip_norm": 1e9},
    "small batches": {"batch_size": 16},
    "GIoU (squared errors)": {"box_loss": "mse"},
    "focal confidence": {"focal_gamma": 0.0},
    "confidence that learns the IoU": {"iou_aware": 0.0},
    "several anchors a box": {"assign_threshold": 1.0},
    "flips": {"flip": "none"},
    "scale": {"scale": 0.0},
    "shift": {"shift": 0.0},
    "brightness": {"brightness": 0.0},
}
"""The switches that are on, and how each is switched off."""

WITH: Mapping[str, Mapping[str, Any]] = {
    "mosaic": {"mosaic": 0.5},
    "mixup": {"mixup": 0.15},
    "crop": {"crop": 0.3},
    "turns": {"rotate": 10.0},
    "hue and saturation": {"hue": 0.015, "saturation": 0.5},
    "multi-scale": {"multi_scale": 0.25},
    "class weighting": {"class_weighting": 0.5},
    "label smoothing": {"label_smoothing": 0.05},
    "CIoU": {"box_loss": "ciou"},
    "YOLOv4's loss": {"loss": "yolov4"},
}
"""Those that are off, and how each is switched on."""

EPOCHS = {"blood cells": 40, "digits": 10}


def measure() -> list[Row]:
    """Train the defaults, then each variant, on both data sets."""
    with tempfile.TemporaryDirectory() as name:
        return [
            row
            for data, project in _projects(Path(name))
            for row in _ablated(data, project, _of_all(data))
        ]


def _projects(folder: Path) -> Iterator[tuple[str, Project]]:
    cells = blood_cells()
    if cells is None:
        print("blood cells are left out: the data set is not on this machine", file=sys.stderr)
    else:
        yield "blood cells", cells
    yield "digits", digits(folder / "digits")


def _ablated(data: str, project: Project, of_all: Mapping[str, Any]) -> Iterator[Row]:
    epochs = int(os.environ.get("ABLATION_EPOCHS", EPOCHS[data]))
    base = trained(project, epochs, of_all)
    said = f"{data}, {epochs} epochs"
    yield Row(f"{said}, defaults: AP (AP50 {base.ap50:.3f})", base.ap, base.ap, "")
    for what, change in _variants():
        found = trained(project, epochs, {**of_all, **change})
        yield Row(f"{said}, {what}: AP (AP50 {found.ap50:.3f})", base.ap, found.ap, "")


def _variants() -> Iterator[tuple[str, Mapping[str, Any]]]:
    wanted = os.environ.get("ABLATION", "").split(",")
    for word, table in (("without", WITHOUT), ("with", WITH)):
        for name, change in table.items():
            if wanted == [""] or name in wanted:
                yield f"{word} {name}", change


def _of_all(data: str) -> dict[str, Any]:
    """Return what all trainings of a data set have: a mirrored digit is another one, or none."""
    size = int(os.environ.get("ABLATION_SIZE", "416"))
    return {"size": size} | ({"flip": "none"} if data == "digits" else {})
