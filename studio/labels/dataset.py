"""The index of a folder: which pictures there are, where their labels are, who is in which split.

Scanning looks at names only, so that a folder opens at once; label files are read when asked for.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileError, StudioError, os_error_text
from studio.labels import images, voc
from studio.labels.boxes import Annotation
from studio.labels.files import is_folder
from studio.labels.headers import upright_size
from studio.labels.images import Letterbox

_DIGITS = re.compile(r"(\d+)")


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
        try:
            return self.labels.exists()
        except OSError:  # it may exist and cannot be reached: reading it will tell
            return True

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

    Hidden folders, and `runs` and `annotations` of a project, are passed over. A label file has the
    relative path and stem of its picture; of several pictures with one stem, the one that
    the label file names has it, and the others get their full name with `.xml`.
    """
    skip = {root / "runs", layout.labels}
    names = sorted(filter(is_picture, files_below(layout.images, skip)))
    names.sort(key=natural)  # `img1` and `img01` are equal here and stay in their order
    written = set(files_below(layout.labels, skip)) if is_folder(layout.labels) else set()
    labels = _label_files(names, layout, written)
    return tuple(Item(n, layout.images / n, layout.labels / labels[n]) for n in names)


def _has_labels_beside(folder: Path, skip: set[Path]) -> bool:
    """Tell whether a picture has a label file beside it; looks at names only."""
    names = set(files_below(folder, skip))
    return any(f"{stem_of(n)}.xml" in names or f"{n}.xml" in names for n in names if is_picture(n))


def files_below(folder: Path, skip: set[Path]) -> Iterator[str]:
    """Yield the files below a folder, hidden ones left out, by their names relative to it."""

    def refuse(error: OSError) -> None:
        raise FileError(error.filename or folder, f"cannot be read: {os_error_text(error)}")

    for parent, folders, files in os.walk(folder, onerror=refuse):
        here = Path(parent)
        folders[:] = [f for f in folders if not f.startswith(".") and here / f not in skip]
        prefix = "" if here == folder else f"{here.relative_to(folder).as_posix()}/"
        yield from (prefix + file for file in files if not file.startswith("."))


def _label_files(names: list[str], layout: Layout, written: set[str]) -> dict[str, str]:
    """Return each picture's label file by names relative to their folders; no two share one.

    `written` are the label files that exist. A picture that was given its full name with `.xml`
    keeps it when it is alone with its stem again.
    """
    by_stem: dict[str, list[str]] = {}
    for name in names:
        by_stem.setdefault(stem_of(name), []).append(name)
    chosen: dict[str, str] = {}
    for stem, group in by_stem.items():
        settled = {name for name in group if name not in by_stem and f"{name}.xml" in written}
        owner = _owner(stem, [name for name in group if name not in settled], layout, written)
        for name in group:
            chosen[name] = f"{stem}.xml" if name == owner else f"{name}.xml"
            while name != owner and stem_of(chosen[name]) in by_stem:  # of a picture `a.jpg.png`
                chosen[name] += ".xml"
    return chosen


def _owner(stem: str, names: list[str], layout: Layout, written: set[str]) -> str | None:
    """Return which of the pictures with one stem the label file `stem.xml` belongs to."""
    if len(names) <= 1 or f"{stem}.xml" not in written:
        return names[0] if names else None
    try:
        named = voc.named_picture(layout.labels / f"{stem}.xml")
    except FileError:
        named = ""
    return next((name for name in names if posixpath.basename(name) == named), names[0])


def stem_of(name: str) -> str:
    """Return a relative name without its suffix."""
    return posixpath.splitext(name)[0]


def is_picture(file: str) -> bool:
    """Tell by its name whether a file counts as a picture."""
    return posixpath.splitext(file)[1].lower() in images.PICTURES and not file.startswith(".")


def natural(name: str) -> list[str | int]:
    """Return a sort key that puts `img2` before `img10`.

    Text and numbers take turns, beginning with text, so that any two keys can be compared.
    """
    parts: list[str | int] = list(_DIGITS.split(name.casefold()))
    parts[1::2] = map(int, parts[1::2])
    return parts


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
    items: list[Item], input_size: tuple[int, int]
) -> tuple[NDArray[np.float64], list[FileError]]:
    """Return `(n, 2)` widths and heights of all boxes in pixels of the letterboxed input.

    The scale is that of the picture itself, whatever the label file claims about its size. The
    second value holds the files, of either kind, that could not be read and were passed over.
    """
    sizes: list[tuple[float, float]] = []
    unread: list[FileError] = []
    for item in items:
        try:
            annotation = item.read(upright_size(item.image))
        except FileError as error:
            unread.append(error)
            continue
        scale = Letterbox.fit((annotation.width, annotation.height), input_size).scale
        sizes += [(box.width * scale, box.height * scale) for box in annotation.boxes]
    return np.array(sizes, np.float64).reshape(-1, 2), unread


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
