"""Detections as Pascal VOC XML, one file a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.labels import voc
from studio.labels.boxes import Annotation, Detection
from studio.labels.formats.names import LabelNames


class VocWriter:
    """Writes `NAME.xml` beside where the annotated picture goes."""

    def __init__(self, classes: tuple[str, ...]) -> None:
        del classes  # VOC names the class of each box
        self._names = LabelNames(".xml")

    def files(self, names: Sequence[str]) -> list[str]:
        return list(map(LabelNames(".xml").of, names))

    def add(
        self, folder: Path, name: str, size: tuple[int, int], detections: Sequence[Detection]
    ) -> None:
        boxes = tuple(d.box for d in detections)
        annotation = Annotation(folder / name, *size, boxes=boxes)
        voc.write(folder / self._names.of(name), annotation)

    def finish(self, folder: Path) -> None:
        """Nothing is left to write."""
