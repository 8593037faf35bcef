"""Renaming and merging classes over the data set: asked, run, shown, taken back and made again.

The work itself is `studio.labels.classes.edits`; here it becomes jobs and steps of the history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from studio.errors import StudioError
from studio.gui.annotate.classes import work as class_work
from studio.gui.annotate.classes.book import UNSETTLED
from studio.gui.annotate.classes.work import Done
from studio.gui.annotate.labelling.labelling import Labelling
from studio.gui.annotate.labelling.timeline import Timeline
from studio.gui.messages import MessageBar
from studio.gui.session import Session
from studio.gui.worker import Job
from studio.labels import classes
from studio.labels.classes import edits as class_edits
from studio.labels.classes.edits import (
    Extent,
    Prepared,
    Progress,
    Renaming,
)
from studio.labels.classes.journal import Change, Journal, journals
from studio.labels.dataset import ItemState
from studio.labels.editing.desk import Kept
from studio.labels.editing.history import Operation
from studio.project import update_classes


@dataclass(slots=True)
class Run:
    """An operation under way; `step` is None the first time."""

    renaming: Renaming
    forward: bool
    step: Operation | None = None
    extent: Extent | None = None
    done: Done | None = None
    fault: str = ""


class ClassOperations(QObject):
    """Runs one operation at a time, during which nothing can be edited."""

    def __init__(
        self, session: Session, labelling: Labelling, timeline: Timeline, messages: MessageBar
    ) -> None:
        super().__init__(labelling)
        self._session = session
        self._labelling = labelling
        self._timeline = timeline
        self._messages = messages
        self._run: Run | None = None
        self._job: Job | None = None
        self._under_way = ""
        self._kept: dict[Journal, dict[bool, Kept]] = {}  # sheets before (False) and after (True)
        self._recovered = ""
        timeline.operation_wanted.connect(self._go)
        session.opened.connect(self._open)

    @property
    def under_way(self) -> str:
        """What is at work on the label files, "" while nothing is; no folder is opened then."""
        return self._under_way

    def close(self) -> None:
        """Remove the journals: nothing can be taken back any more."""
        if not self._run:
            class_edits.forget(self._kept)
            self._kept.clear()

    # --- asked ------------------------------------------------------------------------------

    @Slot(str, str)
    def ask(self, old: str, new: str) -> None:
        """Tell how much a rename changes, with a button that begins it."""
        book = self._labelling.book
        if not book.is_settled:
            self._messages.say(UNSETTLED)
        elif self._labelling.held:
            self._messages.say(self._labelling.held)
        elif not new.isprintable():
            self._messages.say(f"{new!r} cannot be the name of a class.")
        else:
            extent = class_edits.preview(self._session.states, old)
            merges = new in book.names or new in self._session.class_counts()
            renaming = Renaming(old, new, merges, book.listed)
            verb = "Merge" if merges else "Rename"
            begin = partial(self.begin, renaming)
            self._messages.say(f"{renaming.text}: {extent_text(extent)}.", "problem", verb, begin)

    def begin(self, renaming: Renaming) -> None:
        """Change all label files and the class list."""
        project = self._session.project
        if project and self._may_begin() and self._labelling.book.change(lambda listed: listed):
            update = partial(update_classes, project.root)
            events = partial(
                class_edits.perform, project.root, self._session.items, renaming, update
            )
            self._start(
                Run(renaming, forward=True),
                lambda: class_work.run(events(), self._session.items),
            )

    @Slot(object, bool)
    def _go(self, step: Operation, forward: bool) -> None:
        """Take an operation back, or make it again."""
        project, journal = self._session.project, Journal(step.journal)
        try:
            if not project or not self._may_begin():
                self._turn_history(forward)
                return
            renaming = class_edits.renaming_of(journal)
        except StudioError as error:
            self._messages.say(f"{error}.")
            self._turn_history(forward)
            return
        way = class_edits.carry_out if forward else class_edits.take_back
        events = partial(way, journal, partial(update_classes, project.root))
        self._start(
            Run(renaming, forward, step),
            lambda: class_work.run(events(), self._session.items),
        )

    def _may_begin(self) -> bool:
        if self._run:
            return False
        if self._labelling.flush():
            return True
        if not self._messages.text:  # else the obstacle is told there
            self._messages.say("Classes can be changed when every edit is saved.")
        return False

    def _turn_history(self, forward: bool) -> None:
        """Let the history say what is: the step that it went was not made."""
        history = self._labelling.history
        _ = history.undo() if forward else history.redo()

    # --- run --------------------------------------------------------------------------------

    def _start(self, run: Run, make: Callable[[], Iterator[object]]) -> None:
        self._run = run
        name = run.renaming.gerund if run.forward else f"Taking back: {run.renaming.text}"
        self._hold(name)
        self._job = self._session.start(name, make, self._take, self._take_fault, self._end)

    def _hold(self, what: str) -> None:
        self._under_way = what
        reason = f"{what}. Nothing can be edited until that is done."
        self._labelling.book.hold(reason)
        self._labelling.hold(reason)

    def _release(self, *, completed: bool) -> None:
        self._under_way = ""
        self._labelling.book.release()
        self._labelling.release(completed=completed)

    @Slot(object)
    def _take(self, event: object) -> None:
        run = self._run
        assert run is not None
        if isinstance(event, Progress) and self._job:
            share = event.done / event.total
            if run.step is None:  # files are read, then written
                share = share / 2 + (0.5 if run.extent else 0)
            self._job.report(share, f"{event.done:,} of {event.total:,} files")
        elif isinstance(event, Prepared):
            run.extent = event.extent
        elif isinstance(event, Done):
            run.done = event

    @Slot(str)
    def _take_fault(self, text: str) -> None:
        if self._run:
            self._run.fault = text

    @Slot(bool)
    def _end(self, _completed: bool) -> None:
        run, self._run, self._job = self._run, None, None
        assert run is not None
        if run.done:
            self._follow(run, run.done)
        elif run.step:
            self._turn_history(run.forward)
        self._release(completed=run.done is not None)
        if run.done:
            self._tell(run, run.done)
        else:
            self._tell_failure(run)

    def _tell_failure(self, run: Run) -> None:
        if run.fault.endswith(class_edits.LATER):
            self._messages.say(run.fault)
        elif run.fault:
            self._messages.say(f"{run.fault}. No label file was changed.")
        else:
            self._messages.say("Stopped. No label file was changed.", "done")

    def _follow(self, run: Run, done: Done) -> None:
        """Let everything that is open follow the label files."""
        journal, desk = done.finished.journal, self._labelling.desk
        was_next = self._labelling.book.label
        names = (run.renaming.old, run.renaming.new)

        def change_of(path: Path) -> Change:
            return journal.change(path) if run.forward else journal.change(path).turned

        try:
            kept = self._kept.setdefault(journal, {})
            if run.step is None:
                followed = desk.rename_class(done.files, change_of, *names)
            else:
                followed = desk.put_back(done.files, change_of, kept.get(run.forward, {}))
            kept[not run.forward] = followed.kept
            for name in followed.lost:
                self._labelling.history.forget(name)
            self._session.read_class_list()
        except StudioError as error:
            self._messages.say(f"{error}.")
        self._show(done.states)
        old, new = names if run.forward else reversed(names)
        if was_next == old:
            self._labelling.book.choose(new)
        if run.step is None:
            run.step = Operation(run.renaming.text, journal.path)
            self._labelling.history.push(run.step)

    def _tell(self, run: Run, done: Done) -> None:
        renaming, say = run.renaming, self._messages.say
        left = class_edits.passed_over_text(done.finished.passed_over)
        if not run.forward:
            say(f"Took back: {renaming.text}.{left}", "done", "Redo", self._timeline.redo)
            return
        text = renaming.text.replace("Rename", "Renamed", 1).replace("Merge", "Merged", 1)
        how_much = f": {extent_text(run.extent)}" if run.extent else ""
        undo = partial(self._undo, run.step)
        if renaming.merges and renaming.old in self._labelling.book.names:
            stays = f" {renaming.old} stays in the list, so that no class changes its number."
            remove = partial(self._remove, renaming.old)
            say(f"{text}{how_much}.{left}{stays}", "done", "Undo", undo, "Remove it", remove)
        else:
            say(f"{text}{how_much}.{left}", "done", "Undo", undo)

    def _undo(self, step: Operation | None) -> None:
        """Take an operation back, if it is what was done last."""
        history = self._labelling.history
        if history.done and history.steps[history.done - 1] is step:
            self._timeline.undo()
        else:
            text = "Labels were edited since. Take these edits back first, then the operation."
            self._messages.say(text)

    def _remove(self, name: str) -> None:
        self._labelling.book.change(lambda listed: classes.remove(listed, name))

    # --- what an earlier process left half-done ---------------------------------------------

    @Slot()
    def _open(self) -> None:
        """Forget the folder that was open; finish what was cut off in the one that is."""
        project = self._session.project
        self.close()
        if project and not self._session.read_only and journals(project.root):
            update = partial(update_classes, project.root)
            items = self._session.items
            self._hold("A change of classes that was cut off is being put right")
            self._session.start(
                "Putting classes right",
                lambda: class_work.put_right(project.root, items, update),
                self._take_recovered,
                self._take_recovery_fault,
                self._end_recovery,
            )

    @Slot(object)
    def _take_recovered(self, event: tuple[str, dict[str, ItemState]]) -> None:
        self._recovered, states = event
        self._show(states)

    def _show(self, states: dict[str, ItemState]) -> None:
        places = {self._session.position_of(name): state for name, state in states.items()}
        self._session.set_states({i: state for i, state in places.items() if i is not None})

    @Slot(str)
    def _take_recovery_fault(self, text: str) -> None:
        self._recovered = text

    @Slot(bool)
    def _end_recovery(self, _completed: bool) -> None:
        try:
            self._session.read_class_list()
        except StudioError as error:
            self._recovered += f" {error}."
        self._release(completed=True)
        if self._recovered:
            self._messages.say(self._recovered, "done")
        self._recovered = ""


def extent_text(extent: Extent) -> str:
    """Return how much is changed, such as "4,155 boxes in 343 files"."""
    if not extent.files:
        return "no box is called so"
    boxes = "1 box" if extent.boxes == 1 else f"{extent.boxes:,} boxes"
    return f"{boxes} in {'1 file' if extent.files == 1 else f'{extent.files:,} files'}"
