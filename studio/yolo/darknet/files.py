"""The files that a model is written to, and whether they can be."""

from __future__ import annotations

from pathlib import Path

from studio.errors import FileError
from studio.yolo.darknet.names import render_names
from studio.yolo.darknet.render import render
from studio.yolo.network.model import ModelConfig

SUFFIXES = (".names", ".cfg", ".weights")  # the weights last: without them there is no model


def plan(config: ModelConfig, out: Path) -> list[Path]:
    """Return the files for a model: `out` with each suffix, whichever of them it has.

    Raises StudioError for a model that cannot be written, and for a file that exists.
    """
    render(config)
    render_names(config.classes)
    stem = out.with_suffix("") if out.suffix in SUFFIXES else out
    files = [stem.with_name(stem.name + suffix) for suffix in SUFFIXES]
    require_free(files)
    return files


def require_free(files: list[Path]) -> None:
    """Raise FileError for the first file that exists."""
    for file in files:
        if file.exists():
            raise FileError(file, "exists already; choose another name")
