"""The Annotate tab: pictures, boxes, classes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QSettings, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QMenu, QMenuBar, QStackedWidget, QWidget

from studio.gui.annotate.box_list import BoxList
from studio.gui.annotate.canvas.canvas import Canvas
from studio.gui.annotate.classes.book import ClassBook
from studio.gui.annotate.classes.choice import ClassChoice
from studio.gui.annotate.classes.commands import IN_THE_LIST, ClassCommands
from studio.gui.annotate.classes.finder import ClassFinder
from studio.gui.annotate.classes.panel import ClassList
from studio.gui.annotate.commands import bindings as key_bindings
from studio.gui.annotate.commands.actions import FOLLOWED_BY_KEYS
from studio.gui.annotate.commands.key_map import KeyMap
from studio.gui.annotate.commands.menus import Actions
from studio.gui.annotate.commands.parts import Part, Parts
from studio.gui.annotate.files.panel import FileList
from studio.gui.annotate.files.place import Place
from studio.gui.annotate.history_list import HistoryList
from studio.gui.annotate.labelling.box_commands import BoxCommands
from studio.gui.annotate.labelling.labelling import Labelling
from studio.gui.annotate.labelling.read_only import ReadOnly
from studio.gui.annotate.labelling.timeline import Timeline
from studio.gui.annotate.layout import PictureBar, Splitters, column, state_in_words
from studio.gui.annotate.light_bar import LightBar
from studio.gui.annotate.view_commands import ViewCommands
from studio.gui.drop_area import DropArea
from studio.gui.lines import Line
from studio.gui.session import Session
from studio.gui.tab import Tab
from studio.gui.theme import GAP
from studio.labels.editing.history import Edit

_AHEAD_DELAY = 10  # milliseconds; the picture that was asked for is painted first
_COUNT_DELAY = 500
_STRANGER_INTERVAL = 1000  # between two looks at the file that is open; watches miss some
_ICON_DELAY = 100  # milliseconds; the picture is painted first


class AnnotateTab(Tab, Part):
    """Draw boxes. Every edit is saved by itself."""

    open_requested = Signal()
    folder_requested = Signal(str)
    """This folder, open the last time, shall be opened again."""

    def __init__(self, session: Session, settings: QSettings) -> None:
        super().__init__(session, settings)
        self.book = ClassBook(session)
        self.files = FileList(session, settings)
        self.labelling = Labelling(session, self.book, self.messages)
        self.labelling.setParent(self)
        self.timeline = Timeline(session, self.labelling, self.messages)
        self._read_only = ReadOnly(session, self.labelling, self.messages)
        self.canvas = Canvas()
        self.classes = ClassList()
        self.choice = ClassChoice(session, self.labelling, self.messages)
        self.class_commands = ClassCommands(
            session,
            self.labelling,
            self.timeline,
            self.choice,
            self.messages,
            self.classes,
            ClassFinder(self.canvas),
        )
        self.boxes = BoxList()
        self.edits = HistoryList()
        self.box_commands = BoxCommands(self.labelling, self.canvas)
        self.commands = Actions(
            self, self.canvas, self.files.view, self.classes.view, self.boxes.view
        )
        self.commands.rebind(key_bindings.load(self.commands.bindings, settings))
        self._bar = PictureBar(self.commands)
        self._light = LightBar()
        self._view = ViewCommands(self.canvas, self._light, self.edits, settings)
        self._hint = Line(Qt.TextElideMode.ElideRight, Qt.AlignmentFlag.AlignHCenter)
        self._key_map: KeyMap | None = None
        self._icons = QTimer(self, singleShot=True, interval=_ICON_DELAY)
        self._told = ""
        self._stranger = QTimer(self, interval=_STRANGER_INTERVAL)
        self._stranger.timeout.connect(self.labelling.notice)
        self._place = Place(settings, self)
        self._count = QTimer(self, singleShot=True, interval=_COUNT_DELAY)
        self._beside = QTimer(self, singleShot=True, interval=0)
        self._beside.timeout.connect(self._show_beside)
        self._ahead = QTimer(self, singleShot=True, interval=_AHEAD_DELAY)
        self._ahead.timeout.connect(self._read_ahead)
        self._is_leaving = False
        self._parts = Parts(
            self.commands,
            self,
            self.labelling,
            self.timeline,
            self.box_commands,
            self.choice,
            self.class_commands,
            self.canvas,
            self.files,
            self._view,
        )
        self._lay_out()
        self._connect()
        self._refresh()

    # --- made once --------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._hint.setContentsMargins(GAP, GAP // 2, GAP, GAP // 2)
        middle = QWidget()
        middle.setLayout(column(self._bar, self._light, self.canvas, self._hint))
        self._splitters = Splitters(self.files, middle, self.classes, self.boxes, self.edits)
        self._splitters.restore(self.settings)
        self._empty = DropArea("Drop a folder of pictures here, or open one", "Open folder…")
        last = Path(str(self.settings.value("annotate/folder", "")))
        if last.name and last.is_dir():
            again = self._empty.add_button(f"Open {last.name} again")
            again.clicked.connect(partial(self.folder_requested.emit, str(last)))
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._splitters.all)
        overlaid = QGridLayout(self)  # a message takes no room: what is under the hand stays there
        overlaid.setContentsMargins(0, 0, 0, 0)
        overlaid.addWidget(self._stack, 0, 0)
        overlaid.addWidget(self.messages, 0, 0, Qt.AlignmentFlag.AlignBottom)

    def _connect(self) -> None:
        self.session.opened.connect(self._show_folder)
        self.session.items_changed.connect(self._follow_items)
        self.session.states_changed.connect(self._take_states)
        self.session.indexed.connect(self._show_states)
        self._count.timeout.connect(self._show_states)
        self.book.changed.connect(self._refresh)
        self.files.chosen.connect(self._open_position)
        self.files.search.returnPressed.connect(self.canvas.setFocus)
        self.files.search.given_up.connect(self.canvas.setFocus)
        self.labelling.opened.connect(self._show_picture)
        self.labelling.changed.connect(self._refresh)
        self.choice.name_wanted.connect(self.classes.ask_for_name)
        self.timeline.elsewhere.connect(self.files.go_to)
        self.labelling.previous = self.files.previous
        self.canvas.edited.connect(self.labelling.take_edit)
        self.canvas.selected.connect(self._refresh)
        self.canvas.viewed.connect(self._show_view)
        self.canvas.space_tapped.connect(self._trigger_space)
        self.canvas.hinted.connect(self._show_hint)
        self.classes.chosen.connect(self.book.choose)
        self.classes.applied.connect(self.labelling.relabel)
        self.classes.added.connect(self.choice.add)
        self.classes.named.connect(self.choice.name_first)
        self.classes.left.connect(self.canvas.setFocus)
        self.boxes.selected.connect(self.labelling.select)
        self.boxes.selected.connect(self.canvas.reveal_selected)
        self.edits.wanted.connect(self._go_to_step)
        self._view.changed.connect(self._refresh)
        self._read_only.reopening_wanted.connect(self.folder_requested)
        self._empty.acted.connect(self.open_requested)
        self._icons.timeout.connect(self._draw_icons)
        self.classes.marked.connect(self._parts.show)
        self.classes.fill_menu([self.commands[name] for name in IN_THE_LIST])
        for name in FOLLOWED_BY_KEYS:
            self.commands[name].triggered.connect(self._give_canvas_keys)

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what is done for each command; the other parts know their own."""
        return {"keys": self._show_keys}

    # --- what the window calls --------------------------------------------------------------

    def fill_menus(self, menus: QMenuBar) -> dict[str, QMenu]:
        """Put the tab's actions into the window's menus and return these by their titles."""
        return self.commands.fill(menus)

    def set_hovered(self, hovered: bool) -> None:
        """Show whether letting go now would open the folder that is dragged."""
        self._empty.set_hovered(hovered)

    def save_view(self) -> None:
        """Remember splitters and picture for the next start."""
        self._splitters.save(self.settings)
        self._place.keep()

    def can_close(self) -> bool:
        """Save what is left; False while something cannot be saved, which the message bar tells."""
        if not self._is_leaving:
            if not self.labelling.flush():
                self.labelling.warn_of_leaving(self._leave)
                return False
            if not self.book.flush():
                text = f"{self.book.unwritten} Closing now loses that."
                self.messages.say(text, "problem", "Close all the same", self._leave)
                return False
        self.class_commands.operations.close()
        return True

    def _leave(self) -> None:
        self._is_leaving = True
        self.window().close()

    # --- showing ----------------------------------------------------------------------------

    @Slot()
    def _show_folder(self) -> None:
        """Show the folder that was opened, at the picture where one left off."""
        project, items = self.session.project, self.session.items
        self._place.keep()
        self.labelling.open(-1)
        self._stack.setCurrentIndex(1 if items else 0)
        if project and items:
            self.settings.setValue("annotate/folder", str(project.root))
            self.files.go_to(self.session.position_of(self._place.kept(project.root)) or 0)
            self.canvas.setFocus()
        elif project:
            self._empty.say(f"{project.root} holds no pictures.", "Open folder…")
        if project:
            self.canvas.input_size = project.anchors.input_size if project.anchors else (416, 416)
        self._show_states()
        self._read_only.show()

    @Slot()
    def _follow_items(self) -> None:
        """Show the first pictures that come into an empty folder, or that there are none left."""
        if bool(self.session.items) != bool(self._stack.currentIndex()):
            self._show_folder()
        self._show_states()

    @Slot(int)
    def _open_position(self, position: int) -> None:
        if position != self.labelling.position:
            self.labelling.open(position)
            if self.session.project:
                self._place.note(self.session.project.root, self.session.items[position].name)

    @Slot()
    def _show_picture(self) -> None:
        picture, sheet = self.labelling.picture, self.labelling.sheet
        editor = sheet.editor if sheet else None
        self.canvas.show_picture(picture, editor, self.labelling.sentence)
        self._refresh()
        self._ahead.start()

    @Slot()
    def _read_ahead(self) -> None:
        """Read the pictures that are likely to come next."""
        if self.labelling.picture:
            items = self.session.items
            self.labelling.loader.prefetch([items[i] for i in self.files.neighbours()])

    @Slot()
    def _take_states(self) -> None:
        """Show figures at once for an edit, now and then while a large folder is being read."""
        if self.session.is_indexed:
            self._show_states()
        elif not self._count.isActive():
            self._count.start()

    @Slot()
    def _show_states(self) -> None:
        items = self.session.items
        self.set_state(f"{self.session.labelled}/{len(items)}" if items else "")
        self._show_classes()

    @Slot()
    def _show_view(self) -> None:
        """Name the picture in the bar, with its size and scale."""
        item, picture = self.labelling.item, self.labelling.picture
        if item is None or picture is None:
            self._bar.say(item.name if item else "")
            return
        percent = self.canvas.viewport.scale * self.canvas.devicePixelRatioF() * 100
        size = f"{picture.width} × {picture.height}"
        sheet = self.labelling.sheet
        state = state_in_words(sheet.editor.settled) if sheet else ""
        self._bar.say("    ".join(filter(None, (item.name, size, f"{percent:.0f} %", state))))

    @Slot()
    def _refresh(self) -> None:
        """Show boxes and classes as they are, and let only those actions act that can.

        The list of boxes and what else stands beside the canvas follows in a turn of its own: the
        edit is done with first, and what changed twice in one turn is shown once.
        """
        listed = self.book.listed
        self.canvas.classes, self.canvas.label = listed.names, self.book.label
        self.canvas.colours = listed.colours
        self.canvas.read_only = bool(self.labelling.held)
        self.canvas.refresh()
        self._show_classes()
        self._parts.show()
        self._beside.start()

    @Slot()
    def _show_beside(self) -> None:
        """Show labels in the lists and in the bar."""
        sheet = self.labelling.sheet
        self.boxes.show_document(sheet.editor.settled if sheet else None, self.book.listed)
        self.edits.show_history(self.labelling.history)
        self._show_view()

    def _show_classes(self) -> None:
        """Show the classes in their list and in the menu, whose keys are for them at once."""
        listed = self.book.listed
        self.commands.name_classes(listed.shown)
        self.classes.show_classes(listed, self.session.class_counts(), self.book.label)

    @Slot(int)
    def _go_to_step(self, count: int) -> None:
        """Go back or forward in the list of edits, and say how much that was."""
        history, before = self.labelling.history, self.labelling.history.done
        self.timeline.go_to(count)
        steps = history.steps[min(before, history.done) : max(before, history.done)]
        if len(steps) > 1:
            names = {step.name for step in steps if isinstance(step, Edit)}
            done = "Took back" if history.done < before else "Made again"
            where = f" in {len(names)} pictures" if len(names) > 1 else ""
            back = partial(self.timeline.go_to, before)
            text = f"{done} {len(steps)} edits{where}."
            self.messages.say(text, "done", "Redo" if history.done < before else "Undo", back)

    @Slot(str)
    def _show_hint(self, hint: str) -> None:
        """Say what can be done, with the keys as they are."""
        self._told = hint
        self._hint.setText(self.commands.with_keys(hint))

    @Slot()
    def _trigger_space(self) -> None:
        """Do what Space stands for; the canvas takes the key first, to push the picture with it."""
        if name := self.commands.bindings.owner("Space"):
            self.commands[name].trigger()

    @Slot()
    def _give_canvas_keys(self) -> None:
        """Let the next keys be for the picture: in a list, arrows would go to another one."""
        self.canvas.setFocus()

    @Slot()
    def _show_hint_again(self) -> None:
        self._show_hint(self._told)

    def _show_keys(self) -> None:
        """Show the key map, which is made when it is first wanted."""
        if self._key_map is None:
            self._key_map = KeyMap(self, self.commands, self.settings)
            self._key_map.changed.connect(self._show_hint_again)
        self._key_map.bring()

    # --- events -----------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Take the keys, and look whether another tab has changed the labels that are shown."""
        super().showEvent(event)
        self.commands.enable(True)
        self._icons.start()
        self._stranger.start()
        self.labelling.look_again()
        self.canvas.setFocus()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the box that is there, else with the picture."""
        sheet, place = self.labelling.sheet, self.canvas.mapFrom(self, event.pos())
        is_on_canvas = self.canvas.rect().contains(place)
        is_on_list = self.boxes.rect().contains(self.boxes.mapFrom(self, event.pos()))
        if sheet is None or sheet.editor.drag or not (is_on_canvas or is_on_list):
            event.ignore()
            return
        if is_on_canvas and event.reason() is QContextMenuEvent.Reason.Mouse:
            has_box = self.box_commands.select_at(place)
        else:
            has_box = bool(sheet.editor.document.selection)
        self.commands.context_menu(self, has_box).popup(event.globalPos())

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave the keys to the other tabs."""
        super().hideEvent(event)
        self._ahead.stop()
        self._stranger.stop()
        self.commands.enable(False)

    def changeEvent(self, event: QEvent) -> None:
        """Draw the icons anew when the system turns light or dark."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self.isVisible():
            self._icons.start()

    @Slot()
    def _draw_icons(self) -> None:
        """Give the actions their icons; after the window is shown, since that takes a while."""
        self.commands.draw_icons(self)
