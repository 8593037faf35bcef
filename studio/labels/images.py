"""The one image decoder of the program, and the way a picture gets into the network and back.

Pictures are RGB, uint8, `(height, width, 3)` and upright. Labelling, training and detecting all
read them here, so a box drawn on the screen lies where the network sees it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileError
from studio.labels.boxes import Floats
from studio.labels.files import read_bytes, write_atomic
from studio.labels.opencv import cv2

Image = NDArray[np.uint8]
Pixels = NDArray[Any]  # as the file has them: 8 or 16 bits, or floats

PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm", ".jp2"}
"""Suffixes of files that count as pictures when a folder is read."""

_JPEG = b"\xff\xd8"
_PNG = b"\x89PNG"

GREY = 128
"""What surrounds a letterboxed picture."""


def load(path: Path) -> Image:
    """Read a picture; raises FileError when it is missing, cut short or no picture."""
    return decode(read_bytes(path), path)


def decode(data: bytes, path: Path) -> Image:
    """Decode the bytes of a picture; `path` is for messages.

    EXIF orientation is applied, 16 bits become 8, grey becomes RGB, and what is transparent
    becomes white.
    """
    if not data:
        raise FileError(path, "is an empty file, not a picture")
    if _is_cut_short(data):
        raise FileError(path, "the picture is cut short or damaged")
    colour = _imdecode(data, cv2.IMREAD_COLOR_RGB | cv2.IMREAD_ANYDEPTH)
    if colour is None:  # OpenCV makes no colours of grey floats
        grey = _imdecode(data, cv2.IMREAD_ANYDEPTH)
        colour = None if grey is None else np.dstack([grey] * 3)
    if colour is None:
        raise FileError(path, "is not a picture that can be decoded, or is damaged")
    if _may_be_transparent(data):
        colour = _over_white(colour, _imdecode(data, cv2.IMREAD_UNCHANGED))
    return _to_8_bit(colour)


def _imdecode(data: bytes, flags: int) -> Pixels | None:
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:  # for example a header that claims more pixels than OpenCV will allocate
        return None


def _is_cut_short(data: bytes) -> bool:
    """Tell whether parts are missing, before libjpeg and libpng write to the terminal about it.

    Much may follow the end, such as the film that a telephone keeps with a photograph.
    """
    if data.startswith(_JPEG):
        return b"\xff\xd9" not in data[_first_scan(data) :]
    return data.startswith(_PNG) and not _is_whole_png(data)


def _is_whole_png(data: bytes) -> bool:
    """Follow the chunks to the end: what a damaged one claims to hold, OpenCV would allocate."""
    at = 8  # behind the signature
    while (kind := data[at + 4 : at + 8]) != b"IEND":
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        checksum = data[end : end + 4]
        if len(checksum) < 4:
            return False
        is_critical = kind[:1].isupper()
        if is_critical and zlib.crc32(data[at + 4 : end]) != int.from_bytes(checksum, "big"):
            return False
        at = end + 4
    return True


def _first_scan(data: bytes) -> int:
    """Return where the pixels of a JPEG begin; the preview in its header has an end of its own.

    Any number of 0xFF may stand before a segment.
    """
    at = len(_JPEG)
    while data[at : at + 1] == b"\xff" and (kind := data[at + 1 : at + 2]) != b"\xda":
        at += 1 if kind == b"\xff" else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at


def _may_be_transparent(data: bytes) -> bool:
    """Tell by the header, since it costs a second decoding to find out."""
    if data.startswith(_PNG):
        has_alpha = bool(data[25] & 4)
        return has_alpha or b"tRNS" in data[: data.find(b"IDAT")]
    return not data.startswith(_JPEG)


def _over_white(colour: Pixels, raw: Pixels | None) -> Pixels:
    """Lay a picture with an alpha channel over white."""
    if raw is None or raw.ndim != 3 or raw.shape[2] != 4:
        return colour
    turned = _turned_like(raw, colour)
    if turned.shape[:2] != colour.shape[:2]:
        return colour
    white = {"uint8": 255, "uint16": 65535}.get(raw.dtype.name, 1)
    alpha = turned[..., 3:]
    if (alpha == white).all():
        return colour
    flat = colour.astype(np.float32)  # in place from here: pictures may be large
    flat -= white
    flat *= alpha.astype(np.float32) / white
    flat += white
    return flat.astype(colour.dtype) if white == 1 else flat.round().astype(colour.dtype)


def _turned_like(raw: Pixels, colour: Pixels) -> Pixels:
    """Turn BGRA pixels as OpenCV turned the RGB ones of the same file; alpha it leaves lying."""
    for turns in range(4):
        for mirrored in (raw, raw[:, ::-1]):
            turned = np.rot90(mirrored, turns)
            if np.array_equal(turned[..., 2::-1], colour):
                return turned
    return raw


def _to_8_bit(image: Pixels) -> Image:
    if image.dtype == np.uint8:
        return image
    if image.dtype == np.uint16:
        return (image.astype(np.uint32) * 255 // 65535).astype(np.uint8)
    return (np.clip(np.nan_to_num(image.astype(np.float32)), 0, 1) * 255).astype(np.uint8)


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
