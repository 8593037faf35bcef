"""Rows of the key map: what is done at the left, its keys as key caps at the right."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QObject,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import (
    QKeySequenceEdit,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.gui.annotate.commands.key_rows import KeyModel
from studio.gui.annotate.rows import Index
from studio.gui.icons import icon
from studio.gui.theme import ACCENT, GAP, GROUP, mixed

_ROUND = 3  # pixels, the corners of a key cap


class KeyDelegate(QStyledItemDelegate):
    """Paints rows and lets a key be pressed in them."""

    taken = Signal(str, str)
    """The command of this name shall have this key, "" for none."""
    began = Signal()
    """A key is waited for."""

    def __init__(self, model: KeyModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    # --- painting ---------------------------------------------------------------------------

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Rows high enough for a key cap, headings with room above."""
        has_room_above = self._model.rows[index.row()].is_heading and index.row() > 0
        height = option.fontMetrics.height() + (GROUP if has_room_above else 0) + GAP + GAP // 2
        return QSize(0, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._model.rows[index.row()].is_heading:
            self._paint_heading(painter, option, index)
        else:
            self._paint_row(painter, option, index)
        painter.restore()

    def _paint_heading(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        font = QFont(option.font)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(option.palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.Text))
        place = option.rect.adjusted(GAP, 0, -GAP, -GAP // 2)
        start = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        painter.drawText(place, start, str(index.data()))

    def _paint_row(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
        ink, paper = option.palette.color(role), option.palette.color(QPalette.ColorRole.Base)
        if is_selected:
            paper = option.palette.color(QPalette.ColorRole.Highlight)
            painter.fillRect(option.rect, paper)
        is_changed = self._model.is_changed(index)
        keys = self._model.keys(index) or (("no key",) if is_changed else ())
        place = option.rect.adjusted(GROUP, 0, -GAP, 0)
        caps = _cap_places(keys, option.fontMetrics, place)
        painter.setPen(ink)
        left = caps[0].left() if caps else place.right()
        room = QRect(place.left(), place.top(), int(left) - place.left() - GAP, place.height())
        text = option.fontMetrics.elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        is_marked = is_changed and not is_selected
        for key, cap in zip(keys, caps, strict=True):
            painter.setPen(QPen(ACCENT if is_marked else mixed(ink, paper, 0.35), 1))
            painter.setBrush(mixed(ACCENT if is_marked else ink, paper, 0.08))
            painter.drawRoundedRect(cap, _ROUND, _ROUND)
            painter.setPen(ink)
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)

    # --- pressing a key ---------------------------------------------------------------------

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Return the field that takes the new key."""
        keys = self._model.bindings.keys(self._model.rows[index.row()].name)
        field = KeyField(keys[0] if keys else "", parent)
        field.done.connect(self._close)
        self.began.emit()
        return field

    def setEditorData(self, _editor: QWidget, _index: Index) -> None:
        """Leave the field as it was made: only what is pressed in it counts."""

    def setModelData(self, editor: QWidget, _model: QAbstractItemModel, index: Index) -> None:
        """Tell the key that was pressed, if one was."""
        if isinstance(editor, KeyField) and editor.pressed is not None:
            pressed, editor.pressed = editor.pressed, None
            self.taken.emit(self._model.rows[index.row()].name, pressed)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, _index: Index
    ) -> None:
        """Put the field where the keys are."""
        width = max(option.rect.width() // 2, 22 * GAP)
        editor.setGeometry(option.rect.adjusted(option.rect.width() - width, 0, 0, 0))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave Enter, Tab and Esc to the field, for which they are keys; it ends by itself."""
        types = QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride, QEvent.Type.FocusOut
        return event.type() not in types and super().eventFilter(watched, event)

    @Slot(QWidget)
    def _close(self, field: QWidget) -> None:
        self.commitData.emit(field)
        self.closeEditor.emit(field)


class KeyField(QKeySequenceEdit):
    """Takes one key when it is let go; Esc gives up, ✕ takes the key away.

    Pressing a key empties the field, and one that is held, such as Ctrl, leaves it empty: that
    there is nothing in it says nothing. So ✕ is a button of its own.
    """

    done = Signal(QWidget)

    def __init__(self, key: str, parent: QWidget) -> None:
        super().__init__(QKeySequence(key), parent)
        self.pressed: str | None = None
        """The key pressed, "" for ✕; None while there is neither."""
        self._is_done = False
        self.setAccessibleName("Press the new key")
        self.setMaximumSequenceLength(1)
        self.setAutoFillBackground(True)
        self._add_cross()
        self.editingFinished.connect(self._finish)

    def _add_cross(self) -> None:
        line = self.findChild(QLineEdit)
        assert line is not None  # which Qt shows the key in
        place = QLineEdit.ActionPosition.TrailingPosition
        cross = line.addAction(icon("mdi6.close", self.palette()), place)
        cross.setToolTip("No key")
        cross.triggered.connect(self._take_away)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give up with Esc; else take the key. One that was held already does not count."""
        if event.key() == Qt.Key.Key_Escape:
            self._end()
        elif not event.isAutoRepeat():
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End without a key where none was let go."""
        self._end()
        super().focusOutEvent(event)

    @Slot()
    def _take_away(self) -> None:
        self.pressed = ""
        self._end()

    @Slot()
    def _finish(self) -> None:
        """Take what was pressed; after a mere Ctrl or Shift there is still a key to come."""
        if not self._is_done and not self.keySequence().isEmpty():
            key = self.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
            self.pressed = key
            self._end()

    def _end(self) -> None:
        if not self._is_done:  # closing takes the focus, which would end it once more
            self._is_done = True
            self.done.emit(self)


def _cap_places(keys: tuple[str, ...], metrics: QFontMetrics, place: QRect) -> list[QRectF]:
    """Return where the key caps go, side by side up to the right-hand end of a row."""
    height = metrics.height() + GAP // 2
    top, right = place.center().y() - height / 2 + 0.5, float(place.right())
    places: list[QRectF] = []
    for key in reversed(keys):
        width = max(metrics.horizontalAdvance(key) + 1.5 * GAP, height)
        right -= width
        places.append(QRectF(right, top, width, height))
        right -= GAP // 2
    return places[::-1]
