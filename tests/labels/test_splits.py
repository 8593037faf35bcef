"""Who is in which split."""

from __future__ import annotations

from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from studio.errors import FileError
from studio.labels.dataset import Item, Layout, scan
from studio.labels.splits import hashed_splits, listed_splits, split_lines

HERE = Layout(Path(), Path())


def items_of(*names: str) -> tuple[Item, ...]:
    return tuple(Item(n, HERE, Path(n).with_suffix(".xml").name) for n in names)


def labelled(root: Path, *names: str) -> tuple[Item, ...]:
    """Return pictures whose label files exist."""
    layout = Layout(root, root)
    items = tuple(Item(n, layout, Path(n).with_suffix(".xml").name) for n in names)
    for item in items:
        item.labels.touch()
    return items


def write_list(root: Path, split: str, text: str | bytes) -> None:
    path = root / "ImageSets" / "Main" / f"{split}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_lists_are_honoured_whatever_wrote_them(tmp_path: Path) -> None:
    items = items_of("a.jpg", "b.jpg", "sub/c.jpg", "ä d.jpg")
    write_list(tmp_path, "train", "\ufeffb\r\na\r\n\r\n")
    write_list(tmp_path, "val", "sub/c\n")
    write_list(tmp_path, "test", "ä d")
    assert listed_splits(tmp_path, items) == {"train": (1, 0), "val": (2,), "test": (3,)}


def test_without_lists_there_are_no_listed_splits(tmp_path: Path) -> None:
    assert listed_splits(tmp_path, items_of("a.jpg")) == {}
    assert split_lines(tmp_path, "train") is None


def test_names_without_a_picture_are_passed_over(tmp_path: Path) -> None:
    write_list(tmp_path, "train", "gone\na\n")
    write_list(tmp_path, "val", "")
    assert listed_splits(tmp_path, items_of("a.jpg")) == {"train": (0,), "val": ()}


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x80"])
def test_a_list_that_is_no_text_is_named(tmp_path: Path, data: bytes) -> None:
    write_list(tmp_path, "val", data)
    with pytest.raises(FileError, match=r"val\.txt: is not UTF-8 text"):
        listed_splits(tmp_path, items_of("a.jpg"))


def test_a_list_that_is_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "ImageSets" / "Main" / "val.txt").mkdir(parents=True)
    with pytest.raises(FileError, match=r"val\.txt: cannot be read"):
        listed_splits(tmp_path, items_of("a.jpg"))


def test_a_list_that_may_not_be_reached_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(FileError, match=r"train\.txt: cannot be read: Permission denied"):
        listed_splits(tmp_path, items_of("a.jpg"))


def test_train_is_trainval_without_val(tmp_path: Path) -> None:
    write_list(tmp_path, "trainval", "a\nb\nc\n")
    write_list(tmp_path, "val", "b\n")
    splits = listed_splits(tmp_path, items_of("a.jpg", "b.jpg", "c.jpg"))
    assert (splits["train"], splits["val"]) == ((0, 2), (1,))


def test_val_is_trainval_without_train(tmp_path: Path) -> None:
    write_list(tmp_path, "trainval", "a\nb\nc\n")
    write_list(tmp_path, "train", "c\na\n")
    splits = listed_splits(tmp_path, items_of("a.jpg", "b.jpg", "c.jpg"))
    assert (splits["train"], splits["val"]) == ((2, 0), (1,))


def test_what_is_trained_with_where_only_the_test_is_listed_is_the_rest(tmp_path: Path) -> None:
    items = items_of(*(f"{i}.jpg" for i in range(200)))
    write_list(tmp_path, "test", "\n".join(map(str, range(50))))
    splits = listed_splits(tmp_path, items, val=0.2)
    assert sorted(splits["train"] + splits["val"]) == list(range(50, 200))
    assert 15 <= len(splits["val"]) <= 45


def test_what_is_trained_with_where_only_val_is_listed_is_the_rest(tmp_path: Path) -> None:
    write_list(tmp_path, "val", "b\n")
    splits = listed_splits(tmp_path, items_of("a.jpg", "b.jpg", "c.jpg"))
    assert splits == {"train": (0, 2), "val": (1,)}


def test_a_picture_listed_twice_counts_once(tmp_path: Path) -> None:
    write_list(tmp_path, "train", "b\na\nb\n")
    write_list(tmp_path, "val", "c\nc\n")
    splits = listed_splits(tmp_path, items_of("a.jpg", "b.jpg", "c.jpg"))
    assert splits == {"train": (1, 0), "val": (2,)}


@pytest.mark.parametrize("listed", ["train", "trainval"])
def test_what_to_validate_with_is_taken_from_the_pictures_to_learn_from(
    tmp_path: Path, listed: str
) -> None:
    names = [f"{i}" for i in range(200)]
    write_list(tmp_path, listed, "\n".join(names[:150]))
    splits = listed_splits(tmp_path, items_of(*(f"{n}.jpg" for n in names)), val=0.2)
    assert sorted(splits["train"] + splits["val"]) == list(range(150))
    assert 15 <= len(splits["val"]) <= 45


def test_a_listed_stem_is_the_picture_that_has_its_label_file(tmp_path: Path) -> None:
    items = (
        Item("a.jpg", HERE, "a.jpg.xml"),
        Item("a.png", HERE, "a.xml"),
        Item("a.webp", HERE, "a.webp.xml"),
    )
    write_list(tmp_path, "train", "a\n")
    write_list(tmp_path, "val", "")
    assert listed_splits(tmp_path, items)["train"] == (1,)


names = st.sets(st.text(st.characters(exclude_characters="/\0"), min_size=1), max_size=40)


@given(names, st.floats(0, 0.5), st.floats(0, 0.5))
def test_each_picture_is_in_one_split(names: set[str], val: float, test: float) -> None:
    splits = hashed_splits(items_of(*(f"{name}.jpg" for name in names)), val, test)
    everything = [*splits["train"], *splits["val"], *splits["test"]]
    assert sorted(everything) == list(range(len(names)))


def test_a_picture_keeps_its_split_when_others_come_and_go() -> None:
    few = [f"img_{i}.jpg" for i in range(0, 600, 3)]
    many = [f"img_{i}.jpg" for i in range(600)]

    def split_by_name(names: list[str]) -> dict[str, str]:
        splits = hashed_splits(items_of(*names))
        return {names[i]: split for split, indices in splits.items() for i in indices}

    before, after = split_by_name(few), split_by_name(many)
    assert all(after[name] == split for name, split in before.items())


def test_shares_are_those_asked_for() -> None:
    splits = hashed_splits(items_of(*(f"{i}.jpg" for i in range(5000))), val=0.1, test=0.2)
    assert len(splits["val"]) == pytest.approx(500, rel=0.15)
    assert len(splits["test"]) == pytest.approx(1000, rel=0.1)


@pytest.mark.parametrize("count", [3, 4, 5])
def test_even_a_handful_has_something_to_validate_with(tmp_path: Path, count: int) -> None:
    for start in range(30):
        items = labelled(tmp_path, *(f"{start + i}.jpg" for i in range(count)))
        splits = hashed_splits(items)
        if len(splits["train"]) + len(splits["val"]) >= 3:
            assert len(splits["val"]) >= 1


def test_what_is_validated_with_has_labels(tmp_path: Path) -> None:
    few = labelled(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    items = (*items_of(*(f"{i}.jpg" for i in range(100))), *few)
    splits = hashed_splits(items, val=0.05, test=0)
    assert len(splits["val"]) > 1  # and yet, by their hashes alone, all without labels
    assert sum(items[i].is_labelled for i in splits["val"]) == 1


def test_nothing_is_validated_with_where_its_share_is_0(tmp_path: Path) -> None:
    items = labelled(tmp_path, *(f"{i}.jpg" for i in range(20)))
    assert hashed_splits(items, val=0)["val"] == ()
    write_list(tmp_path, "train", "\n".join(map(str, range(20))))
    assert listed_splits(tmp_path, items, val=0) == {"train": tuple(range(20)), "val": ()}


def test_the_real_data_set(bccd: Path) -> None:
    splits = listed_splits(bccd, scan(bccd, Layout.of(bccd)))
    assert {name: len(indices) for name, indices in splits.items()} == {
        "train": 205,
        "val": 87,
        "test": 72,
        "trainval": 292,
    }
    assert set(splits["train"]) | set(splits["val"]) == set(splits["trainval"])
    assert not set(splits["trainval"]) & set(splits["test"])
