"""Writing the model that detects for other programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings

if TYPE_CHECKING:
    from studio.yolo.export import Exported

_FOLDER = "detect/export_folder"


def suggest(model: Path, settings: QSettings) -> Path:
    """Return a name for the weights, in the folder that was used last."""
    folder = Path(str(settings.value(_FOLDER, model.parent)))
    return folder / f"{model.stem if model.is_file() else model.name}.weights"


def remember_folder(path: Path, settings: QSettings) -> None:
    """Suggest the folder of this file the next time."""
    settings.setValue(_FOLDER, str(path.parent))


def write(model: Path, out: Path) -> Iterator[Exported]:
    """Write a model as Darknet's files; yields what was written. Raises StudioError."""
    from studio.yolo.export import export_darknet

    yield export_darknet(model, out)


def told(done: Exported) -> str:
    """Say what was written."""
    return f"{done.path}, with .cfg and .names beside it. {done.words}"
