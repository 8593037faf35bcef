"""What one example says; whatever is not as it should be is an error that names the example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from studio.errors import FileError
from studio.labels.pictures.metadata import Size
from studio.yolo.backend import tf
from studio.yolo.records import fields
from studio.yolo.records.table import ClassTable

_KINDS = {"bytes_list": "texts", "float_list": "numbers with a fraction", "int64_list": "integers"}


@dataclass(frozen=True, slots=True)
class Contents:
    """A picture as its file was, and the boxes in it.

    `shares` holds their edges `(n, 4)`, xyxy, as shares of width and height. `noted` is the size
    that the example gives, None where it gives none.
    """

    encoded: bytes
    filename: str
    noted: Size | None
    shares: NDArray[np.float32]
    classes: tuple[str, ...]


def parse_example(data: bytes, place: Path, table: ClassTable) -> Contents:
    """Read a serialised tf.train.Example; raises FileError, which begins with `place`."""
    try:
        features = tf.train.Example.FromString(data).features.feature
    except DecodeError as error:
        raise FileError(place, "is not a tf.train.Example") from error
    values = _Fields(features, place)
    encoded = values.required(fields.ENCODED, "bytes_list")
    if len(encoded) != 1 or not encoded[0]:
        raise FileError(place, f"field {fields.ENCODED!r} does not hold one picture")
    edges = [values.required(n, "float_list") for n in _EDGES]
    count = len(edges[0])
    for name, edge in zip(_EDGES, edges, strict=True):
        values.require_count(name, edge, count)
    size = [*values.of(fields.WIDTH, "int64_list"), *values.of(fields.HEIGHT, "int64_list")]
    names = values.of(fields.FILENAME, "bytes_list") or values.of(fields.SOURCE, "bytes_list")
    return Contents(
        encoded=encoded[0],
        filename=_text(names[0]) if names else "",
        noted=(size[0], size[1]) if len(size) == 2 else None,
        shares=np.array(edges, np.float32).reshape(4, count).T.copy(),
        classes=_classes(values, count, table),
    )


_EDGES = (fields.XMIN, fields.YMIN, fields.XMAX, fields.YMAX)


def _classes(values: _Fields, count: int, table: ClassTable) -> tuple[str, ...]:
    """Return the class of each box: by its name, or by its id where it has no name."""
    texts = values.of(fields.TEXT, "bytes_list")
    ids = values.of(fields.LABEL, "int64_list")
    if count and not texts and not ids:
        raise FileError(values.place, f"has no field {fields.TEXT!r}, nor {fields.LABEL!r}")
    for name, found in ((fields.TEXT, texts), (fields.LABEL, ids)):
        if found:
            values.require_count(name, found, count)
    names = [_text(text).strip() for text in texts] or [""] * count
    return tuple(
        _named(name, values.place, table) if name else _numbered(i, ids, values.place, table)
        for i, name in enumerate(names)
    )


def _named(name: str, place: Path, table: ClassTable) -> str:
    if name not in table.by_text:
        raise FileError(place, f"class {name!r} is not in {table.path.name}")
    return table.by_text[name]


def _numbered(index: int, ids: Sequence[int], place: Path, table: ClassTable) -> str:
    if not ids:
        raise FileError(place, f"box {index + 1} has neither the name of a class nor its id")
    if ids[index] not in table.by_id:
        raise FileError(place, f"class id {ids[index]} is not in {table.path.name}")
    return table.by_id[ids[index]]


@dataclass(frozen=True, slots=True)
class _Fields:
    """The fields of an example by name."""

    features: Any
    place: Path

    def required(self, name: str, kind: str) -> Sequence[Any]:
        if name not in self.features:
            raise FileError(self.place, f"has no field {name!r}")
        return self.of(name, kind)

    def of(self, name: str, kind: str) -> Sequence[Any]:
        """Return the values of a field, none for one that is not there; raises FileError."""
        if name not in self.features:  # asking for it would add it
            return ()
        feature = self.features[name]
        found = feature.WhichOneof("kind")
        if found not in (kind, None):
            what = f"field {name!r} holds {_KINDS[found]} instead of {_KINDS[kind]}"
            raise FileError(self.place, what)
        values: Sequence[Any] = getattr(feature, kind).value
        return values

    def require_count(self, name: str, values: Sequence[Any], count: int) -> None:
        if len(values) != count:
            raise FileError(
                self.place,
                f"field {name!r} has {len(values)} values where {_EDGES[0]!r} has {count}",
            )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
