"""What the line under the picture says: what can be done with the mouse where it is.

"{draw}" stands for the key of that command.
"""

from __future__ import annotations

from dataclasses import dataclass

from studio.gui.annotate.box_list import size_text
from studio.labels.editing import Document
from studio.labels.editing.editor import Drag, Editor
from studio.labels.editing.hits import Handle, HitTarget
from studio.labels.images import Letterbox

_LEAST_FOR_TRAINING = 8  # pixels; under it the size in the network's input is told as well

_WITHOUT_LABELS = "{next} next · {previous} previous"
IDLE = f"{{draw}} draw · {_WITHOUT_LABELS} · {{verify}} verified · 1–9 class · {{keys}} all keys"
_CANCEL = "{cancel} cancel"
_SHAPES = f"Shift square · Alt from centre · {_CANCEL}"


@dataclass(frozen=True, slots=True)
class Situation:
    """What mouse and keys are doing on the canvas at present.

    `has_more` is whether another click here would select a box below; `by_keys` whether the
    cross-hair is moved by keys.
    """

    hover: HitTarget | None = None
    label: str = ""
    is_drawing: bool = False
    are_hidden: bool = False
    is_panning: bool = False
    has_more: bool = False
    by_keys: bool = False
    read_only: bool = False


def hint(editor: Editor | None, now: Situation) -> str:
    """Return the hint for what the pointer does, else for what it is over."""
    if now.is_panning:
        return "Drag to push the picture"
    if editor is None:
        return _WITHOUT_LABELS if now.label else ""
    if editor.drag and editor.drag.started:
        return _dragging(editor.drag, now)
    if now.is_drawing:
        return _drawing(now)
    if now.are_hidden:
        return "Boxes are hidden · {show_all} show them"
    return _over(editor.document, now)


def _drawing(now: Situation) -> str:
    if now.by_keys:
        corner = f"{{confirm}} sets a corner of {now.label}"
        return f"Arrows move · {corner} · 1–9 another class · {_CANCEL}"
    return f"Drag or click twice to draw {now.label} · arrows move · 1–9 another class · {_SHAPES}"


def _dragging(drag: Drag, now: Situation) -> str:
    if drag.label is not None:
        by_keys = f"Arrows move · {{confirm}} sets the other corner · {_CANCEL}"
        return by_keys if now.by_keys else _SHAPES
    if drag.is_band:
        return f"Selects the boxes wholly inside · {_CANCEL}"
    return f"Release to finish · {_CANCEL}"


def _over(document: Document, now: Situation) -> str:
    hover = now.hover
    if now.has_more:
        below = "click again for the box below"
        return below.capitalize() if now.read_only else f"Drag to move · {below}"
    if hover and hover.index < len(document.boxes):
        box = document.boxes[hover.index]
        what = f"{box.label} {size_text(box)}"
        is_selected = hover.index in document.selection
        if now.read_only:
            return what if is_selected else f"{what} · click to select"
        if hover.handle is not Handle.INSIDE:
            return f"{what} · drag to resize"
        if not is_selected:
            return f"{what} · click to select · drag to move"
    if now.read_only:
        return f"To look at only · {_WITHOUT_LABELS} · {{keys}} all keys"
    return _with_selection(document) if document.selection else IDLE


def _with_selection(document: Document) -> str:
    if not document.free:
        return "Locked · {lock} unlock · {cancel} select nothing"
    flags = "{difficult} {truncated} {occluded} flags"
    return f"Drag, arrows or handles · {{delete}} delete · {flags} · {{hide}} hide · 1–9 class"


def size_note(document: Document, input_size: tuple[int, int]) -> str:
    """Return the size of the box being drawn; of a small one also what training will see."""
    box = document.boxes[-1]
    text = f"{box.width:.0f} × {box.height:.0f}"
    scale = Letterbox.fit((document.width, document.height), input_size).scale
    width, height = box.width * scale, box.height * scale
    if min(width, height) >= _LEAST_FOR_TRAINING:
        return text
    return f"{text} ({width:.1f} × {height:.1f} at {input_size[0]})"
