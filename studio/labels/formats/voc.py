"""Detections as Pascal VOC XML, one file a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.labels import voc
from studio.labels.boxes import Annotation, Detection


class VocWriter:
    """Writes `NAME.xml` beside where the annotated picture goes."""

    def __init__(self, classes: tuple[str, ...]) -> None:
        del classes  # VOC names the class of each box

    def add(
        self, folder: Path, name: str, size: tuple[int, int], detections: Sequence[Detection]
    ) -> None:
        boxes = tuple(d.box for d in detections)
        path = folder / name
        voc.write(path.with_suffix(".xml"), Annotation(path, *size, boxes=boxes))

    def finish(self, folder: Path) -> None:
        """Nothing is left to write."""
