"""Labelled pictures as things to learn from, with a sentence for each that cannot be used."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.errors import FileError
from studio.labels import images
from studio.labels.boxes import Annotation, Floats, Problem, as_array
from studio.labels.images import Image, Letterbox
from studio.labels.pictures.metadata import Size
from studio.labels.samples import Sample, Stamp
from studio.wording import listed
from studio.yolo.events import Progress
from studio.yolo.network.model import ModelConfig


@dataclass(frozen=True, slots=True)
class Example:
    """A picture to learn from: its size, and boxes `(m, 4)` with class numbers `(m,)`.

    `stamp` tells whether its files are still those that were read, `digest` whether the picture
    is; empty where that is not asked.
    """

    item: Sample
    size: tuple[int, int]
    xyxy: NDArray[np.float32]
    labels: NDArray[np.int32]
    stamp: Stamp | None = None
    digest: bytes = b""

    @property
    def content(self) -> str:
        """20 hexadecimal digits of what the picture and its labels hold, to see a change by;
        "" for a picture that is not there.
        """
        if not self.digest:
            return ""
        labels = self.xyxy.tobytes() + self.labels.tobytes()
        return hashlib.blake2b(self.digest + labels, digest_size=10).hexdigest()

    def view(self, model: ModelConfig) -> Letterbox:
        """Return how the picture is laid into a model's input."""
        return Letterbox.fit(self.size, model.input_size)


@dataclass(frozen=True, slots=True)
class Gone:
    """A `Sample` that was learnt from and is no labelled picture of the training split any more."""

    name: str
    root: Path

    @property
    def picture(self) -> Path:
        return self.root / self.name

    @property
    def labels(self) -> Path:
        return self.picture

    @property
    def is_labelled(self) -> bool:
        return False

    def encoded(self) -> bytes:
        raise FileError(self.picture, "is no labelled picture of the training split any more")

    def decode(self, data: bytes) -> Image:
        raise NotImplementedError

    def digest(self, data: bytes) -> bytes:
        raise NotImplementedError

    def stamp(self) -> Stamp:
        return ()

    def load(self) -> Image:
        raise NotImplementedError

    def size(self) -> Size:
        raise NotImplementedError

    def read(self, size: Size | None = None) -> Annotation:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is wrong: a few words that others have too, with what file, a sentence."""

    kind: str
    name: str
    sentence: str


@dataclass(slots=True)
class Examples:
    """The usable pictures of a split, and a note for each thing that was passed over."""

    usable: list[Example] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    strangers: Counter[str] = field(default_factory=Counter)
    _taken: int = 0
    _told: set[int] = field(default_factory=set)
    _empty: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.usable)

    def add(
        self,
        item: Sample,
        annotation: Annotation,
        classes: tuple[str, ...],
        digest: bytes = b"",
    ) -> None:
        """Add a picture that can be decoded, with the boxes of the classes that are asked for."""
        self.notes += [
            Note(p.kind, item.name, f"{item.labels}: {_told(p)}") for p in annotation.problems
        ]
        self.strangers.update(b.label for b in annotation.boxes if b.label not in classes)
        boxes = tuple(box for box in annotation.boxes if box.label in classes)
        labels = np.array([classes.index(box.label) for box in boxes], np.int32)
        size = (annotation.width, annotation.height)
        self.usable.append(Example(item, size, as_array(boxes), labels, item.stamp(), digest))

    def pass_over(self, error: FileError) -> None:
        """Note a picture that cannot be used."""
        kind = f"passed over: {_kind_of(error)}"
        self.notes.append(Note(kind, error.path.name, f"passed over: {error}"))

    def add_empty(self, item: Sample, error: FileError) -> None:
        """Add grey paper in the place of a picture that cannot be used, and note it unless it is
        `Gone`.
        """
        nothing = as_array(())
        self.usable.append(Example(item, (1, 1), nothing, np.zeros(0, np.int32), item.stamp()))
        if item.is_labelled:
            self.note_empty(len(self) - 1, error)

    def note_strangers(self) -> None:
        """Note the classes that nobody has asked for."""
        if not self.strangers:
            return
        names = [repr(label) for label, _ in self.strangers.most_common()]
        are = f"class {names[0]} is" if len(names) == 1 else f"classes {listed(names)} are"
        what = f"none of the model's classes, boxes passed over: {self.strangers.total()}"
        self.notes.append(Note("class", names[0], f"{are} {what}"))

    def load(self, index: int) -> tuple[Image, Floats, NDArray[np.int32]]:
        """Return a picture, its boxes and its classes.

        One that was readable at the start and no longer is counts as grey paper with nothing on
        it, and is noted: it must not end hours of training.
        """
        example = self.usable[index]
        try:
            return self.decode(index, example.item.encoded()), example.xyxy, example.labels
        except FileError as error:
            self.note_empty(index, error)
        width, height = example.size
        grey = np.full((height, width, 3), images.GREY, np.uint8)
        return grey, example.xyxy[:0], example.labels[:0]

    def decode(self, index: int, data: bytes) -> Image:
        """Decode the bytes of a picture; raises FileError, also where it is another one now."""
        example = self.usable[index]
        image = example.item.decode(data)
        if (image.shape[1], image.shape[0]) != example.size:
            was = "{} × {}".format(*example.size)
            what = f"is {image.shape[1]} × {image.shape[0]} pixels now and was {was}"
            raise FileError(example.item.picture, what)
        if example.digest and example.item.digest(data) != example.digest:
            raise FileError(example.item.picture, "is another picture than when it was read")
        return image

    def note_empty(self, index: int, error: FileError) -> None:
        """Note, once, that a picture is shown as an empty one."""
        self._told.add(index)
        if index not in self._empty:
            self._empty.add(index)
            kind, name = f"empty: {_kind_of(error)}", self.usable[index].item.name
            self.notes.append(Note(kind, name, f"shown as an empty picture: {error}"))

    def take_notes(self) -> list[str]:
        """Return a sentence for each kind of note that nobody has taken yet."""
        fresh = self.notes[self._taken :]
        self._taken += len(fresh)
        kinds: dict[str, list[Note]] = {}
        for note in fresh:
            kinds.setdefault(note.kind, []).append(note)
        return [_summed_up(*notes) for notes in kinds.values()]

    def changed(self, are_kept: bool) -> list[str]:
        """Return the names of pictures that are gone or changed since the start, or whose labels.

        Looks at times and sizes of files, and names each picture once. Where pictures are not kept,
        one that is another now is not named here: it cannot be shown as it was.
        """
        found = [
            number
            for number, example in enumerate(self.usable)
            if number not in self._told
            and example.item.stamp() != example.stamp
            and (are_kept or _is_the_same(example))
        ]
        self._told.update(found)
        return [self.usable[number].item.name for number in found]


def _told(problem: Problem) -> str:
    """Return what is wrong with an object, and that nothing is learnt from it if that is so."""
    return f"{problem.detail}; left out" if problem.is_left_out else problem.detail


def _kind_of(error: FileError) -> str:
    """Return what is wrong with a file, without numbers and details, which differ by file."""
    return re.sub(r"\d+", "", error.what.partition(":")[0])


def _summed_up(first: Note, *others: Note) -> str:
    """Say what is wrong with one picture, and with which others it is so too."""
    if not others:
        return first.sentence
    names = list(dict.fromkeys(note.name for note in others))
    return f"{first.sentence}; {len(others)} more of that kind: {listed(names)}"


def _is_the_same(example: Example) -> bool:
    """Tell whether a picture can still be read as it was; its labels may have changed."""
    try:
        return example.item.digest(example.item.encoded()) == example.digest
    except FileError:
        return False


def read_examples(
    items: Sequence[Sample], classes: tuple[str, ...]
) -> Generator[Progress, None, Examples]:
    """Read the labels of pictures and look whether each picture can be decoded.

    Yields how far it is and returns the examples. What cannot be used (an unreadable file, a box
    without area, a class nobody listed) is left out and noted, so that a fault shows now and not
    in the middle of the work.
    """
    examples = Examples()
    for done, item in enumerate(items):
        yield Progress(done, len(items))
        try:
            image = item.load()
            annotation = item.read((image.shape[1], image.shape[0]))
        except FileError as error:
            examples.pass_over(error)
            continue
        examples.add(item, annotation, classes)
    examples.note_strangers()
    return examples
