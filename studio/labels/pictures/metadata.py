"""What a picture file says of itself before its pixels: format, size, and which side is up."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from studio.labels.pictures import tiff

Size = tuple[int, int]

JPEG, PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the others are tables and extensions
_APP1, _SCAN = 0xE1, 0xDA
_PNG_CHANNELS = {0: 1, 2: 3, 3: 4, 4: 4, 6: 4}  # once decoded, by the colour type


@dataclass(frozen=True, slots=True)
class Header:
    """Width and height are those of the stored picture, which `orientation` (Exif, 1-8) turns.

    `channels` and `bits` say how much memory the pixels need; `bits` are those of one channel.
    """

    kind: str
    width: int
    height: int
    orientation: int = 1
    channels: int = 3
    bits: int = 8
    tags: tiff.Tags = field(default_factory=dict)

    @property
    def upright(self) -> Size:
        """Width and height once the picture is turned."""
        is_on_its_side = self.orientation >= 5
        return (self.height, self.width) if is_on_its_side else (self.width, self.height)


def read_header(file: BinaryIO) -> Header | None:
    """Read the header of a JPEG, PNG, GIF, BMP, WebP or TIFF; None where there is none that fits.

    Raises OSError.
    """
    file.seek(0)
    start = file.read(12)
    reader = _reader(start)
    if reader is None:
        return None
    file.seek(0)
    try:
        header = reader(file)
    except (struct.error, KeyError):
        return None
    return header if header and min(header.width, header.height) > 0 else None


def _reader(start: bytes) -> Callable[[BinaryIO], Header | None] | None:
    if start.startswith(JPEG):
        return _read_jpeg
    if start.startswith(PNG):
        return _read_png
    if start.startswith((b"GIF87a", b"GIF89a")):
        return _read_gif
    if start.startswith(b"BM"):
        return _read_bmp
    if start.startswith(b"RIFF") and start.endswith(b"WEBP"):
        return _read_webp
    return _read_tiff if tiff.is_tiff(start) else None


def _read_jpeg(file: BinaryIO) -> Header | None:
    """Follow the segments to the first scan (ITU-T T.81, annex B).

    Any number of 0xFF may stand before a segment.
    """
    file.seek(len(JPEG))
    frame, orientation = b"", 0
    while len(head := file.read(2)) == 2:
        if head[0] != 0xFF:
            return None
        if head[1] == 0xFF:
            file.seek(-1, 1)
            continue
        if head[1] == _SCAN:
            break
        (length,) = struct.unpack(">H", file.read(2))
        body = file.read(max(length - 2, 0))
        if head[1] in _FRAMES:
            frame = body
        elif head[1] == _APP1 and body.startswith(b"Exif\0\0"):
            orientation = orientation or _orientation(body)
    bits, height, width, channels = struct.unpack_from(">BHHB", frame)
    return Header("jpeg", width, height, orientation or 1, 1 if channels == 1 else 3, bits)


def _read_png(file: BinaryIO) -> Header | None:
    """Follow the chunks to the end: what turns the picture may stand behind the pixels."""
    file.seek(len(PNG))
    fields, orientation = b"", 0
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            width, height, bits, colour = struct.unpack_from(">IIBB", fields)
            channels = _PNG_CHANNELS[colour]
            return Header("png", width, height, orientation or 1, channels, max(bits, 8))
        if kind in (b"IHDR", b"eXIf"):
            body = file.read(length)
            fields = body if kind == b"IHDR" else fields
            orientation = orientation or (_orientation(body) if kind == b"eXIf" else 0)
            length = 0
        file.seek(length + 4, 1)  # its checksum too
    return None


def _read_gif(file: BinaryIO) -> Header:
    width, height = struct.unpack_from("<HH", file.read(10), 6)
    return Header("gif", width, height, channels=4)


def _read_bmp(file: BinaryIO) -> Header:
    """A negative height says that the first row is the top one; the oldest header is shorter."""
    start = file.read(30)
    if struct.unpack_from("<I", start, 14) == (12,):
        width, height, _planes, bits = struct.unpack_from("<HHHH", start, 18)
    else:
        width, height, _planes, bits = struct.unpack_from("<iiHH", start, 18)
    return Header("bmp", abs(width), abs(height), channels=4 if bits == 32 else 3)


def _read_webp(file: BinaryIO) -> Header | None:
    """Follow the chunks (RFC 9649): one of three tells the size, and one may tell what is up."""
    size, orientation = (0, 0), 0
    file.seek(12)
    while len(head := file.read(8)) == 8:
        kind, length = struct.unpack("<4sI", head)
        body = file.read(length if kind == b"EXIF" else min(length, 10))
        if not min(size):
            size = _webp_size(kind, body)
        if kind == b"EXIF":
            orientation = orientation or _orientation(body)
        file.seek(length - len(body) + length % 2, 1)
    return Header("webp", *size, orientation or 1, 4)


def _webp_size(kind: bytes, body: bytes) -> Size:
    if kind == b"VP8X":
        return _number(body[4:7]) + 1, _number(body[7:10]) + 1
    if kind == b"VP8L":
        packed = _number(body[1:5])
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return _number(body[6:8]) & 0x3FFF, _number(body[8:10]) & 0x3FFF
    return 0, 0


def _read_tiff(file: BinaryIO) -> Header:
    tags = tiff.read_tags(file)
    orientation = tags.get(tiff.ORIENTATION, (1,))[0]
    return Header(
        "tiff",
        tags[tiff.WIDTH][0],
        tags[tiff.HEIGHT][0],
        orientation if 1 <= orientation <= 8 else 1,
        tags.get(tiff.SAMPLES, (1,))[0],
        max(tags.get(tiff.BITS, (1,))[0], 8),
        tags,
    )


def _orientation(exif: bytes) -> int:
    """Return what an Exif block notes, 0 where it notes nothing that counts."""
    body = exif.removeprefix(b"Exif\0\0")
    value = tiff.read_tags(io.BytesIO(body)).get(tiff.ORIENTATION, (0,))[0]
    return value if 1 <= value <= 8 else 0


def _number(little_endian: bytes) -> int:
    return int.from_bytes(little_endian, "little")
