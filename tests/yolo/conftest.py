"""Small models and pictures that the tests of the detector share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studio.labels import images, voc
from studio.labels.anchors import Anchors
from studio.labels.boxes import Annotation, Box
from studio.labels.dataset import Dataset
from studio.project import Project
from studio.yolo.config import TrainConfig
from studio.yolo.network.model import ModelConfig

TINY_ANCHORS = Anchors(
    ((8, 8), (14, 20), (24, 16), (30, 34), (60, 40), (50, 70)), input_size=(96, 64)
)


@pytest.fixture(scope="session")
def model_config() -> ModelConfig:
    """YOLOv3-tiny for a wide 96 × 64 input and three classes."""
    return ModelConfig("yolov3-tiny", ("a", "b", "c"), TINY_ANCHORS, (96, 64))


@pytest.fixture
def squares(tmp_path: Path) -> Dataset:
    """Twelve pictures with a dark and a light square each, one without any; eight to learn from."""
    rng = np.random.default_rng(7)
    (tmp_path / "images").mkdir()
    for number in range(12):
        image = np.full((120, 160, 3), 128, np.uint8)
        boxes = []
        for label, colour in (("dark", 20), ("light", 230)):
            if number == 11:
                continue
            side = int(rng.integers(24, 50))
            x = int(rng.integers(1, 78 - side)) + (80 if label == "light" else 0)
            y = int(rng.integers(1, 118 - side))
            image[y : y + side, x : x + side] = colour
            boxes.append(Box(label, x, y, x + side, y + side))
        path = tmp_path / "images" / f"p{number:02}.png"
        images.save(path, image)
        annotation = Annotation(path, 160, 120, boxes=tuple(boxes))
        voc.write(tmp_path / "annotations" / f"p{number:02}.xml", annotation)
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    names = [f"p{number:02}" for number in range(12)]
    for split, part in (("train", names[:8]), ("val", names[8:]), ("test", names[8:])):
        (lists / f"{split}.txt").write_text("\n".join(part))
    return Project.open(tmp_path).dataset()


@pytest.fixture
def train_config(squares: Dataset) -> TrainConfig:
    """A run of seconds on `squares`."""
    anchors = Anchors(((10, 10), (14, 14), (18, 18), (20, 20), (24, 24), (28, 28)), (64, 64))
    model = ModelConfig("yolov3-tiny", squares.classes, anchors, (64, 64))
    plain: dict[str, Any] = {"precision": "float32", "flip": "none", "validate_every": 1}
    plain["learning_rate"] = 1e-3
    return TrainConfig(model, epochs=3, batch_size=4, **plain)
