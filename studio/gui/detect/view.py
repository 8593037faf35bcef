"""The picture with what was detected in it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from studio.gui.annotate.picture import Picture
from studio.gui.theme import GAP, tabular
from studio.labels.boxes import Box, Detection
from studio.labels.images import Image
from studio.labels.palette import UNKNOWN, Colour, class_colour, ink_on
from studio.labels.viewport import STEP, Viewport, fit

NOTCH = 120  # what Qt calls one step of a wheel
DARK, LIGHT = QColor(0, 0, 0, 190), QColor(255, 255, 255, 150)
PADDING = 4.0


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
        self._colours: dict[str, Colour] = {}
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

    def show_detections(self, detections: Sequence[Detection], classes: tuple[str, ...]) -> None:
        """Draw these boxes in the colours of the classes."""
        self._detections, self._highlighted = detections, -1
        self._colours = {name: class_colour(i) for i, name in enumerate(classes)}
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
        painter.setFont(tabular(self.font()))
        for detection in reversed(self._detections):
            self._paint_frame(painter, detection.box)
        for detection in reversed(self._detections):
            self._paint_plate(painter, detection)
        if 0 <= self._highlighted < len(self._detections):
            self._paint_highlight(painter, self._detections[self._highlighted])

    def _rectangle(self, box: Box) -> QRectF:
        left, top = self._viewport.to_screen((box.xmin, box.ymin))
        right, bottom = self._viewport.to_screen((box.xmax, box.ymax))
        return QRectF(QPointF(round(left), round(top)), QPointF(round(right), round(bottom)))

    def _colour(self, box: Box) -> Colour:
        return self._colours.get(box.label, UNKNOWN)

    def _paint_frame(self, painter: QPainter, box: Box) -> None:
        """Paint the class's colour between a dark line and a light one."""
        rectangle = self._rectangle(box)
        for grow, colour, width in (
            (1.5, DARK, 1),
            (-1.5, LIGHT, 1),
            (0, QColor(*self._colour(box)), 2),
        ):
            painter.setPen(_pen(colour, width))
            painter.drawRect(rectangle.adjusted(-grow, -grow, grow, grow))

    def _paint_plate(self, painter: QPainter, detection: Detection) -> None:
        """Write class and score above the box, or inside it at the top of the view."""
        text = f"{detection.box.label} {detection.score:.0%}"
        metrics = QFontMetricsF(painter.font())
        width, height = metrics.horizontalAdvance(text) + 2 * PADDING, metrics.height()
        rectangle, colour = self._rectangle(detection.box), self._colour(detection.box)
        top = rectangle.top() - height - 1
        plate = QRectF(rectangle.left() - 2, top if top >= 0 else rectangle.top(), width, height)
        painter.fillRect(plate, QColor(*colour))
        painter.setPen(QColor(*ink_on(colour)))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_highlight(self, painter: QPainter, detection: Detection) -> None:
        """Shade everything else, and paint the one box again."""
        painter.save()
        rectangle = self._rectangle(detection.box)
        tint = QColor(*self._colour(detection.box))
        tint.setAlpha(70)
        painter.fillRect(rectangle, tint)
        painter.setPen(_pen(QColor("white"), 5))
        painter.drawRect(rectangle)
        painter.restore()
        self._paint_frame(painter, detection.box)
        self._paint_plate(painter, detection)


def _pen(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    return pen
