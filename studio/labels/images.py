"""The one image decoder of the program, and the way a picture gets into the network and back.

Pictures are RGB, uint8, `(height, width, 3)` and upright. Labelling, training and detecting all
read them here, so a box drawn on the screen lies where the network sees it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileError
from studio.labels.boxes import Floats
from studio.labels.files import read_bytes, write_atomic
from studio.labels.opencv import cv2
from studio.labels.pictures.raster import read_raster

Image = NDArray[np.uint8]

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".avif", ".tif", ".tiff"}
PICTURES |= {".pgm", ".ppm", ".jp2"}
"""Suffixes of files that count as pictures when a folder is read."""

GREY = 128
"""What surrounds a letterboxed picture."""


def load(path: Path) -> Image:
    """Read a picture; raises FileError when it is missing, cut short or no picture."""
    return decode(read_bytes(path), path)


def decode(data: bytes, path: Path) -> Image:
    """Decode the bytes of a picture; `path` is for messages.

    It is turned upright, more than 8 bits become 8 (see `depth`), grey becomes RGB, and what is
    transparent becomes white. Of an animation it is the first frame.
    """
    return to_rgb(read_raster(data, path))


def to_rgb(raster: Image) -> Image:
    """Return a grey or an RGB picture as RGB."""
    if raster.ndim == 3:
        return raster
    return cv2.cvtColor(raster, cv2.COLOR_GRAY2RGB)  # type: ignore[return-value]


def save(path: Path, image: Image) -> None:
    """Write an RGB picture atomically, in the format that the suffix names; raises FileError."""
    try:
        done, data = cv2.imencode(path.suffix or ".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    except cv2.error as error:
        raise FileError(path, f"cannot be written as {path.suffix or 'no format'}") from error
    if not done:
        raise FileError(path, "could not be encoded")
    write_atomic(path, data.tobytes())


@dataclass(frozen=True, slots=True)
class Letterbox:
    """A picture of one size laid into another: aspect kept, centred, grey around it.

    All lengths are float pixels: `x' = x · scale + pad_x`. `forward` and `inverse` are exact
    inverses of each other up to rounding of float arithmetic.
    """

    scale: float
    pad_x: float
    pad_y: float
    width: int
    height: int

    @classmethod
    def fit(cls, size: tuple[int, int], target: tuple[int, int]) -> Letterbox:
        """Fit a picture of `size` (width, height) into `target` (width, height)."""
        scale = min(target[0] / size[0], target[1] / size[1])
        pad_x, pad_y = (target[0] - size[0] * scale) / 2, (target[1] - size[1] * scale) / 2
        return cls(scale, pad_x, pad_y, *target)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The 2 × 3 affine map from picture to letterbox, in edge coordinates."""
        return np.array([[self.scale, 0, self.pad_x], [0, self.scale, self.pad_y]])

    def forward(self, xyxy: Floats) -> Floats:
        """Map `(…, 4)` boxes of the picture into the letterbox."""
        return xyxy * self.scale + self._pads(xyxy)

    def inverse(self, xyxy: Floats) -> Floats:
        """Map `(…, 4)` boxes of the letterbox back onto the picture."""
        return (xyxy - self._pads(xyxy)) / self.scale

    def apply(self, image: Image) -> Image:
        """Return the picture, resampled and padded: `(height, width, 3)`."""
        return warp(image, self.matrix, (self.width, self.height))

    def _pads(self, like: Floats) -> Floats:
        return np.array([self.pad_x, self.pad_y, self.pad_x, self.pad_y], like.dtype)


def warp(image: Image, matrix: NDArray[np.float64], size: tuple[int, int]) -> Image:
    """Resample a picture by a 2 × 3 affine map in edge coordinates into (width, height).

    A strong reduction is first averaged down by a whole factor, since bilinear sampling alone
    would skip pixels.
    """
    factor = int(1 / max(*np.hypot(matrix[0, :2], matrix[1, :2]).tolist(), 1e-6))
    if factor >= 2:
        image, matrix = _shrink(image, matrix, factor)
    centres = matrix.copy()  # OpenCV counts from pixel centres, boxes from pixel edges
    centres[:, 2] += matrix[:, :2] @ (0.5, 0.5) - 0.5
    border = (GREY, GREY, GREY)
    warped: Image = cv2.warpAffine(  # type: ignore[assignment]  # OpenCV's stubs do not keep dtypes
        image, centres, size, flags=cv2.INTER_LINEAR, borderValue=border
    )
    return warped


def _shrink(
    image: Image, matrix: NDArray[np.float64], factor: int
) -> tuple[Image, NDArray[np.float64]]:
    height, width = image.shape[:2]
    small = max(width // factor, 1), max(height // factor, 1)
    scaled = matrix.copy()
    scaled[:, 0] *= width / small[0]
    scaled[:, 1] *= height / small[1]
    shrunk = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    return shrunk, scaled  # type: ignore[return-value]  # OpenCV's stubs do not keep dtypes
