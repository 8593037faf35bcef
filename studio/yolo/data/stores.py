"""Where prepared pictures are, and how the graph reads one.

`read(index)` returns a picture uint8 `(height, width, 3)` of the input's size, and whether it is
one: else it is grey paper, whose source has gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileError
from studio.labels.files import read_if_there, write_unflushed
from studio.labels.images import Image
from studio.yolo.backend import tf
from studio.yolo.data.schedule import Size

VERSION = b"1"  # of the files: the pixels, and 8 bytes of their fingerprint
_CHECK = 8

_ALIGNED = 64  # bytes; tensors that begin elsewhere are copied

Images = NDArray[np.uint8]
Make = Callable[[int], tuple[Image, bool]]


class Store(Protocol):
    """The prepared pictures of a split."""

    @property
    def memory(self) -> int:
        """How many bytes of memory they take."""

    def read(self, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return a picture, and whether it is one."""


@dataclass(frozen=True, slots=True)
class InMemory:
    """All pictures in one tensor `(n, height, width, 3)`."""

    pictures: tf.Tensor

    @classmethod
    def of(cls, pictures: Images) -> InMemory:
        """Take over pictures that were made by `room_for`, without a copy of them all."""
        return cls(tf.experimental.dlpack.from_dlpack(pictures.__dlpack__()))

    @property
    def memory(self) -> int:
        return int(np.prod(self.pictures.shape))

    def read(self, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.gather(self.pictures, index), tf.constant(value=True)


@dataclass(frozen=True, slots=True)
class Anew:
    """Nothing is kept: each picture is made by Python, whenever it is asked for."""

    make: Make
    size: Size

    @property
    def memory(self) -> int:
        return 0

    def read(self, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return in_python(self.make, index, self.size)


@dataclass(slots=True)
class OnDisk:
    """A file for each picture; those in `missing` are not read by the graph but made by `mend`.

    Whoever reads must be ready for files that go: then `look` finds out which. What `mend` has
    written is there again for those who read from then on.
    """

    paths: list[Path]
    size: Size
    mend: Make
    missing: set[int] = field(default_factory=set)
    is_in_parts: bool = False
    """Whether some files are not read by the graph, be they there again or not."""

    @property
    def memory(self) -> int:
        return 0

    def look(self) -> None:
        """Look which files are there; where no more seem to be gone, at the contents of each."""
        paths, before = list(enumerate(self.paths)), self.missing
        self.missing = {number for number, path in paths if not is_there(path, self.size)}
        if self.missing <= before:
            self.missing = {number for number, path in paths if load(path, self.size) is None}

    def read(self, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        paths = tf.constant([str(path) for path in self.paths])

        def from_file() -> tuple[tf.Tensor, tf.Tensor]:
            return _checked(tf.gather(paths, index), self.size), tf.constant(value=True)

        self.is_in_parts = bool(self.missing)
        if not self.is_in_parts:
            return from_file()
        is_here = np.ones(len(self.paths), np.bool_)
        is_here[list(self.missing)] = False
        return tf.cond(  # type: ignore[no-any-return]
            tf.gather(tf.constant(is_here), index),
            from_file,
            lambda: in_python(self._mended, index, self.size),
        )

    def _mended(self, index: int) -> tuple[Image, bool]:
        made = self.mend(index)
        if is_there(self.paths[index], self.size):
            self.missing.discard(index)
        return made


def room_for(count: int, size: Size) -> Images:
    """Return `(count, height, width, 3)` uint8 at a place in memory from which TensorFlow reads."""
    shape = (count, *_shape(size))
    length = count * size[0] * size[1] * 3
    whole = np.empty(length + _ALIGNED, np.uint8)
    first = -whole.ctypes.data % _ALIGNED
    return whole[first : first + length].reshape(shape)


def in_python(make: Make, index: tf.Tensor, size: Size) -> tuple[tf.Tensor, tf.Tensor]:
    """Call Python for a picture; OpenCV decodes it without holding Python's lock."""

    def call(number: NDArray[np.int64]) -> tuple[Image, NDArray[np.bool_]]:
        image, is_found = make(int(number))
        return image, np.array(is_found)

    image, is_found = tf.numpy_function(call, [index], (tf.uint8, tf.bool))
    return tf.ensure_shape(image, _shape(size)), tf.ensure_shape(is_found, ())


# --- files ----------------------------------------------------------------------------------------


def file_length(size: Size) -> int:
    """Return how many bytes the file of a prepared picture has."""
    return size[0] * size[1] * 3 + _CHECK


def is_there(path: Path, size: Size) -> bool:
    """Tell whether there is a file of the right length; what is in it shows when it is read."""
    return _length(path) == file_length(size)


def save(path: Path, picture: Image) -> None:
    """Write a prepared picture; raises FileError."""
    pixels = picture.tobytes()
    write_unflushed(path, pixels + _fingerprint(tf.constant(pixels)).numpy().tobytes())


def load(path: Path, size: Size) -> Image | None:
    """Read a prepared picture; None where there is none, or a damaged one."""
    try:
        data = read_if_there(path)
    except FileError:
        return None
    if data is None or len(data) != file_length(size):
        return None
    pixels = data[:-_CHECK]
    if _fingerprint(tf.constant(pixels)).numpy().tobytes() != data[-_CHECK:]:
        return None
    return np.frombuffer(pixels, np.uint8).reshape(_shape(size))


def _checked(path: tf.Tensor, size: Size) -> tf.Tensor:
    """Read a prepared picture in the graph; raises an OpError for one that is gone or damaged."""
    data = tf.io.read_file(path)
    total, length = file_length(size), file_length(size) - _CHECK
    # Lengths first: where a part is asked for that is not there, the message holds the bytes.
    with tf.control_dependencies([tf.debugging.assert_equal(tf.strings.length(data), total)]):
        pixels = tf.strings.substr(data, 0, length)
        noted = tf.io.decode_raw(tf.strings.substr(data, length, _CHECK), tf.int64)
    with tf.control_dependencies([tf.debugging.assert_equal(noted, _fingerprint(pixels)[None])]):
        return tf.reshape(tf.io.decode_raw(pixels, tf.uint8), _shape(size))


def _fingerprint(pixels: tf.Tensor) -> tf.Tensor:
    """Return FarmHash's Fingerprint64, which is the same on all machines: a scalar int64."""
    return tf.strings.to_hash_bucket_fast(pixels, 2**63 - 1)


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _shape(size: Size) -> tuple[int, int, int]:
    return size[1], size[0], 3
