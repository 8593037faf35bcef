"""How plots follow the window: its colours, light or dark, and its font."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QColor, QPalette

AXES = ("left", "bottom")


def text_colour(palette: QPalette) -> QColor:
    """Return the colour of titles and figures."""
    return palette.color(QPalette.ColorRole.Text)


def faint(palette: QPalette, share: float = 0.45) -> QColor:
    """Return the text colour mixed into the background: for axes, grids and what is secondary."""
    ink, paper = text_colour(palette), palette.color(QPalette.ColorRole.Base)
    mixed = (
        round(a * share + b * (1 - share))
        for a, b in zip(ink.getRgb()[:3], paper.getRgb()[:3], strict=True)  # type: ignore[index]
    )
    return QColor(*mixed)


def style_plot(plot: Any, palette: QPalette) -> None:
    """Give the axes of a pyqtgraph PlotItem the colours of the window and a faint grid."""
    plot.showGrid(x=True, y=True, alpha=0.12)
    for name in AXES:
        axis = plot.getAxis(name)
        axis.setPen(faint(palette))
        axis.setTextPen(faint(palette, 0.8))
