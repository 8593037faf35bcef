"""Files of records: found through once, from then on read where it is needed.

A record is its length (8 bytes), a checksum of that (4), the data, and a checksum of those (4):
https://www.tensorflow.org/tutorials/load_data/tfrecord. TensorFlow checks both.
"""

from __future__ import annotations

import gzip
import os
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from studio.errors import FileError, os_error_text
from studio.yolo.backend import tf

_BEFORE, _AFTER = 12, 4  # bytes around the data
_GZIP = b"\x1f\x8b"
_ZLIB = {b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"}
_CHUNK = 2**20
_DAMAGED = "is cut short or damaged"

Unpacker = Callable[[Path], Iterator[bytes]]


class RecordFile:
    """A file of records; one that is compressed is unpacked into a temporary file first.

    That file goes when nobody needs this object any more.
    """

    def __init__(self, path: Path) -> None:
        """Raise FileError when the file cannot be read or unpacked."""
        self.path = path
        self._plain = path
        unpack = _unpacker(path)
        if unpack:
            self._plain = _unpacked(path, unpack)
            weakref.finalize(self, self._plain.unlink, missing_ok=True)

    def place(self, number: int) -> Path:
        """Return how messages call an example, counted from 1."""
        return Path(f"{self.path}, example {number}")

    def size(self) -> int:
        """Return how many bytes there are to read."""
        return self._plain.stat().st_size

    def records(self) -> Iterator[tuple[int, bytes]]:
        """Yield where the data of each record begin, and the data; raises FileError.

        TensorFlow takes a few bytes that are no whole beginning of a record for the end.
        """
        start, number = _BEFORE, 1
        try:
            for data in tf.data.TFRecordDataset(os.fsencode(self._plain)).as_numpy_iterator():
                yield start, data
                start += len(data) + _AFTER + _BEFORE
                number += 1
        except tf.errors.DataLossError as error:
            raise FileError(self.place(number), _DAMAGED) from error
        except tf.errors.OpError as error:
            raise FileError(self.place(number), "cannot be read") from error
        if start - _BEFORE != self.size():
            raise FileError(self.place(number), _DAMAGED)

    def read(self, start: int, length: int) -> bytes:
        """Read some bytes anew; raises FileError. Any thread may."""
        try:
            with self._plain.open("rb") as file:
                file.seek(start)
                data = file.read(length)
        except OSError as error:
            raise FileError(self.path, f"cannot be read: {os_error_text(error)}") from error
        if len(data) < length:
            raise FileError(self.path, "has become shorter while it was in use")
        return data


def _unpacker(path: Path) -> Unpacker | None:
    """Return what unpacks a file, None for one that is not compressed; raises FileError.

    A plain file may begin with the same bytes by chance, so it is tried first.
    """
    try:
        with path.open("rb") as file:
            start = file.read(2)
    except OSError as error:
        raise FileError(path, f"cannot be read: {os_error_text(error)}") from error
    if start != _GZIP and start not in _ZLIB:
        return None
    try:
        next(tf.data.TFRecordDataset(os.fsencode(path)).as_numpy_iterator())
    except tf.errors.DataLossError:
        return _gunzip if start == _GZIP else _inflate
    return None


def _unpacked(path: Path, unpack: Unpacker) -> Path:
    """Unpack a file into a temporary one; raises FileError.

    TensorFlow takes a compressed file that is cut short for one that ends there; Python does not.
    """
    handle, name = tempfile.mkstemp(".tfrecord", "yolo-studio-")
    plain = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(unpack(path))
    except BaseException as error:
        plain.unlink()
        if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile):
            raise FileError(path, "is compressed, and cut short or damaged") from error
        if isinstance(error, OSError):
            what = f"could not be unpacked in {plain.parent}: {os_error_text(error)}"
            raise FileError(path, what) from error
        raise
    return plain


def _gunzip(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _inflate(path: Path) -> Iterator[bytes]:
    stream = zlib.decompressobj()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield stream.decompress(chunk)
    if not stream.eof:
        raise EOFError
