"""The view of the three lists: rows of one height, however many."""

from __future__ import annotations

from PySide6.QtWidgets import QListView, QWidget

from studio.gui.annotate.rows import Index, RowDelegate


class RowView(QListView):
    """A list view that does not lay all rows out anew when the data of some has changed."""

    def __init__(self, name: str, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible_name)
        self.setItemDelegate(RowDelegate(self))
        self.setUniformItemSizes(True)

    def dataChanged(
        self,
        top_left: Index,
        bottom_right: Index,
        _roles: object = (),
    ) -> None:
        """Paint again; Qt's own way takes as long as there are rows, and they keep their height."""
        if top_left.isValid() and bottom_right.isValid():
            self.viewport().update()
