"""Folders that a test opens: grey pictures, label files beside them, a list of classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.labels import images, voc
from studio.labels.boxes import Annotation, Box

LARGE, SMALL, TINY = (400, 300), (160, 120), (40, 30)  # width and height


def make_folder(
    root: Path,
    size: tuple[int, int],
    pictures: dict[str, tuple[Box, ...]],
    classes: tuple[str, ...] = (),
) -> Path:
    """Make a folder of pictures; those without boxes have no label file."""
    for name, boxes in pictures.items():
        draw_picture(root / f"{name}.png", size)
        if boxes:
            write_labels(root, name, *boxes)
    if classes:
        names = ", ".join(f'"{name}"' for name in classes)
        (root / "studio.toml").write_text(f"classes = [{names}]\n")
    return root


def draw_picture(path: Path, size: tuple[int, int], grey: int = 200) -> Path:
    """Save a picture of one grey."""
    width, height = size
    images.save(path, np.full((height, width, 3), grey, np.uint8))
    return path


def label_file(root: Path, name: str) -> Path:
    """Return where the labels of a picture are."""
    return root / "annotations" / f"{name}.xml"


def write_labels(root: Path, name: str, *boxes: Box) -> None:
    """Write the label file of a picture, as another program might."""
    picture = root / f"{name}.png"
    height, width = images.load(picture).shape[:2]
    voc.write(label_file(root, name), Annotation(picture, width, height, boxes=boxes))


def boxes_on_disk(root: Path, name: str) -> tuple[Box, ...]:
    """Read the label file of a picture."""
    return voc.read(label_file(root, name), root / f"{name}.png").boxes


def label_names(root: Path, name: str) -> list[str]:
    """Read the class names in the label file of a picture."""
    return [box.label for box in boxes_on_disk(root, name)]


def all_files(root: Path) -> dict[Path, bytes]:
    """Return what is in every file of a folder."""
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
