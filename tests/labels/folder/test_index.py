"""What is kept of a folder in the user's cache."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from studio.errors import FileError
from studio.labels.dataset import Item, ItemState, Layout
from studio.labels.folder import index as folder_index
from studio.labels.folder.index import (
    UNREAD,
    FolderIndex,
    index_file,
    load_index,
    save_index,
)

ROOT = Path("/pictures")
LAYOUT = Layout(ROOT / "images", ROOT / "annotations")


def made(*names: str, layout: Layout = LAYOUT) -> FolderIndex:
    items = tuple(Item(name, layout, f"{name.rpartition('.')[0]}.xml") for name in names)
    return FolderIndex.unread(items)


stems = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=5)
items = st.builds(
    lambda stem, suffix, label: Item(stem + suffix, LAYOUT, label or f"{stem}.xml"),
    stems,
    st.sampled_from([".jpg", ".PNG"]),
    st.none() | stems,
)
states = st.builds(
    ItemState,
    st.none() | st.dictionaries(st.sampled_from(["cat", "Hündin", "\udcff"]), st.integers(1, 9)),
    st.booleans(),
    st.sampled_from(["", "no area"]),
)
stamps = st.none() | st.just(UNREAD) | st.tuples(*[st.integers(0, 2**62)] * 3)


@given(st.lists(st.tuples(items, states, stamps), max_size=20))
def test_what_was_kept_comes_back(parts: list[tuple[Item, ItemState, folder_index.Stamp]]) -> None:
    index = FolderIndex(
        tuple(item for item, _, _ in parts),
        [state for _, state, _ in parts],
        [stamp for _, _, stamp in parts],
    )
    save_index(index, ROOT, LAYOUT)
    assert load_index(ROOT, LAYOUT) == index


def test_more_pictures_than_a_line_holds_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_index, "_LINE", 3)
    index = made(*(f"{i}.jpg" for i in range(8)))
    index.states[:] = [ItemState({"cat": i % 2 + 1}) for i in range(8)]
    save_index(index, ROOT, LAYOUT)
    assert load_index(ROOT, LAYOUT) == index


def test_nothing_was_kept() -> None:
    assert load_index(ROOT, LAYOUT) is None


@given(st.data())
def test_a_damaged_file_is_as_good_as_none(data: st.DataObject) -> None:
    save_index(made("a.jpg", "b.jpg"), ROOT, LAYOUT)
    path = index_file(ROOT)
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        path.write_bytes(whole[:at])
    else:
        path.write_bytes(
            whole[:at] + bytes([whole[at] ^ 1 << data.draw(st.integers(0, 7))]) + whole[at + 1 :]
        )
    found = load_index(ROOT, LAYOUT)
    assert found is None or found == made("a.jpg", "b.jpg")  # hexadecimal digits have two cases


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"null\n22d2c6c8", b"[]", b"{}\n"])
def test_a_file_of_somebody_else_is_as_good_as_none(content: bytes) -> None:
    index_file(ROOT).parent.mkdir(parents=True)
    index_file(ROOT).write_bytes(content)
    assert load_index(ROOT, LAYOUT) is None


def test_an_index_of_another_layout_or_format_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    save_index(made("a.jpg"), ROOT, LAYOUT)
    assert load_index(ROOT, Layout(ROOT, ROOT)) is None
    monkeypatch.setattr(folder_index, "FORMAT", folder_index.FORMAT + 1)
    assert load_index(ROOT, LAYOUT) is None


def test_each_folder_has_its_own() -> None:
    other = ROOT / "other"
    save_index(made("a.jpg"), ROOT, LAYOUT)
    save_index(made("b.jpg"), other, LAYOUT)
    assert load_index(ROOT, LAYOUT) == made("a.jpg")
    assert load_index(other, LAYOUT) == made("b.jpg")


def test_a_cache_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("YOLO_STUDIO_CACHE", str(tmp_path / "file"))
    with pytest.raises(FileError, match="could not be saved"):
        save_index(made("a.jpg"), ROOT, LAYOUT)


def test_the_folders_used_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_index, "KEPT", 2)
    for age, name in ((300, "a"), (200, "b"), (0, "c")):
        save_index(made(f"{name}.jpg"), ROOT / name, LAYOUT)
        before = index_file(ROOT / name).stat().st_mtime - age
        os.utime(index_file(ROOT / name), (before, before))
        load_index(ROOT / "a", LAYOUT)
    kept = [name for name in "abc" if load_index(ROOT / name, LAYOUT)]
    assert kept == ["a", "c"]


def test_pictures_keep_what_is_known_of_them_wherever_they_go() -> None:
    index = made("a.jpg", "b.jpg", "c.jpg")
    index.states[:] = [ItemState({name: 1}) for name in "abc"]
    index.stamps[:] = [(1, 2, 3), None, (4, 5, 6)]
    moved = index.at((Item("c.jpg", LAYOUT, "c.jpg.xml"), *made("d.jpg", "b.jpg").items))
    assert [state.counts for state in moved.states] == [{"c": 1}, None, {"b": 1}]
    assert moved.stamps == [(0, 5, 6), UNREAD, None]  # that of c is another file now
