"""What a page of the form is: rows of a label and a field."""

from __future__ import annotations

from PySide6.QtWidgets import QFormLayout, QWidget

from studio.gui.theme import GAP
from studio.gui.train.fields import Field


class Page(QWidget):
    """One page; `fields` are those whose settings are TrainConfig's own."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[Field] = []
        self.rows = QFormLayout(self)
        self.rows.setContentsMargins(0, GAP, 0, GAP)
        self.rows.setVerticalSpacing(GAP * 3 // 4)
        self.rows.setHorizontalSpacing(GAP)
        grows = QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow
        self.rows.setFieldGrowthPolicy(grows)

    def add(self, label: str, field: QWidget) -> None:
        """Add a row; a field of a setting is known to the form by it."""
        field.setAccessibleName(label.replace("&", ""))
        self.rows.addRow(label, field)

    def add_field(self, label: str, field: Field) -> None:
        """Add the row of a setting."""
        assert isinstance(field, QWidget)
        self.fields.append(field)
        self.add(label, field)
