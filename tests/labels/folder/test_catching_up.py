"""Finding out what has become of a folder, whatever became of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from studio.errors import FileError
from studio.labels import voc
from studio.labels.boxes import Annotation, Box
from studio.labels.dataset import Item, ItemState, Layout, scan, state_of
from studio.labels.folder import catching_up
from studio.labels.folder.catching_up import (
    CaughtUp,
    Event,
    Relisted,
    Reread,
    catch_up,
)
from studio.labels.folder.index import FolderIndex, index_file, load_index
from studio.labels.folder.reading import read_labels

Make = Callable[..., Path]


def unread(root: Path) -> FolderIndex:
    return FolderIndex.unread(scan(root, Layout.of(root)))


def events(root: Path, index: FolderIndex) -> list[Event]:
    return list(catch_up(root, Layout.of(root), index))


def caught_up(root: Path, index: FolderIndex) -> FolderIndex:
    (last,) = events(root, index)[-1:]
    assert isinstance(last, CaughtUp)
    return last.index


def changed(root: Path, index: FolderIndex) -> list[str]:
    """Return the names of the pictures whose label files are found to be others."""
    found = [event for event in events(root, index) if isinstance(event, Reread)]
    return [index.items[position].name for event in found for position in event.changed]


def parsed(item: Item) -> ItemState:
    """Return the state of a picture by way of all its boxes."""
    try:
        return state_of(item.read(), item.is_labelled)
    except FileError as error:
        return ItemState(problem=str(error))


@pytest.fixture
def folder(tmp_path: Path, labels: Make) -> Path:
    """Five pictures: two boxes, verified, broken, outside, not labelled."""
    (tmp_path / "annotations").mkdir()
    for i in range(5):
        (tmp_path / f"{i}.jpg").touch()
    labels(tmp_path / "annotations/0.xml", ("cat", 1, 1, 9, 9), ("dog", 2, 2, 9, 9))
    voc.write(tmp_path / "annotations/1.xml", Annotation(Path("1.jpg"), 40, 30, verified=True))
    (tmp_path / "annotations/2.xml").write_text("<annotation>")
    path = labels(tmp_path / "annotations/3.xml", ("cat", 1, 1, 39, 9))
    path.write_bytes(path.read_bytes().replace(b"39", b"90"))
    return tmp_path


# --- what the label files say -------------------------------------------------------------------


def test_states_are_those_that_the_label_files_say(folder: Path) -> None:
    index = caught_up(folder, unread(folder))
    assert index.states == [parsed(item) for item in index.items]
    assert (index.states[0].counts, index.states[0].boxes) == ({"cat": 1, "dog": 1}, 2)
    assert index.states[1] == ItemState({}, verified=True)
    assert index.states[2].counts is None
    assert "2.xml: is not well-formed XML" in index.states[2].problem
    assert "reaches outside" in index.states[3].problem
    assert index.states[4] == ItemState(None)


def test_they_come_a_few_at_a_time_and_those_without_a_file_not_at_all(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching_up, "_BATCH", 3)
    *read, last = events(folder, unread(folder))
    assert [list(event.states) for event in read if isinstance(event, Reread)] == [[0, 1, 2], [3]]
    assert [event.share for event in read if isinstance(event, Reread)] == [0.75, 1.0]
    assert isinstance(last, CaughtUp)
    assert last.folders == (folder, folder / "annotations")


def test_a_file_that_may_not_be_read_is_a_problem(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    item = scan(folder, Layout.of(folder))[0]
    monkeypatch.setattr(Path, "open", refuse)
    state, stamp = read_labels(item)
    assert state.problem.endswith("0.xml: cannot be read: Permission denied")
    assert stamp is not None  # so that it is tried again


# --- the second time ----------------------------------------------------------------------------


def age(root: Path) -> None:
    """Let label files be old enough for their times of change to prove something."""
    for path in root.rglob("*.xml"):
        os.utime(path, ns=(1, path.stat().st_mtime_ns - 10**10))


def test_what_did_not_change_is_not_read_again(folder: Path) -> None:
    age(folder)
    index = caught_up(folder, unread(folder))
    (only,) = events(folder, index)
    assert isinstance(only, CaughtUp)
    assert only.index == index


def test_a_change_that_leaves_time_and_size_is_seen_while_the_file_is_new(folder: Path) -> None:
    index = caught_up(folder, unread(folder))
    path = folder / "annotations/0.xml"
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"cat", b"cow"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert changed(folder, index) == ["0.jpg"]


def test_a_file_that_was_only_touched_has_not_changed(folder: Path) -> None:
    age(folder)
    index = caught_up(folder, unread(folder))
    (folder / "annotations/0.xml").touch()
    assert changed(folder, index) == []


def test_files_that_were_made_changed_and_removed_are_told_of(folder: Path, labels: Make) -> None:
    age(folder)
    index = caught_up(folder, unread(folder))
    labels(folder / "annotations/0.xml", ("cow", 1, 1, 9, 9))
    (folder / "annotations/1.xml").unlink()
    labels(folder / "annotations/4.xml")
    assert changed(folder, index) == ["0.jpg", "1.jpg", "4.jpg"]
    states = caught_up(folder, index).states
    assert [states[i].counts for i in (0, 1, 4)] == [{"cow": 1}, None, {}]


def test_files_that_are_read_for_the_first_time_have_not_changed(folder: Path) -> None:
    assert changed(folder, unread(folder)) == []


def test_pictures_that_come_and_go_move_the_others(folder: Path) -> None:
    index = caught_up(folder, unread(folder))
    (folder / "0.jpg").unlink()
    (folder / "3.jpg").rename(folder / "30.jpg")
    (folder / "1a.jpg").touch()
    relisted = events(folder, index)[0]
    assert isinstance(relisted, Relisted)
    names = [item.name for item in relisted.index.items]
    assert names == ["1.jpg", "1a.jpg", "2.jpg", "4.jpg", "30.jpg"]
    assert relisted.moved == {1: 0, 2: 2, 4: 3}
    assert relisted.places == [1, -1, 2, 4, -1]
    assert sorted(relisted.gone) == [0, 3]


def test_where_pictures_were_listed_before_it_failed_the_next_look_goes_on(
    folder: Path, labels: Make
) -> None:
    index = caught_up(folder, unread(folder))
    (folder / "1a.jpg").touch()
    labels(folder / "annotations/4.xml", ("cow", 1, 1, 9, 9))
    work = catch_up(folder, Layout.of(folder), index)
    relisted = next(work)
    next(work)  # something is read
    work.close()
    assert isinstance(relisted, Relisted)
    assert relisted.index == index.moved(relisted.index.items, relisted.places)
    assert changed(folder, relisted.index) == ["4.jpg"]


def test_a_folder_that_cannot_be_reached_is_not_watched(
    folder: Path, labels: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "sub/deep").mkdir(parents=True)
    (folder / "sub/deep/x.jpg").touch()
    labels(folder / "annotations/sub/deep/x.xml")
    is_dir = Path.is_dir

    def refuse(path: Path) -> bool:
        if path == folder / "annotations/sub/deep":
            raise PermissionError(13, "Permission denied")
        return is_dir(path)

    index = unread(folder)
    monkeypatch.setattr(Path, "is_dir", refuse)
    (last,) = events(folder, index)[-1:]
    assert isinstance(last, CaughtUp)
    labels_below = folder / "annotations"
    expected = (folder, labels_below, labels_below / "sub", folder / "sub", folder / "sub/deep")
    assert last.folders == expected


def test_a_picture_that_gets_another_label_file_is_read_again(folder: Path) -> None:
    age(folder)
    index = caught_up(folder, unread(folder))
    shutil.copy(folder / "annotations/0.xml", folder / "annotations/4.jpg.xml")
    relisted, reread, _ = events(folder, index)
    assert isinstance(relisted, Relisted)
    assert relisted.index.items[4].label_name == "4.jpg.xml"
    assert relisted.moved == {i: i for i in range(5)}
    assert isinstance(reread, Reread)
    assert list(reread.changed) == [4]


# --- what is kept -------------------------------------------------------------------------------


def test_what_was_found_out_is_kept(folder: Path) -> None:
    index = caught_up(folder, unread(folder))
    assert load_index(folder, Layout.of(folder)) == index


def test_what_was_found_out_until_it_was_stopped_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catching_up, "_BATCH", 2)
    work = catch_up(folder, Layout.of(folder), unread(folder))
    next(work)
    work.close()
    kept = load_index(folder, Layout.of(folder))
    assert kept is not None
    assert kept.states[0].counts == {"cat": 1, "dog": 1}
    assert changed(folder, kept) == []
    assert caught_up(folder, kept) == caught_up(folder, unread(folder))


def test_a_cache_that_cannot_be_written_is_no_obstacle(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path_factory.mktemp("cache") / "file"
    place.touch()
    monkeypatch.setenv("YOLO_STUDIO_CACHE", str(place))
    assert caught_up(folder, unread(folder)).states[1].verified


def test_a_folder_that_is_gone_leaves_what_is_kept(folder: Path) -> None:
    layout = Layout.of(folder)
    index = caught_up(folder, unread(folder))
    before = index_file(folder).read_bytes()
    shutil.rmtree(folder)
    with pytest.raises(FileError, match="cannot be read"):
        list(catch_up(folder, layout, index))
    assert index_file(folder).read_bytes() == before


# --- whatever happens ---------------------------------------------------------------------------

names = st.sampled_from(["a", "A", "b", "10", "9", "sub/a", "sub/b"])
pictures = st.builds(str.__add__, names, st.sampled_from([".jpg", ".png"]))
boxes = st.lists(st.sampled_from(["cat", "dog", "cow"]), max_size=3)
actions = st.one_of(
    st.tuples(st.just("picture"), pictures),
    st.tuples(st.just("remove"), pictures),
    st.tuples(st.just("rename"), pictures, pictures),
    st.tuples(st.just("label"), names | pictures, names, boxes),
    st.tuples(st.just("break"), names),
    st.tuples(st.just("unlabel"), names | pictures),
)


def act(root: Path, what: str, name: str, *more: object) -> None:
    image, label = root / "images" / name, root / "annotations" / f"{name}.xml"
    if what == "picture":
        image.parent.mkdir(parents=True, exist_ok=True)
        image.touch()
    elif what == "remove":
        image.unlink(missing_ok=True)
    elif what == "rename" and image.exists():
        other = root / "images" / str(more[0])
        other.parent.mkdir(parents=True, exist_ok=True)
        image.rename(other)
    elif what == "label":
        named, classes = more
        assert isinstance(classes, list)
        found = tuple(Box(label, 1, 1, 9, 9) for label in classes)
        voc.write(
            label, Annotation(image.with_name(f"{Path(str(named)).name}.jpg"), 40, 30, boxes=found)
        )
    elif what == "break" and label.exists():
        label.write_text("<annotation>")
    elif what == "unlabel":
        label.unlink(missing_ok=True)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(actions, max_size=6), min_size=1, max_size=4))
def test_an_index_that_has_caught_up_is_that_of_a_fresh_look(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[tuple[object, ...]]]
) -> None:
    root = tmp_path_factory.mktemp("set")
    (root / "images").mkdir()
    (root / "annotations").mkdir()
    layout = Layout.of(root)
    index = caught_up(root, unread(root))
    followed = list(zip(index.items, index.states, strict=True))
    for round_ in rounds:
        for action in round_:
            act(root, *action)  # type: ignore[arg-type]
        for event in events(root, load_index(root, layout) or index):
            followed = follow(followed, event)
            if isinstance(event, CaughtUp):
                index = event.index
        fresh = scan(root, layout)
        assert index.items == fresh
        assert index.states == [parsed(item) for item in fresh]
        assert followed == list(zip(index.items, index.states, strict=True))


def follow(known: list[tuple[Item, ItemState]], event: Event) -> list[tuple[Item, ItemState]]:
    """Keep up by what the events say, as the window does."""
    if isinstance(event, Relisted):
        states = [known[place][1] if place >= 0 else ItemState() for place in event.places]
        items = event.index.items
        assert all(known[old][0].name == items[new].name for old, new in event.moved.items())
        assert set(event.gone) | set(event.moved) == set(range(len(known)))
        return list(zip(items, states, strict=True))
    if isinstance(event, Reread):
        return [(item, event.states.get(i, state)) for i, (item, state) in enumerate(known)]
    return known
