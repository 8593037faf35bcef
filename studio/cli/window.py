"""`main.py [FOLDER]`: the window."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from studio.errors import StudioError


def has_display() -> bool:
    """Tell whether a window can be shown; without asking Qt, which would abort the program."""
    if not sys.platform.startswith("linux"):
        return True
    return any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")))


def open_window(options: Namespace) -> int:
    """Show the window, with a folder open if one is given."""
    return show(options.folder)


def show(folder: Path | None) -> int:
    """Show the window until it is closed; raises StudioError where there is no display."""
    if folder and not folder.is_dir():
        raise StudioError(f"{folder}: is not a folder")
    if not has_display():
        raise StudioError("no display: the window needs one; the other commands do not")
    from studio.gui import app

    return app.run(folder)
