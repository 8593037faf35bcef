"""What training and measuring need of a data set, whether it is files or records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from studio.labels.boxes import Annotation
from studio.labels.images import Image
from studio.labels.pictures.metadata import Size


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

    def load(self) -> Image:
        """Return the upright RGB picture; raises FileError."""

    def size(self) -> Size:
        """Return width and height of that picture, if possible without decoding; see `load`."""

    def read(self, size: Size | None = None) -> Annotation:
        """Return its labels for a picture of that size, where it is known; raises FileError."""


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
