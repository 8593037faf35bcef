"""What a screen needs of a picture: pixels in its own order, at every size at which it is drawn.

A picture of more pixels than can be kept is shown by a smaller one; boxes stay in pixels of the
whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np

from studio.labels.files import read_bytes
from studio.labels.images import Image, to_rgb
from studio.labels.opencv import cv2
from studio.labels.pictures.headers import header_of
from studio.labels.pictures.metadata import Header, Size
from studio.labels.pictures.raster import read_raster

MOST_SHOWN = 40_000_000
"""So many pixels of a picture are shown at most: 160 MB, and a third more for its halves."""

_SMALLEST = 64  # pixels of the longer side of the smallest level
_REDUCTIONS = (8, 4, 2, 1)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A picture as the screen needs it; `size` is (width, height) of the whole upright picture.

    `depth` counts its colours as label files do: 1 for grey, else 3. Each level is
    `(height, width, 4)`, bytes in the order blue, green, red, nothing, and has half the width and
    height of the one before. All of them show the whole picture; the first may be smaller than
    `size`.
    """

    size: Size
    depth: int
    levels: tuple[Image, ...]

    @property
    def nbytes(self) -> int:
        return sum(level.nbytes for level in self.levels)


def load_view(path: Path) -> View:
    """Read a picture to show it; raises FileError."""
    header = header_of(path)
    raster = read_raster(read_bytes(path), path, _reduction(header, MOST_SHOWN))
    height, width = raster.shape[:2]
    size = header.upright if header and header.kind == "jpeg" else (width, height)
    return _view(raster, size)


def view_of(image: Image) -> View:
    """Return the view of a picture that is decoded already: grey, or RGB."""
    return _view(image, (image.shape[1], image.shape[0]))


def thumbnail(path: Path, side: int) -> Image:
    """Return a small RGB picture whose longer side has at most `side` pixels; raises FileError."""
    raster = read_raster(read_bytes(path), path, _reduction(header_of(path), side * side * 2))
    height, width = raster.shape[:2]
    return to_rgb(_shrunk(raster, min(side / max(width, height), 1.0)))


def adjusted(level: Image, brightness: int, contrast: int) -> Image:
    """Return a level made brighter and of more contrast, each from -100 to 100; 0 changes nothing.

    Contrast turns around the middle grey; 100 leaves black and white only, -100 only grey.
    """
    if brightness == contrast == 0:
        return level
    values = np.arange(256) - 127.5
    slope = np.tan((contrast / 100 + 1) * np.pi / 4 * 0.999)
    table = values * slope + 127.5 + brightness * 2.55
    return cv2.LUT(level, np.clip(table.round(), 0, 255).astype(np.uint8))  # type: ignore[return-value]


def _reduction(header: Header | None, pixels: int) -> int:
    """Return by how much a JPEG may be decoded smaller and still have that many pixels."""
    if header is None or header.kind != "jpeg":
        return 1
    whole = header.width * header.height
    return next((r for r in _REDUCTIONS if whole >= pixels * r * r), 1)


def _view(raster: Image, size: Size) -> View:
    height, width = raster.shape[:2]
    shown = _shrunk(raster, min(sqrt(MOST_SHOWN / (width * height)), 1.0))
    code = cv2.COLOR_GRAY2BGRA if raster.ndim == 2 else cv2.COLOR_RGB2BGRA
    levels = [cv2.cvtColor(shown, code)]
    while max(levels[-1].shape) > _SMALLEST:
        rows, columns = levels[-1].shape[:2]
        half = max(columns // 2, 1), max(rows // 2, 1)
        levels.append(cv2.resize(levels[-1], half, interpolation=cv2.INTER_AREA))
    return View(size, 1 if raster.ndim == 2 else 3, tuple(levels))  # type: ignore[arg-type]


def _shrunk(raster: Image, scale: float) -> Image:
    if scale == 1:
        return raster
    height, width = raster.shape[:2]
    size = max(int(width * scale), 1), max(int(height * scale), 1)
    return cv2.resize(raster, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]
