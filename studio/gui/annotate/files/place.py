"""The picture where one left off in a folder, kept in the settings.

As bytes: a name need not be UTF-8, and Qt changes texts that are not.
"""

from __future__ import annotations

import os
from hashlib import sha1
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings


def keep_place(settings: QSettings, root: Path, name: str) -> None:
    """Keep the name of a picture."""
    settings.setValue(_key(root), QByteArray(os.fsencode(name)))


def kept_place(settings: QSettings, root: Path) -> str:
    """Return the name that was kept, "" where there is none."""
    kept = settings.value(_key(root))
    return os.fsdecode(bytes(kept.data())) if isinstance(kept, QByteArray) else ""


def _key(root: Path) -> str:
    return f"annotate/pictures/{sha1(os.fsencode(root), usedforsecurity=False).hexdigest()[:16]}"
