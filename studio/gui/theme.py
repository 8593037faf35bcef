"""Spacing, colours and fonts that all tabs share: an 8-pixel grid and one accent colour."""

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QLabel

GAP = 8
GROUP = 16
EDGE = 24

ACCENT = QColor(0, 114, 178)
LOSS_COLOURS = {"giou": "#2f7fd6", "conf": "#e08214", "prob": "#2ca25f", "total": "#8a8a8a"}
AP_COLOUR = "#b2579b"


def apply(application: QApplication) -> None:
    """Use Qt's Fusion style with the system's light or dark scheme and our accent colour."""
    application.setStyle("Fusion")
    palette = QPalette()  # only what is set here; the rest follows the system, also later
    palette.setColor(QPalette.ColorRole.Highlight, ACCENT)
    palette.setColor(QPalette.ColorRole.HighlightedText, QColor("white"))
    palette.setColor(QPalette.ColorRole.Accent, ACCENT)
    application.setPalette(palette)


def tabular(font: QFont) -> QFont:
    """Return the font with figures of one width, so that changing numbers do not jitter."""
    figures = QFont(font)
    if hasattr(QFont, "Tag"):
        figures.setFeature(QFont.Tag("tnum"), 1)
    return figures


def fixed_font() -> QFont:
    """Return the system's fixed-width font, for paths and tables of numbers."""
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)


def heading(text: str) -> QLabel:
    """Return the heading of a panel."""
    label = QLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label
