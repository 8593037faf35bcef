"""Detections as one COCO JSON file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.labels.boxes import Detection
from studio.labels.files import write_atomic

FILE = "detections.json"


class CocoWriter:
    """Collects all pictures and writes `detections.json`."""

    def __init__(self, classes: tuple[str, ...]) -> None:
        self._classes = classes
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []

    def files(self, names: Sequence[str]) -> list[str]:
        del names
        return [FILE]

    def add(
        self, folder: Path, name: str, size: tuple[int, int], detections: Sequence[Detection]
    ) -> None:
        del folder  # written once, at the end
        number = len(self._images) + 1
        width, height = size
        self._images.append({"id": number, "file_name": name, "width": width, "height": height})
        for detection in detections:
            following = len(self._annotations) + 1
            self._annotations.append(record(detection, self._classes, number, following))

    def finish(self, folder: Path) -> None:
        write_atomic(folder / FILE, json.dumps(self.content(), ensure_ascii=False).encode())

    def content(self) -> dict[str, Any]:
        """Return the data set as COCO has it; category ids count from 1 in class order."""
        categories = [{"id": i, "name": name} for i, name in enumerate(self._classes, 1)]
        return {
            "images": self._images,
            "annotations": self._annotations,
            "categories": categories,
        }


def record(
    detection: Detection, classes: tuple[str, ...], image: int, number: int
) -> dict[str, Any]:
    """Return a COCO annotation: bbox is xmin, ymin, width, height in pixels."""
    box = detection.box
    return {
        "id": number,
        "image_id": image,
        "category_id": classes.index(box.label) + 1,
        "bbox": [box.xmin, box.ymin, box.width, box.height],
        "area": box.width * box.height,
        "iscrowd": 0,
        "score": detection.score,
    }
