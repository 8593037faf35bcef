"""Pictures read before they are needed, and beside the window's thread when they are large."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject, Signal, Slot

from studio.errors import FileError, os_error_text
from studio.gui.picture import Picture
from studio.gui.session import Session
from studio.gui.worker import Job
from studio.labels.dataset import Item
from studio.labels.pictures.headers import header_of
from studio.labels.pictures.metadata import Header
from studio.labels.pictures.views import View, load_view

Stamp = tuple[int, int]  # when a file was changed, in nanoseconds, and its bytes

_SMALL = 2_000_000  # pixels that are decoded faster than a picture could be missed
_SMALL_FILE = 200_000  # bytes, where the header does not tell the pixels
_MOST_BYTES, _MOST_PICTURES = 256 * 2**20, 8  # of what is kept
_LANES = 2  # so many pictures are decoded at once; the one that is looked at comes first


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """What became of reading a picture: a view, or a sentence."""

    item: Item
    stamp: Stamp
    view: View | None
    sentence: str = ""


class Loader(QObject):
    """Hands out pictures by `ready` or `failed`, always those of the item opened last."""

    ready = Signal(object, object)
    """The item and its `Picture`. A name would not do: Qt changes those that are not UTF-8."""
    failed = Signal(object, str)
    """The item, and the sentence of what is wrong with its picture."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._wanted: Item | None = None
        self._later: list[Item] = []
        self._jobs: dict[Job, Item] = {}
        self._kept: OrderedDict[Path, tuple[Stamp, View]] = OrderedDict()

    def open(self, item: Item) -> None:
        """Read a picture: at once where it is small or here already, else in the background.

        What was opened before and is still being read is not told of any more.
        """
        self._wanted = item
        try:
            stamp = _stamp(item.image)
            view = self._known(item.image, stamp)
            if view is None and _is_small(header_of(item.image), stamp):
                view = self._keep(item.image, stamp, load_view(item.image))
        except FileError as error:
            self._tell(_Read(item, (0, 0), None, str(error)))
            return
        if view:
            self._tell(_Read(item, stamp, view))
        else:
            self._start()

    def prefetch(self, items: Sequence[Item]) -> None:
        """Read these pictures, and no others, when nothing else is to be read."""
        self._later = list(items)
        self._start()

    def close(self) -> None:
        """Tell of no picture any more."""
        self._wanted, self._later = None, []

    @property
    def is_waiting(self) -> bool:
        """Whether the picture that was opened last is still being read."""
        return self._wanted is not None

    def _known(self, path: Path, stamp: Stamp) -> View | None:
        if path in self._kept and self._kept[path][0] == stamp:
            self._kept.move_to_end(path)
            return self._kept[path][1]
        return None

    def _keep(self, path: Path, stamp: Stamp, view: View) -> View:
        """Keep a view, and let go of those that were not used for longest."""
        self._kept.pop(path, None)
        if view.nbytes <= _MOST_BYTES // 2:
            self._kept[path] = stamp, view
        while len(self._kept) > _MOST_PICTURES or self._bytes() > _MOST_BYTES:
            self._kept.popitem(last=False)
        return view

    def _bytes(self) -> int:
        return sum(view.nbytes for _, view in self._kept.values())

    def _tell(self, read: _Read) -> None:
        if self._wanted is None or read.item.image != self._wanted.image:
            return
        self._wanted = None
        if read.view:
            self.ready.emit(read.item, Picture(read.view))
        else:
            self.failed.emit(read.item, read.sentence)

    # --- in the background ------------------------------------------------------------------

    def _start(self) -> None:
        """Read what is looked at; where it is here and nothing is being read, what comes next."""
        is_read = self._wanted in self._jobs.values()
        if self._wanted and not is_read and len(self._jobs) < _LANES:
            self._read(self._wanted)
        while self._later and not self._jobs:
            item = self._later.pop(0)
            if self._is_worth_it(item):
                self._read(item)

    def _is_worth_it(self, item: Item) -> bool:
        """Tell whether a picture is not here yet and would be kept."""
        try:
            stamp, header = _stamp(item.image), header_of(item.image)
        except FileError:
            return False  # told of when it is opened
        pixels = header.width * header.height if header else 0
        is_kept = pixels * 4 * 4 / 3 <= _MOST_BYTES // 2
        return is_kept and self._known(item.image, stamp) is None

    def _read(self, item: Item) -> None:
        job = self._session.start(
            f"Reading {item.name}",
            partial(_read, item),
            self._take,
            self._take_fault,
            self._end,
            quiet=True,
        )
        self._jobs[job] = item

    @Slot(object)
    def _take(self, read: _Read) -> None:
        if read.view:
            self._keep(read.item.image, read.stamp, read.view)
        self._tell(read)

    @Slot(str)
    def _take_fault(self, sentence: str) -> None:
        item = self._jobs[cast(Job, self.sender())]
        self._tell(_Read(item, (0, 0), None, sentence))

    @Slot(bool)
    def _end(self, completed: bool) -> None:
        del self._jobs[cast(Job, self.sender())]
        if completed:  # else the program is about to end
            self._start()


def _read(item: Item) -> Iterator[_Read]:
    """Read one picture, on the thread of a job."""
    try:
        stamp = _stamp(item.image)
        yield _Read(item, stamp, load_view(item.image))
    except FileError as error:
        yield _Read(item, (0, 0), None, str(error))


def _stamp(path: Path) -> Stamp:
    """Return what changes when a file does; raises FileError."""
    try:
        found = path.stat()
    except OSError as error:
        raise FileError(path, f"cannot be read: {os_error_text(error)}") from error
    return found.st_mtime_ns, found.st_size


def _is_small(header: Header | None, stamp: Stamp) -> bool:
    if header is None:
        return stamp[1] <= _SMALL_FILE
    return header.width * header.height <= _SMALL
