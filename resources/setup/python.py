"""Exits with a sentence where Python is too old or too new for what requirements.lock names."""

import sys

major, minor = sys.version_info[:2]
if not (3, 11) <= (major, minor) <= (3, 13):
    sys.exit(
        f"YOLO Studio needs Python 3.11, 3.12 or 3.13, and {sys.executable} is {major}.{minor}: "
        "name another one, as in: make PYTHON=python3.12"
    )
