"""Boxes on the system's clipboard, as the VOC XML that any text editor shows.

Another window of the program reads them, and whatever is copied elsewhere replaces them. Beside
the XML, which holds whole pixels from 1 on, there are the edges as they are.
"""

from __future__ import annotations

from array import array
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

from studio.errors import StudioError
from studio.labels import voc
from studio.labels.boxes import Annotation, Box
from studio.labels.editing import Document

_TYPE = "application/x-pascal-voc+xml"
_EDGES = "application/x-yolo-studio-edges"
"""One xmin, ymin, xmax, ymax for each object of the XML, as 64-bit floats."""
_HERE = Path("clipboard")


def put(document: Document) -> None:
    """Copy the selected boxes."""
    boxes = tuple(document.boxes[i] for i in sorted(document.selection))
    annotation = Annotation(_HERE, document.width, document.height, boxes=boxes)
    data = voc.render(annotation, _HERE)
    mime = QMimeData()
    mime.setData(_TYPE, data)
    mime.setData(_EDGES, array("d", [edge for box in boxes for edge in box.xyxy]).tobytes())
    mime.setText(data.decode())
    QGuiApplication.clipboard().setMimeData(mime)


def boxes() -> tuple[Box, ...]:
    """Return the boxes that were copied last, none when something else was."""
    mime = QGuiApplication.clipboard().mimeData()
    if mime is None or not mime.hasFormat(_TYPE):
        return ()
    try:
        found = voc.parse(bytes(mime.data(_TYPE).data()), _HERE, _HERE).boxes
        if not mime.hasFormat(_EDGES):
            return found
        edges = array("d", bytes(mime.data(_EDGES).data()))
        exact = zip(*[iter(edges)] * 4, strict=True)
        return tuple(box.at(at) for box, at in zip(found, exact, strict=True))
    except (StudioError, ValueError):  # another program uses the same types for something else
        return ()
