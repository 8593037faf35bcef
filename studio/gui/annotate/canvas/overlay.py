"""What is painted over the still boxes: what is selected, under the pointer, drawn or spanned."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from studio.gui.annotate.canvas import painting
from studio.gui.annotate.canvas.look import Look
from studio.gui.annotate.hints import size_note
from studio.labels.editing.editor import Editor


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is to be painted; `hover` is the box under the pointer, -1 for none.

    `cross` is where the cross-hair is on the screen, None for none; `accent` is the band's colour.
    """

    editor: Editor
    look: Look
    hover: int
    has_grips: bool
    cross: QPointF | None
    picture: QRectF
    view: QRectF
    input_size: tuple[int, int]
    accent: QColor

    def paint(self, painter: QPainter) -> None:
        self._paint_boxes(painter)
        if self.cross is not None:
            painting.paint_guides(painter, self.cross, self.picture)
            if self.editor.is_drawing:
                text = size_note(self.editor.document, self.input_size)
                painting.paint_note(painter, text, self.cross, self.look.font, self.view)
        if band := self.editor.band:
            start, end = (QPointF(*self.look.viewport.to_screen(point)) for point in band)
            _paint_band(painter, QRectF(start, end).normalized(), self.accent)

    def _paint_boxes(self, painter: QPainter) -> None:
        document, look = self.editor.document, self.look
        active = document.selection - painting.resting(self.editor)
        chosen = [document.boxes[i] for i in sorted(active)]
        if self.editor.is_drawing:
            painting.paint_drawn(painter, chosen, look)
            return
        if self.hover not in document.selection and 0 <= self.hover < len(document.boxes):
            painting.paint_hovered(painter, document.boxes[self.hover], look)
        painting.paint_selected(painter, chosen, look)
        if not look.names and self.hover in document.selection:
            painting.paint_selected(painter, [document.boxes[self.hover]], look)
        if self.has_grips and 0 < len(active) <= painting.MANY:
            free = [document.boxes[i] for i in sorted(document.free & active)]
            painting.paint_grips(painter, free, look)


def _paint_band(painter: QPainter, band: QRectF, accent: QColor) -> None:
    """Paint a tinted rectangle with dashes that are seen on any picture."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    tint = QColor(accent)
    tint.setAlpha(40)
    painter.fillRect(band, tint)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, offset in ((QColor(0, 0, 0, 200), 0.0), (QColor(255, 255, 255, 220), 4.0)):
        pen = QPen(colour, 1)
        pen.setDashPattern([4, 4])
        pen.setDashOffset(offset)
        painter.setPen(pen)
        painter.drawRect(band)
