"""The one worker of the program: runs a generator of plain events on a thread."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterator

from PySide6.QtCore import QObject, QThread, Signal

from studio.errors import StudioError


class Job(QThread):
    """Long work with progress, pause, stop and a real error path.

    `make` is called on the thread, so that what it imports (TensorFlow) does not block the window.
    Its generator's events are emitted as they are. Stopping closes the generator between two
    events; its `finally` leaves everything saved. Connect signals to methods of QObjects only:
    those run in the receiver's thread.
    """

    yielded = Signal(object)
    failed = Signal(str)
    ended = Signal(bool)
    """True when the work came to its own end, False when it was stopped or failed."""
    held = Signal()
    """It is paused, and what it was at when asked to is over: nothing is computed any more."""
    stopping = Signal()
    """Somebody, be it in the status bar, has asked it to end."""
    progressed = Signal(float, str)
    """Share done (below 0: unknown) and a few words, for the status bar; see `report`."""

    def __init__(
        self, name: str, make: Callable[[], Iterator[object]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.name = name
        self.setObjectName(name)
        self._make = make
        self.error: StudioError | None = None
        """What it failed by, if that can be said in a sentence."""
        self._stopping = threading.Event()
        self._running = threading.Event()
        self._running.set()

    @property
    def is_paused(self) -> bool:
        return not self._running.is_set()

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def stop(self) -> None:
        """Ask the work to end after the event it is at; `ended` follows."""
        self._stopping.set()
        self._running.set()
        self.stopping.emit()

    def pause(self, paused: bool) -> None:
        """Hold the work after the event it is at, or let it go on; what is to stop is not held."""
        if paused and not self.is_stopping:
            self._running.clear()
        else:
            self._running.set()

    def report(self, share: float, text: str = "") -> None:
        """Tell the status bar how far the work is; called by whoever understands its events."""
        self.progressed.emit(share, text)

    def run(self) -> None:
        """Drive the generator; called by Qt on the thread."""
        completed = False
        try:
            completed = self._drive(self._make())
        except StudioError as error:
            self.error = error
            self.failed.emit(str(error))
        except Exception as error:  # noqa: BLE001  a bug must not vanish with the thread
            traceback.print_exc(file=sys.stderr)
            self.failed.emit(f"Unexpected fault ({type(error).__name__}): {error}")
        self.ended.emit(completed)

    def _drive(self, events: Iterator[object]) -> bool:
        try:
            for event in events:
                self.yielded.emit(event)
                if self.is_paused:
                    self.held.emit()
                self._running.wait()
                if self._stopping.is_set():
                    return False
        finally:
            if isinstance(events, Generator):
                events.close()
        return True
