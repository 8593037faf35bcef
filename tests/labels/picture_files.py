"""Small picture files of every kind, made by OpenCV or byte by byte."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.labels.opencv import cv2

Image = NDArray[np.uint8]


def scene(width: int = 80, height: int = 60, seed: int = 0) -> Image:
    """A picture of large plain blocks, no two alike, so that JPEG changes it little."""
    blocks = np.random.default_rng(seed).integers(0, 256, (3, 4, 3), np.uint8)
    return cv2.resize(blocks, (width, height), interpolation=cv2.INTER_NEAREST)


def encode(pixels: NDArray[Any], suffix: str, *options: int) -> bytes:
    """Encode grey, RGB or RGBA pixels."""
    if pixels.ndim == 3:
        pixels = np.ascontiguousarray(pixels[..., [2, 1, 0, 3][: pixels.shape[2]]])
    done, data = cv2.imencode(suffix, pixels, options)
    assert done
    return data.tobytes()


def animation(frames: Sequence[Image], suffix: str) -> bytes:
    film = cv2.Animation()
    film.frames = [np.ascontiguousarray(frame[..., ::-1]) for frame in frames]
    film.durations = np.full(len(frames), 100)
    done, data = cv2.imencodeanimation(suffix, film)
    assert done
    return data.tobytes()


def exif(orientation: int, order: str = "<") -> bytes:
    """The TIFF header and the one entry in which a camera notes its orientation."""
    entry = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    start = b"II*\0" if order == "<" else b"MM\0*"
    return start + struct.pack(f"{order}IH", 8, 1) + entry + bytes(4)


def jpeg_segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def turned(data: bytes, orientation: int) -> bytes:
    """Note an orientation in a JPEG, a PNG or a WebP."""
    note = exif(orientation)
    if data.startswith(b"\xff\xd8"):
        return data[:2] + jpeg_segment(0xE1, b"Exif\0\0" + note) + data[2:]
    if data.startswith(b"\x89PNG"):
        return data[:33] + png_chunk(b"eXIf", note) + data[33:]
    height, width = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape[:2]
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunks = riff_chunk(b"VP8X", bytes([8, 0, 0, 0]) + sides) + data[12:]
    body = b"WEBP" + chunks + riff_chunk(b"EXIF", note)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def riff_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def cmyk_jpeg(inks: Image, adobe: bool = True) -> bytes:
    """A JPEG of four inks `(height, width, 4)`, stored inverted as Adobe's programs do.

    Each ink is a grey JPEG of its own; their scans are put one behind the other.
    """
    height, width = inks.shape[:2]
    plates = [
        encode(255 - inks[..., ink], ".jpg", cv2.IMWRITE_JPEG_QUALITY, 98) for ink in range(4)
    ]
    tables, scans = b"", []
    for plate in plates:
        at, tables = 2, b""
        while plate[at + 1] != 0xDA:
            end = at + 2 + int.from_bytes(plate[at + 2 : at + 4], "big")
            tables += plate[at:end] if plate[at + 1] in (0xDB, 0xC4) else b""
            at = end
        scans.append(plate[at + 2 + int.from_bytes(plate[at + 2 : at + 4], "big") : -2])
    parts = b"".join(bytes([ink + 1, 0x11, 0]) for ink in range(4))
    frame = jpeg_segment(0xC0, struct.pack(">BHHB", 8, height, width, 4) + parts)
    note = jpeg_segment(0xEE, b"Adobe\0\x64\0\0\0\0\0") if adobe else b""
    body = b"".join(
        jpeg_segment(0xDA, bytes([1, ink + 1, 0, 0, 63, 0])) + scan
        for ink, scan in enumerate(scans)
    )
    return b"\xff\xd8" + note + tables + frame + body + b"\xff\xd9"


def tiff(
    pixels: NDArray[Any],
    photometric: int = 2,
    *,
    order: str = "<",
    big: bool = False,
    planar: bool = False,
    extra: int | None = None,
    orientation: int = 1,
    palette: Sequence[int] = (),
) -> bytes:
    """An uncompressed TIFF or BigTIFF of pixels `(height, width, samples)` in their own order."""
    height, width, samples = pixels.shape
    stored = pixels.transpose(2, 0, 1) if planar else pixels
    body = stored.astype(stored.dtype.newbyteorder(order)).tobytes()
    start = 16 if big else 8
    word = "Q" if big else "I"
    strips = samples if planar else 1
    length = len(body) // strips
    entries: list[tuple[int, str, Sequence[int]]] = [
        (256, "H", [width]),
        (257, "H", [height]),
        (258, "H", [pixels.itemsize * 8] * samples),
        (259, "H", [1]),
        (262, "H", [photometric]),
        (273, "I", [start + length * strip for strip in range(strips)]),
        (274, "H", [orientation]),
        (277, "H", [samples]),
        (278, "H", [height]),
        (279, "I", [length] * strips),
        (284, "H", [2 if planar else 1]),
    ]
    entries += [(320, "H", palette)] if palette else []
    entries += [(338, "H", [extra])] if extra is not None else []
    entries += [(339, "H", [{"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]] * samples)]
    room, tail_at = (8, start + len(body)) if big else (4, start + len(body))
    tail, rows = b"", b""
    for tag, kind, numbers in entries:
        value = struct.pack(f"{order}{len(numbers)}{kind}", *numbers)
        if len(value) > room:
            tail, value = tail + value, struct.pack(order + word, tail_at + len(tail))
        rows += struct.pack(f"{order}HH{word}", tag, {"H": 3, "I": 4}[kind], len(numbers))
        rows += value.ljust(room, b"\0")
    directory = tail_at + len(tail)
    magic = struct.pack(f"{order}H", 43 if big else 42)
    head = (b"II" if order == "<" else b"MM") + magic + (struct.pack(f"{order}HH", 8, 0) * big)
    count = struct.pack(order + ("Q" if big else "H"), len(entries))
    return head + struct.pack(order + word, directory) + body + tail + count + rows + bytes(room)
