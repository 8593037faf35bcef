"""The class list in the window: edited in place, over the whole data set, by mouse and keys."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from studio.errors import FileError
from studio.gui.annotate.classes import work as class_work
from studio.gui.main_window import MainWindow
from studio.gui.session import Session
from studio.gui.worker import Job
from studio.labels.boxes import Box
from studio.labels.classes import ClassList
from studio.labels.classes import edits as class_edits
from studio.labels.classes.edits import Renaming, prepare
from studio.labels.classes.journal import Change, State
from studio.labels.editing.history import Operation
from studio.labels.files import OWN_FOLDER
from studio.project import Project
from tests.gui.driving import Shell, act, answer, open_picture, said, settle
from tests.gui.folders import draw_picture, label_file, label_names, make_folder, write_labels

SIZE = (60, 40)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures: cats in two of them, a dog in one, a stranger in one; `owl` has no box."""
    names = {"a": ("cat", "dog"), "b": ("cat", "cat"), "c": ("yak",)}
    root = make_folder(tmp_path / "pictures", SIZE, {name: row(*names[name]) for name in names})
    (root / "studio.toml").write_text('classes = ["cat", "owl", "dog"]  # mine\n')
    return root


def row(*labels: str) -> tuple[Box, ...]:
    return tuple(Box(label, 5 + 9 * i, 5, 20 + 9 * i, 20) for i, label in enumerate(labels))


def files(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((root / "annotations").glob("*.xml"))}


def mark(window: MainWindow, name: str) -> None:
    view, model = window.annotate.classes.view, window.annotate.classes.model
    view.setCurrentIndex(model.index(model.names.index(name)))
    view.setFocus()


def rename(qtbot: QtBot, window: MainWindow, old: str, new: str) -> None:
    """Type another name over one in the list."""
    mark(window, old)
    view = window.annotate.classes.view
    qtbot.keyClick(view, Qt.Key.Key_F2)
    field = view.viewport().findChild(QLineEdit)
    field.selectAll()
    qtbot.keyClicks(field, new)
    window.annotate.messages.clear()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(said(window)))


def shown(window: MainWindow) -> tuple[str, ...]:
    return window.annotate.classes.model.names


# --- renamed and merged over the data set -------------------------------------------------------


def test_a_name_typed_over_is_asked_about_and_then_renamed_everywhere(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    before = files(folder)
    rename(qtbot, window, "cat", "lynx")
    assert said(window) == "Rename cat to lynx: 3 boxes in 2 files."
    assert files(folder) == before
    answer(qtbot, window, "Rename")
    assert said(window) == "Renamed cat to lynx: 3 boxes in 2 files."
    assert (label_names(folder, "a"), label_names(folder, "b")) == (
        ["lynx", "dog"],
        ["lynx", "lynx"],
    )
    assert files(folder)["c.xml"] == before["c.xml"]
    assert (folder / "studio.toml").read_text() == 'classes = ["lynx", "owl", "dog"]  # mine\n'
    assert shown(window) == ("lynx", "owl", "dog", "yak")
    assert window.session.class_counts() == {"lynx": 3, "dog": 1, "yak": 1}
    assert window.annotate.labelling.sheet.editor.settled.boxes[0].label == "lynx"


def test_it_is_undone_and_redone_with_the_edits_around_it(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    labelling, before = window.annotate.labelling, files(folder)
    labelling.select([0])
    act(window, "nudge_right")
    labelling.flush()
    moved = files(folder)
    rename(qtbot, window, "cat", "dog")
    answer(qtbot, window, "Merge")
    merged = files(folder)
    labelling.select([1])
    act(window, "delete")
    labelling.flush()
    assert [type(step) is Operation for step in labelling.history.steps] == [False, True, False]
    for expected in (merged, moved, before):
        act(window, "undo")
        settle(qtbot, window)
        labelling.flush()
        assert files(folder) == expected
    for expected in (moved, merged):
        act(window, "redo")
        settle(qtbot, window)
        labelling.flush()
        assert files(folder) == expected
    assert window.session.class_counts() == {"dog": 4, "yak": 1}


def test_pictures_opened_before_and_after_keep_what_their_files_said(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    for name in "ab":  # what the program does not know is kept by the place of the object
        text, mark = label_file(folder, name).read_text(), "<object>\n\t\t<score>{}</score>"
        for i in range(2):
            text = text.replace("<object>\n\t\t<name>", mark.format(i) + "\n\t\t<name>", 1)
        label_file(folder, name).write_text(text)
    window.open(folder)
    settle(qtbot, window)
    labelling, commands = window.annotate.labelling, window.annotate.commands
    seen = [files(folder)]

    def do(name: str) -> None:
        assert commands[name].isEnabled()
        commands[name].trigger()
        settle(qtbot, window)
        assert labelling.flush()

    labelling.select([0])
    do("delete")
    seen.append(files(folder))
    rename(qtbot, window, "cat", "dog")
    answer(qtbot, window, "Merge")
    seen.append(files(folder))
    window.annotate.files.go_to(1)
    qtbot.waitUntil(lambda: labelling.sheet is not None)
    labelling.select([0])
    do("delete")
    seen.append(files(folder))
    assert all(a != b for a, b in itertools.pairwise(seen))
    for _ in range(2):
        for expected in reversed(seen[:-1]):
            do("undo")
            assert files(folder) == expected
        for expected in seen[1:]:
            do("redo")
            assert files(folder) == expected


def test_a_step_far_back_is_reached_through_an_operation(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    labelling, before = window.annotate.labelling, files(folder)
    labelling.select([0])
    act(window, "nudge_right")
    rename(qtbot, window, "cat", "lynx")
    answer(qtbot, window, "Rename")
    act(window, "nudge_right")
    window.annotate.timeline.go_to(0)
    settle(qtbot, window)
    labelling.flush()
    assert labelling.history.done == 0
    assert files(folder) == before
    window.annotate.timeline.go_to(3)
    settle(qtbot, window)
    assert labelling.history.done == 3


def test_a_merged_class_stays_listed_until_it_is_removed(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    rename(qtbot, window, "cat", "dog")
    assert said(window) == "Merge cat into dog: 3 boxes in 2 files."
    answer(qtbot, window, "Merge")
    assert "cat stays in the list, so that no class changes its number." in said(window)
    assert window.session.classes == ("cat", "owl", "dog")
    answer(qtbot, window, "Remove it")
    assert window.session.classes == ("owl", "dog")


def test_the_last_class_leaves_the_list_when_it_is_merged(qtbot: QtBot, window: MainWindow) -> None:
    rename(qtbot, window, "dog", "cat")
    answer(qtbot, window, "Merge")
    assert window.session.classes == ("cat", "owl")
    answer(qtbot, window, "Undo")
    assert window.session.classes == ("cat", "owl", "dog")
    assert said(window) == "Took back: Merge dog into cat."


def test_a_stranger_is_renamed_or_added(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    rename(qtbot, window, "yak", "owl")
    answer(qtbot, window, "Merge")
    assert label_names(folder, "c") == ["owl"]
    answer(qtbot, window, "Undo")
    mark(window, "yak")
    window.annotate.classes._add_stranger()
    assert window.session.classes == ("cat", "owl", "dog", "yak")


def test_esc_gives_a_name_up_and_letters_are_no_commands(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    mark(window, "cat")
    view = window.annotate.classes.view
    qtbot.keyClick(view, Qt.Key.Key_F2)
    field = view.viewport().findChild(QLineEdit)
    position = window.annotate.labelling.position
    qtbot.keyClicks(field, "wd1")
    assert field.text().endswith("wd1")
    assert window.annotate.labelling.position == position
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert said(window) == ""
    assert shown(window)[0] == "cat"


def test_a_file_that_cannot_be_read_refuses_it_all(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    label_file(folder, "b").write_text("<annotation>")
    before = files(folder)
    rename(qtbot, window, "cat", "lynx")
    answer(qtbot, window, "Rename")
    assert "b.xml: is not well-formed XML" in said(window)
    assert said(window).endswith("No label file was changed.")
    assert files(folder) == before
    assert window.annotate.labelling.history.steps == ()
    assert not window.annotate.labelling.held


def test_an_undo_that_is_refused_leaves_the_history_as_it_is(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    rename(qtbot, window, "cat", "lynx")
    answer(qtbot, window, "Rename")
    journal = window.annotate.labelling.history.steps[0].journal
    journal.write_bytes(b"no journal" * 500)
    window.annotate.timeline.go_to(0)
    settle(qtbot, window)
    assert journal.name in said(window)
    assert window.annotate.labelling.history.done == 1


def test_labels_that_another_program_wrote_before_it_are_not_taken_for_ours(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    labelling, theirs = window.annotate.labelling, Box("cat", 30, 2, 50, 20)
    labelling.select([0])
    act(window, "nudge_right")
    labelling.flush()
    open_picture(qtbot, window, "b")
    write_labels(folder, "a", theirs)
    rename(qtbot, window, "cat", "lynx")
    answer(qtbot, window, "Rename")
    assert [type(step) for step in labelling.history.steps] == [Operation]
    open_picture(qtbot, window, "a")
    assert [box.xyxy for box in labelling.sheet.current.boxes] == [theirs.xyxy]
    act(window, "undo")
    settle(qtbot, window)
    assert label_names(folder, "a") == ["cat"]
    open_picture(qtbot, window, "a")
    assert [box.label for box in labelling.sheet.current.boxes] == ["cat"]


@pytest.mark.parametrize("way", ["forward", "back"])
def test_labels_that_another_program_writes_meanwhile_are_not_taken_for_ours(
    qtbot: QtBot,
    window: MainWindow,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    labelling, replace = window.annotate.labelling, class_edits._replace
    boxes = (Box("dog", 1, 1, 9, 9), Box("dog", 30, 2, 50, 20))

    def replace_while_they_write(change: Change, state: State) -> bool:
        done = replace(change, state)
        if change.path.name == "b.xml":  # a.xml is replaced by now
            write_labels(folder, "a", *boxes)
        return done

    if way == "forward":
        monkeypatch.setattr(class_edits, "_replace", replace_while_they_write)
    rename(qtbot, window, "cat", "lynx")
    answer(qtbot, window, "Rename")
    if way == "back":
        monkeypatch.setattr(class_edits, "_replace", replace_while_they_write)
        act(window, "undo")
        settle(qtbot, window)
    qtbot.waitUntil(lambda: labelling.sheet is not None)
    assert [box.xyxy for box in labelling.sheet.current.boxes] == [box.xyxy for box in boxes]
    labelling.select([0])
    act(window, "nudge_right")
    labelling.flush()
    assert label_names(folder, "a") == ["dog", "dog"]


def test_nothing_is_edited_while_it_runs(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    before, labelling = files(folder), window.annotate.labelling
    labelling.hold("Renaming cat to lynx. Nothing can be edited until that is done.")
    labelling.select([0])
    labelling.relabel("dog")
    assert said(window).startswith("Renaming cat to lynx.")
    assert labelling.sheet.editor.settled.boxes[0].label == "cat"
    assert not window.annotate.commands["undo"].isEnabled()
    labelling.flush()
    assert files(folder) == before
    window.annotate.files.step(1)
    assert labelling.item.name == "b.png"
    labelling.release(completed=True)
    labelling.select([0])
    labelling.relabel("dog")
    assert labelling.sheet.editor.settled.boxes[0].label == "dog"


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let the first label file be written, and the others once this is set."""
    go_on, write, count = threading.Event(), class_edits.write_atomic, itertools.count()

    def wait_and_write(path: Path, data: bytes) -> None:
        if next(count):
            go_on.wait(20)
        write(path, data)

    monkeypatch.setattr(class_edits, "write_atomic", wait_and_write)
    monkeypatch.setattr(class_work, "_EVERY", 0.0)
    yield go_on
    go_on.set()


def begin(qtbot: QtBot, window: MainWindow, old: str, new: str) -> Job:
    """Begin a rename and wait until its first file is written."""
    root = window.session.project.root
    before = files(root)
    rename(qtbot, window, old, new)
    window.annotate.messages._action.click()
    qtbot.waitUntil(lambda: files(root) != before)
    return next(job for job in window.session.jobs if job.name.startswith("Renaming"))


def cut_off(folder: Path) -> None:
    """Begin a rename as a program does that is killed before it wrote a label file."""
    renaming = Renaming("cat", "lynx", False, ClassList(("cat", "owl", "dog")))
    list(prepare(folder, Project.open(folder).items(), renaming))


def test_stopped_half_way_it_puts_back_what_was_replaced(
    qtbot: QtBot, window: MainWindow, folder: Path, slow: threading.Event
) -> None:
    before = files(folder)
    job = begin(qtbot, window, "cat", "lynx")
    assert window.annotate.canvas.read_only
    job.stop()
    slow.set()
    settle(qtbot, window)
    assert said(window) == "Stopped. No label file was changed."
    assert files(folder) == before
    assert window.annotate.labelling.history.steps == ()
    assert not window.annotate.canvas.read_only


def test_closing_half_way_puts_back_what_was_replaced(
    qtbot: QtBot, window: MainWindow, folder: Path, slow: threading.Event
) -> None:
    before = files(folder)
    begin(qtbot, window, "cat", "lynx")
    window.close()
    assert window.isVisible()
    slow.set()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert files(folder) == before
    assert not list((folder / OWN_FOLDER).glob("*.journal"))


def test_no_folder_is_opened_meanwhile_not_even_the_same_again(
    qtbot: QtBot, window: MainWindow, folder: Path, tmp_path: Path, slow: threading.Event
) -> None:
    draw_picture(tmp_path / "other" / "a.png", SIZE)
    begin(qtbot, window, "cat", "lynx")
    for root in (folder, tmp_path / "other"):
        window.open(root)
        assert said(window) == ("Renaming cat to lynx. A folder can be opened when that is done.")
    assert window.session.project.root == folder
    slow.set()
    settle(qtbot, window)
    assert label_names(folder, "b") == ["lynx", "lynx"]
    assert window.session.classes[0] == "lynx"
    assert len(window.annotate.labelling.history.steps) == 1
    window.open(folder)
    settle(qtbot, window)
    assert label_names(folder, "a")[0] == "lynx"
    assert not window.annotate.labelling.held
    assert not list((folder / OWN_FOLDER).glob("*.journal"))


def test_no_folder_is_opened_while_one_is_put_right(
    qtbot: QtBot, make_window: Shell, folder: Path, slow: threading.Event
) -> None:
    cut_off(folder)
    window = make_window()
    window.open(folder)
    window.open(folder)
    assert said(window).endswith("is being put right. A folder can be opened when that is done.")
    slow.set()
    settle(qtbot, window)
    assert said(window) == "Renaming cat to lynx was cut off half-way. It is finished now."
    assert label_names(folder, "b") == ["lynx", "lynx"]


def test_what_can_be_neither_done_nor_put_back_is_told(
    qtbot: QtBot, window: MainWindow, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, count = class_edits.write_atomic, itertools.count()

    def fill_up(path: Path, data: bytes) -> None:
        if next(count):
            raise FileError(path, "could not be saved: No space left on device")
        write(path, data)

    monkeypatch.setattr(class_edits, "write_atomic", fill_up)
    rename(qtbot, window, "cat", "lynx")
    answer(qtbot, window, "Rename")
    assert "What was changed could not be put back" in said(window)
    assert said(window).endswith(class_edits.LATER)
    monkeypatch.undo()
    window.open(folder)
    settle(qtbot, window)
    assert "was cut off half-way" in said(window)
    assert label_names(folder, "a")[0] == label_names(folder, "b")[0]


def test_undo_in_the_message_is_for_the_operation_alone(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    rename(qtbot, window, "cat", "lynx")
    answer(qtbot, window, "Rename")
    window.annotate.labelling.select([0])
    act(window, "nudge_right")
    window.annotate.labelling.flush()
    moved = files(folder)
    answer(qtbot, window, "Undo")
    assert said(window).startswith("Labels were edited since.")
    assert files(folder) == moved


def test_no_list_is_written_while_it_runs(window: MainWindow, folder: Path) -> None:
    book, operations = window.annotate.book, window.annotate.class_commands.operations
    before = (folder / "studio.toml").read_bytes()
    operations._hold("Renaming cat to lynx")
    mark(window, "dog")
    act(window, "class_up")
    assert said(window).startswith("Renaming cat to lynx.")
    window.annotate.choice.add("emu")
    assert book.names == ("cat", "owl", "dog", "emu")
    assert (folder / "studio.toml").read_bytes() == before
    operations._release(completed=True)
    assert Project.open(folder).class_list == ClassList(("cat", "owl", "dog", "emu"))


def test_what_was_cut_off_is_finished_when_the_folder_is_opened(
    qtbot: QtBot, make_window: Shell, folder: Path
) -> None:
    cut_off(folder)
    window = make_window(folder)
    assert said(window) == "Renaming cat to lynx was cut off half-way. It is finished now."
    assert window.session.classes == ("lynx", "owl", "dog")
    assert window.session.class_counts() == {"lynx": 3, "dog": 1, "yak": 1}
    assert window.annotate.labelling.sheet.editor.settled.boxes[0].label == "lynx"
    assert not list((folder / OWN_FOLDER).glob("*.journal"))


def test_what_another_window_is_at_is_left_to_it(
    qtbot: QtBot, make_window: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(folder)
    monkeypatch.setattr(Session, "read_only", property(lambda _: True))
    before, window = files(folder), make_window(folder)
    assert files(folder) == before
    window.annotate.can_close()
    assert list((folder / OWN_FOLDER).glob("*.journal"))


def test_the_journal_goes_with_the_window(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    rename(qtbot, window, "cat", "lynx")
    answer(qtbot, window, "Rename")
    assert (folder / OWN_FOLDER).exists()
    assert window.annotate.can_close()
    assert not list((folder / OWN_FOLDER).glob("*.journal"))


# --- order, colours, numbers --------------------------------------------------------------------


def test_classes_are_shown_in_another_order_and_keep_their_numbers(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    mark(window, "dog")
    act(window, "class_up")
    assert shown(window) == ("cat", "dog", "owl", "yak")
    assert window.annotate.classes.current == "dog"
    model = window.annotate.classes.model
    model.moveRow(QModelIndex(), 0, QModelIndex(), 3)
    assert shown(window) == ("dog", "owl", "cat", "yak")
    found = Project.open(folder)
    assert found.classes == ("cat", "owl", "dog")
    assert found.class_order == ("dog", "owl", "cat")


def test_number_keys_follow_what_is_shown(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    mark(window, "dog")
    act(window, "class_up")
    window.annotate.canvas.setFocus()
    window.annotate.labelling.select([0])
    qtbot.keyClick(window.annotate.canvas, Qt.Key.Key_2)
    window.annotate.labelling.flush()
    assert label_names(folder, "a") == ["dog", "dog"]


def test_numbers_follow_the_order_when_that_is_asked_for(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    assert not window.annotate.commands["number_classes"].isEnabled()
    mark(window, "dog")
    act(window, "class_up")
    colours = {name: window.annotate.book.listed.colour(name) for name in ("cat", "owl", "dog")}
    act(window, "number_classes")
    assert Project.open(folder).classes == ("cat", "dog", "owl")
    assert said(window) == "Numbered as they are shown: 0 cat, 1 dog, 2 owl."
    assert colours == {name: window.annotate.book.listed.colour(name) for name in colours}
    answer(qtbot, window, "Undo")
    assert Project.open(folder).classes == ("cat", "owl", "dog")


def test_a_colour_is_chosen_and_seen_everywhere(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    mark(window, "cat")
    act(window, "recolour_class")
    dialog = window.annotate.class_commands._dialog
    assert dialog.isVisible()
    assert not dialog.isModal()
    dialog.colorSelected.emit(QColor(1, 2, 3))
    dialog.close()
    assert '[colours]\ncat = "#010203"\n' in (folder / "studio.toml").read_text()
    assert window.annotate.canvas.look.colour("cat") == (1, 2, 3)
    shown = window.annotate.boxes._model
    qtbot.waitUntil(lambda: shown._classes.colour("cat") == (1, 2, 3))
    window.annotate.classes._uncolour.trigger()
    assert "colours" not in (folder / "studio.toml").read_text()


def test_a_class_in_use_is_not_removed(window: MainWindow) -> None:
    mark(window, "cat")
    act(window, "remove_class")
    assert said(window).startswith("3 boxes are called cat.")
    assert window.session.classes == ("cat", "owl", "dog")


def test_removing_tells_which_numbers_change(qtbot: QtBot, window: MainWindow) -> None:
    mark(window, "owl")
    act(window, "remove_class")
    assert said(window) == "Without owl, the numbers of other classes change: dog from 2 to 1."
    answer(qtbot, window, "Remove and renumber")
    assert window.session.classes == ("cat", "dog")
    answer(qtbot, window, "Undo")
    assert window.session.classes == ("cat", "owl", "dog")


def test_a_class_of_the_last_number_just_goes(window: MainWindow) -> None:
    window.annotate.choice.add("emu")
    mark(window, "emu")
    act(window, "remove_class")
    assert window.session.classes == ("cat", "owl", "dog")


def test_undo_in_the_message_takes_back_nothing_else(qtbot: QtBot, window: MainWindow) -> None:
    window.annotate.choice.add("emu")
    mark(window, "emu")
    act(window, "remove_class")
    window.annotate.choice.add("fox")
    answer(qtbot, window, "Undo")
    assert said(window) == "The list of classes was changed since, so it stays as it is."
    assert window.session.classes == ("cat", "owl", "dog", "fox")


def test_a_class_that_cannot_be_written_down_is_kept_and_tried_again(
    qtbot: QtBot, window: MainWindow, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_up(path: Path, _: bytes) -> None:
        raise FileError(path, "could not be saved: No space left on device")

    book = window.annotate.book
    monkeypatch.setattr("studio.project.write_atomic", fill_up)
    window.annotate.choice.add("emu")
    assert "studio.toml: could not be saved" in said(window)
    assert (book.names[-1], book.label) == ("emu", "emu")
    window.close()
    assert window.isVisible()
    assert "Not in the list of classes on disk yet: emu." in said(window)
    monkeypatch.undo()
    book._again.setInterval(0)
    book._again.start()
    qtbot.waitUntil(lambda: Project.open(folder).classes == ("cat", "owl", "dog", "emu"))
    assert window.annotate.can_close()


def test_what_was_told_of_the_list_goes_when_it_is_saved(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_up(path: Path, _: bytes) -> None:
        raise FileError(path, "could not be saved: No space left on device")

    monkeypatch.setattr("studio.project.write_atomic", fill_up)
    window.annotate.choice.add("emu")
    monkeypatch.undo()
    assert window.annotate.book.flush()
    assert said(window) == "The list of classes is saved now."


def test_closing_or_opening_before_all_is_read_does_not_lose_a_class(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    (folder / "studio.toml").unlink()
    window.open(folder)
    settle(qtbot, window)
    window.session.is_indexed = False
    window.annotate.choice.add("emu")
    window.close()
    assert window.isVisible()
    assert "Not in the list of classes on disk yet: emu. The label files" in said(window)
    window.open(folder)
    assert said(window).endswith("Opening a folder now loses that.")
    assert window.annotate.book.names[-1] == "emu"
    window.close()
    answer(qtbot, window, "Close all the same")
    assert not window.isVisible()


def test_the_menu_holds_it_all_with_its_keys(window: MainWindow) -> None:
    menu = window.annotate.classes.menu
    texts = [action.text().replace("&", "") for action in menu.actions() if action.text()]
    assert texts[0] == "Rename or merge…"
    assert {"Move up", "Move down", "Remove", "Add to the class list"} < set(texts)


# --- type to find -------------------------------------------------------------------------------


def find(qtbot: QtBot, window: MainWindow, text: str) -> QLineEdit:
    qtbot.keyClick(window.annotate.canvas, Qt.Key.Key_Slash)
    field: QLineEdit = window.annotate.canvas.findChild(QLineEdit)
    assert field.isVisible()
    qtbot.keyClicks(field, text)
    return field


def test_a_class_is_found_by_typing_for_the_selection_and_the_next_box(
    qtbot: QtBot, window: MainWindow, folder: Path
) -> None:
    window.annotate.labelling.select([0])
    field = find(qtbot, window, "o")  # owl, then dog
    qtbot.keyClick(field, Qt.Key.Key_Down)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    window.annotate.labelling.flush()
    assert label_names(folder, "a") == ["dog", "dog"]
    assert window.annotate.book.label == "dog"
    assert not field.isVisible()
    assert window.annotate.canvas.hasFocus()


def test_esc_closes_what_finds(qtbot: QtBot, window: MainWindow) -> None:
    field = find(qtbot, window, "do")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible()
    assert window.annotate.book.label == "cat"


def test_an_unknown_name_can_be_added(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    window.annotate.labelling.select([1])
    field = find(qtbot, window, "emu")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    window.annotate.labelling.flush()
    assert window.session.classes == ("cat", "owl", "dog", "emu")
    assert label_names(folder, "a") == ["cat", "emu"]


def test_it_goes_when_it_is_left(qtbot: QtBot, window: MainWindow) -> None:
    field = find(qtbot, window, "x")
    qtbot.mouseClick(window.annotate.canvas, Qt.MouseButton.LeftButton, pos=QPoint(5, 300))
    window.annotate.canvas.setFocus()
    assert not field.isVisible()
