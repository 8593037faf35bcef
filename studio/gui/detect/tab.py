"""The Detect tab: pictures in, boxes at once, thresholds that move live."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, Slot
from PySide6.QtGui import (
    QAction,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QStackedWidget,
    QVBoxLayout,
)

from studio.gui.detect import exporting, saving, sources
from studio.gui.detect.engine import Engine, Found, Loading, Opened, Source, Unread
from studio.gui.detect.layout import DetectContent
from studio.gui.drop_area import DropArea
from studio.gui.empty import EmptyState
from studio.gui.session import Session
from studio.gui.tab import Tab
from studio.gui.worker import Job
from studio.labels.boxes import Detection
from studio.labels.classes import ClassList

if TYPE_CHECKING:
    from studio.labels.images import Image
    from studio.yolo.export import Exported

NO_RUN, NO_PICTURE, PICTURE = range(3)


class DetectTab(Tab):
    """Detect in what is dropped, opened or pasted. The sliders never run the network again.

    `engine.loader` may be replaced before the first picture comes.
    """

    def __init__(self, session: Session, settings: QSettings) -> None:
        super().__init__(session, settings)
        self.engine = Engine()
        self._job: Job | None = None
        self._run: Path | None = None
        self._source: Source | None = None  # the picture that is chosen
        self._opened: Source | None = None  # the one that is shown: the same, a moment later
        self._found: Found | None = None
        self._detections: list[Detection] = []
        self._done = 0
        self._content = DetectContent(settings)
        self.view, self.strip = self._content.view, self._content.strip
        self.panel = self._content.panel
        self._pages = QStackedWidget()
        self._pages.addWidget(self._make_no_run())
        self._pages.addWidget(self._make_drop_area())
        self._pages.addWidget(self._content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self._pages)
        self.setAcceptDrops(True)
        self._make_actions()
        self._connect()
        self._show_runs()

    # --- building -------------------------------------------------------------------------------

    def _make_no_run(self) -> EmptyState:
        empty = EmptyState("Train a model first: then drop pictures here.", "Go to Train")
        empty.acted.connect(self._go_to_train)
        empty.add_button("Open a run folder…").clicked.connect(self._open_run)
        empty.add_button("Open Darknet files…").clicked.connect(self._open_darknet)
        return empty

    def _make_drop_area(self) -> DropArea:
        self._drop_area = DropArea("Drop pictures here, or paste", "Open picture…")
        self._drop_area.acted.connect(self._open_pictures)
        return self._drop_area

    def _make_actions(self) -> None:
        paste = QAction("Paste a picture", self)
        paste.setShortcut(QKeySequence.StandardKey.Paste)
        paste.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        paste.triggered.connect(self._paste)
        self.addAction(paste)

    def _connect(self) -> None:
        self.session.opened.connect(self._show_runs)
        self.session.runs_changed.connect(self._show_runs)
        self.session.run_chosen.connect(self._use_chosen)
        self.panel.run_chosen.connect(self.session.choose_run)
        self.panel.other_run_wanted.connect(self._open_run)
        self.panel.darknet_wanted.connect(self._open_darknet)
        self.panel.thresholds_changed.connect(self._select)
        self.panel.save_wanted.connect(self._save)
        self.panel.export_wanted.connect(self._export)
        self.panel.table.pointed.connect(self.view.highlight)
        self.strip.chosen.connect(self._show_source)
        self._content.open_button.clicked.connect(self._open_pictures)

    # --- runs -----------------------------------------------------------------------------------

    @Slot()
    def _show_runs(self) -> None:
        """List the project's runs; use the one that was asked for, else the newest.

        One that is still trained is used when it is asked for, or is in use already: at first it
        finds nothing, and that should not come in the place of what another has found.
        """
        runs = [known for known in self.session.runs if known.can_detect]
        calm = (known.path for known in runs if not known.is_occupied or known.path == self._run)
        chosen = self.session.run or next(calm, None)
        self.panel.show_runs([known.path for known in runs], chosen)
        self._use_run(chosen)

    @Slot()
    def _use_chosen(self) -> None:
        """Use the run that was asked for; once more where it has other weights by now."""
        before = self._run
        self._show_runs()
        if self._run and self._run == before and not self.engine.has_newest(self._run):
            self._detect_all()

    def _use_run(self, run: Path | None) -> None:
        if run != self._run:
            self._run = run
            self.set_state(run.name if run else "")
            self._detect_all()
        self._show_page()

    def _show_page(self) -> None:
        page = PICTURE if self._source else NO_PICTURE
        self._pages.setCurrentIndex(page if self._run else NO_RUN)

    @Slot()
    def _open_run(self) -> None:
        start = str(self.session.project.runs) if self.session.project else ""
        folder = QFileDialog.getExistingDirectory(self, "Open the folder of a run", start)
        if folder:
            self.session.choose_run(Path(folder))
        else:
            self._show_runs()  # the chooser goes back to the run in use

    @Slot()
    def _open_darknet(self) -> None:
        """Let a person choose a cfg or its weights; each is found beside the other."""
        start = str(self.settings.value("detect/darknet_folder", ""))
        file, _ = QFileDialog.getOpenFileName(
            self, "Open a Darknet model", start, "Darknet (*.cfg *.weights)"
        )
        if file:
            self.settings.setValue("detect/darknet_folder", str(Path(file).parent))
            self.session.choose_run(Path(file))
        else:
            self._show_runs()  # the chooser goes back to the run in use

    @Slot()
    def _go_to_train(self) -> None:
        self.tab_requested.emit(2)

    # --- pictures -------------------------------------------------------------------------------

    def detect_in(self, pictures: list[Source]) -> None:
        """Add pictures and show the first of them."""
        if not pictures:
            self.messages.say("There is no picture in what was dropped or pasted.")
            return
        self.messages.clear()
        self.strip.add(pictures)  # which chooses the first
        if self._run:
            self.engine.queue.put(self._run, pictures[1:])
            self._work()
        self._show_page()

    @Slot()
    def _open_pictures(self) -> None:
        project = self.session.project
        folder = str(project.layout.images) if project else ""
        start = str(self.settings.value("detect/open_folder", folder))
        files, _ = QFileDialog.getOpenFileNames(
            self, "Open pictures to detect in", start, sources.name_filter()
        )
        if files:
            self.settings.setValue("detect/open_folder", str(Path(files[0]).parent))
            self.detect_in(sources.from_paths([Path(file) for file in files]))

    @Slot()
    def _paste(self) -> None:
        data = QGuiApplication.clipboard().mimeData()
        self.detect_in(sources.from_mime(data) if data else [])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome files and pictures."""
        if sources.is_welcome(event.mimeData()):
            event.acceptProposedAction()
            self._drop_area.set_hovered(True)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """They went elsewhere."""
        self._drop_area.set_hovered(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Detect in the pictures that were dropped, with the Darknet model if one was, or both."""
        self._drop_area.set_hovered(False)
        event.acceptProposedAction()
        model = sources.darknet_model(event.mimeData())
        pictures = sources.from_mime(event.mimeData())
        if model:
            self.session.choose_run(model)
        if pictures or not model:
            self.detect_in(pictures)

    @Slot(object)
    def _show_source(self, source: Source) -> None:
        self._source, self._found = source, None
        if self._run:
            self.engine.queue.put_first(self._run, source)
            self._work()

    def _detect_all(self) -> None:
        """Another run is used: everything there is waits for it, the chosen picture first."""
        self._found = None
        self.engine.queue.clear()
        if self._run and self._source:
            self.engine.queue.put(self._run, self.strip.sources())
            self.engine.queue.put_first(self._run, self._source)
            self._work()

    # --- detecting ------------------------------------------------------------------------------

    def _work(self) -> None:
        if self._job is None:
            self._done = 0
            self._job = self.session.start(
                "Detecting", self.engine.work, self._take, self._fail, self._end
            )

    @Slot(object)
    def _take(self, event: object) -> None:
        match event:
            case Opened(source, image):
                self._show_picture(source, image)
            case Loading(run):
                self._report(-1.0, f"loading {run.name}")
            case Found():
                self._take_found(event)
            case Unread(source, sentence):
                self.strip.show_fault(source, sentence)
                self.messages.say(sentence)
                if source is self._source:
                    self._show_picture(source, None)

    def _show_picture(self, source: Source, image: Image | None) -> None:
        if source is self._source and source is not self._opened:
            self._opened = source
            self.view.show_picture(image)
            self._select()

    def _take_found(self, found: Found) -> None:
        self.strip.show_thumbnail(found.source, found.thumbnail)
        self._done += 1
        waiting = len(self.engine.queue)
        self._report(self._done / (self._done + waiting), f"{waiting} to go" if waiting else "")
        if found.source is self._source and found.run == self._run:
            self._found = found
            self._select()

    def _report(self, share: float, text: str) -> None:
        if self._job:
            self._job.report(share, text)
        if share < 0:
            self.panel.time.setText(f"{text}…".capitalize())

    @Slot()
    def _select(self) -> None:
        """Apply the thresholds to what the network said; it is not asked again."""
        from studio.yolo.suppression.plain import select

        found = self._found
        if found is None:
            self._detections = []
            self.view.show_detections([], ClassList())
            self.panel.show_detections([], ClassList(), None)
            return
        self._detections = select(found.candidates, found.classes, *self.panel.thresholds)
        classes = ClassList(found.classes, self.session.class_list.colours)
        self.view.show_detections(self._detections, classes)
        self.panel.show_detections(self._detections, classes, found.milliseconds)

    @Slot(str)
    def _fail(self, sentence: str) -> None:
        self.messages.say(sentence)
        self.panel.time.clear()

    @Slot(bool)
    def _end(self, completed: bool) -> None:
        self._job = None
        if not completed:
            self.engine.queue.clear()
        elif len(self.engine.queue):
            self._work()

    # --- saving ---------------------------------------------------------------------------------

    @Slot()
    def _save(self) -> None:
        if self._found is None:
            return
        suggested = saving.suggest(self._found.source, self.settings)
        file, _ = QFileDialog.getSaveFileName(
            self, "Save the annotated picture", str(suggested), "Pictures (*.png *.jpg)"
        )
        if file:
            saving.remember_folder(Path(file), self.settings)
            self.save_to(Path(file))

    def save_to(self, path: Path) -> None:
        """Write the picture with the boxes that are shown; PNG where the name has no suffix."""
        if self._found is None:
            return
        path = path if path.suffix else path.with_suffix(".png")
        found, detections = self._found, list(self._detections)
        self.session.start(
            f"Saving {path.name}",
            lambda: saving.write(path, found, detections),
            self._say_saved,
            self._fail_to_save,
        )

    @Slot(str)
    def _fail_to_save(self, sentence: str) -> None:
        self.messages.say(sentence)

    @Slot(object)
    def _say_saved(self, path: Path) -> None:
        self.messages.say(f"Saved as {path}.", "done")

    # --- exporting ------------------------------------------------------------------------------

    @Slot()
    def _export(self) -> None:
        if self._run is None:
            return
        suggested = exporting.suggest(self._run, self.settings)
        file, _ = QFileDialog.getSaveFileName(
            self, "Export for Darknet", str(suggested), "Darknet (*.weights)"
        )
        if file:
            exporting.remember_folder(Path(file), self.settings)
            self.export_to(Path(file))

    def export_to(self, path: Path) -> None:
        """Write the model that detects as Darknet's files."""
        if self._run:
            self.session.start(
                f"Exporting {self._run.name}",
                partial(exporting.write, self._run, path),
                self._say_exported,
                self._fail_to_save,
            )

    @Slot(object)
    def _say_exported(self, done: Exported) -> None:
        self.messages.say(exporting.told(done), "done")
