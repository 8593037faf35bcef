"""Every fault of a data set is told, and nothing is changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from studio.labels import images
from studio.labels.problems import absences, check, mismatches
from studio.project import Project

Make = Callable[..., Path]


def faults(root: Path) -> dict[str, list[str]]:
    dataset = Project.open(root).dataset()
    found: dict[str, list[str]] = {}
    for name, problem in mismatches(dataset):
        found.setdefault(name, []).append(problem.kind)
    for checked in check(dataset):
        if checked.problems:
            found[checked.item.name] = [problem.kind for problem in checked.problems]
    return found


def test_every_fault_is_told_and_the_rest_goes_on(
    tmp_path: Path, picture: Make, labels: Make
) -> None:
    for name in ("good", "empty", "unlisted", "size", "edge"):
        picture(tmp_path / f"images/{name}.png")
    picture(tmp_path / "images/large.png", 80, 60)
    (tmp_path / "images/broken.jpg").touch()
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations/empty.xml").touch()
    (tmp_path / "studio.toml").write_text('classes = ["cat"]')
    folder = tmp_path / "annotations"
    labels(folder / "good.xml", ("cat", 1, 1, 9, 9))
    labels(folder / "unlisted.xml", ("dog", 1, 1, 9, 9))
    labels(folder / "large.xml", ("cat", 1, 1, 9, 9))
    labels(folder / "lonely.xml", ("cat", 1, 1, 9, 9))
    labels(folder / "broken.xml", ("cat", 1, 1, 9, 9))
    text = (folder / "good.xml").read_text()
    (folder / "edge.xml").write_text(text.replace("<xmax>9<", "<xmax>1<"))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert faults(tmp_path) == {
        "lonely.xml": ["picture"],
        "empty.png": ["labels"],
        "unlisted.png": ["class"],
        "large.png": ["size"],
        "edge.png": ["no-area"],
        "broken.jpg": ["picture"],
    }
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_listed_pictures_that_do_not_exist_are_told(tmp_path: Path, picture: Make) -> None:
    picture(tmp_path / "JPEGImages/a.png")
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("a\ngone\n")
    assert faults(tmp_path) == {"gone": ["picture"]}
    (lists / "val.txt").write_text("".join(f"{n}\n" for n in range(7)))
    seven = "names 7 pictures that the folder"
    assert list(absences(Project.open(tmp_path).dataset())) == [
        "ImageSets/Main/train.txt names 1 picture that the folder does not have: gone",
        f"ImageSets/Main/val.txt {seven} does not have: 0, 1, 2, 3, 4 and 2 more",
    ]


def test_pictures_in_no_split_are_counted(tmp_path: Path, picture: Make) -> None:
    for name in "abcd":
        picture(tmp_path / f"JPEGImages/{name}.png")
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("a\n")
    (lists / "val.txt").write_text("b\n")
    told = [(name, p.detail) for name, p in mismatches(Project.open(tmp_path).dataset())]
    assert told == [
        ("ImageSets/Main", "2 pictures are in no split, so nothing is learned from them")
    ]


def test_one_problem_a_class_however_many_boxes(
    tmp_path: Path, labels: Make, picture: Make
) -> None:
    picture(tmp_path / "a.png")
    labels(tmp_path / "a.xml", *[("dog", i, 1, 20 + i, 9) for i in range(1, 8)])
    (tmp_path / "studio.toml").write_text('classes = ["cat"]')
    (checked,) = check(Project.open(tmp_path).dataset())
    assert [p.detail for p in checked.problems] == [
        "class 'dog' is not in the project's class list (boxes: 7)"
    ]


def test_labels_fit_the_upright_picture(tmp_path: Path, labels: Make) -> None:
    """The size that counts is that of the decoded picture."""
    images.save(tmp_path / "a.png", np.zeros((30, 40, 3), np.uint8))
    labels(tmp_path / "a.xml", ("cat", 1, 1, 40, 30))
    assert faults(tmp_path) == {}


def test_a_fault_of_a_label_file_names_that_file(tmp_path: Path, picture: Make) -> None:
    picture(tmp_path / "a.png")
    (tmp_path / "a.xml").touch()
    (checked,) = check(Project.open(tmp_path).dataset())
    assert checked.problems[0].detail.startswith("the label file a.xml is an empty file")
