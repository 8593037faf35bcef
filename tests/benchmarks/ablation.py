"""What each switch of the defaults is worth: trainings without one of them, beside one with all.

Of blood cells and of digits, measured on the validation split: the test split must not choose the
defaults. Hours; the variable ABLATION may name fewer of the switches, ABLATION_DATA one of the two,
ABLATION_EPOCHS and ABLATION_SIZE make it shorter.
The table gives each AP as its ratio to that of the defaults: above 1 the change does better.
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
from tests.benchmarks._quality import Reached, blood_cells, digits, trained

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
    "anchors that share a box": {"sharing": 0.0},
    "confidence that counts less": {"confidence_gain": 1.0},
    "flips": {"flip": "none"},
    "both flips of what has no up": {"flip": "horizontal"},
    "scale": {"scale": 0.0},
    "shift": {"shift": 0.0},
    "brightness": {"brightness": 0.0},
}
"""The switches that are on, and how each is switched off."""

WITH: Mapping[str, Mapping[str, Any]] = {
    "another seed": {"seed": 1},  # what is nearer to the defaults than this says nothing
    "a third seed": {"seed": 2},
    "twice the rate": {"learning_rate": 8e-3},
    "half the rate": {"learning_rate": 2e-3},
    "a hundred times the weight decay": {"weight_decay": 0.05},
    "a longer average": {"ema": 0.995},
    "batches of four": {"batch_size": 4},
    "both flips from the start": {"flip": "both"},
    "mosaic": {"mosaic": 0.5},
    "mixup": {"mixup": 0.15},
    "crop": {"crop": 0.3},
    "turns": {"rotate": 10.0},
    "hue and saturation": {"hue": 0.015, "saturation": 0.5},
    "multi-scale": {"multi_scale": 0.25},
    "what nearly fits as background": {"ignore_threshold": 0.7},
    "class weighting": {"class_weighting": 0.5},
    "label smoothing": {"label_smoothing": 0.05},
    "CIoU": {"box_loss": "ciou"},
    "YOLOv4's loss": {"loss": "yolov4"},
}
"""Those that are off, or weaker, and how each is switched on."""

EPOCHS = {"blood cells": 40, "digits": 10}


def measure() -> list[Row]:
    """Train the defaults, then each variant, on both data sets."""
    with tempfile.TemporaryDirectory() as name:
        return [
            row
            for data, project in _projects(Path(name))
            if os.environ.get("ABLATION_DATA", data) == data
            for row in _ablated(data, project)
        ]


def _projects(folder: Path) -> Iterator[tuple[str, Project]]:
    cells = blood_cells()
    if cells is None:
        print("blood cells are left out: the data set is not on this machine", file=sys.stderr)
    else:
        yield "blood cells", cells
    yield "digits", digits(folder / "digits")


def _ablated(data: str, project: Project) -> Iterator[Row]:
    epochs = int(os.environ.get("ABLATION_EPOCHS", EPOCHS[data]))
    size = int(os.environ.get("ABLATION_SIZE", "416"))

    def reached(change: Mapping[str, Any]) -> Reached:
        return trained(project, epochs, {"size": size, **change}, "val")

    base = reached({})
    said = f"{data}, {size}, {epochs} epochs"
    yield Row(f"{said}, defaults: AP (AP50 {base.ap50:.3f})", base.ap, base.ap, "")
    for what, change in _variants():
        if change.items() <= project.training.items():
            continue  # the project has it so already
        found = reached(change)
        row = Row(f"{said}, {what}: AP (AP50 {found.ap50:.3f})", base.ap, found.ap, "")
        print(row, file=sys.stderr)  # the table comes after hours
        yield row


def _variants() -> Iterator[tuple[str, Mapping[str, Any]]]:
    wanted = os.environ.get("ABLATION", "").split(",")
    for word, table in (("without", WITHOUT), ("with", WITH)):
        for name, change in table.items():
            if wanted == [""] or name in wanted:
                yield f"{word} {name}", change
