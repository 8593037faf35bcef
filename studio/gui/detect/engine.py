"""Pictures that wait for the network, and the work on them: what Detect runs in the background."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from studio.errors import FileError
from studio.labels import images
from studio.labels.images import Image, Letterbox

if TYPE_CHECKING:
    from studio.yolo.network.model import ModelConfig
    from studio.yolo.suppression.plain import Candidates

THUMBNAIL = (96, 72)


class Network(Protocol):
    """What is needed of a detector: the class of `studio.yolo.detect`, or a test's own."""

    @property
    def config(self) -> ModelConfig: ...

    def candidates(self, image: Image) -> Candidates: ...


Loader = Callable[[Path], Network]


def load_with_tensorflow(run: Path) -> Network:
    """Load a run, or Darknet's files. TensorFlow takes a while: call this on a job's thread."""
    from studio.yolo import machine
    from studio.yolo.detect import Detector

    machine.give_way()
    return Detector.load(run)


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A picture to detect in: a file, or what was pasted."""

    name: str
    path: Path | None = None
    pasted: Image | None = None

    def load(self) -> Image:
        """Return the picture; raises FileError."""
        if self.pasted is not None:
            return self.pasted
        assert self.path is not None
        return images.load(self.path)


@dataclass(frozen=True, slots=True)
class Opened:
    """A picture was read; the network has yet to look at it."""

    source: Source
    image: Image


@dataclass(frozen=True, slots=True)
class Loading:
    """The network of a run is being loaded."""

    run: Path


@dataclass(frozen=True, slots=True)
class Found:
    """What the network of a run says of a picture; the time is the network's alone."""

    run: Path
    source: Source
    image: Image
    thumbnail: Image
    candidates: Candidates
    classes: tuple[str, ...]
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Unread:
    """A picture that cannot be read, and why; the rest goes on."""

    source: Source
    sentence: str


class Queue:
    """Which pictures wait for which run. Filled in the main thread, emptied on the job's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: deque[tuple[Path, Source]] = deque()

    def __len__(self) -> int:
        return len(self._tasks)

    def put(self, run: Path, sources: list[Source]) -> None:
        """Let pictures wait behind the others."""
        with self._lock:
            self._tasks.extend((run, source) for source in sources)

    def put_first(self, run: Path, source: Source) -> None:
        """Let a picture go before all others: somebody looks at it."""
        with self._lock:
            rest = [task for task in self._tasks if task[1] is not source]
            self._tasks = deque([(run, source), *rest])

    def clear(self) -> None:
        with self._lock:
            self._tasks.clear()

    def take(self) -> tuple[Path, Source] | None:
        """Return the next run and picture, None when nothing waits."""
        with self._lock:
            return self._tasks.popleft() if self._tasks else None


class Engine:
    """Works through a queue and keeps the last network that it loaded.

    One job at a time may run `work`; the network never leaves its thread.
    """

    def __init__(self, loader: Loader = load_with_tensorflow) -> None:
        self.loader = loader
        self.queue = Queue()
        self._network: Network | None = None
        self._key: tuple[Path, float] | None = None

    def work(self) -> Iterator[Opened | Loading | Found | Unread]:
        """Detect in what waits until nothing does; raises StudioError for an unusable run."""
        while task := self.queue.take():
            run, source = task
            try:
                image = source.load()
            except FileError as error:
                yield Unread(source, str(error))
                continue
            yield Opened(source, image)
            if self._network is None or self._key != _key(run):
                yield Loading(run)
                self._network, self._key = self.loader(run), _key(run)
            yield self._detect(run, self._network, source, image)

    def has_newest(self, run: Path) -> bool:
        """Tell whether the network that is loaded has the weights that a run has now."""
        return self._key == _key(run)

    def _detect(self, run: Path, network: Network, source: Source, image: Image) -> Found:
        began = time.perf_counter()
        candidates = network.candidates(image)
        milliseconds = (time.perf_counter() - began) * 1000
        thumbnail = Letterbox.fit((image.shape[1], image.shape[0]), THUMBNAIL).apply(image)
        classes = network.config.classes
        return Found(run, source, image, thumbnail, candidates, classes, milliseconds)


def _key(run: Path) -> tuple[Path, float]:
    """Return what changes when a run is trained further, so that its new weights are loaded."""
    from studio.yolo.weights.stored import changed_at

    return run, changed_at(run)
