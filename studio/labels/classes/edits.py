"""Renaming and merging classes in all label files of a data set: in every one of them, or in none.

A journal (`studio.labels.classes.journal`) holds every file as it is and as it shall be before the
first one is touched. From then on the operation can always be finished or taken back byte for byte,
at once, later in the session, or by the next one. Work is a generator of `Progress`; closing it
while files are replaced puts back those that were.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.errors import FileError, StudioError
from studio.labels import classes, voc
from studio.labels.classes import ClassList
from studio.labels.classes.journal import Change, Journal, State, drafted, journals
from studio.labels.dataset import Item, ItemState
from studio.labels.files import read_bytes, read_if_there, sync_folder, write_atomic
from studio.labels.screen.palette import hex_of, of_hex

UpdateClasses = Callable[[Callable[[ClassList], ClassList]], object]
"""Puts what a function makes of the project's class list into its place; raises StudioError."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """Class `old` becomes `new`, which may exist: a merge. `before` is the class list."""

    old: str
    new: str
    merges: bool
    before: ClassList

    @property
    def text(self) -> str:
        """What is done, in a few words."""
        return f"{'Merge' if self.merges else 'Rename'} {self.old} {self._into} {self.new}"

    @property
    def gerund(self) -> str:
        """What is being done, in a few words that begin a sentence."""
        return f"{'Merging' if self.merges else 'Renaming'} {self.old} {self._into} {self.new}"

    @property
    def _into(self) -> str:
        return "into" if self.merges else "to"

    def forwards(self, listed: ClassList) -> ClassList:
        """Return a class list after it; doing it twice is the same."""
        return classes.rename(listed, self.old, self.new)

    def backwards(self, listed: ClassList) -> ClassList:
        """Return a class list without it, keeping what else happened to the list since."""
        return classes.take_rename_back(listed, self.old, self.new, self.before)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much an operation changes."""

    files: int = 0
    boxes: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """So many files of so many were read, or replaced."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """The last event of `prepare`: the operation may begin, and will change so much."""

    journal: Journal
    extent: Extent


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of an operation; somebody else has changed the files that it passed over."""

    journal: Journal
    passed_over: tuple[Path, ...]


Events = Generator[Progress | Prepared | Finished, None, None]
Steps = Generator[Progress, None, list[Path]]

LATER = "It is put right when the folder is opened the next time."
"""How the sentence of a HalfDoneError ends."""


class HalfDoneError(StudioError):
    """What was replaced could not be put back; the journal waits for `recover`."""

    def __init__(self, first: BaseException, second: FileError) -> None:
        began = f"{first}. " if isinstance(first, StudioError) else ""
        super().__init__(f"{began}What was changed could not be put back: {second}. {LATER}")


def preview(states: Iterable[ItemState], name: str) -> Extent:
    """Tell in how many label files a class has how many boxes, as far as they were read."""
    counts = [state.counts[name] for state in states if state.counts and name in state.counts]
    return Extent(len(counts), sum(counts))


# --- the operation ------------------------------------------------------------------------------


def prepare(project: Path, items: Iterable[Item], renaming: Renaming) -> Events:
    """Read every label file and keep in a journal what is to be changed; changes none.

    Raises FileError for a file that cannot be read, or where the journal finds no room. No journal
    is left then, nor where this is closed before `Prepared`.
    """
    labelled = [item.labels for item in items if item.is_labelled]
    files = boxes = 0
    with drafted(project, _about(renaming)) as draft:
        for done, path in enumerate(labelled, 1):
            before = read_bytes(path)
            after, count = voc.rename(before, path, renaming.old, renaming.new)
            if count:
                draft.add(Change(path, before, after))
                files, boxes = files + 1, boxes + count
            yield Progress(done, len(labelled))
    yield Prepared(draft.journal, Extent(files, boxes))


def carry_out(journal: Journal, update: UpdateClasses) -> Events:
    """Replace the files of a journal, then change the class list. Also makes it again after undo.

    Raises StudioError where a file or the list refuses; whatever was changed is put back then.
    """
    return _go(journal, update, State.FORWARDS)


def perform(
    project: Path, items: Iterable[Item], renaming: Renaming, update: UpdateClasses
) -> Events:
    """Prepare and carry out; keeps no journal of what was given up. See both."""
    journal: Journal | None = None
    try:
        with contextlib.closing(prepare(project, items, renaming)) as preparing:
            for event in preparing:
                journal = event.journal if isinstance(event, Prepared) else None
                yield event
        assert journal is not None
        yield from carry_out(journal, update)
    except HalfDoneError:
        raise
    except BaseException:
        if journal:
            journal.discard()
        raise


def take_back(journal: Journal, update: UpdateClasses) -> Events:
    """Give all files the bytes that they had, and the class list its names; see `carry_out`."""
    return _go(journal, update, State.BACKWARDS)


def recover(project: Path, update: UpdateClasses) -> str:
    """Bring to an end what an earlier process left half-done, and say so; "" where nothing was.

    Raises nothing: what cannot be finished is taken back, and tried again the next time if that
    cannot be done either.
    """
    return " ".join(filter(None, (_recover(journal, update) for journal in journals(project))))


def forget(kept: Iterable[Journal]) -> None:
    """Discard those of a session's journals whose operations were brought to an end."""
    for journal in kept:
        with contextlib.suppress(FileError):
            if journal.state in _ENDS.values():
                journal.discard()


def renaming_of(journal: Journal) -> Renaming:
    """Return the operation that a journal is about; raises FileError."""
    about = journal.about
    try:
        return Renaming(about["old"], about["new"], about["merges"], _class_list(about["before"]))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise FileError(journal.path, f"is of another version of this program: {error}") from error


# --- one way or the other -----------------------------------------------------------------------

_ENDS = {State.FORWARDS: State.DONE, State.BACKWARDS: State.UNDONE}
_OPPOSITE = {State.FORWARDS: State.BACKWARDS, State.BACKWARDS: State.FORWARDS}


def _go(journal: Journal, update: UpdateClasses, way: State) -> Events:
    with journal.alone() as alone:
        passed_over = yield from _go_alone(alone, update, way)
    yield Finished(journal, tuple(passed_over))


def _go_alone(journal: Journal, update: UpdateClasses, way: State) -> Steps:
    """Bring every file to one end; return those that somebody else has changed."""
    renaming = renaming_of(journal)
    passed_over = []
    try:
        journal.mark(way)
        paths = journal.paths()
        for done, path in enumerate(paths, 1):
            if not _replace(journal.change(path), way):
                passed_over.append(path)
            yield Progress(done, len(paths))
        update(renaming.forwards if way is State.FORWARDS else renaming.backwards)
        _sync(paths)
    except BaseException as error:  # also when it is closed, which is a wish to stop
        _turn_round(journal, _OPPOSITE[way], error)
        raise
    with contextlib.suppress(FileError):  # all is as it shall be; the next start would see that
        journal.mark(_ENDS[way])
    return passed_over


def _turn_round(journal: Journal, way: State, error: BaseException) -> None:
    """Put back what was replaced before an error; raises HalfDoneError where that fails too."""
    try:
        with contextlib.suppress(FileError):  # a full disk has no room for marks
            journal.mark(way)
        for path in journal.paths():
            _replace(journal.change(path), way)
        _sync(journal.paths())
    except FileError as second:
        raise HalfDoneError(error, second) from error
    try:
        journal.mark(_ENDS[way])
    except FileError:
        journal.discard()  # nothing is left to do, and the mark that it holds says otherwise


def _replace(change: Change, way: State) -> bool:
    """Replace one file, if need be; False where somebody else has changed it."""
    if way is State.BACKWARDS:
        change = change.turned
    now = read_if_there(change.path)
    if now == change.before:
        write_atomic(change.path, change.after)
    return now in (change.before, change.after)


def _sync(paths: Iterable[Path]) -> None:
    """Let a power cut leave the files as they are now, before the journal says that they are."""
    for folder in {Path(os.path.realpath(path)).parent for path in paths}:
        sync_folder(folder)


# --- at the next start --------------------------------------------------------------------------


def _recover(journal: Journal, update: UpdateClasses) -> str:
    try:
        with journal.alone() as alone:
            state = alone.state
            if state in _ENDS:
                return _finish(alone, update, state)
            alone.discard()
    except FileError as error:
        return f"{error}. It tells of classes that were being renamed; the file is kept."
    if state is State.EMPTY:
        return "Renaming a class was cut off before anything was changed."
    return ""


def _finish(journal: Journal, update: UpdateClasses, way: State) -> str:
    renaming = renaming_of(journal)
    cut_off = f"{renaming.gerund} was cut off half-way"
    passed_over: list[Path] = []
    try:
        passed_over = _result(_go_alone(journal, update, way))
    except HalfDoneError as error:
        return f"{cut_off}. {error}"
    except StudioError as error:
        end = _OPPOSITE[way]
        reason = f"{error}. "
    else:
        end, reason = way, ""
    journal.discard()
    outcome = "finished" if end is State.FORWARDS else "taken back"
    return f"{cut_off}. {reason}It is {outcome} now.{passed_over_text(passed_over)}"


def _result(steps: Steps) -> list[Path]:
    """Go through all steps and return what they return."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: list[Path] = end.value
            return result


def passed_over_text(paths: Sequence[Path]) -> str:
    """Return a sentence, after a space, about files that were not touched; "" for none."""
    if not paths:
        return ""
    names = ", ".join(path.name for path in paths[:3]) + (", …" if len(paths) > 3 else "")
    was = "was" if len(paths) == 1 else "were"
    return f" Changed by another program meanwhile, so {was} left alone: {names}."


# --- the journal's words ------------------------------------------------------------------------


def _about(renaming: Renaming) -> dict[str, Any]:
    before = renaming.before
    return {
        "old": renaming.old,
        "new": renaming.new,
        "merges": renaming.merges,
        "before": {
            "names": before.names,
            "colours": {name: hex_of(colour) for name, colour in before.colours.items()},
            "order": before.order,
        },
    }


def _class_list(about: dict[str, Any]) -> ClassList:
    colours = {name: of_hex(text) for name, text in about["colours"].items()}
    return ClassList(tuple(about["names"]), colours, tuple(about["order"]))
