"""The index of a folder: which pictures there are, where their labels are, who is in which split.

Scanning looks at names only, so that a folder opens at once; label files are read when asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileError, StudioError
from studio.labels import images, voc
from studio.labels.boxes import Annotation
from studio.labels.files import is_folder, read_bytes
from studio.labels.folder.belonging import label_names
from studio.labels.folder.listing import files_below, is_picture, natural, stem_of
from studio.labels.images import Image, Letterbox
from studio.labels.pictures.headers import upright_size
from studio.labels.pictures.metadata import Size
from studio.labels.samples import Sample, Stamp, content_digest, stamp_of


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the pictures and the label files of a folder are."""

    images: Path
    labels: Path

    @classmethod
    def of(cls, root: Path, images: Path | None = None) -> Layout:
        """Recognise a Pascal VOC tree, a project's `images/`, or a bare folder of pictures.

        `images` is the folder of the pictures where it is known. Where the folder for label files
        does not exist and some lie beside their pictures, as labelImg puts them, they belong there.
        """
        is_voc = (root / "JPEGImages").is_dir()
        labels = root / ("Annotations" if is_voc else "annotations")
        images = images or root / ("JPEGImages" if is_voc else "images")
        images = images if images.is_dir() else root
        has_labels = not labels.is_dir() and _has_labels_beside(images, {root / "runs"})
        return cls(images, images if has_labels else labels)


@dataclass(frozen=True, slots=True)
class Item:
    """One picture: `name` is its path below the picture folder, `label_name` where its XML belongs.

    There may be a hundred thousand, so paths are made when they are asked for.
    """

    name: str
    layout: Layout
    label_name: str
    """The path of its label file below the folder for label files."""

    @property
    def image(self) -> Path:
        return self.layout.images / self.name

    @property
    def labels(self) -> Path:
        return self.layout.labels / self.label_name

    @property
    def stem(self) -> str:
        """The name without its suffix, as split files list it."""
        return stem_of(self.name)

    @property
    def is_labelled(self) -> bool:
        """Whether a label file exists; one without objects says "nothing here" and counts."""
        try:
            return self.labels.exists()
        except OSError:  # it may exist and cannot be reached: reading it will tell
            return True

    def load(self) -> Image:
        """Read the picture; raises FileError. See `images.load`."""
        return images.load(self.image)

    @property
    def picture(self) -> Path:
        return self.image

    def encoded(self) -> bytes:
        """Read the file of the picture; raises FileError."""
        return read_bytes(self.image)

    def decode(self, data: bytes) -> Image:
        """Decode what `encoded` has read; raises FileError."""
        return images.decode(data, self.image)

    def digest(self, data: bytes) -> bytes:
        return content_digest(data)

    def stamp(self) -> Stamp:
        return stamp_of(self.image, self.labels)

    def size(self) -> Size:
        """Read width and height of the upright picture; raises FileError."""
        return upright_size(self.image)

    def read(self, size: Size | None = None) -> Annotation:
        """Read the labels, empty where there are none yet; raises FileError. See `voc.read`."""
        if self.is_labelled:
            return voc.read(self.labels, self.image, size)
        width, height = size or (0, 0)
        return Annotation(self.image, width, height)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Pictures in natural order, the classes in the project's order, and named splits.

    A split holds positions in `items`; see `studio.labels.splits`.
    """

    root: Path
    items: tuple[Item, ...]
    classes: tuple[str, ...]
    splits: dict[str, tuple[int, ...]] = field(default_factory=dict)
    labels: Path | None = None
    """The folder of the label files, where it is known."""

    def labelled(self, split: str) -> list[Item]:
        """Return the pictures of a split that have a label file; raises StudioError for a typo."""
        if split == "all":
            return [item for item in self.items if item.is_labelled]
        if split not in self.splits:
            known = ", ".join([*self.splits, "all"])
            raise StudioError(f"{self.root}: has no split {split!r}; there are {known}")
        return [self.items[i] for i in self.splits[split] if self.items[i].is_labelled]


def scan(root: Path, layout: Layout) -> tuple[Item, ...]:
    """List the pictures below a folder in natural order; raises FileError when it cannot be read.

    Hidden folders, and `runs` and `annotations` of a project, are passed over. See `arrange` for
    which label file is whose.
    """
    written = set(label_files_below(root, layout))
    return items_of(layout, *arrange(pictures_below(root, layout), written, layout))


def items_of(layout: Layout, names: list[str], labels: list[str]) -> tuple[Item, ...]:
    """Return the pictures of these names with these label files."""
    return tuple(map(Item, names, repeat(layout), labels))


def arrange(
    names: Iterable[str], written: Collection[str], layout: Layout
) -> tuple[list[str], list[str]]:
    """Put pictures into natural order and give each its label file; no two share one.

    `written` are the label files that exist; all are names relative to their folders. Returns the
    pictures and, as another list, their label files.

    A label file has the relative path and stem of its picture. Of several pictures with one stem,
    the one that the label file names has it, and the others get their full name with `.xml`; stems
    that differ by case only count as one, since they are one file on many disks. A picture in a
    sub-folder that has no label file there has the one of its stem in the folder of label files
    itself, where labelImg puts them all, if that names this picture and no other.

    Names that are already in order are put into order quickly.
    """
    ordered = sorted(names, key=natural)
    return ordered, label_names(ordered, written, layout.images, layout.labels)


def pictures_below(root: Path, layout: Layout) -> list[str]:
    """Return the names of the pictures of a folder, in any order; raises FileError."""
    return list(filter(is_picture, files_below(layout.images, {root / "runs", layout.labels})))


def label_files_below(root: Path, layout: Layout) -> Iterator[str]:
    """Yield the names of the files that are label files, or might be; raises FileError."""
    if is_folder(layout.labels):
        yield from files_below(layout.labels, {root / "runs"})


def _has_labels_beside(folder: Path, skip: set[Path]) -> bool:
    """Tell whether a picture has a label file beside it; looks at names only."""
    names = set(files_below(folder, skip))
    if not any(name.endswith(".xml") for name in names):
        return False
    return any(f"{stem_of(n)}.xml" in names or f"{n}.xml" in names for n in names if is_picture(n))


# --- what the labels say ------------------------------------------------------------------------


def discover_classes(items: tuple[Item, ...]) -> tuple[str, ...]:
    """Return the class names in the label files, in alphabetical order.

    For a folder that has no class list yet. Files that cannot be read are passed over here;
    `problems` reports them.
    """
    names: set[str] = set()
    for item in items:
        try:
            names.update(box.label for box in item.read().boxes)
        except FileError:
            continue
    return tuple(sorted(names))


def box_sizes(
    items: Sequence[Sample], input_size: tuple[int, int]
) -> tuple[NDArray[np.float64], list[FileError]]:
    """Return `(n, 2)` widths and heights of all boxes in pixels of the letterboxed input.

    The scale is that of the picture itself, whatever the label file claims about its size. The
    second value holds the files, of either kind, that could not be read and were passed over.
    """
    sizes: list[tuple[float, float]] = []
    unread: list[FileError] = []
    for item in items:
        try:
            annotation = item.read(item.size())
        except FileError as error:
            unread.append(error)
            continue
        scale = Letterbox.fit((annotation.width, annotation.height), input_size).scale
        sizes += [(box.width * scale, box.height * scale) for box in annotation.boxes]
    return np.array(sizes, np.float64).reshape(-1, 2), unread


# --- states ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ItemState:
    """What a file list shows of a picture: its boxes by class, None while it is not labelled."""

    counts: dict[str, int] | None = None
    verified: bool = False
    problem: str = ""

    @property
    def boxes(self) -> int:
        return sum(self.counts.values()) if self.counts else 0


def state_of(annotation: Annotation, is_labelled: bool) -> ItemState:
    """Return the state of a picture whose labels were read."""
    counts = dict(Counter([box.label for box in annotation.boxes])) if is_labelled else None
    problem = "; ".join(p.detail for p in annotation.problems)
    return ItemState(counts, annotation.verified, problem)
