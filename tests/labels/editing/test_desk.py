"""Pictures opened for editing, and what is not saved yet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studio.errors import FileError
from studio.labels import editing, voc
from studio.labels.boxes import Annotation, Box
from studio.labels.dataset import Item, Layout
from studio.labels.editing import Document
from studio.labels.editing.desk import Desk
from studio.labels.editing.saving import OvertakenError, save_all
from studio.labels.editing.sheet import Sheet

SIZE = (40, 30)
BOX = Box("cat", 4, 5, 20, 25)


@pytest.fixture
def item(tmp_path: Path) -> Item:
    return Item("a.png", Layout(tmp_path, tmp_path / "annotations"), "a.xml")


def write(item: Item, *boxes: Box) -> None:
    voc.write(item.labels, Annotation(item.image, 40, 30, boxes=boxes))


def draw(sheet: Sheet) -> None:
    document = editing.draw(sheet.editor.document, "cat", (4, 5), (20, 25))
    sheet.editor.apply(document)


def save(*sheets: Sheet) -> FileError | None:
    """Save sheets as the window does, only here; return the first obstacle."""
    under_way = {sheet.begin_save(): sheet for sheet in sheets}
    outcomes = list(save_all(under_way))
    for outcome in outcomes:
        under_way[outcome.task].end_save(outcome)
    return next((outcome.obstacle for outcome in outcomes if outcome.obstacle), None)


def test_the_first_box_makes_the_label_file_and_the_last_undo_removes_it(item: Item) -> None:
    desk = Desk()
    sheet = desk.open(item, SIZE)
    assert not sheet.is_unsaved
    draw(sheet)
    assert sheet.is_unsaved
    assert save(sheet) is None
    assert item.read().boxes == (Box("cat", 4, 5, 20, 25, source=0),)
    sheet.editor.put(Document(40, 30))
    assert save(sheet) is None
    assert not item.labels.exists()
    assert sheet.state.counts is None


def test_a_label_file_that_was_there_stays_when_its_last_box_goes(item: Item) -> None:
    write(item, BOX)
    desk = Desk()
    sheet = desk.open(item, SIZE)
    sheet.editor.apply(editing.delete(editing.select(sheet.editor.document, (0,))))
    assert save(sheet) is None
    assert item.read().boxes == ()
    assert sheet.state.counts == {}


def test_somebody_elses_label_file_is_not_removed(item: Item) -> None:
    desk = Desk()
    sheet = desk.open(item, SIZE)
    before = sheet.editor.document
    draw(sheet)
    save(sheet)
    write(item, BOX, Box("dog", 1, 1, 9, 9))
    sheet.editor.put(before)
    save(sheet)
    assert len(item.read().boxes) == 2


def test_what_another_program_wrote_is_not_overwritten_unasked(item: Item) -> None:
    write(item, BOX)
    desk = Desk()
    sheet = desk.open(item, SIZE)
    draw(sheet)
    write(item, BOX, Box("dog", 1, 1, 9, 9))
    theirs = item.labels.read_bytes()
    obstacle = save(sheet)
    assert isinstance(obstacle, OvertakenError)
    assert "a.xml: was changed by another program; not saved" in str(obstacle)
    assert item.labels.read_bytes() == theirs
    assert sheet.is_unsaved
    sheet.write_over()
    assert save(sheet) is None
    assert [box.label for box in item.read().boxes] == ["cat", "cat"]


def test_what_another_program_wrote_right_after_a_save_is_not_taken_for_ours(
    item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(item, BOX)
    sheet = Desk().open(item, SIZE)
    draw(sheet)
    ours = voc.write

    def write_and_lose(path: Path, annotation: Annotation) -> bytes:
        data = ours(path, annotation)
        ours(path, Annotation(item.image, 40, 30, boxes=(Box("dog", 1, 1, 9, 9),)))
        return data

    with monkeypatch.context() as patch:
        patch.setattr("studio.labels.editing.saving.voc.write", write_and_lose)
        assert isinstance(save(sheet), OvertakenError)
    assert isinstance(save(sheet), OvertakenError)
    assert [box.label for box in item.read().boxes] == ["dog"]
    sheet.write_over()
    assert save(sheet) is None
    assert [box.label for box in item.read().boxes] == ["cat", "cat"]


def test_what_another_program_removed_is_not_brought_back_unasked(item: Item) -> None:
    write(item, BOX)
    desk = Desk()
    sheet = desk.open(item, SIZE)
    draw(sheet)
    item.labels.unlink()
    assert isinstance(save(sheet), OvertakenError)
    assert not item.labels.exists()


def test_what_cannot_be_saved_stays_and_is_tried_again(item: Item) -> None:
    desk = Desk()
    sheet = desk.open(item, SIZE)
    draw(sheet)
    item.labels.mkdir(parents=True)  # stands where the file belongs
    obstacle = save(sheet)
    assert isinstance(obstacle, FileError)
    assert "a.xml" in str(obstacle)
    assert sheet.is_unsaved
    item.labels.rmdir()
    assert save(sheet) is None
    assert not sheet.is_unsaved
    assert len(item.read().boxes) == 1


def test_going_back_keeps_the_sheet(item: Item) -> None:
    desk = Desk()
    sheet = desk.open(item, SIZE)
    draw(sheet)
    save(sheet)
    assert desk.open(item, SIZE) is sheet


def test_labels_changed_by_others_are_read_again_unless_edits_would_be_lost(item: Item) -> None:
    write(item, BOX)
    desk = Desk()
    sheet = desk.open(item, SIZE)
    write(item, BOX, Box("dog", 1, 1, 9, 9))
    again = desk.open(item, SIZE)
    assert again is not sheet
    assert len(again.editor.document.boxes) == 2
    draw(again)
    write(item, BOX)
    assert desk.open(item, SIZE) is again


def test_edits_are_kept_when_the_picture_changes_its_size(item: Item) -> None:
    desk = Desk()
    sheet = desk.open(item, SIZE)
    draw(sheet)
    assert desk.open(item, (80, 60)) is sheet
    save(sheet)
    assert desk.open(item, (80, 60)) is not sheet


# --- a label file that belongs to another picture now -------------------------------------------


@pytest.fixture
def moved(item: Item) -> Item:
    """The same picture with another label file."""
    return replace(item, label_name="a.png.xml")


def test_the_sheet_of_another_label_file_is_none_of_this_picture(item: Item, moved: Item) -> None:
    write(item, BOX)
    desk = Desk()
    sheet = desk.open(item, SIZE)
    assert desk.sheet(item) is sheet
    assert desk.sheet(moved) is None
    assert desk.boxes(moved) == ()
    assert desk.open(moved, SIZE).current.boxes == ()


@pytest.mark.parametrize("is_under_way", [True, False])
def test_unsaved_edits_follow_their_picture_to_its_new_label_file(
    item: Item, moved: Item, is_under_way: bool
) -> None:
    write(item, BOX)
    before = item.labels.read_bytes()
    desk = Desk()
    sheet = desk.open(item, SIZE)
    draw(sheet)
    task = sheet.begin_save() if is_under_way else None
    assert desk.open(moved, SIZE) is sheet
    if task:
        sheet.end_save(next(save_all((task,))))
        assert sheet.is_unsaved
        before = item.labels.read_bytes()  # that could not be called back
    assert save(sheet) is None
    assert item.labels.read_bytes() == before
    assert len(moved.read().boxes) == 2
    assert b"<filename>a.png</filename>" in moved.labels.read_bytes()


def test_unsaved_edits_do_not_replace_the_label_file_that_is_there(item: Item, moved: Item) -> None:
    write(moved, Box("dog", 1, 1, 9, 9))
    desk = Desk()
    sheet = desk.open(item, SIZE)
    draw(sheet)
    sheet.move_to(moved)
    assert isinstance(save(sheet), OvertakenError)
    assert [box.label for box in moved.read().boxes] == ["dog"]


def test_a_drag_under_way_is_not_saved(item: Item) -> None:
    desk = Desk()
    sheet = desk.open(item, SIZE)
    sheet.editor.press_to_draw((4, 5), "cat", slop=1)
    sheet.editor.move((20, 25))
    assert not sheet.is_unsaved
    assert not sheet.is_labelled


def test_boxes_of_a_picture_that_is_not_open(item: Item) -> None:
    write(item, BOX)
    desk = Desk()
    assert [box.xyxy for box in desk.boxes(item)] == [BOX.xyxy]
    sheet = desk.open(item, SIZE)
    write(item, Box("dog", 1, 1, 9, 9))
    assert [box.label for box in desk.boxes(item)] == ["dog"]  # there is nothing newer here
    draw(sheet)
    assert [box.label for box in desk.boxes(item)] == ["cat", "cat"]


def test_labels_that_cannot_be_read_give_no_sheet(item: Item) -> None:
    write(item, BOX)
    item.labels.write_text("<annotation>")
    with pytest.raises(FileError, match=r"a\.xml"):
        Desk().open(item, SIZE)


# --- nothing in the picture ---------------------------------------------------------------------


def toggle(sheet: Sheet) -> None:
    sheet.editor.apply(editing.toggle_labelled(sheet.editor.document))


def test_nothing_here_is_a_file_with_a_mark_and_taking_it_back_is_none(item: Item) -> None:
    sheet = Desk().open(item, SIZE)
    assert sheet.state.counts is None
    toggle(sheet)
    assert save(sheet) is None
    assert b'<annotation empty="yes">' in item.labels.read_bytes()
    assert sheet.state.counts == {}
    toggle(sheet)
    assert save(sheet) is None
    assert not item.labels.exists()
    assert sheet.state.counts is None


def test_a_box_drawn_where_nothing_was_takes_the_mark_out(item: Item) -> None:
    sheet = Desk().open(item, SIZE)
    toggle(sheet)
    save(sheet)
    sheet = Desk().open(item, SIZE)
    draw(sheet)
    save(sheet)
    assert b"empty" not in item.labels.read_bytes()
    sheet.editor.apply(editing.delete(editing.select(sheet.editor.document, (0,))))
    save(sheet)
    assert b"empty" in item.labels.read_bytes()
    assert sheet.state.counts == {}


def test_another_programs_file_is_never_removed(item: Item) -> None:
    theirs = b"<annotation>\r\n <folder/> <!-- theirs -->\r\n</annotation>"
    item.labels.parent.mkdir()
    item.labels.write_bytes(theirs)
    sheet = Desk().open(item, SIZE)
    assert sheet.state.counts == {}
    assert sheet.must_stay
    toggle(sheet)
    assert save(sheet) is None
    assert item.labels.read_bytes() == theirs
    assert sheet.state.counts == {}


@pytest.mark.parametrize("boxes", [(), (BOX,), (BOX, Box("dog & co", 1, 1, 9, 9, occluded=True))])
def test_a_file_made_by_this_program_goes_and_comes_back_as_it_was(
    item: Item, boxes: tuple[Box, ...]
) -> None:
    write(replace(item, layout=Layout(Path("elsewhere"), item.layout.labels)), *boxes)
    theirs = item.labels.read_bytes()
    sheet = Desk().open(item, SIZE)
    before = sheet.editor.document
    assert not sheet.must_stay
    sheet.editor.apply(editing.delete(editing.select(before, range(len(boxes)))))
    toggle(sheet)
    save(sheet)
    assert not item.labels.exists()
    sheet.editor.put(before)
    save(sheet)
    assert item.labels.read_bytes() == theirs


def test_a_file_of_this_program_that_was_edited_in_another_session_can_go(item: Item) -> None:
    write(item, BOX)
    for change in (
        lambda d: editing.draw(d, "dog", (2, 3), (12, 13)),
        lambda d: editing.move(editing.select(d, (0,)), 3, 1),
        lambda d: editing.delete(editing.select(d, (0,))),
        lambda d: editing.delete(editing.select(d, (0,))),
    ):
        sheet = Desk().open(item, SIZE)
        sheet.editor.apply(change(sheet.editor.document))
        assert save(sheet) is None
        assert not Desk().open(item, SIZE).must_stay


def test_a_file_with_a_faulty_object_is_never_removed(item: Item) -> None:
    theirs = b"<annotation><object><name>cat</name></object></annotation>"
    item.labels.parent.mkdir()
    item.labels.write_bytes(theirs)
    sheet = Desk().open(item, SIZE)
    toggle(sheet)
    assert save(sheet) is None
    assert item.labels.read_bytes() == theirs
    draw(sheet)
    assert save(sheet) is None
    sheet.editor.apply(editing.delete(editing.select(sheet.editor.document, (0,))))
    assert save(sheet) is None
    assert item.labels.read_bytes() == theirs


def test_a_picture_whose_folder_is_gone_is_told_and_its_folder_not_made(item: Item) -> None:
    write(item, BOX)
    sheet = Desk().open(item, SIZE)
    draw(sheet)
    item.image.parent.rename(item.image.parent.with_name("elsewhere"))
    obstacle = save(sheet)
    assert not isinstance(obstacle, OvertakenError)
    assert "is not there" in str(obstacle)
    assert not item.image.parent.exists()
    item.image.parent.with_name("elsewhere").rename(item.image.parent)
    assert save(sheet) is None
    assert len(item.read().boxes) == 2


@pytest.mark.parametrize("is_labelled", [True, False])
def test_a_folder_of_label_files_that_is_gone_is_not_made_anew(
    item: Item, is_labelled: bool
) -> None:
    item.labels.parent.mkdir()
    if is_labelled:
        write(item, BOX)
    sheet = Desk().open(item, SIZE)
    draw(sheet)
    away = item.labels.parent.rename(item.labels.parent.with_name("away"))
    assert f"the folder {item.labels.parent} is not there" in str(save(sheet))
    assert not item.labels.parent.exists()
    away.rename(item.labels.parent)
    assert save(sheet) is None
    assert len(item.read().boxes) == 1 + is_labelled


def test_a_folder_of_label_files_that_was_made_here_is_not_made_twice(item: Item) -> None:
    sheet = Desk().open(item, SIZE)
    draw(sheet)
    save(sheet)
    item.labels.parent.rename(item.labels.parent.with_name("away"))
    draw(sheet)
    assert "is not there" in str(save(sheet))
    assert not item.labels.parent.exists()


def test_a_label_file_that_is_a_link_stays_one_when_it_goes_and_comes_back(item: Item) -> None:
    store = item.image.parent / "store.xml"
    item.labels.parent.mkdir()
    item.labels.symlink_to(store)
    sheet = Desk().open(item, SIZE)
    before = sheet.editor.document
    draw(sheet)
    save(sheet)
    assert store.exists()
    sheet.editor.put(before)
    assert save(sheet) is None
    assert not store.exists()
    assert item.labels.is_symlink()
    draw(sheet)
    assert save(sheet) is None
    assert item.labels.is_symlink()
    assert len(voc.read(store, item.image).boxes) == 1


def test_a_bug_with_one_label_file_does_not_keep_the_others_from_being_saved(
    item: Item, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk()
    other = replace(item, name="b.png", label_name="b.xml")
    sheets = desk.open(item, SIZE), desk.open(other, SIZE)
    for sheet in sheets:
        draw(sheet)
    ours = voc.write

    def write_or_fail(path: Path, annotation: Annotation) -> bytes:
        if path == item.labels:
            raise ZeroDivisionError("of a bug")
        return ours(path, annotation)

    monkeypatch.setattr("studio.labels.editing.saving.voc.write", write_or_fail)
    assert "a.xml: could not be saved: unexpected fault (ZeroDivisionError)" in str(save(*sheets))
    assert "write_or_fail" in capsys.readouterr().err
    assert [sheet.is_unsaved for sheet in sheets] == [True, False]


def test_a_sheet_is_unsaved_while_it_is_saved(item: Item) -> None:
    write(item, BOX)
    desk = Desk()
    sheet = desk.open(item, SIZE)
    before = sheet.editor.document
    draw(sheet)
    task = sheet.begin_save()
    sheet.editor.put(before)  # taken back meanwhile
    (outcome,) = save_all((task,))
    assert sheet.is_unsaved
    assert not sheet.is_stale  # it is our own doing
    assert desk.open(item, SIZE) is sheet
    sheet.end_save(outcome)
    assert sheet.is_unsaved
    assert save(sheet) is None
    assert not sheet.is_unsaved
    assert len(item.read().boxes) == 1
