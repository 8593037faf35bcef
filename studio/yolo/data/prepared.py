"""Pictures decoded and letterboxed once, before training: from then on the graph reads them.

The files are in the user's cache folder, named by what is in the picture and the input's size,
so that all runs and projects share them. They may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from studio.errors import FileError
from studio.labels import images
from studio.labels.boxes import Annotation, Floats
from studio.labels.folder.cache import cache_folder
from studio.labels.images import Image, Letterbox
from studio.labels.samples import Sample
from studio.yolo.config import Cache, TrainConfig
from studio.yolo.data import shelf, stores
from studio.yolo.data.examples import Example, Examples
from studio.yolo.data.geometry import KEPT_SIDE
from studio.yolo.data.room import disk_room, ways
from studio.yolo.data.schedule import Size
from studio.yolo.data.shelf import Shelf
from studio.yolo.data.stores import Anew, InMemory, OnDisk, Store
from studio.yolo.events import Progress, Status

THREADS = max(2, (os.cpu_count() or 2) - 1)  # that decode, and later read and augment
SLOWER = "each picture is decoded again each time it is shown, which is slower"


class _NotKeptError(Exception):
    """The cache folder does not take a picture."""


@dataclass(slots=True)
class Prepared:
    """The usable pictures of a split at the input's size, with their boxes there."""

    examples: Examples
    size: Size
    store: Store

    def __len__(self) -> int:
        return len(self.examples)

    @property
    def usable(self) -> list[Example]:
        return self.examples.usable

    def take_notes(self) -> list[str]:
        """Return what has happened to pictures and nobody has been told of yet."""
        return self.examples.take_notes()

    def changed(self) -> list[str]:
        """Return which pictures or labels have changed or gone, and are shown as they were read.

        Those that can only be shown as empty pictures are noted when they are.
        """
        return self.examples.changed(are_kept=not isinstance(self.store, Anew))

    def of_small_boxes(self) -> list[str]:
        """Say how many boxes are too small at this size of the input to be learnt, if any are."""
        sides = [boxes[:, 2:] - boxes[:, :2] for boxes in self.boxes()]
        total, small = sum(map(len, sides)), sum(int((s.min(1) < KEPT_SIDE).sum()) for s in sides)
        if not small:
            return []
        are = "is" if small == 1 else "are"
        words = f"{small} of {total} boxes {are} under {KEPT_SIDE:g} pixels at this input size"
        return [f"{words} and {are} not learnt: choose a larger input"]

    def views(self) -> list[Letterbox]:
        """Return how each picture is laid into the input."""
        return [Letterbox.fit(example.size, self.size) for example in self.usable]

    def contents(self) -> list[Floats]:
        """Return where each picture lies in the input, xyxy: around that is padding."""
        pairs = zip(self.views(), self.usable, strict=True)
        return [view.forward(np.array([0, 0, *example.size], float)) for view, example in pairs]

    def boxes(self) -> list[Floats]:
        """Return the boxes of each picture in pixels of the input."""
        pairs = zip(self.views(), self.usable, strict=True)
        return [view.forward(example.xyxy) for view, example in pairs]

    @property
    def is_whole_again(self) -> bool:
        """Whether all files are there of which some were not when a pipeline began."""
        return isinstance(self.store, OnDisk) and self.store.is_in_parts and not self.store.missing

    def mend(self, attempt: int) -> bool:
        """Get ready to read on where a file was gone or damaged; False where that is no help.

        The files that are missing are made again when they are asked for. Where that does not
        last, no more files are used.
        """
        if not isinstance(self.store, OnDisk):
            return False
        if attempt < MOST_ATTEMPTS:
            self.store.look()
        else:
            self.store = Anew(_Making(self.examples, self.size, keeps=False), self.size)
            self.examples.notes.append(f"{_folder()}: prepared pictures keep vanishing; {SLOWER}")
        return True


MOST_ATTEMPTS = 3  # at one step to go on with files


def prepare(
    items: Sequence[Sample], config: TrainConfig
) -> Generator[Progress | Status, None, Prepared]:
    """Read labelled pictures and keep them as training needs them.

    Yields how far it is, and what is not as it should be with the cache; returns the pictures.
    What cannot be used (an unreadable file, a box without area, a class nobody listed) is left
    out and noted in `Prepared.take_notes`.
    """
    size, folder = config.model.input_size, _folder()
    found, faults = ways(config.cache, len(items) * size[0] * size[1] * 3, folder)
    if found == ["none"] and items:
        faults = [*faults, SLOWER]
    if faults:
        yield Status("; ".join(faults))
    for way in found:
        try:
            is_asked = config.cache == "disk"
            kept = Shelf(folder, disk_room(folder, is_asked)) if way == "disk" else None
            return (yield from _prepare(way, items, config.model.classes, size, kept))
        except _NotKeptError as fault:
            rest = found[found.index(way) + 1]
            yield Status(f"{fault}; {SLOWER if rest == 'none' else 'memory is used instead'}")
    raise AssertionError("the last way keeps nothing")


def _prepare(
    way: Cache,
    items: Sequence[Sample],
    classes: tuple[str, ...],
    size: Size,
    kept_on: Shelf | None,
) -> Generator[Progress, None, Prepared]:
    examples, paths = Examples(), list[Path]()
    pictures = stores.room_for(len(items) if way == "memory" else 0, size)
    work = partial(_ready, way=way, size=size, kept_on=kept_on)
    for done, (item, ready) in enumerate(_in_order(work, items)):
        yield Progress(done, len(items))
        try:
            annotation, digest, kept = ready.result()
        except FileError as error:
            examples.pass_over(error)
            continue
        if isinstance(kept, Path):
            paths.append(kept)
        elif kept is not None:
            pictures[len(examples)] = kept
        examples.add(item, annotation, classes, digest)
    examples.note_strangers()
    making = _Making(examples, size, keeps=way == "disk")
    if way == "memory":
        store: Store = InMemory.of(pictures[: len(examples)])
    else:
        store = OnDisk(paths, size, making) if way == "disk" else Anew(making, size)
    return Prepared(examples, size, store)


Ready = tuple[Annotation, bytes, Image | Path | None]


def _in_order(
    work: Callable[[Sample], Ready], items: Sequence[Sample]
) -> Iterator[tuple[Sample, Future[Ready]]]:
    """Yield items and what threads make of them, in order; only a few are under way."""
    waiting: deque[tuple[Sample, Future[Ready]]] = deque()
    with ThreadPoolExecutor(THREADS, "prepare") as pool:
        for item in items:
            waiting.append((item, pool.submit(work, item)))
            if len(waiting) > 2 * THREADS:
                yield waiting.popleft()
        yield from waiting


def _ready(item: Sample, way: Cache, size: Size, kept_on: Shelf | None) -> Ready:
    """Read a picture and its labels; raises FileError. Nothing that is kept is decoded again."""
    data = item.encoded()
    digest = item.digest(data)
    path = _path_of(digest, size) if kept_on else None
    if kept_on and path:
        kept_on.use(path)
        if stores.is_there(path, size):
            return item.read(item.size()), digest, path
    image = item.decode(data)
    extent = (image.shape[1], image.shape[0])
    annotation = item.read(extent)
    if way == "none":
        return annotation, digest, None
    picture = Letterbox.fit(extent, size).apply(image)
    if kept_on is None or path is None:
        return annotation, digest, picture
    try:
        kept_on.make_room(stores.file_length(size))
        stores.save(path, picture)
    except FileError as error:
        raise _NotKeptError(str(error)) from error
    return annotation, digest, path


def _folder() -> Path:
    return cache_folder() / "prepared"


def _path_of(digest: bytes, size: Size) -> Path:
    """Return where a prepared picture belongs: named by content, way of decoding, and size."""
    name = hashlib.blake2b(digest, digest_size=20, person=stores.VERSION)
    name.update(f"{size[0]}x{size[1]}".encode())
    digits = name.hexdigest()
    return _folder() / digits[:2] / f"{digits[2:]}{shelf.SUFFIX}"


@dataclass(frozen=True, slots=True)
class _Making:
    """Makes prepared pictures again while training, on any thread."""

    examples: Examples
    size: Size

    keeps: bool

    def __call__(self, index: int) -> tuple[Image, bool]:
        """Return a picture from its source, and keep it; grey paper when that has gone."""
        example = self.examples.usable[index]
        try:
            data = example.item.encoded()
            image = self.examples.decode(index, data)
        except FileError as error:
            self.examples.note_empty(index, error)
            return np.full((self.size[1], self.size[0], 3), images.GREY, np.uint8), False
        picture = Letterbox.fit(example.size, self.size).apply(image)
        if self.keeps:
            with contextlib.suppress(FileError):  # then it is made again the next time
                stores.save(_path_of(example.digest, self.size), picture)
        return picture, True
