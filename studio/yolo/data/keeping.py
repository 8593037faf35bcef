"""How pictures are put where training reads them: in memory, in files, or nowhere.

The files are in the user's cache folder, named by what is in the picture and the size that it is
prepared at, so that all runs and projects share them. They may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from studio.errors import FileError
from studio.labels import images
from studio.labels.folder.cache import cache_folder
from studio.labels.images import Image, Letterbox
from studio.yolo.config import Cache
from studio.yolo.data import shelf, stores
from studio.yolo.data.examples import Examples
from studio.yolo.data.room import disk_room
from studio.yolo.data.schedule import Size
from studio.yolo.data.shelf import Shelf
from studio.yolo.data.stores import Anew, Images, InMemory, OnDisk, Store

Kept = Image | Path | None
"""What is left of a prepared picture: the picture, where it is, or nothing."""


class NotKeptError(Exception):
    """The cache folder does not take a picture."""


class Keeping(Protocol):
    """One way of keeping pictures. `known` and `kept` are called on any thread, `put` in order."""

    def known(self, digest: bytes) -> Kept:
        """Return the picture of this content where it was kept before, else None."""

    def kept(self, digest: bytes, image: Image) -> Kept:
        """Prepare a picture and keep it; raises NotKeptError."""

    def blank(self) -> Kept:
        """Return what is left of a picture that cannot be read: grey paper."""

    def put(self, number: int, kept: Kept) -> None:
        """Take what is left of a picture as that of example `number`."""

    def store(self, examples: Examples) -> Store:
        """Return how the pictures of all examples are read."""


def keeping(way: Cache, size: Size, count: int, is_asked: bool) -> Keeping:
    """Return a way for up to `count` pictures; `is_asked` where somebody chose the files."""
    match way:
        case "memory":
            return _InMemory(size, stores.room_for(count, size))
        case "disk":
            return _OnDisk(size, Shelf(folder(), disk_room(folder(), is_asked)))
        case _:
            return _Nowhere(size)


@dataclass(frozen=True, slots=True)
class _InMemory:
    size: Size
    pictures: Images

    def known(self, _digest: bytes) -> None:
        return None

    def kept(self, _digest: bytes, image: Image) -> Image:
        return letterboxed(image, self.size)

    def blank(self) -> Image:
        return grey(self.size)

    def put(self, number: int, kept: Kept) -> None:
        assert isinstance(kept, np.ndarray)
        self.pictures[number] = kept

    def store(self, examples: Examples) -> InMemory:
        return InMemory.of(self.pictures[: len(examples)])


@dataclass(frozen=True, slots=True)
class _OnDisk:
    size: Size
    shelf: Shelf
    paths: list[Path] = field(default_factory=list)
    blanks: set[int] = field(default_factory=set)

    def known(self, digest: bytes) -> Path | None:
        path = _path_of(digest, self.size)
        self.shelf.use(path)
        return path if stores.is_there(path, self.size) else None

    def kept(self, digest: bytes, image: Image) -> Path:
        path = _path_of(digest, self.size)
        try:
            self.shelf.make_room(stores.file_length(self.size))
            stores.save(path, letterboxed(image, self.size))
        except FileError as error:
            raise NotKeptError(str(error)) from error
        return path

    def blank(self) -> None:
        return None

    def put(self, number: int, kept: Kept) -> None:
        if isinstance(kept, Path):
            self.paths.append(kept)
        else:  # no such file is ever made
            self.blanks.add(number)
            self.paths.append(folder() / "none")

    def store(self, examples: Examples) -> OnDisk:
        making = _Making(examples, self.size, keeps=True)
        return OnDisk(self.paths, self.size, making, missing=set(self.blanks))


@dataclass(frozen=True, slots=True)
class _Nowhere:
    size: Size

    def known(self, _digest: bytes) -> None:
        return None

    def kept(self, _digest: bytes, _image: Image) -> None:
        return None

    def blank(self) -> None:
        return None

    def put(self, _number: int, _kept: Kept) -> None:
        pass

    def store(self, examples: Examples) -> Anew:
        return anew(examples, self.size)


def anew(examples: Examples, size: Size) -> Anew:
    """Return the store that makes each picture whenever it is asked for."""
    return Anew(_Making(examples, size, keeps=False), size)


@dataclass(frozen=True, slots=True)
class _Making:
    """Makes prepared pictures again while training, on any thread."""

    examples: Examples
    size: Size
    keeps: bool

    def __call__(self, index: int) -> tuple[Image, bool]:
        """Return a picture from its source, and keep it; grey paper when that has gone."""
        example = self.examples.usable[index]
        if not example.digest:  # which nobody could read at the start either
            return grey(self.size), False
        try:
            data = example.item.encoded()
            image = self.examples.decode(index, data)
        except FileError as error:
            self.examples.note_empty(index, error)
            return grey(self.size), False
        picture = letterboxed(image, self.size)
        if self.keeps:
            with contextlib.suppress(FileError):  # then it is made again the next time
                stores.save(_path_of(example.digest, self.size), picture)
        return picture, True


def letterboxed(image: Image, size: Size) -> Image:
    """Return a picture as it is kept."""
    return Letterbox.fit((image.shape[1], image.shape[0]), size).apply(image)


def grey(size: Size) -> Image:
    """Return paper with nothing on it."""
    return np.full((size[1], size[0], 3), images.GREY, np.uint8)


def folder() -> Path:
    """Return where the files of prepared pictures are."""
    return cache_folder() / "prepared"


def _path_of(digest: bytes, size: Size) -> Path:
    """Return where a prepared picture belongs: named by content, way of decoding, and size."""
    name = hashlib.blake2b(digest, digest_size=20, person=stores.VERSION)
    name.update(f"{size[0]}x{size[1]}".encode())
    digits = name.hexdigest()
    return folder() / digits[:2] / f"{digits[2:]}{shelf.SUFFIX}"
