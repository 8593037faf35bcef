"""Thumbnails for the file list: made in the background, the last ones kept ready to paint."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from studio.gui.session import Session
from studio.gui.theme import PROBLEM
from studio.labels.folder.cache import cache_folder
from studio.labels.images import Image
from studio.labels.pictures.thumbnails import FILE, Thumbnail, thumbnails
from studio.labels.pictures.thumbnails import SIDE as MADE

SIDE = 40
"""Pixels of the screen of the square that a thumbnail lies in."""
KEPT = 512

_PATIENCE = 30  # milliseconds; what is scrolled past more quickly is not made


class Thumbnails(QObject):
    """Icons by path. One that is not there yet is missed, and somebody then asks for it."""

    missed = Signal()
    """Icons were asked for that are not there yet; told once for many."""
    made = Signal()
    """One more icon is there."""

    def __init__(self, session: Session, screen: QWidget) -> None:
        super().__init__(screen)
        self._session, self._screen = session, screen
        self._icons: OrderedDict[Path, QIcon] = OrderedDict()
        self._old: set[Path] = set()
        self._wanted: deque[Path] = deque()
        self._is_running = False
        self._blank: QIcon | None = None
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE)
        self._patience.timeout.connect(self.missed)
        screen.installEventFilter(self)

    def icon(self, path: Path) -> QIcon:
        """Return the thumbnail of a picture, or an empty frame until it is there."""
        icon = self._icons.get(path)
        is_missed = icon is None or path in self._old
        if is_missed and not self._patience.isActive():
            self._patience.start()
        if icon is not None:
            self._icons.move_to_end(path)
            return icon
        if self._blank is None:
            self._blank = self._drawn(_blank(self._screen.palette()))
        return self._blank

    def want(self, paths: Iterable[Path]) -> None:
        """Make these, the first ones first, and nothing else any more."""
        self._wanted.clear()
        self._wanted.extend(p for p in paths if p not in self._icons or p in self._old)
        self._start()

    def look_again(self) -> None:
        """Look at the files again; until then pictures are shown as they were."""
        self._old = set(self._icons)

    def forget(self) -> None:
        """Make all of them anew."""
        self._icons.clear()
        self._old.clear()
        self._blank = None

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Draw anew for another screen, or in other colours."""
        if event.type() in (QEvent.Type.DevicePixelRatioChange, QEvent.Type.PaletteChange):
            self.forget()
        return False

    def _start(self) -> None:
        """Begin, unless the window is about to close."""
        is_seen = self._screen.isVisible() and self._screen.isEnabled()
        if self._wanted and is_seen and not self._is_running:
            self._is_running = True
            make = partial(thumbnails, self._wanted, cache_folder() / FILE)
            self._session.start("Thumbnails", make, self._take, on_ended=self._end, quiet=True)

    @Slot(object)
    def _take(self, thumbnail: Thumbnail) -> None:
        image = thumbnail.image
        drawn = _problem() if image is None else _picture(image)
        self._icons[thumbnail.path] = self._drawn(drawn)
        self._old.discard(thumbnail.path)
        while len(self._icons) > KEPT:
            self._icons.popitem(last=False)
        self.made.emit()

    @Slot(bool)
    def _end(self, completed: bool) -> None:
        self._is_running = False
        if completed:  # more may have been asked for at the last moment
            self._start()

    def _drawn(self, image: QImage) -> QIcon:
        """Return an image in the middle of its square, at the resolution of the screen."""
        ratio = self._screen.devicePixelRatioF()
        side = round(SIDE * ratio)
        if max(image.width(), image.height()) > side:
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode
            image = image.scaled(side, side, keep, smooth.SmoothTransformation)
        pixmap = QPixmap(side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.drawImage((side - image.width()) // 2, (side - image.height()) // 2, image)
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        icon = QIcon(pixmap)
        icon.addPixmap(pixmap, QIcon.Mode.Selected)  # else the selection would tint it
        return icon


def _picture(image: Image) -> QImage:
    height, width = image.shape[:2]
    data = image.tobytes()
    return QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _blank(palette: QPalette) -> QImage:
    """Return a faint square for a picture that is on its way."""
    colour = QColor(palette.color(QPalette.ColorRole.Text))
    colour.setAlphaF(0.06)
    image = QImage(MADE, MADE, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(colour)
    return image


def _problem() -> QImage:
    """Return a crossed frame for a picture that cannot be decoded."""
    image = QImage(MADE, MADE, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(MADE / SIDE, MADE / SIDE)
    painter.setPen(QPen(PROBLEM, 1.5))
    painter.drawRoundedRect(QRectF(9, 9, 22, 22), 2, 2)
    painter.drawLine(QPointF(15, 15), QPointF(25, 25))
    painter.drawLine(QPointF(25, 15), QPointF(15, 25))
    painter.end()
    return image
