"""Boxes on the system's clipboard, as the VOC XML that any text editor shows.

Another window of the program reads them, and whatever is copied elsewhere replaces them.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from studio.errors import FileError
from studio.labels import voc
from studio.labels.boxes import Annotation, Box
from studio.labels.editing import Document

_TYPE = "application/x-pascal-voc+xml"
_HERE = Path("clipboard")


def put(document: Document) -> None:
    """Copy the selected boxes."""
    boxes = tuple(document.boxes[i] for i in sorted(document.selection))
    annotation = Annotation(_HERE, document.width, document.height, boxes=boxes)
    data = voc.render(annotation, _HERE)
    mime = QMimeData()
    mime.setData(_TYPE, data)
    mime.setText(data.decode())
    QGuiApplication.clipboard().setMimeData(mime)


def boxes() -> tuple[Box, ...]:
    """Return the boxes that were copied last, none when something else was."""
    mime = QGuiApplication.clipboard().mimeData()
    if mime is None or not mime.hasFormat(_TYPE):
        return ()
    try:
        return voc.parse(bytes(mime.data(_TYPE).data()), _HERE, _HERE).boxes
    except FileError:  # another program uses the same type for something else
        return ()
