"""The file list: every picture of the folder and what became of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, islice

from PySide6.QtCore import QModelIndex, QSettings, QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.gui.annotate.commands.parts import Part
from studio.gui.annotate.files.count import CountLine
from studio.gui.annotate.files.filter_button import FilterButton
from studio.gui.annotate.files.model import FileModel
from studio.gui.annotate.files.search_field import SearchField
from studio.gui.annotate.files.thumbnails import Thumbnails
from studio.gui.annotate.files.view import FileView
from studio.gui.session import Session
from studio.gui.theme import GAP
from studio.labels.folder.filtering import Filter, is_unlabelled, matching

_SETTING = "annotate/thumbnails"
_UPDATE_DELAY = 100  # milliseconds; states come in many batches while label files are read


class FileList(QWidget, Part):
    """Search field, filter, list, and how many pictures are labelled."""

    chosen = Signal(int)
    """The picture at this position was chosen."""

    def __init__(self, session: Session, settings: QSettings) -> None:
        super().__init__()
        self._session, self._settings = session, settings
        self._position = -1
        self._asked = Filter()
        self._folded: list[str] | None = None
        self.search = SearchField("Search", "Search pictures by name")
        self.filter = FilterButton(session)
        self.view = FileView()
        self._thumbnails = Thumbnails(session, self.view)
        self._model = FileModel(session, self._thumbnails, self.view)
        self._count = CountLine(session)
        self._update = QTimer(self, singleShot=True, interval=_UPDATE_DELAY)
        self._succeed = QTimer(self, singleShot=True, interval=0)
        self._gap = 0
        self._lay_out()
        self._connect()
        self._show_thumbnails(bool(settings.value(_SETTING, True, type=bool)))

    # --- made once --------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.view.setModel(self._model)
        top = QHBoxLayout()
        top.setSpacing(GAP // 2)
        top.addWidget(self.search)
        top.addWidget(self.filter)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, 0, GAP // 2)
        column.setSpacing(GAP)
        column.addLayout(top)
        column.addWidget(self.view)
        column.addWidget(self._count)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._narrow)
        self.search.returnPressed.connect(self._open_found)
        self.search.left_downwards.connect(self._enter)
        self.filter.changed.connect(self._narrow)
        self.view.selectionModel().currentChanged.connect(self._choose)
        self._thumbnails.missed.connect(self._want_thumbnails)
        self._thumbnails.made.connect(self.view.viewport().update)
        self._update.timeout.connect(self._show_matching)
        self._session.opened.connect(self._reload)
        self._session.states_changed.connect(self._take_states)
        self._session.items_changed.connect(self._follow_items)
        self._succeed.timeout.connect(self._open_successor)

    # --- what the tab calls -----------------------------------------------------------------

    def acts(self) -> dict[str, Callable[[], object]]:
        """Return what is done for each command."""
        return {
            "next": lambda: self.step(1),
            "previous": lambda: self.step(-1),
            "next_unlabelled": self._go_to_unlabelled,
            "search": self._search,
            "thumbnails": self._toggle_thumbnails,
        }

    def able(self) -> dict[str, bool]:
        """Return which of them can act now."""
        return {**dict.fromkeys(self.acts(), self._position >= 0), "thumbnails": True}

    def checked(self) -> dict[str, bool]:
        """Return which of those that can be on are on."""
        return {"thumbnails": self._model.has_thumbnails}

    @Slot(int)
    def go_to(self, position: int) -> None:
        """Make a picture the current one; it is shown even if it is not what is asked for."""
        index = self._model.index_of(position)
        if not index.isValid():
            self._show(_with(self._model.positions, position))
            index = self._model.index_of(position)
        self.view.bring(index)

    def step(self, by: int) -> None:
        """Go to the next picture of those shown (1), or to the one before (-1)."""
        shown = self._model.positions
        if by > 0:
            row = bisect_right(shown, self._position)
        else:
            row = bisect_left(shown, self._position) - 1
        if 0 <= row < len(shown):
            self.go_to(shown[row])

    def previous(self) -> int:
        """Return the picture that `previous` would go to, -1 where there is none."""
        shown = self._model.positions
        row = bisect_left(shown, self._position) - 1
        return shown[row] if row >= 0 else -1

    def neighbours(self) -> list[int]:
        """Return the pictures that `next` and `previous` would go to, the next one first."""
        shown = self._model.positions
        rows = bisect_right(shown, self._position), bisect_left(shown, self._position) - 1
        return [shown[row] for row in rows if 0 <= row < len(shown)]

    # --- what is shown ----------------------------------------------------------------------

    @Slot()
    def _reload(self) -> None:
        """Show all pictures of another folder."""
        self._position, self._folded = -1, None
        self._asked = Filter()
        self._model.reload()
        self.search.clear()
        self.filter.clear()
        self._thumbnails.forget()
        self._show_count()

    @Slot()
    def _narrow(self) -> None:
        """Show what is asked for; the picture that is open stays open, shown or not."""
        asked = Filter(self.search.text().strip(), self.filter.state, self.filter.label)
        if asked != self._asked:
            self._asked = asked
            self._show(self._matching())
            self.view.scrollTo(self.view.currentIndex())

    @Slot()
    def _show_matching(self) -> None:
        """Look again what is asked for; the picture that is open stays under one's hands."""
        matching = self._matching()
        is_shown = self._model.index_of(self._position).isValid()
        self._show(_with(matching, self._position) if is_shown else matching)

    def _show(self, positions: Sequence[int], moved: Mapping[int, int] | None = None) -> None:
        if moved is not None or positions != self._model.positions:
            with self.view.kept_place(moved):
                self._model.show(positions, moved)
        current = self._model.index_of(self._position)
        if current != self.view.currentIndex():
            self.view.setCurrentIndex(current)
        self._show_count()

    @Slot(object)
    def _follow_items(self, moved: dict[int, int]) -> None:
        """Stay at the picture that is open, or go to the one behind it where it is gone.

        `moved` tells the new position of each old one that is still there.
        """
        row = self._model.row_from(self._position)
        is_shown = self._model.index_of(self._position).isValid()
        was_open, self._position = self._position >= 0, moved.get(self._position, -1)
        self._folded = None
        self._thumbnails.look_again()
        matching = self._matching()
        is_kept = is_shown and self._position >= 0
        self._show(_with(matching, self._position) if is_kept else matching, moved)
        if was_open and self._position < 0:
            self._gap = row
            self._succeed.start()  # when everybody else knows that it is gone

    @Slot()
    def _open_successor(self) -> None:
        """Open the picture that is now where the one that was open was."""
        shown = self._model.positions
        if shown and self._position < 0:
            self.go_to(shown[min(self._gap, len(shown) - 1)])

    def _matching(self) -> Sequence[int]:
        if self._folded is None:
            self._folded = [item.name.casefold() for item in self._session.items]
        return matching(self._asked, self._folded, self._session.states)

    def _matches(self, position: int) -> bool:
        name, state = self._session.items[position].name, self._session.states[position]
        return bool(matching(self._asked, [name.casefold()], [state]))

    @Slot(list)
    def _take_states(self) -> None:
        if self.filter.is_active:
            self._update.start()
        self._show_count()

    def _show_count(self) -> None:
        is_narrowed = self._asked != Filter()
        self._count.show_counts(len(self._model.positions) if is_narrowed else None)

    # --- going ------------------------------------------------------------------------------

    @Slot(QModelIndex, QModelIndex)
    def _choose(self, current: QModelIndex) -> None:
        position = self._model.positions[current.row()] if current.isValid() else -1
        if position < 0 or position == self._position:
            return  # rows came or went
        left, self._position = self._position, position
        if left >= 0 and not self._matches(left):
            self._update.start()
        self.chosen.emit(position)

    def _go_to_unlabelled(self) -> None:
        """Go to the next picture that is not labelled, beginning again at the top."""
        shown = self._model.positions
        start = bisect_right(shown, self._position)
        following = chain(islice(shown, start, None), islice(shown, start))
        others = (position for position in following if position != self._position)
        position = next(filter(self._is_unlabelled, others), None)
        if position is not None:
            self.go_to(position)
        elif self._asked == Filter():
            self._count.say("No other picture is left to label")
        else:
            self._count.say("None of those shown is left to label")

    def _is_unlabelled(self, position: int) -> bool:
        """Tell whether a picture waits for labels; before all files were read, by their names."""
        if not is_unlabelled(self._session.states[position]):
            return False
        return self._session.is_indexed or not self._session.items[position].is_labelled

    # --- by keys ----------------------------------------------------------------------------

    def _search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    @Slot()
    def _open_found(self) -> None:
        """Open the first picture that was found, unless the one that is open is among them."""
        shown = self._model.positions
        if shown and not self._model.index_of(self._position).isValid():
            self.go_to(shown[0])

    @Slot()
    def _enter(self) -> None:
        """Go from the search field into the list."""
        self._open_found()
        self.view.setFocus()

    # --- thumbnails -------------------------------------------------------------------------

    def _toggle_thumbnails(self) -> None:
        self._show_thumbnails(not self._model.has_thumbnails)
        self._settings.setValue(_SETTING, self._model.has_thumbnails)

    def _show_thumbnails(self, shown: bool) -> None:
        self._model.has_thumbnails = shown
        self.view.show_thumbnails(shown)
        self.view.viewport().update()

    @Slot()
    def _want_thumbnails(self) -> None:
        """Ask for the thumbnails in sight, and for a screen ahead."""
        rows, shown = self.view.rows_in_sight(), self._model.positions
        wanted = shown[rows.start : rows.stop + len(rows)]
        self._thumbnails.want([self._session.items[position].image for position in wanted])


def _with(positions: Sequence[int], position: int) -> Sequence[int]:
    """Return ascending positions with one more, where it belongs."""
    row = bisect_left(positions, position)
    if row < len(positions) and positions[row] == position:
        return positions
    return [*positions[:row], position, *positions[row:]]
