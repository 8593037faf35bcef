"""Reads and writes weight files: a header, then each convolution in the order of the cfg.

After Darknet's parser.c (load_weights_upto, save_convolutional_weights). All numbers are
little-endian; needs no TensorFlow.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileError, os_error_text
from studio.labels.files import replacing
from studio.yolo.network.sections import Conv, Section, floats, shapes

Floats32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Header:
    """The version that wrote a file, and how many pictures its network had seen.

    `seen` has 64 bits since version 0.2, 32 before.
    """

    major: int = 0
    minor: int = 2
    revision: int = 5  # what AlexeyAB's Darknet writes
    seen: int = 0

    def pack(self) -> bytes:
        """Return the bytes that a file begins with."""
        version = struct.pack("<3i", self.major, self.minor, self.revision)
        return version + struct.pack(self._seen_format, self.seen)

    @property
    def _seen_format(self) -> str:
        return "<Q" if self.major * 10 + self.minor >= 2 else "<I"

    @classmethod
    def read(cls, data: bytes) -> Header | None:
        """Return the header that a file begins with, None where it does not begin with one."""
        if len(data) < 16:
            return None
        version = cls(*struct.unpack_from("<3i", data))
        if not (0 <= version.major < 1000 and 0 <= version.minor < 1000):
            return None
        if len(data) < 12 + struct.calcsize(version._seen_format):
            return None
        (seen,) = struct.unpack_from(version._seen_format, data, 12)
        return cls(version.major, version.minor, version.revision, seen)


LONGEST_HEADER = 20


@dataclass(frozen=True, slots=True)
class Place:
    """A convolution of a network: the number of its section from 0, and what the file has of it."""

    number: int
    section: Conv
    inputs: int

    @property
    def floats(self) -> int:
        return floats(self.section, self.inputs)

    def __str__(self) -> str:
        size, filters = self.section.size, self.section.filters
        return f"layer {self.number} (convolutional, {filters} filters of {size}×{size})"


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """What a file holds of a convolution: `(out,)` each, kernel `(out, in, h, w)`.

    Without batch normalisation `beta` is the bias, and the others are None.
    """

    beta: Floats32
    gamma: Floats32 | None
    mean: Floats32 | None
    variance: Floats32 | None
    kernel: Floats32

    def in_order(self) -> Iterator[Floats32]:
        """Yield the arrays as they follow each other in a file."""
        for array in (self.beta, self.gamma, self.mean, self.variance, self.kernel):
            if array is not None:
                yield array

    def named(self) -> Iterator[tuple[str, Floats32]]:
        """Yield the arrays as a layer of ours has them: by name, the kernel `(h, w, in, out)`."""
        for name in ("beta", "gamma", "mean", "variance"):
            if (array := getattr(self, name)) is not None:
                yield name, array
        yield "kernel", self.kernel.transpose(2, 3, 1, 0)


@dataclass(frozen=True, slots=True)
class Weights:
    """A weight file; one that is truncated has fewer layers than its network."""

    header: Header
    layers: tuple[LayerWeights, ...]


def places(sections: Sequence[Section]) -> list[Place]:
    """Return the convolutions of a network in the order of its file."""
    outputs = shapes(sections)
    return [
        Place(number, section, output.inputs)
        for number, (section, output) in enumerate(zip(sections, outputs, strict=True))
        if isinstance(section, Conv)
    ]


def read(path: Path, sections: Sequence[Section], truncated: bool = False) -> Weights:
    """Read the weights of a network; with `truncated`, perhaps only those of its first layers.

    Raises FileError for a file that does not fit, saying by how many floats and at which layer,
    and for one with values that cannot be.
    """
    header, values = _read_floats(path)
    wanted = places(sections)
    count = _require_fit(path, len(values), wanted, truncated)
    ends = np.cumsum([place.floats for place in wanted[:count]])
    layers = []
    for place, part in zip(wanted, np.split(values, ends[:-1]), strict=False):
        layer = _cut(part, place)
        _check(layer, place, path)
        layers.append(layer)
    return Weights(header, tuple(layers))


def require_length(path: Path, sections: Sequence[Section]) -> None:
    """Raise FileError for a file that is not as long as the weights of a network are."""
    header = read_header(path)
    size = path.stat().st_size - len(header.pack())
    _require_whole(path, size)
    _require_fit(path, size // 4, places(sections), truncated=False)


def write(path: Path, weights: Weights) -> None:
    """Write a weight file; raises FileError, and then leaves what was there."""
    with replacing(path) as file:
        for part in pack(weights):
            file.write(part)


def pack(weights: Weights) -> Iterator[bytes | memoryview]:
    """Yield the parts of a weight file, without copies of the arrays."""
    yield weights.header.pack()
    for layer in weights.layers:
        for array in layer.in_order():
            yield np.ascontiguousarray(array, "<f4").data


def read_header(path: Path) -> Header:
    """Read the first bytes of a weight file; raises FileError for another one."""
    try:
        with path.open("rb") as file:
            header = Header.read(file.read(LONGEST_HEADER))
    except OSError as error:
        raise FileError(path, f"cannot be read: {os_error_text(error)}") from error
    if header is None:
        raise FileError(path, "does not begin as Darknet's weight files do")
    return header


def _read_floats(path: Path) -> tuple[Header, Floats32]:
    header = read_header(path)
    try:
        data = np.fromfile(path, np.uint8, offset=len(header.pack()))
    except OSError as error:
        raise FileError(path, f"cannot be read: {os_error_text(error)}") from error
    _require_whole(path, len(data))
    return header, data.view("<f4")


def _require_whole(path: Path, size: int) -> None:
    if size % 4:
        raise FileError(path, f"is damaged: {size % 4} bytes are left after the last float")


def _require_fit(path: Path, found: int, wanted: list[Place], truncated: bool) -> int:
    """Return how many layers so many floats are; raises FileError where they do not fit."""
    count = _fitting(found, wanted)
    if count is None or (count < len(wanted) and not truncated):
        raise FileError(path, _misfit(found, wanted))
    return count


def _fitting(found: int, wanted: list[Place]) -> int | None:
    """Return how many layers so many floats are, at least one; None if they end within one."""
    ends = np.cumsum([place.floats for place in wanted])
    count = int(np.searchsorted(ends, found)) + 1
    return count if count <= len(wanted) and ends[count - 1] == found else None


def _misfit(found: int, wanted: list[Place]) -> str:
    """Say by how much so many floats are too many or too few, and where they end."""
    needed = sum(place.floats for place in wanted)
    if found > needed:
        return (
            f"belongs to another network: its {found:,} floats are {found - needed:,} too many, "
            f"they go on after {wanted[-1]}"
        )
    ends = np.cumsum([place.floats for place in wanted])
    within = int(np.searchsorted(ends, found, side="right"))
    rest = found - (int(ends[within - 1]) if within else 0)
    if rest or not within:
        where = f"they end {rest:,} floats into {wanted[within]}"
    else:
        where = f"they end after {wanted[within - 1]}, as those of a truncated file do"
    return (
        f"is cut short or belongs to another network: its {found:,} floats are "
        f"{needed - found:,} too few, {where}"
    )


def _cut(values: Floats32, place: Place) -> LayerWeights:
    """Return views of the parts of a layer."""
    section = place.section
    filters, count = section.filters, 4 if section.batch_norm else 1
    vectors = values[: count * filters].reshape(count, filters)
    kernel = values[count * filters :].reshape(filters, place.inputs, section.size, section.size)
    if not section.batch_norm:
        return LayerWeights(vectors[0], None, None, None, kernel)
    beta, gamma, mean, variance = vectors
    return LayerWeights(beta, gamma, mean, variance, kernel)


def _check(layer: LayerWeights, place: Place, path: Path) -> None:
    """Raise FileError for values that a network cannot have."""
    for array in layer.in_order():
        if not np.isfinite(array).all():
            raise FileError(path, f"holds values that are no numbers in {place}")
    if layer.variance is not None and (layer.variance < 0).any():
        raise FileError(path, f"holds a variance below 0 in {place}: is it of another network?")
