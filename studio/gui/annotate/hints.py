"""What the line under the picture says: what can be done with the mouse where it is."""

from __future__ import annotations

from studio.gui.annotate.box_list import size_text
from studio.labels.editing import Document, Handle, HitTarget
from studio.labels.editor import Editor
from studio.labels.images import Letterbox

_LEAST_FOR_TRAINING = 8  # pixels; under it the size in the network's input is told as well

IDLE = "W draw · D next · A previous · Space verified · 1–9 class · ? all keys"


def hint(
    editor: Editor | None,
    hover: HitTarget | None,
    label: str,
    is_drawing: bool,
    are_hidden: bool,
) -> str:
    """Return the hint for what the pointer does, else for what it is over."""
    if editor is None:
        return "D next · A previous" if label else ""
    if editor.drag and editor.drag.started:
        return "Release to finish · Esc cancel"
    if is_drawing:
        return f"Drag to draw {label} · 1–9 another class · Esc cancel"
    if are_hidden:
        return "Boxes are hidden · Ctrl+A show them"
    return _over(editor.document, hover)


def _over(document: Document, hover: HitTarget | None) -> str:
    if hover and hover.index < len(document.boxes):
        box = document.boxes[hover.index]
        what = f"{box.label} {size_text(box)}"
        if hover.handle is not Handle.INSIDE:
            return f"{what} · drag to resize"
        if hover.index not in document.selection:
            return f"{what} · click to select · drag to move"
    if document.selection:
        return "Drag or arrows move · Del delete · Ctrl+D duplicate · 1–9 class"
    return IDLE


def size_note(document: Document, input_size: tuple[int, int]) -> str:
    """Return the size of the box being drawn; of a small one also what training will see."""
    box = document.boxes[-1]
    text = f"{box.width:.0f} × {box.height:.0f}"
    scale = Letterbox.fit((document.width, document.height), input_size).scale
    width, height = box.width * scale, box.height * scale
    if min(width, height) >= _LEAST_FOR_TRAINING:
        return text
    return f"{text} ({width:.1f} × {height:.1f} at {input_size[0]})"
