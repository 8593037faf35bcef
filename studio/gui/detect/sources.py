"""What was dropped, opened or pasted, as pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage

from studio.gui.detect.engine import Source
from studio.labels.folder.listing import is_picture, natural
from studio.labels.images import PICTURES, Image


def from_paths(paths: list[Path]) -> list[Source]:
    """Return the pictures of files and folders; a file is taken at its word, whatever its name."""
    sources = []
    for path in paths:
        if path.is_dir():
            names = sorted((p.name for p in path.iterdir() if is_picture(p.name)), key=natural)
            sources += [Source(name, path / name) for name in names]
        else:
            sources.append(Source(path.name, path))
    return sources


def from_mime(data: QMimeData) -> list[Source]:
    """Return the pictures of a drop or of the clipboard, none where it holds no picture.

    The files of a Darknet model are none.
    """
    from studio.yolo.darknet.files import SUFFIXES

    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    if paths:
        return from_paths([path for path in paths if path.suffix not in SUFFIXES])
    image = QImage(data.imageData()) if data.hasImage() else QImage()
    return [] if image.isNull() else [Source("pasted picture", pasted=to_array(image))]


def darknet_model(data: QMimeData) -> Path | None:
    """Return the cfg or the weights of a drop, None where it holds neither."""
    from studio.yolo.darknet.pair import is_darknet

    paths = (Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())
    return next((path for path in paths if is_darknet(path)), None)


def is_welcome(data: QMimeData) -> bool:
    """Tell whether a drop holds files or a picture."""
    return data.hasImage() or any(url.isLocalFile() for url in data.urls())


def to_array(image: QImage) -> Image:
    """Return the RGB pixels of a picture that Qt holds."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


def name_filter() -> str:
    """Return the filter of a file dialog for pictures."""
    return f"Pictures ({' '.join(f'*{suffix}' for suffix in sorted(PICTURES))})"
