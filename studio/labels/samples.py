"""What training and measuring need of a data set, whether it is files or records."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from studio.labels.boxes import Annotation
from studio.labels.images import Image
from studio.labels.pictures.metadata import Size

Stamp = tuple[tuple[int, int] | None, ...]
"""When each file of a picture was last changed, in nanoseconds, and how long it is; None where
there is none. Another stamp means that something may be otherwise."""


class Sample(Protocol):
    """One picture and its labels."""

    @property
    def name(self) -> str:
        """Which picture of the data set it is, for people."""

    @property
    def labels(self) -> Path:
        """Where its labels are, for messages."""

    @property
    def is_labelled(self) -> bool:
        """Whether somebody has labelled it, be it with no boxes."""

    @property
    def picture(self) -> Path:
        """Where its picture is, for messages."""

    def encoded(self) -> bytes:
        """Return the bytes of the picture as it is stored; raises FileError."""

    def decode(self, data: bytes) -> Image:
        """Return the upright RGB picture of those bytes; raises FileError."""

    def digest(self, data: bytes) -> bytes:
        """Return 20 bytes that are the same only for bytes which `decode` sees the same in."""

    def stamp(self) -> Stamp:
        """Return the state of the files that it is read from, without reading them."""

    def load(self) -> Image:
        """Return the upright RGB picture; raises FileError."""

    def size(self) -> Size:
        """Return width and height of that picture, if possible without decoding; see `load`."""

    def read(self, size: Size | None = None) -> Annotation:
        """Return its labels for a picture of that size, where it is known; raises FileError."""


def content_digest(data: bytes, way: bytes = b"") -> bytes:
    """Return 20 bytes that tell contents apart, and the ways to decode them."""
    return hashlib.blake2b(data, digest_size=20, person=way).digest()


def stamp_of(*paths: Path) -> Stamp:
    """Return the stamp of some files."""
    return tuple(map(_stamp, paths))


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


class Samples(Protocol):
    """Labelled pictures in named splits, with the classes in their order."""

    @property
    def root(self) -> Path:
        """The folder of all."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes; a class is known to the network by its place here."""

    @property
    def splits(self) -> Mapping[str, Sequence[object]]:
        """What is in each split."""

    def labelled(self, split: str) -> Sequence[Sample]:
        """Return the labelled pictures of a split, or of "all"; raises StudioError for a typo."""
