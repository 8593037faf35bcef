"""The index of a folder: which pictures there are, where their labels are, who is in which split.

Scanning looks at names only, so that a folder opens at once; label files are read when asked for.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileError, StudioError, os_error_text
from studio.labels import images, voc
from studio.labels.boxes import Annotation, Problem
from studio.labels.images import Letterbox

SPLITS = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class Item:
    """One picture: `name` is its path below the picture folder, `labels` where its XML belongs."""

    name: str
    image: Path
    labels: Path

    @property
    def stem(self) -> str:
        """The name without its suffix, as split files list it."""
        return stem_of(self.name)

    @property
    def is_labelled(self) -> bool:
        """Whether a label file exists; one without objects says "nothing here" and counts."""
        return self.labels.exists()

    def read(self, size: tuple[int, int] | None = None) -> Annotation:
        """Read the labels, empty where there are none yet; raises FileError. See `voc.read`."""
        if self.is_labelled:
            return voc.read(self.labels, self.image, size)
        width, height = size or (0, 0)
        return Annotation(self.image, width, height)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the pictures and the label files of a folder are."""

    images: Path
    labels: Path

    @classmethod
    def of(cls, root: Path) -> Layout:
        """Recognise a Pascal VOC tree, a project's `images/`, or a bare folder of pictures."""
        if (root / "JPEGImages").is_dir():
            return cls(root / "JPEGImages", root / "Annotations")
        if (root / "images").is_dir():
            return cls(root / "images", root / "annotations")
        if not (root / "annotations").is_dir() and next(root.glob("*.xml"), None):
            return cls(root, root)  # labelImg's default: beside the picture
        return cls(root, root / "annotations")


@dataclass(frozen=True, slots=True)
class Dataset:
    """Pictures in natural order, the classes in the project's order, and named splits.

    A split holds positions in `items`. Every split that training needs is there; see `split`.
    """

    root: Path
    items: tuple[Item, ...]
    classes: tuple[str, ...]
    splits: dict[str, tuple[int, ...]] = field(default_factory=dict)

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

    Hidden folders, and `runs` and `annotations` of a project, are passed over. A label file has the
    relative path and stem of its picture; of several pictures with one stem, the one that
    the label file names has it, and the others get their full name with `.xml`.
    """
    names = sorted(_picture_names(layout.images, skip={root / "runs", layout.labels}), key=natural)
    by_stem: dict[str, list[str]] = {}
    for name in names:
        by_stem.setdefault(stem_of(name), []).append(name)
    owners = {stem: _owner(stem, group, layout) for stem, group in by_stem.items()}
    items = []
    for name in names:
        stem = stem_of(name)
        labels = f"{stem}.xml" if owners[stem] == name else f"{name}.xml"
        items.append(Item(name, layout.images / name, layout.labels / labels))
    return tuple(items)


def _picture_names(folder: Path, skip: set[Path]) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise FileError(error.filename or folder, f"cannot be read: {os_error_text(error)}")

    for parent, folders, files in os.walk(folder, onerror=refuse):
        here = Path(parent)
        folders[:] = [f for f in folders if not f.startswith(".") and here / f not in skip]
        prefix = "" if here == folder else f"{here.relative_to(folder).as_posix()}/"
        for file in files:
            if is_picture(file):
                yield prefix + file


def _owner(stem: str, names: list[str], layout: Layout) -> str:
    """Return which of the pictures with one stem the label file `stem.xml` belongs to."""
    path = layout.labels / f"{stem}.xml"
    if len(names) > 1 and path.exists():
        try:
            named = voc.named_picture(path)
        except FileError:
            named = ""
        for name in names:
            if name.rpartition("/")[2] == named:
                return name
    return names[0]


def stem_of(name: str) -> str:
    """Return a relative name without its suffix."""
    return str(PurePosixPath(name).with_suffix(""))


def is_picture(file: str) -> bool:
    """Tell by its name whether a file counts as a picture."""
    return PurePosixPath(file).suffix.lower() in images.PICTURES and not file.startswith(".")


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a sort key that puts `img2` before `img10`."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p]


# --- splits -------------------------------------------------------------------------------------


def listed_splits(root: Path, items: tuple[Item, ...]) -> dict[str, tuple[int, ...]]:
    """Read `ImageSets/Main/{train,val,test,trainval}.txt`; empty where there are none.

    Names that are no picture of the folder are passed over: `problems` reports them.
    """
    splits = {}
    known = {item.stem: i for i, item in enumerate(items)}
    for name in (*SPLITS, "trainval"):
        lines = split_lines(root, name)
        if lines is not None:
            splits[name] = tuple(known[line] for line in lines if line in known)
    return splits


def split_lines(root: Path, split: str) -> list[str] | None:
    """Return the picture stems that a split file lists, None where there is no file."""
    path = root / "ImageSets" / "Main" / f"{split}.txt"
    try:
        return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(path, f"cannot be read: {error}") from error


def hashed_splits(
    items: tuple[Item, ...], val: float = 0.1, test: float = 0.1
) -> dict[str, tuple[int, ...]]:
    """Split by a hash of each picture's name.

    A picture keeps its split when others come or go. A folder of at least three pictures always
    has something to validate with.
    """
    place = [_fraction(item.name) for item in items]
    splits: dict[str, list[int]] = {"train": [], "val": [], "test": []}
    for i, p in enumerate(place):
        splits["val" if p < val else "test" if p < val + test else "train"].append(i)
    if not splits["val"] and len(splits["train"]) >= 3:
        first = min(splits["train"], key=lambda i: place[i])
        splits["train"].remove(first)
        splits["val"].append(first)
    return {name: tuple(indices) for name, indices in splits.items()}


def _fraction(name: str) -> float:
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


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


@dataclass(frozen=True, slots=True)
class Checked:
    """An event of `check`: one picture was looked at."""

    item: Item
    annotation: Annotation | None
    problems: tuple[Problem, ...]


def check(dataset: Dataset) -> Iterator[Checked]:
    """Look at every picture and label file; changes nothing. See also `missing_pictures`."""
    for item in dataset.items:
        problems: list[Problem] = []
        annotation = None
        size = None
        try:
            height, width = images.load(item.image).shape[:2]
            size = (width, height)
        except FileError as error:
            problems.append(Problem("picture", error.what))
        try:
            annotation = item.read(size)
            problems += annotation.problems
            problems += unlisted(annotation, dataset.classes)
        except FileError as error:
            problems.append(Problem("labels", error.what))
        yield Checked(item, annotation, tuple(problems))


def unlisted(annotation: Annotation, classes: tuple[str, ...]) -> list[Problem]:
    """Return a problem for each class of the boxes that the project does not list."""
    counts = Counter(box.label for box in annotation.boxes if box.label not in classes)
    return [
        Problem("class", f"class {label!r} ({count} boxes) is not in the project's class list")
        for label, count in counts.items()
    ]


def missing_pictures(dataset: Dataset) -> Iterator[tuple[str, Problem]]:
    """Yield the names that a split file lists and no picture has."""
    known = {item.stem for item in dataset.items}
    for split in SPLITS:
        for line in split_lines(dataset.root, split) or ():
            if line not in known:
                yield line, Problem("picture", f"is listed in split {split!r} but does not exist")


def box_sizes(
    items: list[Item], input_size: tuple[int, int]
) -> tuple[NDArray[np.float64], list[FileError]]:
    """Return `(n, 2)` widths and heights of all boxes in pixels of the letterboxed input.

    The second value holds the files that could not be read and were passed over.
    """
    sizes: list[tuple[float, float]] = []
    unread: list[FileError] = []
    for item in items:
        try:
            annotation = read_sized(item)
        except FileError as error:
            unread.append(error)
            continue
        scale = Letterbox.fit((annotation.width, annotation.height), input_size).scale
        sizes += [(box.width * scale, box.height * scale) for box in annotation.boxes]
    return np.array(sizes, np.float64).reshape(-1, 2), unread


def read_sized(item: Item) -> Annotation:
    """Read labels whose picture size is known, looking at the picture where the file says none."""
    annotation = item.read()
    if annotation.width and annotation.height:
        return annotation
    height, width = images.load(item.image).shape[:2]
    return item.read((width, height))


# --- the index ----------------------------------------------------------------------------------


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
    counts = dict(Counter(box.label for box in annotation.boxes)) if is_labelled else None
    problem = "; ".join(p.detail for p in annotation.problems)
    return ItemState(counts, annotation.verified, problem)


def read_state(item: Item) -> ItemState:
    """Read the state of a picture from its label file; a fault of the file becomes the problem."""
    try:
        return state_of(item.read(), item.is_labelled)
    except FileError as error:
        return ItemState(problem=str(error))


def index(items: tuple[Item, ...], batch: int = 50) -> Iterator[dict[int, ItemState]]:
    """Read the state of every picture; yields them by position, so many at a time."""
    for start in range(0, len(items), batch):
        chunk = enumerate(items[start : start + batch], start)
        yield {position: read_state(item) for position, item in chunk}
