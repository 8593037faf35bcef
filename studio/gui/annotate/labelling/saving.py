"""Saves edited labels away from the window's thread, and keeps at it while something is in the way.

One job at a time brings all sheets to disk that are due; what is edited meanwhile is saved by the
next one. So the versions of a picture reach the disk in the order in which they were made.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

from studio.errors import FileError
from studio.gui.messages import MessageBar
from studio.gui.session import Session
from studio.gui.worker import Job
from studio.labels.editing.saving import Outcome, OvertakenError, SaveTask, save_all
from studio.labels.editing.sheet import Sheet
from studio.labels.files import remove_leftovers

AGAIN_AFTER = 3000  # milliseconds
TOLD_FOR = 4000  # milliseconds
PATIENCE = 10.0  # seconds
PAINTED_AFTER = 0.02  # seconds; Python runs one thread at a time, and the window goes first
SAVED = "What could not be saved before is saved now."


class Saver(QObject):
    """Brings sheets to disk. What cannot be saved is kept, told of and tried again."""

    theirs_wanted = Signal(object)
    """The edits of this sheet shall give way to what another program wrote."""

    def __init__(self, session: Session, messages: MessageBar, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._messages = messages
        self._due: dict[Sheet, None] = {}
        self._under_way: dict[SaveTask, Sheet] = {}
        self._refused: dict[Sheet, FileError] = {}
        self._tidied: set[Path] = set()
        self._job: Job | None = None
        self._fault = ""
        self._hurry = threading.Event()
        self._told = ""
        self._shown = ""
        """What was last said about an obstacle, which the bar shows until another takes it."""
        self.again = QTimer(self, interval=AGAIN_AFTER)
        self.again.timeout.connect(self._begin_again)
        self._praise = QTimer(self, singleShot=True, interval=TOLD_FOR)
        self._praise.timeout.connect(self.stop_praising)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self._take_application_state)

    @property
    def is_refused(self) -> bool:
        """Whether there are edits that could not be saved when that was tried."""
        return bool(self._refused)

    @property
    def obstacle(self) -> str:
        """One sentence about what is not on disk and why, "" when all is."""
        if self._refused:
            return f"{self._worst}."
        waiting = next(iter([*self._under_way.values(), *self._due]), None)
        return f"{waiting.item.labels}: is not saved yet, the disk takes long." if waiting else ""

    def keep(self, sheet: Sheet) -> bool:
        """See to it that what a sheet says now gets on disk.

        Returns True where it need not any more: an edit that could not be saved was taken back.
        """
        if self._messages.text != self._shown:
            self._told = ""  # somebody dismissed it, and shall be told again of this edit
        if sheet.is_unsaved:
            self._due[sheet] = None
            self._begin()
        elif self._refused.pop(sheet, None):
            self._tell()
            return True
        return False

    @Slot()
    def try_again(self) -> None:
        """Save at once what could not be saved, and tell what is still in the way."""
        self._told = ""
        self._begin_again()

    def flush(self) -> bool:
        """Wait until everything is on disk, but not for ever.

        False where something is not, which the bar tells; it is kept and tried again.
        """
        self._told = ""
        self._hurry.set()
        try:
            is_done = self._finish(time.monotonic() + PATIENCE)
        finally:
            self._hurry.clear()
        if not is_done:
            self._messages.say(self.obstacle)
        QCoreApplication.sendPostedEvents(self._session, QEvent.Type.MetaCall.value)
        self._session.drop_finished()
        return is_done and not self._refused

    def _finish(self, end: float) -> bool:
        """Wait until no job is at work any more; False where that takes too long."""
        self._begin_again()
        while job := self._job:
            if not job.wait(max(int((end - time.monotonic()) * 1000), 1)):
                return False
            QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)
        return True

    def warn_of_leaving(self, leave: Callable[[], object]) -> None:
        """Say what would be lost by closing now, and offer to do so."""
        self._shown = f"{self.obstacle} Closing now loses it."
        self._messages.say(self._shown, action="Close all the same", on_action=leave)

    # --- the job ----------------------------------------------------------------------------

    @Slot()
    def _begin_again(self) -> None:
        """Save what could not be saved, if it can be now."""
        self._due.update(dict.fromkeys(self._refused))
        self._begin()

    def _begin(self) -> None:
        """Save what is due, unless a job is at it: it begins the next when it ends."""
        if self._job:
            return
        due, self._due = self._due, {}
        self._under_way = {sheet.begin_save(): sheet for sheet in due if sheet.is_unsaved}
        tasks = tuple(self._under_way)
        new = {task.item.labels.parent for task in tasks} - self._tidied
        self._tidied |= new
        for task in tasks:
            self._session.expect_write(task.item.labels)
        if tasks:
            self._job = self._session.start(
                "Saving labels",
                partial(self._work, tasks, new),
                self._take,
                self._take_fault,
                self._end,
                quiet=True,
            )

    def _work(self, tasks: Iterable[SaveTask], folders: Iterable[Path]) -> Iterator[Outcome]:
        """Save, then remove what an earlier process that was killed has left in these folders.

        Runs on the thread of the job.
        """
        self._hurry.wait(PAINTED_AFTER)
        yield from save_all(tasks)
        for folder in folders:
            remove_leftovers(folder)

    @Slot(object)
    def _take(self, outcome: Outcome) -> None:
        sheet = self._under_way.pop(outcome.task, None)
        if sheet is None:
            return  # its edits were given up meanwhile
        sheet.end_save(outcome)
        if outcome.obstacle and sheet.is_unsaved:
            self._refused[sheet] = outcome.obstacle
        else:
            self._refused.pop(sheet, None)

    @Slot(str)
    def _take_fault(self, text: str) -> None:
        self._fault = text

    @Slot(bool)
    def _end(self, _completed: bool) -> None:
        """Tell how it went, and save what was edited meanwhile."""
        why = self._fault or "the work was stopped"
        for task in list(self._under_way):  # a fault of the program left these undone
            error = FileError(task.item.labels, f"could not be saved: {why}")
            self._take(Outcome(task, obstacle=error))
        self._job, self._fault = None, ""
        self._tell()
        self._begin()

    @Slot(Qt.ApplicationState)
    def _take_application_state(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self._begin_again()

    # --- telling ----------------------------------------------------------------------------

    @property
    def _worst(self) -> FileError:
        """The obstacle to tell of: one that asks something, else the first."""
        obstacles = list(self._refused.values())
        asking = (error for error in obstacles if isinstance(error, OvertakenError))
        return next(asking, obstacles[0])

    def _tell(self) -> None:
        """Say what is in the way when that is new, or that nothing is any more."""
        if self._refused:
            self.again.start()
            self._tell_obstacle(self._worst)
        else:
            self.again.stop()
            if self._shown and self._messages.text == self._shown:
                self._messages.say(SAVED, "done")
                self._praise.start()
            self._told = self._shown = ""

    def _tell_obstacle(self, obstacle: FileError) -> None:
        count = len(self._refused)
        if isinstance(obstacle, OvertakenError):
            text = f"{obstacle}. Your edit is kept here."
        elif count > 1:
            text = (
                f"{obstacle}. The edits of {count} pictures are kept here until they can be saved."
            )
        else:
            text = f"{obstacle}. The edit is kept here and saved as soon as that is possible."
        if text == self._told:
            return
        self._told = self._shown = text
        if isinstance(obstacle, OvertakenError):
            sheet = next(s for s, error in self._refused.items() if error is obstacle)
            over, theirs = partial(self._write_over, sheet), partial(self._read_theirs, sheet)
            self._messages.say(text, "problem", "Write over it", over, "Read theirs", theirs)
        else:
            self._messages.say(text, action="Try again", on_action=self.try_again)

    @Slot()
    def stop_praising(self) -> None:
        """Let the bar go that says that all is well again."""
        if self._messages.text == SAVED:
            self._messages.clear()

    def _write_over(self, sheet: Sheet) -> None:
        """Save over what another program wrote into a label file."""
        try:
            sheet.write_over()
        except FileError as error:
            self._refused[sheet] = error
        self.try_again()

    def _read_theirs(self, sheet: Sheet) -> None:
        """Give the edits up and let the label file be read again."""
        self._refused.pop(sheet, None)
        self._due.pop(sheet, None)
        self._under_way = {task: s for task, s in self._under_way.items() if s is not sheet}
        self.theirs_wanted.emit(sheet)
        self._tell()
