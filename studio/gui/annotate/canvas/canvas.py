"""The canvas: paints picture and boxes, and forwards what the mouse does to the editor."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.gui.annotate import hints
from studio.gui.annotate.canvas import painting
from studio.gui.annotate.canvas.cursors import cursor
from studio.gui.annotate.canvas.hand import Hand, repeat_gap
from studio.gui.annotate.canvas.layer import Ground, Layer
from studio.gui.annotate.canvas.lens import Lens
from studio.gui.annotate.canvas.look import Look
from studio.gui.annotate.canvas.overlay import Overlay
from studio.gui.annotate.canvas.pointer import Pointer
from studio.gui.annotate.commands.parts import Part
from studio.gui.picture import Picture
from studio.gui.theme import tabular
from studio.labels import editing
from studio.labels.editing import edges
from studio.labels.editing.edges import Point
from studio.labels.editing.editor import Editor
from studio.labels.screen.palette import Colour
from studio.labels.screen.viewport import Viewport


class Canvas(QWidget, Part):
    """One picture and its boxes. Without an editor there is something to see, nothing to edit."""

    edited = Signal()
    """A drag changed labels."""
    selected = Signal()
    hinted = Signal(str)
    """What can be done with the mouse where it is."""
    viewed = Signal()
    """Scale or mode have changed."""
    space_tapped = Signal()
    """Space was pressed and released, and the picture not pushed with it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("canvas")
        self.setAccessibleName("Picture with boxes")
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.editor: Editor | None = None
        self.classes: tuple[str, ...] = ()
        self.colours: Mapping[str, Colour] = {}
        """Those that people chose for classes."""
        self.label = ""
        self.input_size = (416, 416)
        self.read_only = False
        self.is_drawing = False
        self.are_hidden = False
        self.names = True
        """Whether boxes are tagged with their classes, and not only those one is busy with."""
        self._picture: Picture | None = None
        self._sentence = ""
        self.lens = Lens(self)
        self.lens.changed.connect(self._show_view)
        hand = Hand(self, repeat_gap())
        hand.tapped.connect(self.space_tapped)
        hand.put_away.connect(self.refresh)
        self._pointer = Pointer(self, hand)
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
            "confirm": self.confirm,
            "cancel": self.cancel,
            "hide_all": lambda: self.set_hidden(True),
            **self.lens.acts(),
        }

    def able(self) -> dict[str, bool]:
        """Return which of them can act now."""
        return {
            "draw": self.editor is not None and not self.read_only,
            "confirm": self.is_drawing,
            "hide_all": self.editor is not None,
            **dict.fromkeys(self.lens.acts(), self._picture is not None),
        }

    # --- what is shown ----------------------------------------------------------------------

    def show_picture(
        self, picture: Picture | None, editor: Editor | None, sentence: str = ""
    ) -> None:
        """Show another picture, or a sentence where there is none to see.

        The part that is seen stays where it is if the picture has the size of the one before.
        """
        self._picture, self.editor, self._sentence = picture, editor, sentence
        if picture:
            picture.adjust(*self._light)
        self._pointer.hover = None
        self.is_drawing = self.is_drawing and editor is not None
        self.lens.show(picture.size if picture else None)

    @Slot()
    def refresh(self) -> None:
        """Show what became of the document by other means than the mouse."""
        self._pointer.look()
        self._follow()
        self.update()

    @property
    def look(self) -> Look:
        font = tabular(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.9)
        ratio = self.devicePixelRatioF()
        return Look(self.viewport, self.classes, font, ratio, self.colours, self.names)

    # --- the view ---------------------------------------------------------------------------

    @property
    def viewport(self) -> Viewport:
        """Where the picture lies on the screen."""
        return self.lens.viewport

    def reveal(self, index: int) -> None:
        """Bring a box into view, if it is not there."""
        if self.editor and index < len(self.editor.document.boxes):
            self.lens.reveal(self.editor.document.boxes[index].xyxy)

    def reveal_selected(self) -> None:
        """Bring the selected box into view, if it is one."""
        if self.editor and len(self.editor.document.selection) == 1:
            self.reveal(next(iter(self.editor.document.selection)))

    def set_light(self, brightness: int, contrast: int) -> None:
        """Show this and the next pictures brighter or with more contrast, from -100 to 100."""
        self._light = brightness, contrast
        if self._picture:
            self._picture.adjust(brightness, contrast)
        self.update()

    def set_hidden(self, hidden: bool) -> None:
        """Hide all boxes, or show them."""
        self.are_hidden = hidden
        self.refresh()

    def set_names(self, names: bool) -> None:
        """Tag boxes with their classes, or only the one pointed at and a single selected one."""
        self.names = names
        self.update()

    @Slot()
    def _show_view(self) -> None:
        self.refresh()
        self.viewed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep in view what fitted into it."""
        super().resizeEvent(event)
        self.lens.resize()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom or scroll."""
        self.lens.turn_wheel(event)

    # --- drawing mode -----------------------------------------------------------------------

    def start_drawing(self) -> None:
        """Let the next drag draw a box; number keys are for that box from now on."""
        if self.editor and not self.read_only:
            self.editor.cancel()
            self.editor.apply(editing.select(self.editor.document, ()))
            self.is_drawing, self.are_hidden = True, False
            if self._pointer.place is None:
                self.step_cross(0, 0)
            self._settle()

    def confirm(self) -> None:
        """Set a corner where the cross-hair is: the first one, then the second."""
        if not self.editor or not self.is_drawing:
            return
        point = self.step_cross(0, 0)
        if self.editor.drag is None:
            self.editor.press_to_draw(point, self.label, 0.0)
            self.editor.move(point)
            self._settle()
        else:
            self._finish_drag(self.editor, point)

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

    def step_cross(self, dx: int, dy: int) -> Point:
        """Move the cross-hair by pixels of the picture, and keep it in view.

        It is where keys have left it, else at the mouse, else in the middle of the view.
        """
        x, y = self._pointer.point or self.lens.middle
        width, height = self._picture.size if self._picture else (0, 0)
        x, y = edges.snap(x, width) + dx, edges.snap(y, height) + dy
        self._pointer.cross = point = edges.snap(x, width), edges.snap(y, height)
        if self.editor:
            self.editor.move(point)
        self.lens.reveal((*point, *point))
        return point

    # --- mouse and keys ---------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan, to draw, or to drag what is under the pointer."""
        if self._pointer.press(event):
            self._settle()
        self.refresh()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, follow the drag, or look what is under the pointer."""
        pushed = self._pointer.move(event)
        if pushed is None:
            self.refresh()
        else:
            self.lens.pan(pushed)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End what the press began."""
        if self._pointer.release(event) and self.editor and self.editor.drag:
            self._finish_drag(self.editor, self.editor.drag.point)
        self.refresh()

    def _finish_drag(self, editor: Editor, point: Point) -> None:
        if editor.release(point, self._pointer.reach):
            self.is_drawing = False
            self.edited.emit()
        self._settle()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._pointer.place = event.position()
        self.refresh()

    def leaveEvent(self, _event: QEvent) -> None:
        self._pointer.leave()
        self._follow()
        self.update()

    def event(self, event: QEvent) -> bool:
        """Take Space, and Alt during a drag, for the canvas before shortcuts and menus do."""
        is_asked = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if is_asked and isinstance(event, QKeyEvent) and self._pointer.takes(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Get ready to push with Space; draw in another shape with Shift and Alt."""
        if self._pointer.press_key(event):
            self.refresh()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End what the key was held for."""
        if self._pointer.release_key(event):
            self.refresh()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let go of the picture: the release of key or button may be told to somebody else."""
        super().focusOutEvent(event)
        self._pointer.hand.drop()
        self.refresh()

    def _settle(self) -> None:
        self.refresh()
        self.selected.emit()
        self.viewed.emit()

    def _follow(self) -> None:
        """Let cursor and hint say what the mouse would do here."""
        now = self._pointer.situation
        shape = cursor(now, is_ready=not self._pointer.hand.is_pushing)
        if self.cursor().shape() != shape:
            self.setCursor(shape)
        hint = hints.hint(self.editor, now)
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
            resting = painting.resting(self.editor)
            left_out = (document.selection - resting) | document.hidden
            states = left_out, document.locked, resting
            self._layer.paint(painter, boxes, self.look, self.size(), *states)
            self._overlay(self.editor, self._picture).paint(painter)

    def _overlay(self, editor: Editor, picture: Picture) -> Overlay:
        hover, point = self._pointer.hover, self._pointer.point
        is_crossed = self.is_drawing and point is not None
        return Overlay(
            editor=editor,
            look=self.look,
            hover=hover.index if hover else -1,
            has_grips=not self.read_only,
            cross=QPointF(*self.viewport.to_screen(point)) if point and is_crossed else None,
            picture=picture.rectangle(self.viewport),
            view=QRectF(self.rect()),
            input_size=self.input_size,
            accent=self.palette().highlight().color(),
        )

    def _paint_sentence(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), self._background)
        wrap = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.setPen(self.palette().windowText().color())
        painter.drawText(self.rect().adjusted(24, 24, -24, -24), wrap, self._sentence)

    @property
    def _background(self) -> QColor:
        return self.palette().window().color().darker(112)
