"""What menu and keys do to the boxes of a picture: places, flags, selection, copies."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPoint

from studio.gui.annotate.canvas.canvas import Canvas
from studio.gui.annotate.commands.actions import GROWS, NUDGES, POSES, SHRINKS
from studio.gui.annotate.commands.parts import Part
from studio.gui.annotate.labelling import clipboard
from studio.gui.annotate.labelling.labelling import Labelling
from studio.labels import editing
from studio.labels.editing import FLAGS, Document, selecting
from studio.labels.editing.hits import Handle

_REACH = 6.0  # pixels of the screen, how far from a box a right click still means it
_ASIDE = 12.0  # pixels of the screen between a box and its duplicate
_POSES = {f"pose_{pose.lower()}": pose for pose in POSES}

_OF_FREE = ("delete", "cut", *FLAGS, *_POSES)
_OF_SELECTION = ("hide", "lock", "copy", "select_class")
_OF_BOXES = ("select_all", "next_box", "previous_box")
_OF_PICTURE = ("paste", "paste_previous", "verify")

_Change = Callable[[Document], Document]


class BoxCommands(QObject, Part):
    """Acts on the picture that is open, through `Labelling`."""

    def __init__(self, labelling: Labelling, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._labelling = labelling
        self._canvas = canvas

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what is done for each command."""
        edit, show = self._labelling.edit, self._show
        return {
            "duplicate": self._duplicate,
            "delete": lambda: edit(editing.delete),
            "verify": lambda: edit(editing.toggle_verified),
            "nothing": self._labelling.toggle_nothing,
            "cut": self._cut,
            "copy": self._copy,
            "paste": self._paste,
            "paste_previous": self._labelling.paste_previous,
            **{flag: partial(edit, partial(editing.toggle_flag, flag=flag)) for flag in FLAGS},
            **{n: partial(edit, partial(editing.set_pose, pose=p)) for n, p in _POSES.items()},
            **{name: partial(self._nudge, *by) for name, by in NUDGES.items()},
            **{n: partial(self._push, by, by) for n, by in GROWS.items()},
            **{n: partial(self._push, (-by[0], -by[1]), by) for n, by in SHRINKS.items()},
            "select_all": lambda: show(selecting.select_all),
            "select_class": lambda: show(selecting.select_class),
            "next_box": partial(self._select_next, 1),
            "previous_box": partial(self._select_next, -1),
            "hide": lambda: show(selecting.hide),
            "show_all": self._show_all,
            "lock": lambda: show(selecting.toggle_locked),
            "unlock_all": lambda: show(selecting.unlock_all),
        }

    def able(self) -> dict[str, bool]:
        """Return which of them can act now."""
        canvas, document = self._canvas, self._document
        can_edit = document is not None and not canvas.read_only
        has_selection = bool(document and document.selection)
        has_free = can_edit and bool(document and document.free)
        return {
            **dict.fromkeys(_OF_PICTURE, can_edit),
            **dict.fromkeys(_OF_BOXES, bool(document and document.boxes)),
            **dict.fromkeys(_OF_SELECTION, has_selection),
            **dict.fromkeys(_OF_FREE, has_free),
            **dict.fromkeys(NUDGES, has_free or canvas.is_drawing or not has_selection),
            **dict.fromkeys((*GROWS, *SHRINKS), has_free),
            "duplicate": can_edit and has_selection,
            "nothing": can_edit and bool(document and not document.boxes),
            "show_all": document is not None,
            "unlock_all": bool(document and document.locked),
        }

    def checked(self) -> dict[str, bool]:
        """Return which of those that can be on are on."""
        document = self._document
        chosen = [document.boxes[i] for i in document.selection] if document else []
        return {
            "verify": bool(document and document.verified),
            "nothing": bool(document and document.labelled and not document.boxes),
            "lock": bool(chosen and document and not document.free),
            **{flag: bool(chosen) and all(getattr(b, flag) for b in chosen) for flag in FLAGS},
            **{
                name: bool(chosen) and all(box.pose == pose for box in chosen)
                for name, pose in _POSES.items()
            },
        }

    @property
    def _document(self) -> Document | None:
        sheet = self._labelling.sheet
        return sheet.editor.settled if sheet else None

    # --- where boxes are --------------------------------------------------------------------

    def _nudge(self, dx: int, dy: int) -> None:
        """Move the cross-hair while drawing, else the selected boxes, else what is seen."""
        document = self._document
        if self._canvas.is_drawing:
            self._canvas.step_cross(dx, dy)
        elif document and document.selection:
            self._labelling.edit(partial(editing.move, dx=dx, dy=dy))
        else:
            self._canvas.lens.scroll(dx, dy)

    def _push(self, side: tuple[int, int], by: tuple[int, int]) -> None:
        """Move one side of the selected boxes."""
        change = partial(editing.push_side, handle=Handle(side), dx=by[0], dy=by[1])
        self._labelling.edit(change)

    # --- selected, hidden, locked -----------------------------------------------------------

    def _show(self, change: _Change) -> None:
        """Change what is selected or seen; no edit, so nothing can be in its way."""
        if editor := self._canvas.editor:
            editor.cancel()
            editor.apply(change(editor.document))
            self._canvas.selected.emit()

    def _select_next(self, by: int) -> None:
        self._show(partial(selecting.select_next, by=by))
        self._canvas.reveal_selected()

    def _show_all(self) -> None:
        self._canvas.set_hidden(False)
        self._show(selecting.show_all)

    def select_at(self, place: QPoint) -> bool:
        """Select the box at a place on the canvas; False where there is none."""
        editor, viewport = self._canvas.editor, self._canvas.viewport
        if editor is None or self._canvas.are_hidden:
            return False
        hit = editor.hit(viewport.to_image((place.x(), place.y())), _REACH / viewport.scale)
        if hit and hit.index not in editor.document.selection:
            self._labelling.select({hit.index})
        return hit is not None

    # --- copies -----------------------------------------------------------------------------

    def _copy(self) -> None:
        document = self._document
        if document and document.selection:
            clipboard.put(document)

    def _cut(self) -> None:
        self._copy()
        self._labelling.edit(editing.delete)

    def _paste(self) -> None:
        """Paste what was copied; labelImg's people find the previous picture's boxes here."""
        boxes = clipboard.boxes()
        if boxes:
            self._labelling.edit(partial(editing.add, boxes=boxes))
        else:
            self._labelling.paste_previous()

    def _duplicate(self) -> None:
        by = _ASIDE / self._canvas.viewport.scale
        self._labelling.edit(partial(editing.duplicate, by=by))
