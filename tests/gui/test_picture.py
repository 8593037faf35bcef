"""A picture on the screen, at any scale, brighter or darker."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from studio.gui.picture import Picture
from studio.labels.images import Image
from studio.labels.pictures import views
from studio.labels.pictures.views import view_of
from studio.labels.screen.viewport import Viewport

COLOURS = [[[200, 100, 50], [0, 60, 120]], [[10, 220, 90], [130, 30, 240]]]


def quarters(width: int, height: int) -> Image:
    """Four plain quarters."""
    image = np.repeat(np.repeat(np.array(COLOURS, np.uint8), height // 2, 0), width // 2, 1)
    return np.ascontiguousarray(image)


def painted(picture: Picture, viewport: Viewport, size: tuple[int, int]) -> QImage:
    screen = QImage(*size, QImage.Format.Format_RGB32)
    screen.fill(0)
    painter = QPainter(screen)
    picture.paint(painter, viewport, 1.0)
    painter.end()
    return screen


def colours(screen: QImage) -> list[list[list[int]]]:
    """Read the middle of each quarter of the screen."""
    width, height = screen.width(), screen.height()
    return [
        [
            list(screen.pixelColor(width * x // 4, height * y // 4).getRgb()[:3])  # type: ignore[index]
            for x in (1, 3)
        ]
        for y in (1, 3)
    ]


@pytest.mark.parametrize("scale", [4.0, 1.0, 0.5, 0.3, 0.1])
def test_a_picture_is_painted_at_any_scale(qtbot: QtBot, scale: float) -> None:
    picture = Picture(quarters(200, 160))
    assert (picture.size, picture.depth) == ((200, 160), 3)
    screen = painted(picture, Viewport(scale), (int(200 * scale), int(160 * scale)))
    assert colours(screen) == COLOURS


def test_a_picture_that_is_shown_smaller_is_painted_as_large_as_it_is(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_SHOWN", 5_000)
    picture = Picture(view_of(quarters(200, 160)))
    assert picture.size == (200, 160)
    assert colours(painted(picture, Viewport(1.0), (200, 160))) == COLOURS
    assert colours(painted(picture, Viewport(0.1), (20, 16))) == COLOURS


def test_brightness_is_of_what_is_painted_only(qtbot: QtBot) -> None:
    view = view_of(quarters(40, 32))
    before = view.levels[0].copy()
    picture = Picture(view)
    picture.adjust(100, 0)
    white = [[[255] * 3] * 2] * 2
    assert colours(painted(picture, Viewport(1.0), (40, 32))) == white
    assert (view.levels[0] == before).all()
    picture.adjust(0, 0)
    assert colours(painted(picture, Viewport(1.0), (40, 32))) == COLOURS
