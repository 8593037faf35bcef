"""`main.py [FOLDER]`: the window."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from studio.cli.display import UNSEEN, has_display, platforms
from studio.errors import StudioError


def open_window(options: Namespace) -> int:
    """Show the window, with a folder open if one is given."""
    return show(options.folder)


def show(folder: Path | None) -> int:
    """Show the window until it is closed; raises StudioError where there is no display."""
    if folder and not folder.is_dir():
        raise StudioError(f"{folder}: is not a folder")
    if not UNSEEN & set(platforms()) and not has_display():
        raise StudioError("no display: the window needs one; the other commands do not")
    from studio.gui import app

    return app.run(folder)
