"""The entries of a TIFF directory: a TIFF begins with them, and so does the Exif of a photograph.

TIFF 6.0, section 2, and BigTIFF, which has wider counts and offsets.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

Tags = dict[int, tuple[int, ...]]

WIDTH, HEIGHT, BITS, PHOTOMETRIC = 256, 257, 258, 262
ORIENTATION, SAMPLES, PLANES, EXTRA = 274, 277, 284, 338
MIN_IS_WHITE = 0
APART = 2  # planes, each of one colour
ASSOCIATED, STRAIGHT = 1, 2  # what an extra sample can be: alpha

_NUMBERS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # the kinds of entries that are whole numbers
_MOST = 16  # longer entries are tables: where the pixels are, or a palette


def read_tags(file: BinaryIO) -> Tags:
    """Return the whole numbers of the first directory; none where it cannot be read.

    Offsets count from where the file stands.
    """
    try:
        return _read_tags(file, file.tell())
    except (struct.error, ValueError, OverflowError):
        return {}


def is_tiff(start: bytes) -> bool:
    return start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def _read_tags(file: BinaryIO, base: int) -> Tags:
    start = file.read(8)
    if not is_tiff(start):
        return {}
    order = "<" if start.startswith(b"II") else ">"
    is_big = b"+" in start[:4]
    if is_big:
        (directory,) = struct.unpack(f"{order}Q", file.read(8))
    else:
        (directory,) = struct.unpack_from(f"{order}I", start, 4)
    count_of, entry_of = ("Q", "HHQ8s") if is_big else ("H", "HHI4s")
    file.seek(base + directory)
    (count,) = struct.unpack(order + count_of, file.read(struct.calcsize(order + count_of)))
    entries = file.read(struct.calcsize(order + entry_of) * min(count, 4096))
    tags: Tags = {}
    size = struct.calcsize(order + entry_of)
    for at in range(0, len(entries) - size + 1, size):
        tag, kind, length, value = struct.unpack_from(order + entry_of, entries, at)
        if kind in _NUMBERS and 0 < length <= _MOST:
            form = f"{order}{length}{_NUMBERS[kind]}"
            tags.setdefault(tag, _values(file, base, order, form, value))
    return tags


def _values(file: BinaryIO, base: int, order: str, form: str, value: bytes) -> tuple[int, ...]:
    """Return the numbers of an entry: in its place where they fit, else where that points."""
    size = struct.calcsize(form)
    if size > len(value):
        (offset,) = struct.unpack(order + ("Q" if len(value) == 8 else "I"), value)
        file.seek(base + offset)
        value = file.read(size)
    return struct.unpack(form, value[:size])
