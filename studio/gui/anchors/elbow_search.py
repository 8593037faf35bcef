"""Trying other numbers of anchors in the background, after a clustering."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from studio.gui.anchors.results import Results
from studio.gui.anchors.work import Wish, find_elbow
from studio.gui.session import Session
from studio.gui.worker import Job
from studio.labels.anchors import Anchors, Elbow, ElbowPoint, Sizes
from studio.labels.anchors.curve import MOST_ANCHORS


class ElbowSearch(QObject):
    """One search at a time; its curve grows in the results."""

    def __init__(self, session: Session, results: Results, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._results = session, results
        self._job: Job | None = None

    def find(self, sizes: Sizes, known: Anchors, wish: Wish) -> None:
        """Find out how many anchors are enough for `(n, 2)` sizes; `known` are those found."""
        self.stop()
        self._results.begin_elbow()
        self._job = self._session.start(
            "Trying other numbers of anchors",
            lambda: find_elbow(sizes, known, wish),
            self._take,
            self._fail,
            self._end,
        )

    def stop(self) -> None:
        """Give up; the curve stays as far as it is."""
        if self._job:
            self._job.stop()
            self._job = None
            self._results.end_elbow("")

    @Slot(object)
    def _take(self, event: object) -> None:
        if self._job is None or self.sender() is not self._job:
            return  # of a search that was given up
        if isinstance(event, ElbowPoint):
            self._job.report(event.k / MOST_ANCHORS, f"{event.k} of {MOST_ANCHORS}")
            self._results.elbow.add(event)
        elif isinstance(event, Elbow):
            self._results.elbow.finish(event)
            self._results.end_elbow(event.text)

    @Slot(str)
    def _fail(self, text: str) -> None:
        if self.sender() is self._job:
            self._results.end_elbow(text)

    @Slot(bool)
    def _end(self, _completed: bool) -> None:
        if self.sender() is self._job:
            self._job = None
