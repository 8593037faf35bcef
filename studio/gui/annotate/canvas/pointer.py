"""What mouse and keys do on the canvas: look, draw, drag, push the picture."""

from __future__ import annotations

from math import inf
from typing import Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent

from studio.gui.annotate.canvas.hand import Hand
from studio.gui.annotate.hints import Situation
from studio.labels.editing.edges import Point, Shape
from studio.labels.editing.editor import Editor
from studio.labels.editing.hits import HitTarget
from studio.labels.screen.viewport import Viewport

REACH = 6.0
"""How far from an edge, in pixels of the screen, it can still be gripped."""
_SLOP = 3.0  # how far the pointer moves before a click becomes a drag

_LEFT = Qt.MouseButton.LeftButton
_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
_ALT = Qt.KeyboardModifier.AltModifier
_SHAPE_KEYS = {Qt.Key.Key_Shift: _SHIFT, Qt.Key.Key_Alt: _ALT}


class Stage(Protocol):
    """What the pointer acts on: the canvas."""

    editor: Editor | None
    label: str
    is_drawing: bool
    are_hidden: bool
    read_only: bool

    @property
    def viewport(self) -> Viewport: ...


class Pointer:
    """Where the mouse is and what it does; or the cross-hair, while keys move that.

    `cross` is a point of the picture, None as long as the mouse is what counts.
    """

    def __init__(self, stage: Stage, hand: Hand) -> None:
        self.place: QPointF | None = None
        self.cross: Point | None = None
        self.hover: HitTarget | None = None
        self.hand = hand
        self._stage = stage
        self._is_down = False

    @property
    def point(self) -> Point | None:
        """The point of the picture that is pointed at, by keys or by the mouse."""
        return self.cross or (self.to_image(self.place) if self.place is not None else None)

    def to_image(self, place: QPointF) -> Point:
        return self._stage.viewport.to_image((place.x(), place.y()))

    @property
    def reach(self) -> float:
        """How far an edge can be gripped, in pixels of the picture."""
        return REACH / self._stage.viewport.scale

    # --- what is there ----------------------------------------------------------------------

    def look(self) -> None:
        """Find what is under the pointer."""
        stage = self._stage
        if stage.editor and stage.editor.drag:
            return
        is_for_boxes = not stage.is_drawing and not self.hand.is_ready
        self.hover = self._hit(self.place) if is_for_boxes and self.place is not None else None

    def _hit(self, place: QPointF) -> HitTarget | None:
        if not self._stage.editor or self._stage.are_hidden:
            return None
        return self._stage.editor.hit(self.to_image(place), self.reach)

    def leave(self) -> None:
        """The mouse is elsewhere."""
        self.place = self.hover = None

    @property
    def situation(self) -> Situation:
        """What is done, for hint and cursor."""
        stage = self._stage
        return Situation(
            hover=self.hover,
            label=stage.label,
            is_drawing=stage.is_drawing,
            are_hidden=stage.are_hidden,
            is_panning=self.hand.is_ready or self.hand.is_pushing,
            has_more=self._has_more,
            by_keys=self.cross is not None,
            read_only=stage.read_only,
        )

    @property
    def _has_more(self) -> bool:
        """Whether another click here would select another box."""
        editor = self._stage.editor
        if editor is None or self.place is None or self.hover is None:
            return False
        return editor.below(self.to_image(self.place), self.reach) is not None

    # --- mouse ------------------------------------------------------------------------------

    def press(self, event: QMouseEvent) -> bool:
        """Begin to push, to draw, or to drag what is there; True for the boxes' sake."""
        stage, self.place = self._stage, event.position()
        if self.hand.press(event.button(), self.place) or event.button() != _LEFT:
            return False
        if not stage.editor or stage.are_hidden:
            return False
        self.cross, self._is_down = None, True
        point, slop = self.to_image(self.place), _SLOP / stage.viewport.scale
        if stage.is_drawing:
            self._press_to_draw(stage.editor, point, slop)
            return True
        target, extends = self._hit(self.place), bool(event.modifiers() & (_CTRL | _SHIFT))
        is_fixed = stage.read_only and target is not None and not extends
        stage.editor.press(point, target, inf if is_fixed else slop, extends)
        return True

    def _press_to_draw(self, editor: Editor, point: Point, slop: float) -> None:
        """Set the first corner; or begin to set the second, where a click has set the first."""
        if editor.drag is None:
            editor.press_to_draw(point, self._stage.label, slop)
        else:
            editor.move(point, editor.drag.shape)

    def move(self, event: QMouseEvent) -> QPointF | None:
        """Follow the mouse; returns how far it pushes the picture, None if it does not."""
        self.place, editor = event.position(), self._stage.editor
        if self.hand.is_pushing:
            return self.hand.move(self.place)
        if editor and editor.drag is None:
            self.cross = None
        elif editor and self.cross is None:
            editor.move(self.to_image(self.place), _shape(event.modifiers()))
        return None

    def release(self, event: QMouseEvent) -> bool:
        """End what the press began; True when that is all of a drag over the boxes.

        In drawing mode a mere click sets a corner, and the mouse goes on drawing.
        """
        editor, self._is_down = self._stage.editor, False
        if self.hand.release(event.button()) or event.button() != _LEFT:
            return False
        if editor is None or editor.drag is None or self.cross is not None:
            return False
        editor.move(self.to_image(event.position()), _shape(event.modifiers()))
        return editor.drag.started or not self._stage.is_drawing

    # --- keys that are held down ------------------------------------------------------------

    def takes(self, event: QKeyEvent) -> bool:
        """Tell whether a key is for the canvas before it is for shortcuts and menus."""
        if event.key() == Qt.Key.Key_Alt:
            return self._drag_by_mouse is not None
        return _is_space(event)

    def press_key(self, event: QKeyEvent) -> bool:
        """Get the hand ready, or draw in another shape; False if the key is for neither."""
        if _is_space(event):
            if not event.isAutoRepeat() and not self._is_down:
                self.hand.press_space()
            return True
        return self._reshape(event, is_down=True)

    def release_key(self, event: QKeyEvent) -> bool:
        """Put the hand away, or draw as usual again; False if the key is for neither."""
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self.hand.release_space()
            return True
        return self._reshape(event, is_down=False)

    def _reshape(self, event: QKeyEvent, *, is_down: bool) -> bool:
        key = _SHAPE_KEYS.get(Qt.Key(event.key()))
        editor = self._drag_by_mouse
        if key is None or editor is None or editor.drag is None:
            return False
        held = event.modifiers() | key if is_down else event.modifiers() & ~key
        editor.move(editor.drag.point, _shape(held))
        return True

    @property
    def _drag_by_mouse(self) -> Editor | None:
        editor = self._stage.editor
        return editor if editor and editor.drag and self.cross is None else None


def _shape(modifiers: Qt.KeyboardModifier) -> Shape:
    """Return how a box is drawn with these keys held down."""
    return Shape(is_square=bool(modifiers & _SHIFT), is_centred=bool(modifiers & _ALT))


def _is_space(event: QKeyEvent) -> bool:
    """Tell whether a key is Space, alone."""
    no_modifier = event.modifiers() == Qt.KeyboardModifier.NoModifier
    return event.key() == Qt.Key.Key_Space and no_modifier
