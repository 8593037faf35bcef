"""Ctrl-C while work goes on that should stop where everything is whole."""

from __future__ import annotations

import os
import signal
import sys
from types import TracebackType


class Interrupt:
    """While it is entered, the first Ctrl-C is a request and only the second one interrupts.

    An interrupt in the midst of a training step would leave weights that have learnt a picture
    which the schedule has still to come to.
    """

    def __init__(self) -> None:
        self._is_asked = False

    def __enter__(self) -> Interrupt:
        self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def raise_if_asked(self) -> None:
        """Raise KeyboardInterrupt where Ctrl-C was pressed."""
        if self._is_asked:
            raise KeyboardInterrupt

    def _ask(self, *_: object) -> None:
        self._is_asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if sys.stderr.isatty():  # past Python's buffer, which may be in the midst of a line
            os.write(sys.stderr.fileno(), b"\nstopping; Ctrl-C again does so at once\n")
