"""What menu and keys do to the boxes of a picture: flags, selection, copies, what is seen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from studio.gui.annotate import clipboard
from studio.gui.annotate.canvas import Canvas
from studio.gui.annotate.labelling import Labelling
from studio.labels import editing
from studio.labels.editing import Document

_ASIDE = 12.0  # pixels of the screen between a box and its duplicate
FLAGS = ("difficult", "truncated", "occluded")
_OF_SELECTION = ("duplicate", "delete", "hide", "lock", "cut", "copy", "select_class", *FLAGS)
_OF_PICTURE = ("paste", "paste_previous", "select_all", "next_box", "previous_box", "verify")


class BoxCommands(QObject):
    """Acts on the picture that is open, through `Labelling`."""

    def __init__(self, labelling: Labelling, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._labelling = labelling
        self._canvas = canvas

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what is done for each command."""
        edit = self._labelling.edit
        return {
            "duplicate": self._duplicate,
            "delete": lambda: edit(editing.delete),
            "verify": lambda: edit(editing.toggle_verified),
            "nothing": lambda: edit(editing.toggle_labelled),
            "cut": self._cut,
            "copy": self._copy,
            "paste": self._paste,
            "paste_previous": self._labelling.paste_previous,
        }

    def able(self) -> dict[str, bool]:
        """Return which of them can act now."""
        document = self._document
        has_selection = bool(document and document.selection)
        return {
            **dict.fromkeys(_OF_PICTURE, document is not None),
            **dict.fromkeys(_OF_SELECTION, has_selection),
            "nothing": bool(document and not document.boxes),
        }

    def checked(self) -> dict[str, bool]:
        """Return which of those that can be on are on."""
        document = self._document
        return {
            "verify": bool(document and document.verified),
            "nothing": bool(document and document.labelled and not document.boxes),
        }

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
            self._labelling.edit(lambda document: editing.add(document, boxes))
        else:
            self._labelling.paste_previous()

    @property
    def _document(self) -> Document | None:
        sheet = self._labelling.sheet
        return sheet.editor.settled if sheet else None

    def _duplicate(self) -> None:
        by = _ASIDE / self._canvas.viewport.scale
        self._labelling.edit(lambda document: editing.duplicate(document, by))
