"""Where things are kept that can be made anew: the index of a folder, thumbnails."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path

VARIABLE = "YOLO_STUDIO_CACHE"
"""The environment variable that names another folder."""


def cache_folder() -> Path:
    """Return the user's cache folder of this program; it may not exist yet."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else user_cache_path("yolo-studio")
