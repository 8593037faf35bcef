"""How well anchors fit in figures, what to do about it in words, and the buttons that do it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.gui.anchors.work import Judged
from studio.gui.buttons import Button
from studio.gui.theme import GAP, GROUP, tabular


class Summary(QWidget):
    """The lines under the plots."""

    def __init__(self) -> None:
        super().__init__()
        self._figures = QLabel()
        self._figures.setObjectName("anchorFigures")
        self._figures.setFont(tabular(self._figures.font()))
        self._figures.setWordWrap(True)
        self.advice = QLabel()
        self.advice.setObjectName("anchorAdvice")
        self.advice.setWordWrap(True)
        self.enough = QLabel()
        self.enough.setObjectName("anchorsEnough")
        self.enough.setWordWrap(True)
        self.copy = Button(
            "Copy for Darknet",
            "copyAnchorsButton",
            "Copy these anchors in the form of a Darknet cfg file",
            "mdi6.content-copy",
        )
        self.use = Button(
            "Use these", "useAnchorsButton", "Save these anchors: training uses them", "mdi6.check"
        )
        words = QVBoxLayout()
        words.setSpacing(GAP // 2)
        for label in (self._figures, self.advice, self.enough):
            words.addWidget(label)
        words.addStretch()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addLayout(words, 1)
        row.addSpacing(GROUP - GAP)
        row.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.use, 0, Qt.AlignmentFlag.AlignBottom)
        self.clear()

    def clear(self) -> None:
        """Say nothing: nothing is known yet."""
        for label in (self._figures, self.advice, self.enough):
            label.clear()
        self.copy.setEnabled(False)
        self.use.setEnabled(False)

    def show_judged(self, judged: Judged) -> None:
        """Show the figures and the advice."""
        found = judged.quality
        refined = "" if judged.gain is None else f" · refining gained {judged.gain:.3f}"
        self._figures.setText(
            f"<b>Mean IoU {found.mean_iou:.3f}</b> · best possible recall "
            f"{found.best_possible_recall:.1%} · {len(found.iou):,} training boxes{refined}"
        )
        self.advice.setText(judged.advice.text)
        self.copy.setEnabled(True)
        self.use.setEnabled(judged.is_new)
