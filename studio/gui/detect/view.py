"""The picture with what was detected in it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.gui.outlines import on_screen, paint_outlines, paint_plate
from studio.gui.picture import Picture
from studio.gui.theme import GAP, tabular
from studio.labels.boxes import Detection
from studio.labels.classes import ClassList
from studio.labels.images import Image
from studio.labels.screen.palette import Colour
from studio.labels.screen.viewport import STEP, Viewport, fit

NOTCH = 120  # what Qt calls one step of a wheel


class DetectView(QWidget):
    """Wheel zooms at the cursor, dragging pans, double-click fits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("detectView")
        self.setAccessibleName("Picture with detections")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(200, 150)
        self._picture: Picture | None = None
        self._detections: Sequence[Detection] = ()
        self._classes = ClassList()
        self._highlighted = -1
        self._viewport = Viewport()
        self._is_fitted = True
        self._dragged_from: QPointF | None = None

    @property
    def detections(self) -> Sequence[Detection]:
        """What is drawn, best score first."""
        return self._detections

    def show_picture(self, image: Image | None) -> None:
        """Show another picture as a whole, without boxes yet."""
        self._picture = None if image is None else Picture(image)
        self._detections, self._highlighted = (), -1
        self.fit()

    def show_detections(self, detections: Sequence[Detection], classes: ClassList) -> None:
        """Draw these boxes in the colours of the classes."""
        self._detections, self._highlighted = detections, -1
        self._classes = classes
        self.update()

    def highlight(self, position: int) -> None:
        """Bring out the detection at a position; -1 brings out none."""
        if position != self._highlighted:
            self._highlighted = position
            self.update()

    def fit(self) -> None:
        """Show the whole picture."""
        self._is_fitted = True
        if self._picture:
            self._viewport = fit(self._picture.size, (self.width(), self.height()), GAP)
        self.update()

    def zoom(self, factor: float, at: QPointF) -> None:
        """Scale around a point of the screen."""
        self._move(self._viewport.zoom(factor, (at.x(), at.y())))

    def _move(self, viewport: Viewport) -> None:
        if self._picture:
            self._is_fitted = False
            view = (self.width(), self.height())
            self._viewport = viewport.keep_visible(self._picture.size, view)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(700, 500)

    # --- mouse ----------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor."""
        self.zoom(STEP ** (event.angleDelta().y() / NOTCH), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._dragged_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the picture along."""
        if self._dragged_from is not None:
            by = event.position() - self._dragged_from
            self._dragged_from = event.position()
            self._move(self._viewport.pan(by.x(), by.y()))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go of it."""
        self._dragged_from = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Show the whole picture."""
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the picture whole if it was."""
        super().resizeEvent(event)
        if self._is_fitted:
            self.fit()

    # --- painting -------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the picture, the boxes, their labels, and what is brought out over all."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().window().color().darker(112))
        if self._picture is None:
            return
        self._picture.paint(painter, self._viewport, self.devicePixelRatioF())
        for detection in reversed(self._detections):
            self._paint_outline(painter, detection)
        for detection in reversed(self._detections):
            self._paint_plate(painter, detection)
        if 0 <= self._highlighted < len(self._detections):
            self._paint_highlight(painter, self._detections[self._highlighted])

    def _rectangle(self, detection: Detection) -> QRectF:
        return on_screen(detection.box, self._viewport)

    def _colour(self, detection: Detection) -> Colour:
        return self._classes.colour(detection.box.label)

    def _paint_outline(self, painter: QPainter, detection: Detection) -> None:
        paint_outlines(painter, [self._rectangle(detection)], self._colour(detection))

    def _paint_plate(self, painter: QPainter, detection: Detection) -> None:
        text = f"{detection.box.label} {detection.score:.0%}"
        rectangle, colour = self._rectangle(detection), self._colour(detection)
        paint_plate(painter, text, rectangle, colour, tabular(self.font()))

    def _paint_highlight(self, painter: QPainter, detection: Detection) -> None:
        """Tint the one box and paint it again with a broad white edge."""
        rectangle = self._rectangle(detection)
        painter.fillRect(rectangle, QColor(*self._colour(detection), 70))
        painter.setPen(QPen(QColor("white"), 5, j=Qt.PenJoinStyle.MiterJoin))
        painter.drawRect(rectangle)
        self._paint_outline(painter, detection)
        self._paint_plate(painter, detection)
