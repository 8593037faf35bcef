"""Rows of the three lists: a swatch, a text, and a figure or mark at the right-hand end."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.gui.theme import GAP, tabular
from studio.labels.screen.palette import Colour, ink_on

Index = QModelIndex | QPersistentModelIndex

NO_PARENT = QModelIndex()
TRAILING = Qt.ItemDataRole.UserRole
"""The role of the text at the right-hand end."""

SWATCH = 16


class RowDelegate(QStyledItemDelegate):
    """Paints the trailing text; no widget per row, so that a long list stays quick."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Shorten the text where the trailing one needs the room."""
        super().initStyleOption(option, index)
        option.font = tabular(option.font)
        trailing = option.fontMetrics.horizontalAdvance(index.data(TRAILING))
        room = option.rect.width() - _room_for_decoration(option) - trailing - 3 * GAP
        mode = Qt.TextElideMode.ElideMiddle
        option.text = option.fontMetrics.elidedText(option.text, mode, room)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row and its trailing text."""
        super().paint(painter, option, index)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
        colour = option.palette.color(role)
        colour.setAlphaF(1.0 if is_selected else 0.7)
        painter.save()
        painter.setFont(tabular(option.font))
        painter.setPen(colour)
        place = option.rect.adjusted(GAP, 0, -GAP, 0)
        end = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, end, index.data(TRAILING))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Rows of three grid steps, higher where the font needs it."""
        size = super().sizeHint(option, index)
        return QSize(size.width(), max(size.height(), 3 * GAP))


def _room_for_decoration(option: QStyleOptionViewItem) -> int:
    """Return how wide a swatch or picture is, with the gap to the text."""
    has_one = option.features & QStyleOptionViewItem.ViewItemFeature.HasDecoration
    return option.decorationSize.width() + GAP if has_one else 0


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
