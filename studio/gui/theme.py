"""Spacing, colours and fonts that all tabs share: an 8-pixel grid and one accent colour."""

from enum import Enum

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QLabel

GAP = 8
GROUP = 16
EDGE = 24

ACCENT = QColor(0, 114, 178)
LOSS_COLOURS = {"giou": "#2f7fd6", "conf": "#e08214", "prob": "#2ca25f", "total": "#8a8a8a"}
AP_COLOUR = "#b2579b"
PROBLEM, DONE = QColor(230, 159, 0), QColor(0, 158, 115)
"""Of messages: what went wrong, what was done."""


class Scheme(Enum):
    """Whether the window is light or dark, or like the rest of the system."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


def apply(application: QApplication, scheme: Scheme = Scheme.SYSTEM) -> None:
    """Use Qt's Fusion style in a scheme, with our accent colour; may be called again later."""
    application.setStyle("Fusion")
    palette = _PALETTES[scheme]()
    palette.setColor(QPalette.ColorRole.Highlight, ACCENT)
    palette.setColor(QPalette.ColorRole.HighlightedText, QColor("white"))
    palette.setColor(QPalette.ColorRole.Accent, ACCENT)
    application.setPalette(palette)


def _light() -> QPalette:
    palette = QPalette(QColor(239, 239, 239))  # Qt makes the other colours from it
    _set_text(palette, QColor(0, 0, 0))
    palette.setColor(QPalette.ColorRole.AlternateBase, QColor(247, 247, 247))
    return palette


def _dark() -> QPalette:
    palette = QPalette(QColor(50, 50, 50))
    _set_text(palette, QColor(240, 240, 240))
    palette.setColor(QPalette.ColorRole.Base, QColor(36, 36, 36))
    palette.setColor(QPalette.ColorRole.AlternateBase, QColor(43, 43, 43))
    palette.setColor(QPalette.ColorRole.ToolTipBase, QColor(60, 60, 60))
    palette.setColor(QPalette.ColorRole.ToolTipText, QColor(240, 240, 240))
    palette.setColor(QPalette.ColorRole.Link, QColor(86, 180, 233))
    return palette


def _set_text(palette: QPalette, ink: QColor) -> None:
    """Set text everywhere; fainter where it is disabled or only holds a place."""
    paper = palette.color(QPalette.ColorRole.Window)
    roles = QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText
    for role in roles:
        palette.setColor(role, ink)
        palette.setColor(QPalette.ColorGroup.Disabled, role, mixed(ink, paper, 0.4))
    palette.setColor(QPalette.ColorRole.PlaceholderText, mixed(ink, paper, 0.5))


_PALETTES = {
    Scheme.SYSTEM: QPalette,  # nothing of its own: all follows the system, also later
    Scheme.LIGHT: _light,
    Scheme.DARK: _dark,
}


def tabular(font: QFont) -> QFont:
    """Return the font with figures of one width, so that changing numbers do not jitter."""
    figures = QFont(font)
    if hasattr(QFont, "Tag"):
        figures.setFeature(QFont.Tag("tnum"), 1)
    return figures


def mixed(ink: QColor, paper: QColor, share: float) -> QColor:
    """Return a colour of which so much is ink."""
    parts = zip(ink.getRgbF()[:3], paper.getRgbF()[:3], strict=True)  # type: ignore[index]
    return QColor.fromRgbF(*(a * share + b * (1 - share) for a, b in parts))


def heading(text: str) -> QLabel:
    """Return the heading of a panel."""
    label = QLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label
