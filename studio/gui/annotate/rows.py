"""Rows of the three lists: a swatch, a text, and a figure or mark at the right-hand end."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from studio.gui.theme import GAP, tabular
from studio.labels.screen.palette import Colour, ink_on

Index = QModelIndex | QPersistentModelIndex

NO_PARENT = QModelIndex()
TRAILING = Qt.ItemDataRole.UserRole
"""The role of the text at the right-hand end."""

SWATCH = 16

_START = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_END = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class RowDelegate(QStyledItemDelegate):
    """Paints a decoration, a text and a trailing one; a long list has no widget per row."""

    def __init__(self, parent: QAbstractItemView) -> None:
        super().__init__(parent)
        self._plain = self._figures = QFont()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row; the text is shortened where the trailing one needs the room.

        Asks the model for these few things only: Qt's own way asks for nine of each row.
        """
        trailing = str(index.data(TRAILING))
        faint = index.data(Qt.ItemDataRole.ForegroundRole)
        if faint:
            option.palette.setColor(QPalette.ColorRole.Text, faint)
        painter.save()
        self._paint_panel(painter, option)
        painter.setFont(self._with_figures(option.font))
        room = self._paint_decoration(painter, option, index)
        metrics = painter.fontMetrics()
        painter.setPen(_ink(option, 1.0))
        width = room.width() - metrics.horizontalAdvance(trailing) - GAP * bool(trailing)
        text = metrics.elidedText(index.data(), Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(room, _START, text)
        painter.setPen(_ink(option, 0.7))
        painter.drawText(room, _END, trailing)
        painter.restore()

    def _paint_panel(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        """Paint what lies behind: the selection, the row under the pointer, the focus."""
        style, element = option.widget.style(), QStyle.PrimitiveElement.PE_PanelItemViewItem
        style.drawPrimitive(element, option, painter, option.widget)

    def _paint_decoration(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> QRect:
        """Paint swatch or picture, and return the room that is left for texts."""
        room = option.rect.adjusted(GAP // 2, 0, -GAP, 0)
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        if icon:
            width, height = option.decorationSize.width(), option.decorationSize.height()
            place = QRect(room.left(), room.center().y() - height // 2 + 1, width, height)
            icon.paint(painter, place)
            room.setLeft(place.right() + GAP)
        return room

    def _with_figures(self, font: QFont) -> QFont:
        """Return the font with figures of one width; made once, as making one takes a while."""
        if font != self._plain:
            self._plain, self._figures = QFont(font), tabular(font)
        return self._figures

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Rows of three grid steps, higher where the font needs it."""
        size = super().sizeHint(option, index)
        return QSize(size.width(), max(size.height(), 3 * GAP))


def _ink(option: QStyleOptionViewItem, strength: float) -> QColor:
    """Return the colour of text in a row, fainter for what matters less."""
    is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
    role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
    colour = QColor(option.palette.color(role))
    colour.setAlphaF(colour.alphaF() * (1.0 if is_selected else strength))
    return colour


@cache
def swatch(colour: Colour, key: str = "") -> QIcon:
    """Return a square in a class colour, with the number key of the class on it."""
    pixels = 4  # of the pixmap for one of the screen, so that it is sharp at any scale
    pixmap = QPixmap(SWATCH * pixels, SWATCH * pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    pixmap.setDevicePixelRatio(pixels)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(0, 0, 0, 90), 1))
    painter.setBrush(QColor(*colour))
    square = QRectF(0.5, 0.5, SWATCH - 1, SWATCH - 1)
    painter.drawRoundedRect(square, 3, 3)
    font = QFont()
    font.setPixelSize(11)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(*ink_on(colour)))
    painter.drawText(square, Qt.AlignmentFlag.AlignCenter, key)
    painter.end()
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)  # else the selection would tint the colour
    return icon
