"""A data set written as TFRecord files with the Object Detection fields."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from studio.errors import FileError, StudioError
from studio.labels import images
from studio.labels.boxes import Annotation
from studio.labels.dataset import Dataset, Item
from studio.labels.files import read_bytes, write_atomic
from studio.labels.folder.making import making
from studio.labels.images import Image
from studio.labels.opencv import cv2
from studio.labels.pictures.metadata import JPEG
from studio.labels.splits import SPLITS
from studio.yolo.backend import tf
from studio.yolo.events import Progress
from studio.yolo.records import fields
from studio.yolo.records.pixels import seen_by_tensorflow
from studio.yolo.records.table import LABEL_MAP, render_table

SHARD_BYTES = 100 * 2**20
"""A file that has reached this size is full: large enough to be read fast, small enough to move."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A picture that was left out, or in which something was, and why."""

    image: str
    detail: str


@dataclass(frozen=True, slots=True)
class Converted:
    """What was written; a picture that two splits list counts twice."""

    images: int
    boxes: int
    skipped: tuple[Skipped, ...]


def write_records(
    dataset: Dataset, target: Path, shard_bytes: int = SHARD_BYTES
) -> Generator[Progress | Converted]:
    """Write the labelled pictures of the splits into a new folder, with their label map.

    The same data set gives the same bytes. The folder appears when all is written; closing the
    generator before leaves nothing. Raises StudioError when there is nothing to write, and
    FileError when the folder holds files or cannot be written.
    """
    if not dataset.classes:
        raise StudioError(f"{dataset.root}: has no labelled boxes, so there are no classes")
    planned = {split: dataset.labelled(split) for split in SPLITS if split in dataset.splits}
    total = sum(map(len, planned.values()))
    if not total:
        raise StudioError(f"{dataset.root}: has no labelled pictures")
    skipped = _unplanned(dataset, planned)
    written = boxes = done = 0
    with making(target) as folder:
        write_atomic(folder / LABEL_MAP, render_table(dataset.classes))
        for split, items in planned.items():
            with _Shards(folder, split, shard_bytes) as shards:
                for item in items:
                    yield Progress(done, total)
                    done += 1
                    try:
                        image, data, annotation = _read(item)
                    except FileError as error:
                        skipped.append(Skipped(item.name, str(error)))
                        continue
                    skipped += _faults(item, annotation, dataset.classes)
                    example, count = _example(item, image, data, annotation, dataset.classes)
                    shards.add(example)
                    written += 1
                    boxes += count
                shards.finish()
        if not written:
            raise StudioError(f"{dataset.root}: none of its pictures can be read")
    yield Converted(written, boxes, tuple(skipped))


def _unplanned(dataset: Dataset, planned: dict[str, list[Item]]) -> list[Skipped]:
    """Tell of the pictures that are in no split or not labelled yet: records know neither."""
    names = {item.name for items in planned.values() for item in items}
    return [
        Skipped(item.name, "is in no split" if item.is_labelled else "is not labelled yet")
        for item in dataset.items
        if item.name not in names
    ]


def _read(item: Item) -> tuple[Image, bytes, Annotation]:
    """Read a picture, its file's bytes and its labels; raises FileError."""
    data = read_bytes(item.image)
    image = images.decode(data, item.image)
    return image, data, item.read((image.shape[1], image.shape[0]))


def _faults(item: Item, annotation: Annotation, classes: tuple[str, ...]) -> Iterator[Skipped]:
    """Tell which objects of a label file are no boxes, or boxes of a class that is not listed."""
    for problem in annotation.problems:
        yield Skipped(item.name, problem.detail)
    strangers = Counter(box.label for box in annotation.boxes if box.label not in classes)
    for label, count in strangers.items():
        what = f"class {label!r} is not in the project's class list, boxes left out: {count}"
        yield Skipped(item.name, what)


# --- one picture ----------------------------------------------------------------------------------


def _example(
    item: Item, image: Image, data: bytes, annotation: Annotation, classes: tuple[str, ...]
) -> tuple[bytes, int]:
    """Return a picture with its boxes as a serialised tf.train.Example, and how many boxes."""
    height, width = image.shape[:2]
    encoded, kind = encode(data, image)
    name = item.name.encode("utf-8", "surrogateescape")
    boxes = [box for box in annotation.boxes if box.label in classes]
    features = {
        fields.ENCODED: _bytes(encoded),
        fields.FORMAT: _bytes(kind.encode()),
        fields.FILENAME: _bytes(name),
        fields.SOURCE: _bytes(name),
        fields.SHA256: _bytes(hashlib.sha256(encoded).hexdigest().encode()),
        fields.HEIGHT: _ints(height),
        fields.WIDTH: _ints(width),
        fields.XMIN: _floats(*(box.xmin / width for box in boxes)),
        fields.XMAX: _floats(*(box.xmax / width for box in boxes)),
        fields.YMIN: _floats(*(box.ymin / height for box in boxes)),
        fields.YMAX: _floats(*(box.ymax / height for box in boxes)),
        fields.TEXT: _bytes(*(box.label.encode() for box in boxes)),
        fields.LABEL: _ints(*(classes.index(box.label) + 1 for box in boxes)),
        fields.DIFFICULT: _ints(*(int(box.difficult) for box in boxes)),
        fields.TRUNCATED: _ints(*(int(box.truncated) for box in boxes)),
        fields.VIEW: _bytes(*(box.pose.encode() for box in boxes)),
    }
    example = tf.train.Example(features=tf.train.Features(feature=features))
    return example.SerializeToString(deterministic=True), len(boxes)


def encode(data: bytes, image: Image) -> tuple[bytes, str]:
    """Return the bytes that readers of records decode to a picture, and their format.

    These are the file's own where TensorFlow sees in them what this program sees. Else, for
    example where a note turns the picture, it is written anew without loss.
    """
    seen = seen_by_tensorflow(data)
    if seen is not None and np.array_equal(seen, image):
        return data, "jpeg" if data.startswith(JPEG) else "png"
    done, anew = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    assert done
    return anew.tobytes(), "png"


def _bytes(*values: bytes) -> Any:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def _ints(*values: int) -> Any:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def _floats(*values: float) -> Any:
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


# --- files ----------------------------------------------------------------------------------------


class _Shards:
    """The files of one split: each is full at a size, and how many there are is in every name."""

    def __init__(self, folder: Path, split: str, full: int) -> None:
        self._folder = folder
        self._split = split
        self._full = full
        self._paths: list[Path] = []
        self._writer: Any = None
        self._bytes = 0

    def __enter__(self) -> _Shards:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer:
            self._writer.close()

    def add(self, example: bytes) -> None:
        """Write an example into the file that is not full yet; raises FileError."""
        try:
            if self._writer is None:
                self._paths.append(self._folder / f"{self._split}-{len(self._paths):05}")
                self._writer = tf.io.TFRecordWriter(os.fsencode(self._paths[-1]))
                self._bytes = 0
            self._writer.write(example)
            self._bytes += len(example)
            if self._bytes >= self._full:
                self._close()
        except tf.errors.OpError as error:
            raise FileError(self._paths[-1], f"could not be written: {error.message}") from error

    def finish(self) -> None:
        """Give the files their names; raises FileError."""
        try:
            self._close()
        except tf.errors.OpError as error:
            raise FileError(self._paths[-1], f"could not be written: {error.message}") from error
        for path in self._paths:
            path.rename(path.with_name(f"{path.name}-of-{len(self._paths):05}.tfrecord"))

    def _close(self) -> None:
        """Flush the file to the disk."""
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        writer.close()
        with self._paths[-1].open("rb") as file:
            os.fsync(file.fileno())
