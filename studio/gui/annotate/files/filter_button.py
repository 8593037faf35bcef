"""The button beside the search field: which states and which class the list shows."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QPalette, QShowEvent
from PySide6.QtWidgets import QMenu, QToolButton

from studio.gui.icons import icon
from studio.gui.menu import Menu
from studio.gui.session import Session
from studio.labels.folder.filtering import State

_ICON_DELAY = 100  # milliseconds; the window is painted first
_LONGEST_NAME = 40  # characters of a class in the menu


class FilterButton(QToolButton):
    """A menu of states and classes; the button shows whether anything is asked for."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.state, self.label = State.ALL, ""
        self.setObjectName("filterButton")
        self.setAutoRaise(True)
        self.setIconSize(QSize(18, 18))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._icons = QTimer(self, singleShot=True, interval=_ICON_DELAY)
        self._icons.timeout.connect(self._draw_icon)
        self._make_menu()
        self._show()

    def _make_menu(self) -> None:
        menu = Menu(self)
        self._states = QActionGroup(menu)
        for state in State:
            _add_choice(menu, self._states, state.value, state)
        menu.addSeparator()
        self._classes = Menu("Class", menu)
        menu.addMenu(self._classes)
        self._labels = QActionGroup(self._classes)
        menu.addSeparator()
        self._clear = menu.addAction("Clear filter")
        self._clear.triggered.connect(self.clear)
        self._states.triggered.connect(self._take_state)
        self._labels.triggered.connect(self._take_label)
        menu.aboutToShow.connect(self._offer_classes)
        self.setMenu(menu)

    @property
    def is_active(self) -> bool:
        return self.state is not State.ALL or bool(self.label)

    def ask(self, state: State, label: str = "") -> None:
        """Ask for a state and for a class."""
        if (state, label) != (self.state, self.label):
            self.state, self.label = state, label
            self._show()
            self.changed.emit()

    @Slot()
    def clear(self) -> None:
        """Ask for nothing."""
        self.ask(State.ALL)

    @Slot(QAction)
    def _take_state(self, action: QAction) -> None:
        self.ask(action.data(), self.label)

    @Slot(QAction)
    def _take_label(self, action: QAction) -> None:
        self.ask(self.state, action.data())

    @Slot()
    def _offer_classes(self) -> None:
        """Offer the classes there are now, and the one that is asked for."""
        self._classes.clear()
        names = dict.fromkeys(["", *self._session.classes, *self._session.class_counts()])
        for name in dict.fromkeys([*names, self.label]):
            text = name[:_LONGEST_NAME].replace("&", "&&") or "All classes"
            action = _add_choice(self._classes, self._labels, text, name)
            action.setChecked(name == self.label)

    def _show(self) -> None:
        for action in self._states.actions():
            action.setChecked(action.data() is self.state)
        self._clear.setEnabled(self.is_active)
        what = [self.state.value.lower()] if self.state is not State.ALL else []
        what += [f"with a box of {self.label}"] if self.label else []
        text = f"Filter: {', '.join(what)}" if what else "Filter pictures by state or class"
        self.setToolTip(text)
        self.setAccessibleName(text)
        if self.isVisible():
            self._draw_icon()

    # --- the icon ---------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Draw the icon soon."""
        super().showEvent(event)
        self._icons.start()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the icon in the colours of a light or dark scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.isVisible():
            self._icons.start()

    @Slot()
    def _draw_icon(self) -> None:
        palette = QPalette(self.palette())
        if self.is_active:
            palette.setColor(QPalette.ColorRole.WindowText, palette.color(QPalette.ColorRole.Link))
        self.setIcon(icon("mdi6.filter" if self.is_active else "mdi6.filter-outline", palette))


def _add_choice(menu: QMenu, group: QActionGroup, text: str, value: object) -> QAction:
    action = menu.addAction(text)
    action.setCheckable(True)
    action.setData(value)
    group.addAction(action)
    return action
