"""Records as a data set: pictures and labels that training and measuring take like files."""

from __future__ import annotations

import io
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileError, StudioError
from studio.labels import images
from studio.labels.boxes import Annotation, Box, Problem
from studio.labels.images import Image
from studio.labels.pictures.metadata import Header, Size, read_header
from studio.labels.samples import Stamp, content_digest, stamp_of
from studio.labels.splits import SPLITS, hashed_splits
from studio.yolo.events import Progress
from studio.yolo.records.example import parse_example
from studio.yolo.records.files import RecordFile
from studio.yolo.records.folder import find_table, record_files, require_all_parts, split_of
from studio.yolo.records.pixels import seen_by_tensorflow
from studio.yolo.records.table import ClassTable

_ROUNDING = 1e-5  # how far outside an edge may lie that was meant to be on the border
_MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Record:
    """One example: where its picture is in the file, and its boxes as shares of that picture."""

    name: str
    file: RecordFile
    number: int
    start: int
    length: int
    noted: Size | None
    shares: NDArray[np.float32]
    classes: tuple[str, ...]

    @property
    def labels(self) -> Path:
        """What messages call the example."""
        return self.file.place(self.number)

    @property
    def is_labelled(self) -> bool:
        """Whether it has labels, which every example has; those without boxes say so."""
        return True

    def load(self) -> Image:
        """Decode the picture; raises FileError."""
        return self.decode(self.encoded())

    @property
    def picture(self) -> Path:
        """What messages call the example."""
        return self.labels

    def encoded(self) -> bytes:
        """Read the bytes of the picture; raises FileError."""
        return self.file.read(self.start, self.length)

    def digest(self, data: bytes) -> bytes:
        return content_digest(data, b"stored" if self._is_as_stored(data) else b"")

    def stamp(self) -> Stamp:
        return stamp_of(self.file.path)

    def _is_as_stored(self, data: bytes) -> bool:
        header = read_header(io.BytesIO(data))
        return header is not None and _is_as_stored(header, self.noted)

    def decode(self, data: bytes) -> Image:
        """Decode what `encoded` has read; raises FileError."""
        if self._is_as_stored(data):
            image = seen_by_tensorflow(data)
            if image is None:
                raise FileError(self.labels, "is not a picture that can be decoded, or is damaged")
            return image
        return images.decode(data, self.labels)

    def size(self) -> Size:
        """Return the size of the picture that `load` gives."""
        header = read_header(io.BytesIO(self.file.read(self.start, self.length)))
        if header:
            is_stored = _is_as_stored(header, self.noted)
            return (header.width, header.height) if is_stored else header.upright
        height, width = self.load().shape[:2]
        return width, height

    def read(self, size: Size | None = None) -> Annotation:
        """Return the boxes in pixels; one that is none in the picture becomes a problem."""
        width, height = size or self.size()
        boxes, problems = [], []
        for number, (share, label) in enumerate(zip(self.shares, self.classes, strict=True), 1):
            fault = _fault(share)
            if fault:
                edges = ", ".join(f"{edge:g}" for edge in share)
                detail = f"object {number} ({label}) {fault}: {edges}"
                problems.append(Problem("box", detail, True))
                continue
            xmin, ymin, xmax, ymax = np.clip(share.astype(np.float64), 0, 1).tolist()
            boxes.append(Box(label, xmin * width, ymin * height, xmax * width, ymax * height))
        return Annotation(self.labels, width, height, boxes=tuple(boxes), problems=tuple(problems))


def _fault(share: NDArray[np.float32]) -> str:
    """Return what is wrong with edges, "" for a box."""
    if not (np.abs(share - 0.5) <= 0.5 + _ROUNDING).all():  # also for what is no number
        return "does not lie within 0 to 1"
    clipped = np.clip(share, 0, 1)
    return "" if (clipped[:2] < clipped[2:]).all() else "has no area"


def _is_as_stored(header: Header, noted: Size | None) -> bool:
    """Tell whether boxes were drawn on a picture that a note should have turned.

    Who makes records with TensorFlow does not see the note. That somebody did see it shows in the
    size that the example gives, where turning changes that.
    """
    stored = (header.width, header.height)
    is_seen_upright = noted == header.upright != stored
    return header.kind in ("jpeg", "png") and header.orientation != 1 and not is_seen_upright


@dataclass(frozen=True, slots=True)
class RecordSet:
    """The records of a folder, parted into splits; see `studio.labels.samples`."""

    root: Path
    classes: tuple[str, ...]
    splits: dict[str, tuple[Record, ...]]

    def labelled(self, split: str) -> list[Record]:
        """Return the records of a split; raises StudioError for a typo."""
        if split == "all":
            return [record for records in self.splits.values() for record in records]
        if split not in self.splits:
            known = ", ".join([*self.splits, "all"])
            raise StudioError(f"{self.root}: has no split {split!r}; there are {known}")
        return list(self.splits[split])


def read_records(
    root: Path, shares: tuple[float, float] = (0.1, 0.1)
) -> Generator[Progress, None, RecordSet]:
    """Read through all records of a folder, which keeps the boxes and where the pictures are.

    Yields how far it is, in megabytes. The names of the files tell the splits. Where none does,
    or none is for validation, `shares` are split off for validation and test as for files.
    Raises FileError for whatever is wrong with any record, so that nothing is half-read.
    """
    names = record_files(root)
    require_all_parts(root, names)
    table = find_table(root)
    files = [(split_of(name), RecordFile(root / name)) for name in names]
    total = sum(file.size() for _, file in files) // _MEGABYTE
    found: dict[str | None, list[Record]] = {}
    done = 0
    for split, file in files:
        records = found.setdefault(split, [])
        for record in _records(file, table):
            records.append(record)
            yield Progress((done + record.start) // _MEGABYTE, total)
        done += file.size()
    if not any(found.values()):
        raise FileError(root, "its records hold no examples")
    return RecordSet(root, table.classes, _splits(found, *shares))


def _records(file: RecordFile, table: ClassTable) -> Generator[Record]:
    for number, (start, data) in enumerate(file.records(), 1):
        contents = parse_example(data, file.place(number), table)
        yield Record(
            name=f"{file.path.name}#{number} {contents.filename}".rstrip(),
            file=file,
            number=number,
            start=start + data.index(contents.encoded),
            length=len(contents.encoded),
            noted=contents.noted,
            shares=contents.shares,
            classes=contents.classes,
        )


def _splits(
    found: dict[str | None, list[Record]], val: float, test: float
) -> dict[str, tuple[Record, ...]]:
    """Part records by what their files say; what these leave open is drawn."""
    told = {split: tuple(found.get(split, ())) for split in SPLITS}
    rest = told["train"] + tuple(found.get(None, ()))
    if told["val"]:
        return {**told, "train": rest}
    drawn = hashed_splits(rest, val, 0.0 if any(told.values()) else test)
    parts = {split: tuple(rest[i] for i in positions) for split, positions in drawn.items()}
    return {**parts, "test": told["test"] or parts["test"]}
