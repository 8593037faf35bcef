"""The shape of the mouse pointer over the picture: what a press would do there."""

from __future__ import annotations

from PySide6.QtCore import Qt

from studio.gui.annotate.hints import Situation
from studio.labels.editing.hits import Handle

_Shape = Qt.CursorShape
_OF_HANDLES = {
    Handle.INSIDE: _Shape.SizeAllCursor,
    Handle.LEFT: _Shape.SizeHorCursor,
    Handle.RIGHT: _Shape.SizeHorCursor,
    Handle.TOP: _Shape.SizeVerCursor,
    Handle.BOTTOM: _Shape.SizeVerCursor,
    Handle.TOP_LEFT: _Shape.SizeFDiagCursor,
    Handle.BOTTOM_RIGHT: _Shape.SizeFDiagCursor,
    Handle.TOP_RIGHT: _Shape.SizeBDiagCursor,
    Handle.BOTTOM_LEFT: _Shape.SizeBDiagCursor,
}


def cursor(now: Situation, *, is_ready: bool) -> Qt.CursorShape:
    """Return the pointer's shape; `is_ready` is whether a press would push the picture."""
    if now.is_panning:
        return _Shape.OpenHandCursor if is_ready else _Shape.ClosedHandCursor
    if now.is_drawing:
        return _Shape.CrossCursor
    if now.hover is None:
        return _Shape.ArrowCursor
    return _Shape.PointingHandCursor if now.read_only else _OF_HANDLES[now.hover.handle]
