"""The key map: a window beside the work that lists all keys, and in which they are changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSettings, QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListView,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.gui.annotate.commands.bindings import Bindings, native, save
from studio.gui.annotate.commands.key_delegate import KeyDelegate
from studio.gui.annotate.commands.key_rows import KeyModel
from studio.gui.annotate.commands.menus import Actions
from studio.gui.annotate.files.search_field import SearchField
from studio.gui.lines import Line
from studio.gui.messages import MessageBar
from studio.gui.theme import GAP, GROUP

_NOTHING_FOUND = "No command or key like that"


class KeyMap(QWidget):
    """Lists every key; the window behind it stays usable. What is changed acts and is kept."""

    changed = Signal()
    """Commands have other keys now."""

    def __init__(self, parent: QWidget, commands: Actions, settings: QSettings) -> None:
        super().__init__(parent, Qt.WindowType.Dialog)
        self.setObjectName("keyMap")
        self.setWindowTitle("Keys")
        self._commands, self._settings, self._work = commands, settings, parent.window()
        self.search = SearchField("Search by name or key", "Search keys")
        self.search.textChanged.connect(self._narrow)
        self.search.returnPressed.connect(self._change_found)
        self.search.left_downwards.connect(self._go_to_list)
        self.search.given_up.connect(self._give_up)
        self._model = KeyModel(self, commands.bindings)
        self.view = KeyView(self._model)
        self.view.reset_wanted.connect(self._reset)
        self.view.delegate.taken.connect(self._take)
        self.view.delegate.began.connect(self._show_help_for_field)
        self.view.delegate.closeEditor.connect(self._show_help)
        self._help = Line(Qt.TextElideMode.ElideRight, Qt.AlignmentFlag.AlignLeft)
        self.messages = MessageBar()
        self._reset_button = _button("Reset", "Give this command its default key back (Backspace)")
        self._reset_button.clicked.connect(self._reset)
        self._reset_all = _button("Reset all", "Give every command its default key back")
        self._reset_all.clicked.connect(self._reset_everything)
        self._lay_out()
        self.view.selectionModel().currentChanged.connect(self._enable)
        self._show_help()
        self._narrow("")

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.setSpacing(GAP)
        below.addWidget(self._help, 1)
        below.addWidget(self._reset_button)
        below.addWidget(self._reset_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(GROUP, GROUP, GROUP, GROUP)
        column.setSpacing(GAP)
        column.addWidget(self.search)
        column.addWidget(self.view, 1)
        column.addWidget(self.messages)
        column.addLayout(below)

    def bring(self) -> None:
        """Show the window, or bring it to the front."""
        if not self.isVisible():
            screen = self.screen().availableSize() - QSize(4 * GAP, 8 * GAP)  # its frame
            self.resize(QSize(72 * GAP, 78 * GAP).boundedTo(screen))
        self.show()
        self.activateWindow()

    # --- changing ---------------------------------------------------------------------------

    @Slot(str, str)
    def _take(self, name: str, key: str) -> None:
        """Give a command a key, "" for none; say so where that cannot be."""
        bindings = self._commands.bindings
        self.messages.clear()
        if bindings.keys(name) == ((key,) if key else ()):
            return
        owner = bindings.owner(key) if key else ""
        refusal = bindings.refusal(key) if key else ""
        if refusal:
            self.messages.say(refusal)
        elif owner and owner != name:
            text = f"{native(key)} is the key of “{self._title(owner)}”."
            use = partial(self._use, bindings.give(name, (key,)))
            self.messages.say(text, action="Use it here all the same", on_action=use)
        else:
            self._use(bindings.give(name, (key,) if key else ()))

    @Slot()
    def _reset(self) -> None:
        index = self.view.currentIndex()
        if self._model.is_changed(index):
            name, before = self._model.rows[index.row()].name, self._commands.bindings
            self._use(before.reset(name))
            losers = [n for n in before.defaults if n != name and self._has_lost(n, before)]
            if losers:
                names = " and ".join(f"“{self._title(loser)}”" for loser in losers)
                self.messages.say(f"The key was taken back from {names}.", "done")

    def _has_lost(self, name: str, before: Bindings) -> bool:
        return bool(set(before.keys(name)) - set(self._commands.bindings.keys(name)))

    @Slot()
    def _reset_everything(self) -> None:
        before = self._commands.bindings
        self._use(before.reset_all())
        undo = partial(self._use, before)
        self.messages.say("All keys are the default again.", "done", "Undo", undo)

    def _use(self, bindings: Bindings) -> None:
        self.messages.clear()
        self._commands.rebind(bindings)
        save(bindings, self._settings)
        self._model.take(bindings)
        self._enable()
        self.changed.emit()
        self.view.setFocus()

    def _title(self, name: str) -> str:
        return self._commands[name].iconText()

    # --- showing ----------------------------------------------------------------------------

    @Slot(str)
    def _narrow(self, words: str) -> None:
        self._model.narrow(words)
        rows = range(len(self._model.rows))
        self._show_help()
        first = next((row for row in rows if not self._model.rows[row].is_heading), -1)
        self.view.setCurrentIndex(self._model.index(first))
        self.view.scrollToTop()
        self._enable()

    @Slot()
    def _show_help(self) -> None:
        can_change = "Enter: another key · Backspace: the default"
        self._help.setText(can_change if self._model.rows else "")

    @Slot()
    def _show_help_for_field(self) -> None:
        self._help.setText("Press the new key · Esc: as it was · ✕: no key")

    @Slot()
    def _go_to_list(self) -> None:
        self.view.setFocus()

    @Slot()
    def _change_found(self) -> None:
        """Let the key of the first command that was found be pressed."""
        self.view.setFocus()
        self.view.edit_current()

    @Slot()
    def _enable(self) -> None:
        self._reset_button.setEnabled(self._model.is_changed(self.view.currentIndex()))
        self._reset_all.setEnabled(bool(self._commands.bindings.changed))

    def showEvent(self, event: QShowEvent) -> None:
        """Begin with the search."""
        super().showEvent(event)
        self.search.setFocus()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Go back to the work, and begin anew the next time."""
        super().closeEvent(event)
        self.messages.clear()
        self.search.clear()
        self._work.activateWindow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Esc; where something is said, this goes first."""
        if event.key() == Qt.Key.Key_Escape:
            self._give_up()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _give_up(self) -> None:
        if self.messages.text:
            self.messages.clear()
            self.view.setFocus()
        else:
            self.close()


class KeyView(QListView):
    """The list of commands; Enter, F2 or a double click begin to change a key."""

    reset_wanted = Signal()

    def __init__(self, model: KeyModel) -> None:
        super().__init__()
        self.setObjectName("keyList")
        self.setAccessibleName("Commands and their keys")
        self.setModel(model)
        self.delegate = KeyDelegate(model, self)
        self.setItemDelegate(self.delegate)
        self.setEditTriggers(QListView.EditTrigger.DoubleClicked)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the rows; say so where none was found."""
        super().paintEvent(event)
        if self.model().rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().placeholderText().color())
            middle = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect(), middle, _NOTHING_FOUND)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Change or reset the key of the row that is marked; the rest moves about."""
        keys: dict[int, Callable[[], object]] = {
            Qt.Key.Key_Return: self.edit_current,
            Qt.Key.Key_Enter: self.edit_current,
            Qt.Key.Key_F2: self.edit_current,
            Qt.Key.Key_Backspace: self.reset_wanted.emit,
            Qt.Key.Key_Delete: self.reset_wanted.emit,
        }
        if event.modifiers() == Qt.KeyboardModifier.NoModifier and event.key() in keys:
            keys[event.key()]()
        else:
            super().keyPressEvent(event)

    def edit_current(self) -> None:
        """Let the key of the row that is marked be pressed, if it can be changed."""
        index = self.currentIndex()
        if index.flags() & Qt.ItemFlag.ItemIsEditable:
            self.edit(index)


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    return button
