"""How plots follow the window: its colours, light or dark, and its font."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QColor, QPalette, qGray

from studio.gui.theme import mixed

AXES = ("left", "bottom")


def text_colour(palette: QPalette) -> QColor:
    """Return the colour of titles and figures."""
    return palette.color(QPalette.ColorRole.Text)


def faint(palette: QPalette, share: float = 0.45) -> QColor:
    """Return the text colour mixed into the background: for axes, grids and what is secondary."""
    return mixed(text_colour(palette), palette.color(QPalette.ColorRole.Base), share)


def legible(colour: QColor, palette: QPalette) -> QColor:
    """Return the colour, darker or lighter where the background would swallow it."""
    is_dark = palette.color(QPalette.ColorRole.Base).lightnessF() < 0.5
    luminance = qGray(colour.rgb()) / 255
    lightness = colour.lightnessF()
    if is_dark and luminance < 0.4:
        lightness = max(lightness, 0.45)
    elif not is_dark and luminance > 0.75:
        lightness = min(lightness, 0.45)
    return QColor.fromHslF(max(colour.hueF(), 0.0), colour.hslSaturationF(), lightness)


def style_plot(plot: Any, palette: QPalette) -> None:
    """Give the axes of a pyqtgraph PlotItem the colours of the window and a faint grid."""
    plot.showGrid(x=True, y=True, alpha=0.12)
    for name in AXES:
        axis = plot.getAxis(name)
        axis.setPen(faint(palette))
        axis.setTextPen(faint(palette, 0.8))
