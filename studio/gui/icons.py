"""Icons from qtawesome, which is imported when the first one is asked for: it takes a while."""

from __future__ import annotations

from PySide6.QtGui import QIcon, QPalette


def icon(name: str, palette: QPalette) -> QIcon:
    """Return an icon such as "mdi6.undo" in the text colours of a palette, light or dark."""
    import qtawesome

    normal = palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText)
    disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText)
    made: QIcon = qtawesome.icon(name, color=normal, color_disabled=disabled)
    return made
