"""Pictures decoded and letterboxed once, before training: from then on the graph reads them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from studio.errors import FileError
from studio.labels.boxes import Annotation, Floats
from studio.labels.images import Letterbox
from studio.labels.samples import Sample
from studio.yolo.config import TrainConfig
from studio.yolo.data.examples import Example, Examples, Note
from studio.yolo.data.geometry import KEPT_SIDE
from studio.yolo.data.keeping import Keeping, Kept, NotKeptError, anew, folder, keeping
from studio.yolo.data.room import ways
from studio.yolo.data.schedule import Size
from studio.yolo.data.stores import Anew, OnDisk, Store
from studio.yolo.events import Progress, Status

THREADS = max(2, (os.cpu_count() or 2) - 1)  # that decode, and later read and augment
SLOWER = "each picture is decoded again each time it is shown, which is slower"


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
            self.store = anew(self.examples, self.size)
            sentence = f"{folder()}: prepared pictures keep vanishing; {SLOWER}"
            self.examples.notes.append(Note("kept", str(folder()), sentence))
        return True


MOST_ATTEMPTS = 3  # at one step to go on with files


def prepare(
    items: Sequence[Sample], config: TrainConfig, keeps_places: bool = False
) -> Generator[Progress | Status, None, Prepared]:
    """Read labelled pictures and keep them as training needs them.

    Yields how far it is, and what is not as it should be with the cache; returns the pictures.
    What cannot be used (an unreadable file, a box without area, a class nobody listed) is left
    out and noted in `Prepared.take_notes`; with `keeps_places` there is grey paper in the place of
    a picture that cannot be.
    """
    size = config.model.input_size
    found, faults = ways(config.cache, len(items) * size[0] * size[1] * 3, folder())
    if found == ["none"] and items:
        faults = [*faults, SLOWER]
    if faults:
        yield Status("; ".join(faults))
    for way, rest in zip(found, [*found[1:], ""], strict=True):
        keep = keeping(way, size, len(items), is_asked=config.cache == way)
        try:
            examples = yield from _read(items, config.model.classes, keep, keeps_places)
        except NotKeptError as fault:
            yield Status(f"{fault}; {SLOWER if rest == 'none' else 'memory is used instead'}")
        else:
            return Prepared(examples, size, keep.store(examples))
    raise AssertionError("the last way keeps nothing")


def _read(
    items: Sequence[Sample], classes: tuple[str, ...], keep: Keeping, keeps_places: bool
) -> Generator[Progress, None, Examples]:
    examples = Examples()
    for done, (item, ready) in enumerate(_in_order(partial(_ready, keep=keep), items)):
        yield Progress(done, len(items))
        try:
            annotation, digest, kept = ready.result()
        except FileError as error:
            if keeps_places:
                keep.put(len(examples), keep.blank())
                examples.add_empty(item, error)
            else:
                examples.pass_over(error)
            continue
        keep.put(len(examples), kept)
        examples.add(item, annotation, classes, digest)
    examples.note_strangers()
    return examples


Ready = tuple[Annotation, bytes, Kept]


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


def _ready(item: Sample, keep: Keeping) -> Ready:
    """Read a picture and its labels; raises FileError. Nothing that is kept is decoded again."""
    data = item.encoded()
    digest = item.digest(data)
    known = keep.known(digest)
    if known is not None:
        return item.read(item.size()), digest, known
    image = item.decode(data)
    annotation = item.read((image.shape[1], image.shape[0]))
    return annotation, digest, keep.kept(digest, image)
