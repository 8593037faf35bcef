"""No two pictures share a label file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studio.labels.boxes import Box, Detection
from studio.labels.dataset import Layout, scan
from studio.labels.formats import WRITERS
from studio.labels.formats.names import LabelNames


@pytest.mark.parametrize(
    ("pictures", "expected"),
    [
        (["a.jpg", "b.jpg"], ["a.txt", "b.txt"]),
        (["a.jpg", "a.png"], ["a.txt", "a.png.txt"]),
        (["x/a.jpg", "y/a.jpg"], ["x/a.txt", "y/a.txt"]),
        (["a.jpg", "a.png", "a.png.jpg"], ["a.txt", "a.png.txt", "a.png.jpg.txt"]),
        (["a.png.jpg", "a.jpg", "a.png"], ["a.png.txt", "a.txt", "a.png.txt.txt"]),
        (["a.jpg", "a.jpg", "a.jpg"], ["a.txt", "a.jpg.txt", "a.jpg.txt.txt"]),
        (["v1.2", "v1.3"], ["v1.txt", "v1.3.txt"]),
    ],
)
def test_each_picture_has_its_own(pictures: list[str], expected: list[str]) -> None:
    names = LabelNames(".txt")
    assert [names.of(picture) for picture in pictures] == expected


def test_the_list_of_classes_is_no_label_file(tmp_path: Path) -> None:
    writer = WRITERS["yolo"](("cat",))
    writer.add(tmp_path, "classes.jpg", (40, 30), [])
    writer.finish(tmp_path)
    assert (tmp_path / "classes.txt").read_text() == "cat\n"
    assert (tmp_path / "classes.jpg.txt").read_text() == ""


def test_labels_beside_pictures_are_found_by_the_index(
    tmp_path: Path, picture: Callable[..., Path]
) -> None:
    pictures = ["a.jpg", "a.png", "sub/a.png"]
    writer = WRITERS["voc"](("cat",))
    for number, name in enumerate(pictures, 1):
        picture(tmp_path / name)
        box = Box("cat", 1, 1, 10 * number, 20)
        writer.add(tmp_path, name, (40, 30), [Detection(box, 0.5)])
    items = scan(tmp_path, Layout.of(tmp_path))
    assert [item.name for item in items] == pictures
    assert [item.read().boxes[0].xmax for item in items] == [10, 20, 30]
