"""What the tabs share: the open project, its pictures and their states, and the running jobs."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from studio.errors import StudioError
from studio.gui.folder_lock import FolderLock
from studio.gui.known_runs import KnownRun, read_runs
from studio.gui.watching import FolderWatch
from studio.gui.worker import Job
from studio.labels.anchors import Anchors
from studio.labels.classes import ClassList
from studio.labels.dataset import Dataset, Item, ItemState
from studio.labels.folder.catching_up import CaughtUp, Event, Relisted, Reread, catch_up
from studio.labels.folder.index import NOT_LABELLED, FolderIndex, load_index
from studio.labels.folder.tally import Tally
from studio.project import Project, update

FEW = 5000  # pictures that are listed in no time


class Session(QObject):
    """The open project. Tabs read it, change it through its methods and listen to its signals."""

    opened = Signal()
    """Another folder is open; everything about the old one is void."""
    classes_changed = Signal()
    anchors_changed = Signal()
    states_changed = Signal(list)
    """The states at these positions of `items` are known or new."""
    items_changed = Signal(object)
    """Pictures were added, removed or renamed, or got another label file, by another program.

    `items` and `states` are new by then. Carries a dict that tells the new position of each old
    one; pictures that are gone, or have another name now, are not in it.
    """
    labels_changed = Signal(list)
    """The label files of the pictures at these positions were written, made or removed.

    Found by looking at the folder, so it may be by another program or by this one; who edits them
    knows. `states` are what was read by then.
    """
    indexed = Signal()
    """Every label file was read once."""
    runs_changed = Signal()
    """The runs of the folder were read, for the first time or anew."""
    run_chosen = Signal()
    """Detect is asked to use another run."""
    read_only_changed = Signal()
    job_started = Signal(object)
    jobs_ended = Signal()
    """No job runs any more."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self.items: tuple[Item, ...] = ()
        self.is_indexed = False
        """Whether every label file was read once since the folder was opened."""
        self.jobs: list[Job] = []
        self._over: set[Job] = set()
        self._index_job: Job | None = None
        self._began = 0.0
        self._is_due = False
        self._tally = Tally()
        self._index = FolderIndex((), [], [])
        self._newer: set[int] = set()
        self._watch = FolderWatch(self)
        self._watch.noticed.connect(self.look_again)
        self._positions: dict[str, int] | None = None
        self.lock = FolderLock(self)
        self.runs: tuple[KnownRun, ...] = ()
        """The folder's training runs, newest first, as they were when they were read last."""
        self._runs_read: list[KnownRun] = []
        self._runs_job: Job | None = None
        self.run: Path | None = None
        """The training run that Detect is asked to use; None: the newest."""
        self.is_closing = False
        """Whether jobs end because the window is about to go."""

    def open(self, folder: Path) -> None:
        """Open a folder and begin to index it in the background; raises StudioError."""
        project = Project.open(folder)
        with _lasting():
            known = load_index(project.root, project.layout)
            if known is None:
                index = FolderIndex.unread(project.items())
            else:  # what has changed since is found out in the background
                index = known.at(project.items()) if len(known.items) <= FEW else known
        if self._index_job:
            self._index_job.stop()
        self.lock.take(project.root, project.layout.labels)
        self.project, self.run, self.runs = project, None, ()
        self._index, self._tally, self.is_indexed = index, Tally(index.states), False
        self._set_items(index.items)
        self._newer.clear()
        self._watch.watch(())
        self.opened.emit()
        self._catch_up(quiet=known is not None)
        self.read_runs()

    @property
    def read_only(self) -> bool:
        """Whether another window edits this folder, so that labels and settings stay as they are.

        Known before `opened`; see `read_only_changed` for when it ends.
        """
        return self.lock.holder is not None

    def edit_all_the_same(self) -> None:
        """Edit the folder although another window does."""
        self.lock.disregard()
        self.read_only_changed.emit()

    @property
    def states(self) -> list[ItemState]:
        """What became of each picture, as far as is known; to be read only."""
        return self._tally.states

    @property
    def labelled(self) -> int:
        """How many pictures have labels, as far as is known."""
        return self._tally.labelled

    def position_of(self, name: str) -> int | None:
        """Return where the picture of that name is in `items`, None where there is none."""
        if self._positions is None:
            self._positions = {item.name: position for position, item in enumerate(self.items)}
        return self._positions.get(name)

    def item_called(self, name: str) -> Item | None:
        """Return the picture of that name, None where there is none."""
        position = self.position_of(name)
        return None if position is None else self.items[position]

    @property
    def classes(self) -> tuple[str, ...]:
        """The project's classes; while it has no list, those seen in its label files."""
        if self.project and self.project.classes:
            return self.project.classes
        return tuple(sorted(self.class_counts()))

    def class_counts(self) -> dict[str, int]:
        """Return how many boxes each class has, as far as label files were read."""
        return self._tally.boxes

    @property
    def class_list(self) -> ClassList:
        """The classes with their looks; see `classes`."""
        listed = self.project.class_list if self.project else ClassList()
        return replace(listed, names=self.classes)

    def change_class_list(self, edit: Callable[[ClassList], ClassList]) -> None:
        """Change and save the class list as it is on disk at this moment; raises StudioError.

        People may have changed it there, or another window.
        """

        def change(project: Project) -> Project:
            listed = project.class_list
            return project.with_class_list(edit(replace(listed, names=listed.names or seen)))

        seen = self.classes
        self._take_classes(self._update(change))

    def read_class_list(self) -> None:
        """Take over the class list that an operation has saved; raises StudioError."""
        self._take_classes(Project.open(self._require().root))

    def set_anchors(self, anchors: Anchors) -> None:
        """Change and save the project's anchors; raises StudioError."""
        seen = self.classes
        saved = self._update(lambda p: replace(p, anchors=anchors, classes=p.classes or seen))
        self.project = replace(self._require(), anchors=anchors)
        self._take_classes(saved)
        self.anchors_changed.emit()

    def set_state(self, position: int, state: ItemState) -> None:
        """Record what became of a picture's labels."""
        self.set_states({position: state})

    def set_states(self, states: dict[int, ItemState]) -> None:
        """Record what became of the labels of many pictures."""
        self._newer.update(states)
        self._put_states(states)

    def expect_write(self, labels: Path) -> None:
        """Announce that this program is about to write or remove a label file.

        The folder need not be looked at again at once because of that.
        """
        self._watch.expect(labels.parent)

    @Slot()
    def look_again(self) -> None:
        """Find out in the background what other programs have changed in the folder."""
        if self._index_job:
            self._is_due = True
        elif self.project:
            self._newer.clear()
            self._catch_up(quiet=True)

    def dataset(self) -> Dataset:
        """Return the open folder as a data set; raises StudioError when no folder is open."""
        project = self._require()
        return Dataset(project.root, self.items, self.classes, project.splits(self.items))

    def choose_run(self, run: Path) -> None:
        """Ask Detect to use a training run."""
        self.run = run
        self.run_chosen.emit()

    @Slot()
    def read_runs(self) -> None:
        """Find out in the background which runs the folder has; `runs_changed` follows."""
        if self._runs_job:
            self._runs_job.stop()
        folder, before = self._require().runs, self.runs
        self._runs_read = []
        self._runs_job = self.start(
            "Reading runs",
            lambda: read_runs(folder, before),
            self._take_run,
            on_ended=self._end_reading_runs,
            quiet=True,
        )

    @Slot(object)
    def _take_run(self, run: KnownRun) -> None:
        if self.sender() is self._runs_job:
            self._runs_read.append(run)

    @Slot(bool)
    def _end_reading_runs(self, completed: bool) -> None:
        if self.sender() is not self._runs_job:
            return  # of a folder that is no longer open, or of how it was before
        self._runs_job = None
        if completed:
            self.runs = tuple(self._runs_read)
            self.runs_changed.emit()

    def start(
        self,
        name: str,
        make: Callable[[], Iterator[object]],
        on_event: Callable[..., object],
        on_failed: Callable[..., object] | None = None,
        on_ended: Callable[..., object] | None = None,
        *,
        quiet: bool = False,
    ) -> Job:
        """Run a generator on a thread; `on_event`, a slot of a QObject, gets what it yields.

        `on_failed` gets the sentence of what went wrong, `on_ended` whether the work came to its
        own end. They are given here, not connected later: a short job may be over by then. A
        `quiet` job is too short or too frequent to be told of in the status bar.
        """
        job = Job(name, make, self)
        job.yielded.connect(on_event)
        if on_failed:
            job.failed.connect(on_failed)
        if on_ended:
            job.ended.connect(on_ended)
        job.ended.connect(self._note_end)
        job.finished.connect(self.drop_finished)
        self.jobs.append(job)
        if not quiet:
            self.job_started.emit(job)
        job.start()
        return job

    def close(self) -> None:
        """Ask every job to end, so that the window can go."""
        self.is_closing = True
        for job in self.jobs:
            job.stop()

    def _require(self) -> Project:
        if self.project is None:
            raise StudioError("open a folder of pictures first")
        return self.project

    def _update(self, change: Callable[[Project], Project]) -> Project:
        root = self._require().root
        if self.read_only:
            raise StudioError(f"{root} is open in another window, so nothing was saved")
        return update(root, change)

    def _take_classes(self, saved: Project) -> None:
        self.project = self._require().with_class_list(saved.class_list)
        self.classes_changed.emit()

    def _put_states(self, states: dict[int, ItemState]) -> None:
        before = self.classes
        self._tally.put(states)
        self.states_changed.emit(list(states))
        if self.classes != before:
            self.classes_changed.emit()

    # --- keeping up with the folder ---------------------------------------------------------

    def _set_items(self, items: tuple[Item, ...]) -> None:
        self.items, self._positions = items, None

    def _catch_up(self, *, quiet: bool) -> None:
        project, index = self._require(), self._index
        self._is_due = False
        self._began = time.monotonic()
        self._index_job = self.start(
            "Reading labels",
            lambda: catch_up(project.root, project.layout, index),
            self._take_event,
            on_ended=self._end_catching_up,
            quiet=quiet,
        )

    @Slot(object)
    def _take_event(self, event: Event) -> None:
        if self.sender() is not self._index_job:
            return  # of a folder that is no longer open
        if isinstance(event, Reread):
            self._take_states(event)
        elif isinstance(event, Relisted):
            self._take_items(event)
        elif isinstance(event, CaughtUp):
            self._index = event.index.doubting(self._newer)
            self._watch.watch(event.folders)

    def _take_states(self, event: Reread) -> None:
        """Take what was read, but for what was edited meanwhile: that is known better here."""
        read = {p: state for p, state in event.states.items() if p not in self._newer}
        states = {p: state for p, state in read.items() if state != self.states[p]}
        if states:
            self._put_states(states)
        changed = [position for position in event.changed if position in read]
        if changed:
            self.labels_changed.emit(changed)
        if self._index_job:
            self._index_job.report(event.share, f"{len(self.items)}")

    def _take_items(self, event: Relisted) -> None:
        before = self.classes
        self._newer = {event.moved[p] for p in self._newer if p in event.moved}
        self._tally.rearrange(event.places, event.gone, NOT_LABELLED)
        self._index = event.index  # the next look sets out from there, wherever this one ends
        self._set_items(event.index.items)
        self.items_changed.emit(event.moved)
        if self.classes != before:
            self.classes_changed.emit()

    @Slot(bool)
    def _end_catching_up(self, completed: bool) -> None:
        if self.sender() is not self._index_job:
            return
        self._index_job = None
        self._watch.note_look(time.monotonic() - self._began)
        if completed and not self.is_indexed:
            self.is_indexed = True
            self.indexed.emit()
        if self._is_due and completed:
            self.look_again()

    @Slot()
    def _note_end(self) -> None:
        job = self.sender()
        assert isinstance(job, Job)
        self._over.add(job)

    @Slot()
    def drop_finished(self) -> None:
        """Forget the jobs that have ended, and of whose end everybody was told."""
        finished = [job for job in self.jobs if job in self._over and job.isFinished()]
        for job in finished:
            self.jobs.remove(job)
            self._over.discard(job)
            job.wait()
            job.deleteLater()
        if finished and not self.jobs:
            self.jobs_ended.emit()


@contextmanager
def _lasting() -> Iterator[None]:
    """Make things that last: looking for garbage among 100,000 pictures holds up the window."""
    gc.unfreeze()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
