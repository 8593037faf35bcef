"""Renaming a class in every label file or in none, and back, byte for byte."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import FileError, StudioError
from studio.labels import files, voc
from studio.labels.classes import ClassList
from studio.labels.classes import edits as class_edits
from studio.labels.classes.edits import (
    Extent,
    Finished,
    HalfDoneError,
    Prepared,
    Progress,
    Renaming,
    UpdateClasses,
    carry_out,
    perform,
    prepare,
    preview,
    recover,
    take_back,
)
from studio.labels.classes.journal import Journal, State, journals
from studio.labels.dataset import Item
from studio.labels.files import OWN_FOLDER
from studio.labels.folder.reading import read_state
from studio.project import Project, update_classes

Make = Callable[..., Path]
T = TypeVar("T")
RENAME = Renaming("RBC", "red cell", False, ClassList(("RBC", "WBC")))
MERGE = Renaming("RBC", "WBC", True, ClassList(("RBC", "WBC")))


@pytest.fixture
def root(tmp_path: Path, labels: Make) -> Path:
    """Three label files, of which two hold the class; and a class list."""
    for name in "abc":
        (tmp_path / f"{name}.png").touch()
    labels(tmp_path / "a.xml", ("RBC", 1, 1, 9, 9), ("WBC", 2, 2, 8, 8))
    labels(tmp_path / "b.xml", ("WBC", 1, 1, 9, 9))
    labels(tmp_path / "c.xml", ("RBC", 1, 1, 9, 9), ("RBC", 2, 2, 8, 8))
    (tmp_path / "studio.toml").write_text('classes = ["RBC", "WBC"]  # cells\n')
    return tmp_path


def items(root: Path) -> tuple[Item, ...]:
    return Project.open(root).items()


def tree(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def update(root: Path) -> UpdateClasses:
    return lambda change: update_classes(root, change)


def last(events: Iterator[object], kind: type[T]) -> T:
    event = list(events)[-1]
    assert isinstance(event, kind)
    return event


def begun(root: Path, renaming: Renaming = RENAME) -> Journal:
    return last(prepare(root, items(root), renaming), Prepared).journal


def names(root: Path) -> list[list[str]]:
    return [[box.label for box in item.read().boxes] for item in items(root)]


# --- renaming and merging -----------------------------------------------------------------------


def test_the_extent_is_known_before(root: Path) -> None:
    states = [read_state(item) for item in items(root)]
    assert preview(states, "RBC") == Extent(files=2, boxes=3)
    assert preview(states, "none") == Extent()


def test_a_rename_changes_every_file_with_the_class_and_the_list(root: Path) -> None:
    events = list(perform(root, items(root), RENAME, update(root)))
    assert events[2] == Progress(3, 3)
    assert isinstance(events[3], Prepared)
    assert events[3].extent == Extent(2, 3)
    assert events[-1] == Finished(events[3].journal, ())
    assert names(root) == [["red cell", "WBC"], ["WBC"], ["red cell", "red cell"]]
    assert (root / "studio.toml").read_text() == 'classes = ["red cell", "WBC"]  # cells\n'


@pytest.mark.parametrize("renaming", [RENAME, MERGE])
def test_it_is_taken_back_and_made_again_any_number_of_times(
    root: Path, renaming: Renaming
) -> None:
    before = tree(root)
    journal = last(perform(root, items(root), renaming, update(root)), Finished).journal
    after = tree(root)
    for _ in range(3):
        last(take_back(journal, update(root)), Finished)
        assert tree(root) == before | {
            f"{OWN_FOLDER}/{journal.path.name}": journal.path.read_bytes()
        }
        last(carry_out(journal, update(root)), Finished)
        assert {k: v for k, v in tree(root).items() if OWN_FOLDER not in k} == {
            k: v for k, v in after.items() if OWN_FOLDER not in k
        }


def test_boxes_that_are_none_are_renamed_too(root: Path) -> None:
    text = "<annotation><object><name>RBC</name></object><name>RBC</name></annotation>"
    (root / "b.xml").write_text(text)
    last(perform(root, items(root), RENAME, update(root)), Finished)
    assert (root / "b.xml").read_text() == text.replace("RBC", "red cell", 1)


def test_a_class_that_only_label_files_know(root: Path) -> None:
    (root / "studio.toml").write_text('classes = ["WBC"]')
    stranger = replace(RENAME, before=ClassList(("WBC",)))
    last(perform(root, items(root), stranger, update(root)), Finished)
    assert names(root)[2] == ["red cell", "red cell"]
    assert Project.open(root).classes == ("WBC",)


def test_what_happens_to_the_class_list_later_outlives_undo(root: Path) -> None:
    journal = last(perform(root, items(root), RENAME, update(root)), Finished).journal
    Project.open(root).with_classes(("red cell", "WBC", "new")).save()
    list(take_back(journal, update(root)))
    assert Project.open(root).classes == ("RBC", "WBC", "new")


def test_files_that_somebody_else_changed_are_left_alone(root: Path, labels: Make) -> None:
    journal = begun(root)
    theirs = labels(root / "a.xml", ("RBC", 3, 3, 9, 9)).read_bytes()
    done = last(carry_out(journal, update(root)), Finished)
    assert [path.name for path in done.passed_over] == ["a.xml"]
    assert (root / "a.xml").read_bytes() == theirs
    assert names(root)[2] == ["red cell", "red cell"]
    (root / "c.xml").unlink()
    assert len(last(take_back(journal, update(root)), Finished).passed_over) == 2


# --- nothing at all -----------------------------------------------------------------------------


def test_preparing_changes_nothing_and_can_be_given_up(root: Path) -> None:
    before = tree(root)
    events = perform(root, items(root), RENAME, update(root))
    next(events)
    events.close()
    assert tree(root) == before
    assert not (root / OWN_FOLDER).exists()


def test_a_file_that_cannot_be_read_refuses_it_all(root: Path) -> None:
    (root / "b.xml").write_text("<annotation>")
    before = tree(root)
    with pytest.raises(FileError, match=r"b\.xml: is not well-formed"):
        list(perform(root, items(root), RENAME, update(root)))
    assert tree(root) == before


def test_stopped_half_way_it_puts_back_what_was_replaced(root: Path) -> None:
    before = tree(root)
    events = perform(root, items(root), RENAME, update(root))
    for event in events:
        if event == Progress(1, 2):
            break
    assert tree(root) != before
    events.close()
    assert tree(root) == before


def refuse(monkeypatch: pytest.MonkeyPatch, *refused: str) -> None:
    """Let files of these names be written no more."""
    write = files.write_atomic

    def write_or_refuse(path: Path, data: bytes) -> None:
        if path.name in refused:
            raise FileError(path, "could not be saved: the file is write-protected")
        write(path, data)

    monkeypatch.setattr(class_edits, "write_atomic", write_or_refuse)


def test_a_file_that_refuses_has_the_others_put_back(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(root)
    refuse(monkeypatch, "c.xml")
    with pytest.raises(FileError, match=r"c\.xml: could not be saved"):
        list(perform(root, items(root), RENAME, update(root)))
    assert tree(root) == before


def test_a_class_list_that_refuses_has_all_files_put_back(root: Path) -> None:
    before = tree(root)

    def fail(_: object) -> None:
        raise FileError(root / "studio.toml", "could not be saved")

    with pytest.raises(FileError, match=r"studio\.toml"):
        list(perform(root, items(root), RENAME, fail))
    assert tree(root) == before


def test_a_disk_that_is_full_leaves_everything(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(root)
    calls = iter(range(100))

    def fill_up(_: int) -> None:
        if next(calls) >= 1:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fill_up)
    # The first file can be replaced; the second cannot, and the first not put back either.
    with pytest.raises(HalfDoneError, match=r"No space left.* could not be put back: .*a\.xml"):
        list(perform(root, items(root), RENAME, update(root)))
    monkeypatch.undo()
    assert "It is taken back now." in recover(root, update(root))
    assert tree(root) == before


def test_a_folder_that_takes_no_journal(root: Path) -> None:
    (root / OWN_FOLDER).write_text("in the way")
    with pytest.raises(FileError, match=r"\.yolo-studio.*could not be"):
        list(perform(root, items(root), RENAME, update(root)))
    assert names(root)[2] == ["RBC", "RBC"]


# --- the next start -----------------------------------------------------------------------------


@pytest.mark.parametrize("files_done", [0, 1, 2])
def test_what_was_decided_is_finished(root: Path, files_done: int) -> None:
    journal = begun(root)
    if files_done:
        (root / "a.xml").write_bytes(journal.change(root / "a.xml").after)
    if files_done == 2:
        (root / "c.xml").write_bytes(journal.change(root / "c.xml").after)
        update(root)(RENAME.forwards)
    sentence = recover(root, update(root))
    assert sentence == "Renaming RBC to red cell was cut off half-way. It is finished now."
    assert names(root) == [["red cell", "WBC"], ["WBC"], ["red cell", "red cell"]]
    assert Project.open(root).classes == ("red cell", "WBC")
    assert not (root / OWN_FOLDER).exists()
    assert recover(root, update(root)) == ""


def test_what_was_being_taken_back_is_taken_back(root: Path) -> None:
    before = tree(root)
    journal = last(perform(root, items(root), MERGE, update(root)), Finished).journal
    (root / "a.xml").write_bytes(before["a.xml"])
    journal.mark(State.BACKWARDS)
    sentence = recover(root, update(root))
    assert sentence == "Merging RBC into WBC was cut off half-way. It is taken back now."
    assert tree(root) == before


def test_what_cannot_be_finished_is_taken_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(root)
    journal = begun(root)
    (root / "a.xml").write_bytes(journal.change(root / "a.xml").after)
    refuse(monkeypatch, "c.xml")
    sentence = recover(root, update(root))
    assert "c.xml: could not be saved" in sentence
    assert "It is taken back now." in sentence
    assert tree(root) == before


def test_what_can_be_neither_waits(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = begun(root)
    (root / "a.xml").write_bytes(journal.change(root / "a.xml").after)
    refuse(monkeypatch, "a.xml", "c.xml")
    assert "It is put right when the folder is opened the next time." in recover(root, update(root))
    assert journal.path.exists()
    monkeypatch.undo()
    sentence = recover(root, update(root))
    assert sentence == "Renaming RBC to red cell was cut off half-way. It is taken back now."
    assert names(root) == [["RBC", "WBC"], ["WBC"], ["RBC", "RBC"]]


def test_an_empty_journal_and_one_of_a_session_that_is_over_go(root: Path) -> None:
    before = tree(root)
    (root / OWN_FOLDER).mkdir()
    (root / OWN_FOLDER / "0.journal").touch()
    assert (
        recover(root, update(root)) == "Renaming a class was cut off before anything was changed."
    )
    assert tree(root) == before
    last(perform(root, items(root), RENAME, update(root)), Finished)
    assert recover(root, update(root)) == ""
    assert not (root / OWN_FOLDER).exists()


def test_a_journal_that_cannot_be_read_is_kept_and_named(root: Path) -> None:
    (root / OWN_FOLDER).mkdir()
    (root / OWN_FOLDER / "0.journal").write_bytes(b"x" * 5000)
    assert "0.journal: could not be used" in recover(root, update(root))
    assert len(journals(root)) == 1


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE operation SET state = 'of a later version'",
        "UPDATE operation SET about = '{'",
        "UPDATE operation SET about = '[]'",
        """UPDATE operation SET about = '{"old": "a", "new": "b", "merges": 0, "before": []}'""",
        "DELETE FROM operation",
        "UPDATE files SET path = 1 WHERE rowid = 1",
        "UPDATE files SET after = 'text'",
    ],
)
def test_a_journal_that_holds_something_else_is_named_and_the_others_are_put_right(
    root: Path, damage: str
) -> None:
    good, bad = sorted((begun(root), begun(root)), key=lambda journal: journal.path, reverse=True)
    with contextlib.closing(sqlite3.connect(bad.path, isolation_level=None)) as db:
        db.execute(damage)
    sentence = recover(root, update(root))
    assert bad.path.name in sentence
    assert "Renaming RBC to red cell was cut off half-way. It is finished now." in sentence
    assert names(root)[2] == ["red cell", "red cell"]
    assert not good.path.exists()


def test_an_operation_at_work_is_left_alone_at_every_event(root: Path) -> None:
    before = tree(root)
    for event in perform(root, items(root), RENAME, update(root)):
        if isinstance(event, Progress):
            labels_now = {name: data for name, data in tree(root).items() if OWN_FOLDER not in name}
            assert ".journal: is in use." in recover(root, update(root))
            assert {n: data for n, data in tree(root).items() if OWN_FOLDER not in n} == labels_now
    assert names(root) == [["red cell", "WBC"], ["WBC"], ["red cell", "red cell"]]
    last(take_back(event.journal, update(root)), Finished)
    event.journal.discard()
    assert tree(root) == before


def test_an_operation_does_not_begin_beside_another(root: Path) -> None:
    journal, before = begun(root), tree(root)
    with journal.alone(), pytest.raises(FileError, match="is in use"):
        list(carry_out(journal, update(root)))
    assert tree(root) == before


def test_files_that_changed_since_are_told(root: Path, labels: Make) -> None:
    begun(root)
    labels(root / "a.xml", ("cat", 1, 1, 2, 2))
    sentence = recover(root, update(root))
    assert sentence.endswith("Changed by another program meanwhile, so was left alone: a.xml.")


def test_the_folder_may_be_moved_in_between(root: Path, tmp_path_factory: pytest.TempPathFactory):
    begun(root)
    moved = root.rename(tmp_path_factory.mktemp("moved") / "cells")
    recover(moved, update(moved))
    assert names(moved)[2] == ["red cell", "red cell"]
    root.mkdir()  # pytest removes it


def test_only_studio_errors_leave_it(root: Path) -> None:
    journal = begun(root)
    journal.path.write_bytes(b"")
    with pytest.raises(StudioError):
        list(carry_out(journal, update(root)))


# --- any file -----------------------------------------------------------------------------------

WRITTEN = {  # ways to write the name a&b
    "plain": "a&amp;b",
    "number": "&#97;&#x26;b",
    "cdata": "<![CDATA[a&b]]>",
    "mixed": " a<![CDATA[&]]>b ",
    "comment": "a&amp;<!-- ! -->b",
}


@st.composite
def xml_files(draw: st.DrawFn) -> bytes:
    """Return a label file of some tool: line ends, indentation, encoding, ways to write a name."""
    end = draw(st.sampled_from(["\n", "\r\n", ""]))
    indent = draw(st.sampled_from(["", "\t", "  "])) if end else ""
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1", "ascii"]))
    called = draw(st.lists(st.sampled_from([*WRITTEN.values(), "other", "a", ""]), max_size=5))
    declared = "" if encoding.startswith("utf") else f'<?xml version="1.0" encoding="{encoding}"?>'
    objects = [
        f"{end}{indent}<object><name>{name}</name><part><name>{WRITTEN['plain']}</name></part>"
        f"<bndbox><xmin>{i}</xmin><ymin>1</ymin><xmax>4</xmax><ymax>5.50</ymax></bndbox></object>"
        for i, name in enumerate(called)
    ]
    remark = draw(st.sampled_from(["", "<!-- é -->" if encoding != "ascii" else "<!-- a&b -->"]))
    text = f"{declared}{remark}<annotation>{''.join(objects)}{end}</annotation>{end}"
    return text.encode(encoding)


def labels_in(data: bytes) -> list[str]:
    source = voc.markup.parse(data, Path("a.xml"))
    return [element.text_of("name") for element in source.root.all("object")]


@settings(max_examples=60, deadline=None)
@given(st.lists(xml_files(), min_size=1, max_size=4), st.sampled_from(["new", "other", "ü<\u4e2d"]))
def test_any_file_is_renamed_in_its_names_alone_and_comes_back(
    found: list[bytes], new: str
) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for i, data in enumerate(found):
            (root / f"{i}.xml").write_bytes(data)
            (root / f"{i}.png").touch()
        before = tree(root)
        renaming = Renaming("a&b", new, new == "other", ClassList(("a&b", "other", "z")))
        Project.open(root).with_class_list(renaming.before).save()
        done = last(perform(root, items(root), renaming, update(root)), Finished)
        for i, data in enumerate(found):
            after = (root / f"{i}.xml").read_bytes()
            assert labels_in(after) == [new if n == "a&b" else n for n in labels_in(data)]
            if "a&b" not in labels_in(data):
                assert after == data
        last(take_back(done.journal, update(root)), Finished)
        done.journal.discard()
        assert {k: v for k, v in tree(root).items() if k != "studio.toml"} == before
        assert Project.open(root).class_list == renaming.before
