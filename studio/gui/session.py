"""What the tabs share: the open project, its pictures and their states, and the running jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from studio.errors import StudioError
from studio.gui.worker import Job
from studio.labels.anchors import Anchors
from studio.labels.classes import ClassList
from studio.labels.dataset import Dataset, Item, ItemState, index
from studio.project import Project


class Session(QObject):
    """The open project. Tabs read it, change it through its methods and listen to its signals."""

    opened = Signal()
    """Another folder is open; everything about the old one is void."""
    classes_changed = Signal()
    anchors_changed = Signal()
    states_changed = Signal(list)
    """The states at these positions of `items` are known or new."""
    indexed = Signal()
    """Every label file was read once."""
    runs_changed = Signal()
    job_started = Signal(object)
    jobs_ended = Signal()
    """No job runs any more."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self.items: tuple[Item, ...] = ()
        self.states: list[ItemState] = []
        self.labelled = 0
        """How many pictures have labels, as far as is known."""
        self.is_indexed = False
        """Whether every label file was read once since the folder was opened."""
        self.jobs: list[Job] = []
        self._index_job: Job | None = None
        self._counts: Counter[str] = Counter()
        self._newer: set[int] = set()
        self._positions: dict[str, int] = {}
        self.run: Path | None = None
        """The training run that Detect is asked to use; None: the newest."""

    def open(self, folder: Path) -> None:
        """Open a folder and begin to index it in the background; raises StudioError."""
        project = Project.open(folder)
        items = project.items()
        if self._index_job:
            self._index_job.stop()
        self.project, self.items, self.run = project, items, None
        self._positions = {item.name: position for position, item in enumerate(items)}
        self.states = [ItemState()] * len(items)
        self.labelled, self.is_indexed = 0, False
        self._counts.clear()
        self._newer.clear()
        self.opened.emit()
        self._index_job = self.start(
            "Reading labels", lambda: index(items), self._take_states, on_ended=self._finish_index
        )

    def position_of(self, name: str) -> int | None:
        """Return where the picture of that name is in `items`, None where there is none."""
        return self._positions.get(name)

    @property
    def classes(self) -> tuple[str, ...]:
        """The project's classes; while it has no list, those seen in its label files."""
        if self.project and self.project.classes:
            return self.project.classes
        return tuple(sorted(self.class_counts()))

    def class_counts(self) -> dict[str, int]:
        """Return how many boxes each class has, as far as label files were read."""
        return {label: count for label, count in self._counts.items() if count}

    @property
    def class_list(self) -> ClassList:
        """The classes with their looks; see `classes`."""
        listed = self.project.class_list if self.project else ClassList()
        return replace(listed, names=self.classes)

    def set_class_list(self, listed: ClassList) -> None:
        """Change and save the class list; raises StudioError."""
        self._save(self._require().with_class_list(listed))
        self.classes_changed.emit()

    def read_class_list(self) -> None:
        """Take over the class list that an operation has saved; raises StudioError."""
        project = self._require()
        saved = Project.open(project.root)
        remembered = (saved.remembered[0], project.remembered[1])
        self.project = replace(project.with_class_list(saved.class_list), remembered=remembered)
        self.classes_changed.emit()

    def set_anchors(self, anchors: Anchors) -> None:
        """Change and save the project's anchors; raises StudioError."""
        project = self._require()
        self._save(replace(project, anchors=anchors, classes=project.classes or self.classes))
        self.anchors_changed.emit()

    def set_state(self, position: int, state: ItemState) -> None:
        """Record what became of a picture's labels."""
        self._newer.add(position)
        self._put_states({position: state})

    def set_states(self, states: dict[int, ItemState]) -> None:
        """Record what became of the labels of many pictures."""
        self._newer.update(states)
        self._put_states(states)

    def dataset(self) -> Dataset:
        """Return the open folder as a data set; raises StudioError when no folder is open."""
        project = self._require()
        return Dataset(project.root, self.items, self.classes, project.splits(self.items))

    def choose_run(self, run: Path) -> None:
        """Ask Detect to use a training run."""
        self.run = run
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
        job.finished.connect(self.drop_finished)
        self.jobs.append(job)
        if not quiet:
            self.job_started.emit(job)
        job.start()
        return job

    def stop_all(self) -> None:
        """Ask every job to end."""
        for job in self.jobs:
            job.stop()

    def _require(self) -> Project:
        if self.project is None:
            raise StudioError("open a folder of pictures first")
        return self.project

    def _save(self, project: Project) -> None:
        self.project = project.save()

    def _put_states(self, states: dict[int, ItemState]) -> None:
        before = self.classes
        for position, state in states.items():
            old = self.states[position]
            self._counts.subtract(old.counts or {})
            self._counts.update(state.counts or {})
            self.labelled += (state.counts is not None) - (old.counts is not None)
            self.states[position] = state
        self.states_changed.emit(list(states))
        if self.classes != before:
            self.classes_changed.emit()

    @Slot(object)
    def _take_states(self, states: dict[int, ItemState]) -> None:
        if self.sender() is not self._index_job:
            return  # of a folder that is no longer open
        # What was edited since the index read its file is known better.
        self._put_states({p: state for p, state in states.items() if p not in self._newer})
        if self._index_job:
            self._index_job.report((max(states) + 1) / len(self.items), f"{len(self.items)}")

    @Slot(bool)
    def _finish_index(self, completed: bool) -> None:
        if completed and self.sender() is self._index_job:
            self.is_indexed = True
            self.indexed.emit()

    @Slot()
    def drop_finished(self) -> None:
        """Forget the jobs that have ended."""
        finished = [job for job in self.jobs if job.isFinished()]
        for job in finished:
            self.jobs.remove(job)
            job.wait()
            job.deleteLater()
        if finished and not self.jobs:
            self.jobs_ended.emit()
