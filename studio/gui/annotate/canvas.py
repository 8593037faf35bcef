"""The canvas: paints picture and boxes, and forwards what the mouse does to the editor."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.annotate import hints, painting
from studio.gui.annotate.actions import NUDGES
from studio.gui.annotate.layer import Ground, Layer
from studio.gui.annotate.look import Look
from studio.gui.picture import Picture
from studio.gui.theme import GAP, tabular
from studio.labels import editing
from studio.labels.edges import Point
from studio.labels.editor import Editor
from studio.labels.hits import Handle, HitTarget
from studio.labels.viewport import STEP, Viewport, centred, fit

_REACH = 6.0  # how far from an edge, in pixels of the screen, it can still be gripped
_SLOP = 3.0  # how far the pointer moves before a click becomes a drag
_NOTCH = 120  # what one notch of a wheel reports
_SCROLL = 48.0  # pixels of the screen for one notch

_CURSORS = {
    Handle.INSIDE: Qt.CursorShape.SizeAllCursor,
    Handle.LEFT: Qt.CursorShape.SizeHorCursor,
    Handle.RIGHT: Qt.CursorShape.SizeHorCursor,
    Handle.TOP: Qt.CursorShape.SizeVerCursor,
    Handle.BOTTOM: Qt.CursorShape.SizeVerCursor,
    Handle.TOP_LEFT: Qt.CursorShape.SizeFDiagCursor,
    Handle.BOTTOM_RIGHT: Qt.CursorShape.SizeFDiagCursor,
    Handle.TOP_RIGHT: Qt.CursorShape.SizeBDiagCursor,
    Handle.BOTTOM_LEFT: Qt.CursorShape.SizeBDiagCursor,
}


class Canvas(QWidget):
    """One picture and its boxes. Without an editor there is something to see, nothing to edit."""

    edited = Signal()
    """A drag changed labels."""
    selected = Signal()
    hinted = Signal(str)
    """What can be done with the mouse where it is."""
    viewed = Signal()
    """Scale or mode have changed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("canvas")
        self.setAccessibleName("Picture with boxes")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.editor: Editor | None = None
        self.viewport = Viewport()
        self.classes: tuple[str, ...] = ()
        self.label = ""
        self.input_size = (416, 416)
        self.is_drawing = False
        self.are_hidden = False
        self._picture: Picture | None = None
        self._sentence = ""
        self._is_fitted = True
        self._pointer: QPointF | None = None
        self._pan_from: QPointF | None = None
        self._hover: HitTarget | None = None
        self._hint = ""
        self._light = (0, 0)
        self._ground, self._layer = Ground(), Layer()
        self._layer.completed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(800, 600)

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what is done for each command."""
        return {
            "draw": self.start_drawing,
            "cancel": self.cancel,
            "zoom_in": lambda: self.zoom(STEP),
            "zoom_out": lambda: self.zoom(1 / STEP),
            "fit": self.fit,
            "actual_size": self.show_actual_size,
            "hide_all": lambda: self.set_hidden(True),
            "show_all": lambda: self.set_hidden(False),
            **{name: partial(self._nudge, *by) for name, by in NUDGES.items()},
        }

    def able(self) -> dict[str, bool]:
        """Return which of them can act now."""
        has_selection = bool(self.editor and self.editor.document.selection)
        return {
            **dict.fromkeys(("draw", "hide_all", "show_all"), self.editor is not None),
            **dict.fromkeys(("zoom_in", "zoom_out", "fit", "actual_size"), bool(self._picture)),
            **dict.fromkeys(NUDGES, has_selection),
        }

    def _nudge(self, dx: int, dy: int) -> None:
        if self.editor:
            self.editor.cancel()
            self.editor.apply(editing.move(self.editor.document, dx, dy))
            self.edited.emit()

    # --- what is shown ----------------------------------------------------------------------

    def show_picture(
        self, picture: Picture | None, editor: Editor | None, sentence: str = ""
    ) -> None:
        """Show another picture, or a sentence where there is none to see.

        The part that is seen stays where it is if the picture has the size of the one before.
        """
        is_like_before = self._picture and picture and self._picture.size == picture.size
        self._picture, self.editor, self._sentence = picture, editor, sentence
        self._hover = None
        if not is_like_before:
            self._is_fitted = True
        self._refit()
        self.refresh()

    def refresh(self) -> None:
        """Show what became of the document by other means than the mouse."""
        if self._pointer is not None:
            self._look_at(self._pointer)
        self._follow()
        self.update()

    @property
    def look(self) -> Look:
        font = tabular(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.9)
        return Look(self.viewport, self.classes, font, self.devicePixelRatioF())

    # --- the view ---------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole picture."""
        self._is_fitted = True
        self._refit()

    def show_actual_size(self) -> None:
        """Show one pixel of the picture as one of the screen."""
        if self._picture:
            scale = 1 / self.devicePixelRatioF()
            self._set_viewport(centred(self._picture.size, self._view, scale))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Scale around a point of the screen: the pointer's, else the middle."""
        at = at or QPointF(self.rect().center())
        self._set_viewport(self.viewport.zoom(factor, (at.x(), at.y())))

    def set_light(self, brightness: int, contrast: int) -> None:
        """Show this and the next pictures brighter or with more contrast, from -100 to 100."""
        self._light = brightness, contrast
        self.update()

    def set_hidden(self, hidden: bool) -> None:
        """Hide all boxes, or show them."""
        self.are_hidden = hidden
        self.refresh()

    @property
    def _view(self) -> Point:
        return float(self.width()), float(self.height())

    def _refit(self) -> None:
        if self._picture and self._is_fitted:
            self.viewport = fit(self._picture.size, self._view, GAP)
        self._follow()
        self.update()
        self.viewed.emit()

    def _set_viewport(self, viewport: Viewport) -> None:
        if self._picture:
            self._is_fitted = False
            self.viewport = viewport.keep_visible(self._picture.size, self._view)
            self.refresh()
            self.viewed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the whole picture in view if it was."""
        super().resizeEvent(event)
        self._refit()

    # --- drawing with the mouse -------------------------------------------------------------

    def start_drawing(self) -> None:
        """Let the next drag draw a box; number keys are for that box from now on."""
        if self.editor:
            self.editor.cancel()
            self.editor.apply(editing.select(self.editor.document, ()))
            self.is_drawing, self.are_hidden = True, False
            self._settle()

    def cancel(self) -> None:
        """Give up the drag, else the drawing mode, else the selection."""
        if not self.editor:
            return
        if self.editor.drag:
            self.editor.cancel()
        elif self.is_drawing:
            self.is_drawing = False
        else:
            self.editor.apply(editing.select(self.editor.document, ()))
        self._settle()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan, to draw, or to drag what is under the pointer."""
        if event.button() == Qt.MouseButton.MiddleButton:
            self._pan_from = event.position()
        elif event.button() == Qt.MouseButton.LeftButton and self.editor:
            point, slop = self._image_point(event.position()), _SLOP / self.viewport.scale
            if self.is_drawing:
                self.editor.press_to_draw(point, self.label, slop)
            else:
                extend = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
                self.editor.press(point, self._hit(event.position()), slop, extend)
                self.selected.emit()
        self.refresh()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, follow the drag, or look what is under the pointer."""
        self._pointer = event.position()
        if self._pan_from is not None:
            by = event.position() - self._pan_from
            self._pan_from = event.position()
            self._set_viewport(self.viewport.pan(by.x(), by.y()))
        elif self.editor and self.editor.drag:
            self.editor.move(self._image_point(event.position()))
        self.refresh()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End what the press began."""
        if event.button() == Qt.MouseButton.MiddleButton:
            self._pan_from = None
        elif event.button() == Qt.MouseButton.LeftButton and self.editor and self.editor.drag:
            if self.editor.release(self._image_point(event.position())):
                self.is_drawing = False
                self.edited.emit()
            self._settle()
        self.refresh()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer with Ctrl, else scroll; sideways with Shift."""
        turned = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(STEP ** (turned.y() / _NOTCH), event.position())
            return
        by = QPointF(event.pixelDelta()) or QPointF(turned) * (_SCROLL / _NOTCH)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            by = by.transposed()
        self._set_viewport(self.viewport.pan(by.x(), by.y()))

    def enterEvent(self, event: QEnterEvent) -> None:
        self._pointer = event.position()
        self.refresh()

    def leaveEvent(self, _event: QEvent) -> None:
        self._pointer = self._hover = None
        self._follow()
        self.update()

    def _settle(self) -> None:
        self.refresh()
        self.selected.emit()
        self.viewed.emit()

    def _image_point(self, position: QPointF) -> Point:
        return self.viewport.to_image((position.x(), position.y()))

    def _hit(self, position: QPointF) -> HitTarget | None:
        if not self.editor or self.are_hidden:
            return None
        return self.editor.hit(self._image_point(position), _REACH / self.viewport.scale)

    def _look_at(self, position: QPointF) -> None:
        if not self.editor or not self.editor.drag:
            self._hover = None if self.is_drawing else self._hit(position)

    def _follow(self) -> None:
        """Let cursor and hint say what the mouse would do here."""
        handle = self._hover.handle if self._hover else None
        shape = _CURSORS[handle] if handle else Qt.CursorShape.ArrowCursor
        if self._pan_from is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self.is_drawing:
            shape = Qt.CursorShape.CrossCursor
        if self.cursor().shape() != shape:
            self.setCursor(shape)
        hint = hints.hint(self.editor, self._hover, self.label, self.is_drawing, self.are_hidden)
        if hint != self._hint:
            self._hint = hint
            self.hinted.emit(hint)

    # --- painting ---------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what stands still from the layer, and over it what is selected or moves."""
        painter = QPainter(self)
        if self._picture is None:
            self._paint_sentence(painter)
            return
        self._ground.paint(painter, self._picture, self.look, self._background, self.size())
        if self.editor and not self.are_hidden:
            boxes, document = self.editor.settled.boxes, self.editor.document
            left_out = document.selection | document.hidden
            self._layer.paint(painter, boxes, self.look, self.size(), left_out, document.locked)
            self._paint_active(painter, self.editor)
        if self.is_drawing and self._pointer is not None:
            painting.paint_guides(painter, self._pointer, self._picture.rectangle(self.viewport))
        if self.editor and self.editor.is_drawing and self._pointer is not None:
            text = hints.size_note(self.editor.document, self.input_size)
            painting.paint_note(painter, text, self._pointer, self.look.font, QRectF(self.rect()))

    def _paint_sentence(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), self._background)
        wrap = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect().adjusted(24, 24, -24, -24), wrap, self._sentence)

    def _paint_active(self, painter: QPainter, editor: Editor) -> None:
        document, look = editor.document, self.look
        chosen = [document.boxes[i] for i in sorted(document.selection)]
        hover = self._hover.index if self._hover else -1
        if hover not in document.selection and 0 <= hover < len(document.boxes):
            painting.paint_active(painter, [document.boxes[hover]], look, grips=False)
        has_grips = len(chosen) == 1 and not editor.is_drawing
        painting.paint_active(painter, chosen, look, grips=has_grips)

    @property
    def _background(self) -> QColor:
        return self.palette().window().color().darker(112)
