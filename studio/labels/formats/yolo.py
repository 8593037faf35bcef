"""Detections as YOLO text, one file a picture, and the class names in `classes.txt`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.labels.boxes import Detection
from studio.labels.files import write_atomic
from studio.labels.formats.names import LabelNames

CLASSES = "classes.txt"


class YoloWriter:
    """Writes `NAME.txt` beside where the annotated picture goes."""

    def __init__(self, classes: tuple[str, ...]) -> None:
        self._classes = classes
        self._names = LabelNames(".txt", CLASSES)

    def files(self, names: Sequence[str]) -> list[str]:
        return [*map(LabelNames(".txt", CLASSES).of, names), CLASSES]

    def add(
        self, folder: Path, name: str, size: tuple[int, int], detections: Sequence[Detection]
    ) -> None:
        text = render(detections, self._classes, size)
        write_atomic(folder / self._names.of(name), text.encode())

    def finish(self, folder: Path) -> None:
        write_atomic(folder / CLASSES, "".join(f"{c}\n" for c in self._classes).encode())


def render(detections: Sequence[Detection], classes: tuple[str, ...], size: tuple[int, int]) -> str:
    """Return a line a box: class number, centre x, centre y, width, height in shares, score."""
    width, height = size
    lines = []
    for detection in detections:
        box = detection.box
        x, y = (box.xmin + box.xmax) / 2 / width, (box.ymin + box.ymax) / 2 / height
        w, h = box.width / width, box.height / height
        number = classes.index(box.label)
        lines.append(f"{number} {x:.6f} {y:.6f} {w:.6f} {h:.6f} {detection.score:.6f}\n")
    return "".join(lines)
