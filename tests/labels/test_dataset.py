"""The index of a folder: pictures, their label files, what is wrong with them."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from studio.errors import FileError, StudioError
from studio.labels import voc
from studio.labels.boxes import Annotation, Box
from studio.labels.dataset import (
    Dataset,
    Item,
    ItemState,
    Layout,
    arrange,
    box_sizes,
    discover_classes,
    scan,
)
from studio.labels.folder.listing import is_picture, natural
from studio.labels.folder.reading import read_state

Make = Callable[..., Path]


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def label_files(root: Path) -> dict[str, str]:
    """Return the label file of each picture, both relative to the folder."""
    found = scan(root, Layout.of(root))
    return {item.name: item.labels.relative_to(root).as_posix() for item in found}


# --- recognising a folder -----------------------------------------------------------------------


def test_a_voc_tree(tmp_path: Path) -> None:
    touch(tmp_path, "JPEGImages/a.jpg", "Annotations/a.xml", "SegmentationClass/a.png")
    assert label_files(tmp_path) == {"a.jpg": "Annotations/a.xml"}


def test_a_project(tmp_path: Path) -> None:
    touch(tmp_path, "studio.toml", "images/sub/a.jpg", "runs/first/plot.png")
    assert label_files(tmp_path) == {"sub/a.jpg": "annotations/sub/a.xml"}


def test_a_bare_folder_gets_its_labels_beside_the_pictures_in_a_folder_of_their_own(
    tmp_path: Path,
) -> None:
    touch(tmp_path, "a.jpg", "sub/b.PNG", "notes.txt", "sub/.hidden.jpg", "sub/.trash/c.jpg")
    assert label_files(tmp_path) == {
        "a.jpg": "annotations/a.xml",
        "sub/b.PNG": "annotations/sub/b.xml",
    }


def test_label_files_beside_the_pictures_stay_there(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "b.jpg", "a.xml", "runs/first/worst.png")
    assert label_files(tmp_path) == {"a.jpg": "a.xml", "b.jpg": "b.xml"}


@pytest.mark.parametrize("folder", ["images", "JPEGImages", "left", "images/left", "a/b/c"])
def test_label_files_beside_pictures_of_any_folder_stay_there(tmp_path: Path, folder: str) -> None:
    touch(tmp_path, f"{folder}/a.jpg", f"{folder}/b.jpg", f"{folder}/b.xml")
    found = scan(tmp_path, Layout.of(tmp_path))
    assert [item.labels for item in found] == [tmp_path / folder / f"{n}.xml" for n in "ab"]


def test_a_folder_for_label_files_comes_before_those_beside_the_pictures(tmp_path: Path) -> None:
    touch(tmp_path, "images/a.jpg", "images/a.xml")
    (tmp_path / "annotations").mkdir()
    assert label_files(tmp_path) == {"a.jpg": "annotations/a.xml"}


def test_xml_that_belongs_to_no_picture_says_nothing_about_labels(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "pom.xml", "runs/first/b.jpg", "runs/first/b.xml")
    assert label_files(tmp_path) == {"a.jpg": "annotations/a.xml"}


def test_pictures_of_annotations_and_runs_are_no_pictures_of_the_set(tmp_path: Path) -> None:
    touch(tmp_path, "a.jpg", "annotations/preview.png", "runs/first/epoch_1.png")
    assert list(label_files(tmp_path)) == ["a.jpg"]


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="nowhere: cannot be read"):
        scan(tmp_path, Layout(tmp_path / "nowhere", tmp_path / "annotations"))


# --- order --------------------------------------------------------------------------------------


def test_numbers_count_in_the_order() -> None:
    ordered = ["2.jpg", "10.jpg", "a.jpg", "img_2.jpg", "IMG_3.jpg", "img_10.jpg", "img_10b.jpg"]
    shuffled = random.Random(0).sample(ordered, len(ordered))
    assert sorted(shuffled, key=natural) == ordered


file_names = st.text("aA01", max_size=3) | st.text(st.characters(exclude_characters="\0"))


@given(st.sets(file_names, max_size=20))
def test_no_two_names_have_one_place_in_the_order(names: set[str]) -> None:
    assert len({natural(name) for name in names}) == len(names)


def test_the_order_does_not_depend_on_the_file_system(tmp_path: Path) -> None:
    names = ["img001.jpg", "img01.jpg", "img1.jpg", "img2.jpg", "img10.jpg", "sub/img3.jpg"]
    touch(tmp_path, *random.Random(0).sample(names, len(names)))
    assert [item.name for item in scan(tmp_path, Layout.of(tmp_path))] == names


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("a.JPG", True),
        ("a.tiff", True),
        ("a.b.png", True),
        (".jpg", False),
        ("a", False),
        ("a.xml", False),
    ],
)
def test_pictures_are_told_by_their_suffix(name: str, counts: bool) -> None:
    assert is_picture(name) is counts


# --- one stem, several pictures -----------------------------------------------------------------


def test_one_stem_in_two_folders(tmp_path: Path) -> None:
    touch(tmp_path, "left/a.jpg", "right/a.jpg", "a.jpg")
    assert sorted(label_files(tmp_path).values()) == [
        "annotations/a.xml",
        "annotations/left/a.xml",
        "annotations/right/a.xml",
    ]


def test_of_one_stem_in_one_folder_the_first_has_it(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "a.jpg")
    assert label_files(tmp_path) == {
        "a.jpg": "annotations/a.xml",
        "a.png": "annotations/a.png.xml",
    }


def test_of_one_stem_the_one_that_the_label_file_names_has_it(tmp_path: Path, labels: Make) -> None:
    touch(tmp_path, "a.png", "a.jpg")
    labels(tmp_path / "annotations" / "a.xml", image="a.png")
    assert label_files(tmp_path) == {
        "a.jpg": "annotations/a.jpg.xml",
        "a.png": "annotations/a.xml",
    }


def test_a_picture_keeps_its_labels_when_the_other_of_its_stem_goes(
    tmp_path: Path, labels: Make
) -> None:
    touch(tmp_path, "a.jpg", "a.png")
    for item in scan(tmp_path, Layout.of(tmp_path)):
        labels(item.labels, (item.image.suffix, 1, 1, 9, 9), image=item.image.name)
    (tmp_path / "a.jpg").unlink()
    (left,) = scan(tmp_path, Layout.of(tmp_path))
    assert [box.label for box in left.read().boxes] == [".png"]


def test_an_unreadable_label_file_of_two_pictures_is_no_obstacle(tmp_path: Path) -> None:
    touch(tmp_path, "a.png", "a.jpg", "annotations/a.xml")
    assert label_files(tmp_path)["a.jpg"] == "annotations/a.xml"


def test_stems_that_differ_by_case_only_do_not_share_a_file_on_any_disk(tmp_path: Path) -> None:
    touch(tmp_path, "A.jpg", "a.png")
    assert label_files(tmp_path) == {
        "A.jpg": "annotations/A.xml",
        "a.png": "annotations/a.png.xml",
    }


def test_of_stems_that_differ_by_case_the_one_with_a_label_file_has_it(tmp_path: Path) -> None:
    touch(tmp_path, "A.jpg", "a.png", "annotations/a.xml")
    assert label_files(tmp_path) == {
        "A.jpg": "annotations/A.jpg.xml",
        "a.png": "annotations/a.xml",
    }


def test_label_files_whose_names_differ_by_case_only_stay_whose_they_are(tmp_path: Path) -> None:
    touch(tmp_path, "A.jpg", "a.png", "annotations/a.xml", "annotations/A.xml")
    if len(list((tmp_path / "annotations").iterdir())) < 2:
        pytest.skip("this disk does not tell cases apart")
    assert label_files(tmp_path) == {"A.jpg": "annotations/A.xml", "a.png": "annotations/a.xml"}


stems = st.sampled_from(["a", "A", "b", "sub/a", "other/a"])
suffixes = st.lists(st.sampled_from([".jpg", ".JPG", ".png"]), min_size=1, max_size=3).map("".join)
files = st.sets(st.builds(str.__add__, stems, suffixes), max_size=12)


@given(files, files)
def test_no_two_pictures_ever_share_a_label_file(pictures: set[str], labelled: set[str]) -> None:
    """What is not on the disk yet differs by more than case."""
    written = {f"{name}.xml" for name in labelled}
    layout = Layout(Path("images"), Path("annotations"))
    names, chosen = arrange(pictures, written, layout)
    assert set(names) == pictures
    assert len(set(chosen)) == len(chosen)
    new = [name.casefold() for name in chosen if name not in written]
    assert len(set(new)) == len(new)
    assert not set(new) & {name.casefold() for name in set(chosen) & written}


plain = st.builds(str.__add__, stems, st.sampled_from([".jpg", ".png"]))


@given(st.sets(plain, max_size=12), st.data())
def test_pictures_keep_their_label_files_once_these_exist(
    pictures: set[str], data: st.DataObject
) -> None:
    layout = Layout(Path("images"), Path("annotations"))
    before = dict(zip(*arrange(pictures, (), layout), strict=True))
    left = data.draw(st.sets(st.sampled_from(sorted(pictures)))) if pictures else set()
    after = dict(zip(*arrange(left, set(before.values()), layout), strict=True))
    gone = {before[name] for name in pictures - left}
    for name, label_name in after.items():
        assert label_name == before[name] or label_name in gone


# --- label files of nested pictures in one folder, as labelImg puts them --------------------------


def flat_label(path: Path, filename: str, folder: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    said = f"<folder>{folder}</folder><filename>{filename}</filename>"
    path.write_text(f"<annotation>{said}</annotation>")


@pytest.mark.parametrize(
    ("pictures", "folder", "expected"),
    [
        (["sub/a.jpg", "sub/b.jpg"], "sub", ["a.xml", "sub/b.xml"]),
        (["left/a.jpg", "right/a.jpg"], "right", ["left/a.xml", "a.xml"]),
        (["left/a.jpg", "right/a.jpg"], "", ["left/a.xml", "right/a.xml"]),
        (["a.jpg", "sub/a.jpg"], "sub", ["a.xml", "sub/a.xml"]),
    ],
    ids=[
        "a picture of a sub-folder has it",
        "of two folders the one that it names has it",
        "what may be of two pictures is of neither",
        "a picture of the top folder comes first",
    ],
)
def test_whose_a_label_file_in_the_top_folder_is(
    tmp_path: Path, pictures: list[str], folder: str, expected: list[str]
) -> None:
    touch(tmp_path, *(f"images/{name}" for name in pictures))
    flat_label(tmp_path / "annotations/a.xml", "a.jpg", folder)
    whose = {name: f"annotations/{file}" for name, file in zip(pictures, expected, strict=True)}
    assert label_files(tmp_path) == whose


def test_the_picture_that_a_label_file_names_may_need_escapes(tmp_path: Path) -> None:
    touch(tmp_path, "images/sub/a & b.jpg")
    flat_label(tmp_path / "annotations/a & b.xml", "a &amp; b.jpg", "sub")
    assert label_files(tmp_path) == {"sub/a & b.jpg": "annotations/a & b.xml"}


def test_a_label_file_of_its_own_folder_comes_first(tmp_path: Path) -> None:
    touch(tmp_path, "images/sub/a.jpg", "annotations/sub/a.xml")
    flat_label(tmp_path / "annotations/a.xml", "a.jpg", "sub")
    assert label_files(tmp_path) == {"sub/a.jpg": "annotations/sub/a.xml"}


@pytest.mark.parametrize(
    ("filename", "folder"), [("b.jpg", "sub"), ("a.jpg", "elsewhere"), ("", ""), ("a.png", "")]
)
def test_a_label_file_that_names_another_picture_is_not_taken(
    tmp_path: Path, filename: str, folder: str
) -> None:
    touch(tmp_path, "images/sub/a.jpg")
    flat_label(tmp_path / "annotations/a.xml", filename, folder)
    assert label_files(tmp_path) == {"sub/a.jpg": "annotations/sub/a.xml"}


# --- reading ------------------------------------------------------------------------------------


def test_a_picture_without_a_label_file_is_not_labelled_and_one_without_boxes_is(
    tmp_path: Path, labels: Make
) -> None:
    item = Item("a.png", Layout(tmp_path, tmp_path), "a.xml")
    assert not item.is_labelled
    assert item.read((40, 30)) == Annotation(item.image, 40, 30)
    assert read_state(item) == ItemState()
    labels(item.labels)
    assert item.is_labelled
    assert read_state(item) == ItemState({})


def test_labels_that_may_not_be_reached_are_not_taken_for_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    item = Item("a.png", Layout(tmp_path, tmp_path), "a.xml")
    monkeypatch.setattr(Path, "exists", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(FileError, match=r"a\.xml: cannot be read: Permission denied"):
        item.read()


def test_classes_are_those_of_the_readable_label_files(tmp_path: Path, labels: Make) -> None:
    touch(tmp_path, "0.jpg", "1.jpg", "2.jpg", "annotations/2.xml")
    labels(tmp_path / "annotations/0.xml", ("dog", 1, 1, 9, 9))
    labels(tmp_path / "annotations/1.xml", ("cat", 1, 1, 9, 9))
    assert discover_classes(scan(tmp_path, Layout.of(tmp_path))) == ("cat", "dog")


def test_box_sizes_are_those_in_the_letterboxed_input(tmp_path: Path, picture: Make) -> None:
    """A picture of 200 × 100 in an input of 400 × 400 doubles, whatever its label file claims."""
    for name in "abd":
        picture(tmp_path / f"{name}.png", 200, 100)
        boxes = (Box("cat", 10, 10, 40, 90),)
        voc.write(tmp_path / f"{name}.xml", Annotation(Path(f"{name}.png"), 200, 100, boxes=boxes))
    nameless = (tmp_path / "b.xml").read_text().replace("<width>200</width>", "")
    (tmp_path / "b.xml").write_text(nameless)
    claim = (tmp_path / "d.xml").read_text().replace("<width>200</width>", "<width>900</width>")
    (tmp_path / "d.xml").write_text(claim)
    touch(tmp_path, "c.png", "c.xml")
    items = list(scan(tmp_path, Layout.of(tmp_path)))
    sizes, unread = box_sizes(items, (400, 400))
    np.testing.assert_allclose(sizes, [[60, 160]] * 3)
    assert [error.path.name for error in unread] == ["c.png"]


def test_sizes_of_no_boxes_are_an_empty_table() -> None:
    sizes, unread = box_sizes([], (416, 416))
    assert (sizes.shape, unread) == ((0, 2), [])


def test_a_split_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path, (), (), {"train": (), "val": ()})
    with pytest.raises(StudioError, match="no split 'tset'; there are train, val, all"):
        dataset.labelled("tset")


def test_a_split_holds_the_labelled_pictures_of_it(tmp_path: Path, labels: Make) -> None:
    touch(tmp_path, "0.jpg", "1.jpg", "2.jpg")
    labels(tmp_path / "annotations/1.xml")
    labels(tmp_path / "annotations/2.xml")
    items = scan(tmp_path, Layout.of(tmp_path))
    dataset = Dataset(tmp_path, items, (), {"train": (0, 1)})
    assert [item.name for item in dataset.labelled("train")] == ["1.jpg"]
    assert [item.name for item in dataset.labelled("all")] == ["1.jpg", "2.jpg"]


# --- the real data set --------------------------------------------------------------------------


def test_the_real_data_set_has_its_two_known_faults_and_no_other(bccd: Path) -> None:
    items = scan(bccd, Layout.of(bccd))
    assert len(items) == 364
    problems = {item.stem: p.kind for item in items for p in item.read((640, 480)).problems}
    assert problems == {"BloodImage_00338": "no-area", "BloodImage_00343": "no-area"}
    assert discover_classes(items) == ("Platelets", "RBC", "WBC")
