"""The main window: four tabs in the order of the work, menus, and background work below."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QSettings, Slot
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
)
from PySide6.QtWidgets import QFileDialog, QMainWindow, QTabWidget, QVBoxLayout, QWidget

from studio.errors import StudioError
from studio.gui.annotate.tab import AnnotateTab
from studio.gui.appearance import SchemeMenu
from studio.gui.jobs import JobView
from studio.gui.menu import Menu
from studio.gui.session import Session
from studio.gui.tab import Tab
from studio.gui.theme import GAP
from studio.gui.worker import Job
from studio.project import FILE


class MainWindow(QMainWindow):
    """The window. Tabs with plots are made when they are first shown: pyqtgraph takes a while."""

    def __init__(self, settings: QSettings | None = None) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("YOLO Studio")
        self.resize(1280, 800)
        self.setAcceptDrops(True)
        self.settings = settings or QSettings()
        self.session = Session(self)
        self.annotate = AnnotateTab(self.session, self.settings)
        self._pages = [QWidget() for _ in range(3)]
        self._made: dict[int, Tab] = {}
        self.tabs = self._make_tabs()
        self._name_tab(0, self.annotate)
        self.setCentralWidget(self.tabs)
        self._make_menus()
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().setFixedHeight(3 * GAP)  # work that comes and goes must not move the rest
        self.session.opened.connect(self._show_project)
        self.session.read_only_changed.connect(self._show_project)
        self.session.job_started.connect(self._show_job)
        self._restore()

    def open(self, folder: Path) -> None:
        """Open a folder; what is wrong with it is said in the Annotate tab.

        While a class is being renamed, the folder stays as it is open: its lock and its journal
        are those of the operation.
        """
        if what := self.annotate.class_commands.operations.under_way:
            self.annotate.messages.say(f"{what}. A folder can be opened when that is done.")
            return
        self.annotate.labelling.flush()
        if self.annotate.book.flush():
            self._open(folder)
        else:
            text = f"{self.annotate.book.unwritten} Opening a folder now loses that."
            again = partial(self._open, folder)
            self.annotate.messages.say(text, "problem", "Open all the same", again)

    def _open(self, folder: Path) -> None:
        try:
            self.session.open(folder)
        except StudioError as error:
            self.annotate.messages.say(str(error))
        else:
            self._say_unread()

    def _say_unread(self) -> None:
        """Say which settings of the folder nobody reads: they would do nothing in silence."""
        project = self.session.project
        if project and project.unread and not self.annotate.messages.text:
            sentences = "; ".join(project.unread)
            self.annotate.messages.say(f"{project.root / FILE}: {sentences}")

    def show_tab(self, index: int) -> Tab:
        """Bring a tab to the front, making it if need be, and return it."""
        self.tabs.setCurrentIndex(index)
        return self.annotate if index == 0 else self._made[index]

    def _make_tabs(self) -> QTabWidget:
        tabs = QTabWidget()
        tabs.setObjectName("tabs")
        tabs.setAccessibleName("Tabs")
        tabs.setDocumentMode(True)
        tabs.addTab(self.annotate, "Annotate")
        for page, name in zip(self._pages, ("Anchors", "Train", "Detect"), strict=True):
            layout = QVBoxLayout(page)
            layout.setContentsMargins(0, 0, 0, 0)
            tabs.addTab(page, name)
        tabs.currentChanged.connect(self._make_page)
        return tabs

    @Slot(int)
    def _make_page(self, index: int) -> None:
        if index == 0 or index in self._made:
            return
        page = self._make_tab(index)
        layout = self._pages[index - 1].layout()
        assert layout is not None
        layout.addWidget(page)
        self._made[index] = page
        self._name_tab(index, page)

    def _make_tab(self, index: int) -> Tab:
        if index == 1:
            from studio.gui.anchors.tab import AnchorsTab

            return AnchorsTab(self.session, self.settings)
        if index == 2:
            from studio.gui.train.tab import TrainTab

            return TrainTab(self.session, self.settings)
        from studio.gui.detect.tab import DetectTab

        return DetectTab(self.session, self.settings)

    def _name_tab(self, index: int, tab: Tab) -> None:
        """Let a tab carry its state in its label."""
        name = self.tabs.tabText(index)

        def show(state: str) -> None:
            text = f"{name} · {state}" if state else name
            if text != self.tabs.tabText(index):  # a new text paints the whole tab again
                self.tabs.setTabText(index, text)

        tab.state_changed.connect(show)
        tab.tab_requested.connect(self.tabs.setCurrentIndex)
        show(tab.state)

    def _make_menus(self) -> None:
        file_menu = Menu("&File", self)
        self.menuBar().addMenu(file_menu)
        open_action = QAction("&Open folder…", self)
        open_action.setShortcuts([QKeySequence("Ctrl+O"), QKeySequence("Ctrl+U")])
        open_action.setToolTip("Open a folder of pictures (Ctrl+O)")
        open_action.triggered.connect(self.choose_folder)
        quit_action = QAction("&Quit", self)
        quit_action.setShortcut(QKeySequence("Ctrl+Q"))
        quit_action.setToolTip("Quit (Ctrl+Q)")
        quit_action.triggered.connect(self.close)
        file_menu.addAction(open_action)
        file_menu.addAction(self.annotate.commands["save"])
        file_menu.addSeparator()
        file_menu.addAction(quit_action)
        self.annotate.open_requested.connect(self.choose_folder)
        self.annotate.folder_requested.connect(self._open_again)
        view_menu = self.annotate.fill_menus(self.menuBar())["&View"]
        view_menu.addSeparator()
        view_menu.addMenu(SchemeMenu(self.settings, self))

    @Slot(str)
    def _open_again(self, folder: str) -> None:
        self.open(Path(folder))

    @Slot()
    def choose_folder(self) -> None:
        """Ask for a folder and open it."""
        start = str(self.session.project.root) if self.session.project else ""
        folder = QFileDialog.getExistingDirectory(self, "Open a folder of pictures", start)
        if folder:
            self.open(Path(folder))

    @Slot()
    def _show_project(self) -> None:
        project = self.session.project
        if project:
            note = " (read-only)" if self.session.read_only else ""
            self.setWindowTitle(f"{project.root.name}{note} – YOLO Studio")

    @Slot(object)
    def _show_job(self, job: Job) -> None:
        self.statusBar().addWidget(JobView(job))

    def _restore(self) -> None:
        geometry = self.settings.value("window/geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)

    # --- a folder dropped anywhere --------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a folder; files are for the tabs."""
        if _dropped_folder(event.mimeData()):
            event.acceptProposedAction()
            self.annotate.set_hovered(True)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """It went elsewhere."""
        self.annotate.set_hovered(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the folder that was dropped."""
        self.annotate.set_hovered(False)
        folder = _dropped_folder(event.mimeData())
        if folder:
            event.acceptProposedAction()
            self.show_tab(0)
            self.open(folder)

    # --- closing ----------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let running work save what it has; the window goes when the last job has ended."""
        self.settings.setValue("window/geometry", self.saveGeometry())
        self.annotate.save_view()
        if not self.annotate.can_close():
            self.show_tab(0)
            event.ignore()
        elif self.session.jobs:
            event.ignore()
            self._stop_jobs()
        else:
            self.session.lock.release()
            event.accept()

    def _stop_jobs(self) -> None:
        if self.session.is_closing:
            return
        self.setEnabled(False)
        self.statusBar().showMessage("Saving what was reached, then closing…")
        self.session.jobs_ended.connect(self.close)
        self.session.close()


def _dropped_folder(data: QMimeData) -> Path | None:
    """Return the folder among what is dragged, if it is just one."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return paths[0] if len(paths) == 1 and paths[0].is_dir() else None
