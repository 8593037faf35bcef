"""Under which name the settings of the program keep what belongs to a folder."""

from __future__ import annotations

import os
from hashlib import sha1
from pathlib import Path


def folder_key(root: Path) -> str:
    """Return 16 hexadecimal digits: paths hold what keys of settings cannot, and are long."""
    return sha1(os.fsencode(root), usedforsecurity=False).hexdigest()[:16]
