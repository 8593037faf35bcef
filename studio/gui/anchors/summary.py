"""How well anchors fit in figures, what to do about it in words, and the button that does it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.gui.buttons import Button
from studio.gui.theme import GAP, GROUP, tabular
from studio.labels.anchors import Quality


class Summary(QWidget):
    """The lines under the plot."""

    def __init__(self) -> None:
        super().__init__()
        self._figures = QLabel()
        self._figures.setObjectName("anchorFigures")
        self._figures.setFont(tabular(self._figures.font()))
        self.advice = QLabel()
        self.advice.setObjectName("anchorAdvice")
        self.advice.setWordWrap(True)
        self.use = Button(
            "Use these", "useAnchorsButton", "Save these anchors: training uses them", "mdi6.check"
        )
        self.use.setEnabled(False)
        words = QVBoxLayout()
        words.setSpacing(GAP // 2)
        words.addWidget(self._figures)
        words.addWidget(self.advice)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GROUP)
        row.addLayout(words, 1)
        row.addWidget(self.use, 0, Qt.AlignmentFlag.AlignBottom)

    def show_quality(self, found: Quality) -> None:
        """Show the figures."""
        self._figures.setText(
            f"<b>Mean IoU {found.mean_iou:.3f}</b> · best possible recall "
            f"{found.best_possible_recall:.1%} · {len(found.iou):,} training boxes"
        )
