"""Writing the annotated picture, somewhere else than over the original."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QSettings, QStandardPaths

from studio.errors import FileError
from studio.gui.detect.engine import Found, Source
from studio.labels import images
from studio.labels.boxes import Detection
from studio.labels.drawing import draw_detections

_FOLDER = "detect/save_folder"


def suggest(source: Source, settings: QSettings) -> Path:
    """Return a name for the annotated picture, in the folder that was used last."""
    pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
    folder = Path(str(settings.value(_FOLDER, pictures)))
    return folder / f"{Path(source.name).stem}-detected.png"


def remember_folder(path: Path, settings: QSettings) -> None:
    """Suggest the folder of this file the next time."""
    settings.setValue(_FOLDER, str(path.parent))


def write(path: Path, found: Found, detections: list[Detection]) -> Iterator[Path]:
    """Draw and write the picture; yields its path. Raises FileError, also for the original's."""
    original = found.source.path
    if original and path.resolve() == original.resolve():
        raise FileError(path, "is the original picture; choose another name")
    images.save(path, draw_detections(found.image, detections, found.classes))
    yield path
