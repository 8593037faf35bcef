"""The one exception family for what a person can put right.

Raised with a sentence that names the file and what is wrong, caught once at the edge: a command
prints it and exits 2, a tab shows it in its message bar. Anything else is a bug and keeps its
traceback.
"""

from pathlib import Path


class StudioError(Exception):
    """Unusable input or a refusing file system, said in one sentence."""


class FileError(StudioError):
    """A sentence about one file, which it begins with."""

    def __init__(self, path: Path | str, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = Path(path)
        self.what = what


def os_error_text(error: OSError) -> str:
    """Return the system's reason without number and path, such as "No space left on device"."""
    return error.strerror or str(error)
