"""The bytes of a picture file made pixels: whatever the file has, eight bits, upright, opaque.

OpenCV's decoders differ in what they do by themselves; each format is asked for what it gives
right, and turning, depth and transparency are done here for all of them alike.
"""

from __future__ import annotations

import io
import os
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileError
from studio.labels.opencv import cv2
from studio.labels.pictures import tiff
from studio.labels.pictures.depth import Bytes, Pixels, to_8_bit
from studio.labels.pictures.metadata import JPEG, PNG, Header, read_header

MOST_PIXELS = 2**30
"""What OpenCV decodes at most; 32,768 pixels a side."""

_REDUCED = {1: 0, 2: 16, 4: 32, 8: 64}  # OpenCV's flags for decoding a JPEG at a part of its size
_STRIP = 256  # rows that are worked on at once


def read_raster(data: bytes, path: Path, reduction: int = 1) -> Bytes:
    """Decode the bytes of a picture: grey `(height, width)` or RGB `(height, width, 3)`, upright.

    A JPEG is decoded at its size divided by `reduction` (1, 2, 4 or 8), which is quicker; other
    formats are not reduced. `path` is for messages. Raises FileError.
    """
    if not data:
        raise FileError(path, "is an empty file, not a picture")
    if _is_cut_short(data):
        raise FileError(path, "the picture is cut short or damaged")
    header = read_header(io.BytesIO(data))
    if header:
        _refuse_too_large(header, path, reduction)
    try:
        return _read(data, path, header, reduction)
    except MemoryError as error:
        raise FileError(path, "is too large for the memory that is left") from error


def _read(data: bytes, path: Path, header: Header | None, reduction: int) -> Bytes:
    pixels = _imdecode(data, _flags(header, reduction))
    if pixels is None:
        raise FileError(path, "is not a picture that can be decoded, or is damaged")
    if header and header.kind == "jpeg":
        image: Bytes = pixels
    else:
        image = _colours(pixels, header)
    if header and header.kind != "tiff":  # of TIFF, OpenCV has turned the picture
        return _turned(image, header.orientation)
    return image


def _flags(header: Header | None, reduction: int) -> int:
    """Return what to ask OpenCV for."""
    if header and header.kind == "jpeg":
        colours = cv2.IMREAD_GRAYSCALE if header.channels == 1 else cv2.IMREAD_COLOR_RGB
        return colours | cv2.IMREAD_IGNORE_ORIENTATION | _REDUCED[reduction]
    is_wrong_as_stored = header and (
        (header.kind == "bmp" and header.channels != 4)  # the oldest kind comes without colours
        or (header.tags.get(tiff.PLANES) == (tiff.APART,) and header.bits == 16)
    )
    return cv2.IMREAD_COLOR if is_wrong_as_stored else cv2.IMREAD_UNCHANGED


def _imdecode(data: bytes, flags: int) -> Pixels | None:
    """Decode; None where OpenCV cannot. Raises MemoryError."""
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from error
        return None  # for example a header that claims more pixels than OpenCV will allocate


# --- what is refused before it does harm --------------------------------------------------------


def _refuse_too_large(header: Header, path: Path, reduction: int) -> None:
    pixels = header.width * header.height
    side = f"{header.width:,} × {header.height:,} pixels"
    if pixels > MOST_PIXELS:
        raise FileError(path, f"claims to have {side}, more than can be decoded")
    copies = 1 if header.kind == "jpeg" else 2  # so many are there while OpenCV decodes
    needed = pixels * header.channels * header.bits // 8 * copies // reduction**2
    if needed > memory():
        raise FileError(path, f"has {side}, more than fit into the memory of this computer")


def memory() -> int:
    """Return how many bytes of memory the computer has; endless where that is not to be known."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no such function
        return 2**63


def _is_cut_short(data: bytes) -> bool:
    """Tell whether parts are missing, before libjpeg and libpng write to the terminal about it.

    Much may follow the end, such as the film that a telephone keeps with a photograph.
    """
    if data.startswith(JPEG):
        return data.find(b"\xff\xd9", _first_scan(data)) < 0
    return data.startswith(PNG[:4]) and not _is_whole_png(data)


def _is_whole_png(data: bytes) -> bool:
    """Follow the chunks to the end: what a damaged one claims to hold, OpenCV would allocate."""
    at, view = 8, memoryview(data)  # behind the signature
    while (kind := data[at + 4 : at + 8]) != b"IEND":
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        checksum = data[end : end + 4]
        if len(checksum) < 4:
            return False
        is_critical = kind[:1].isupper()
        if is_critical and zlib.crc32(view[at + 4 : end]) != int.from_bytes(checksum, "big"):
            return False
        at = end + 4
    return True


def _first_scan(data: bytes) -> int:
    """Return where the pixels of a JPEG begin; the preview in its header has an end of its own.

    Any number of 0xFF may stand before a segment.
    """
    at = len(JPEG)
    while data[at : at + 1] == b"\xff" and (kind := data[at + 1 : at + 2]) != b"\xda":
        at += 1 if kind == b"\xff" else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at


# --- colours ------------------------------------------------------------------------------------


def _colours(pixels: Pixels, header: Header | None) -> Bytes:
    """Return grey, BGR or BGRA pixels of any depth as grey or RGB bytes over white."""
    tags = header.tags if header else {}
    if pixels.ndim == 2:
        grey = to_8_bit(pixels)
        is_negative = tags.get(tiff.PHOTOMETRIC) == (tiff.MIN_IS_WHITE,) and pixels.itemsize > 1
        return cv2.bitwise_not(grey) if is_negative else grey  # type: ignore[return-value]
    if pixels.shape[2] == 3:
        return _in_rgb(to_8_bit(pixels))
    extra = tags.get(tiff.EXTRA, (0,))[0] if tags else tiff.STRAIGHT
    rgb = _in_rgb(to_8_bit(_without_alpha(pixels)))
    if extra in (tiff.ASSOCIATED, tiff.STRAIGHT):
        # For TIFF of 8 bits, the decoder has multiplied the colours by alpha.
        is_multiplied = extra == tiff.ASSOCIATED or (bool(tags) and pixels.itemsize == 1)
        _lay_over_white(rgb, pixels[..., 3], is_multiplied)
    return rgb


def _in_rgb(bgr: Bytes) -> Bytes:
    """Swap red and blue, in place and a strip at a time: pictures may be large."""
    for top in range(0, len(bgr), _STRIP):
        strip = bgr[top : top + _STRIP]
        strip[:] = cv2.cvtColor(strip, cv2.COLOR_BGR2RGB)
    return bgr


def _without_alpha(pixels: Pixels) -> Pixels:
    if pixels.dtype in (np.uint8, np.uint16):
        return cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR)  # knows no other depths
    return np.ascontiguousarray(pixels[..., :3])


def _lay_over_white(rgb: Bytes, alpha: Pixels, is_multiplied: bool) -> None:
    """Lay colours over white, in place."""
    for top in range(0, len(rgb), _STRIP):
        colour = rgb[top : top + _STRIP]
        opacity = _opacity(alpha[top : top + _STRIP, :, None])
        if opacity.min() == 255:
            continue
        if is_multiplied:
            colour[:] = np.minimum(colour + (255 - opacity), 255)
        else:
            part = (255 - colour) * opacity + 128
            colour[:] = 255 - ((part + (part >> 8)) >> 8)  # divided by 255


def _opacity(alpha: Pixels) -> NDArray[np.uint16]:
    """Return alpha of 8 or 16 bits, or as a share, from 0 to 255."""
    if alpha.dtype.kind == "f":
        opacity = np.clip(np.nan_to_num(alpha), 0, 1) * 255
    else:
        opacity = alpha >> 8 * (alpha.itemsize - 1)
    whole: NDArray[np.uint16] = opacity.astype(np.uint16)
    return whole


# --- turning ------------------------------------------------------------------------------------


def _turned(image: Bytes, orientation: int) -> Bytes:
    """Turn a stored picture upright, by what the camera noted (Exif 2.3, tag 0x0112)."""
    match orientation:
        case 2:
            turned = cv2.flip(image, 1)
        case 3:
            turned = cv2.rotate(image, cv2.ROTATE_180)
        case 4:
            turned = cv2.flip(image, 0)
        case 5:
            turned = cv2.transpose(image)
        case 6:
            turned = cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE)
        case 7:
            turned = cv2.flip(cv2.transpose(image), -1)
        case 8:
            turned = cv2.rotate(image, cv2.ROTATE_90_COUNTERCLOCKWISE)
        case _:
            turned = image
    return turned  # type: ignore[return-value]  # OpenCV's stubs do not keep dtypes
