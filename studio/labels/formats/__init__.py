"""Label formats beside Pascal VOC: one module each.

So far they are written for detections. A writer is made with the class list, gets each picture
as it is done, and writes what belongs to the whole set at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from studio.errors import StudioError
from studio.labels.boxes import Detection
from studio.labels.formats.coco import CocoWriter
from studio.labels.formats.voc import VocWriter
from studio.labels.formats.yolo import YoloWriter


class Writer(Protocol):
    """What the command `detect` needs of a format."""

    def files(self, names: Sequence[str]) -> list[str]:
        """Return the label files that pictures of these names would have, below the folder."""

    def add(
        self, folder: Path, name: str, size: tuple[int, int], detections: Sequence[Detection]
    ) -> None:
        """Take a picture's detections; `name` is its path below the folder that was detected in.

        `size` is (width, height). Raises FileError when a file cannot be written.
        """

    def finish(self, folder: Path) -> None:
        """Write what is one file for all pictures; raises FileError."""


WRITERS: dict[str, Callable[[tuple[str, ...]], Writer]] = {
    "voc": VocWriter,
    "yolo": YoloWriter,
    "coco": CocoWriter,
}


def parse(text: str) -> list[str]:
    """Split "voc,yolo" into known formats; raises StudioError for an unknown one."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in WRITERS:
            raise StudioError(f"format {name!r} is unknown; there are {', '.join(WRITERS)}")
    return names
