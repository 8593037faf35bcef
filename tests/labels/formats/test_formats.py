"""Detections written as YOLO text, COCO JSON and Pascal VOC."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pycocotools.coco import COCO

from studio.errors import FileError, StudioError
from studio.labels import voc
from studio.labels.boxes import Box, Detection
from studio.labels.formats import WRITERS, parse
from studio.labels.formats.yolo import render

CLASSES = ("cat", "dog")
SIZE = (200, 100)
FOUND = (
    Detection(Box("dog", 20, 10, 60.5, 90), 0.875),
    Detection(Box("cat", 0, 0, 200, 100), 0.25),
)


def write(name: str, folder: Path) -> None:
    """Write two pictures, the second without detections."""
    writer = WRITERS[name](CLASSES)
    writer.add(folder, "a.png", SIZE, FOUND)
    writer.add(folder, "sub/b ä.png", (30, 40), ())
    writer.finish(folder)


def test_yolo_lines_are_those_worked_out_by_hand() -> None:
    # centre (20 + 60.5) / 2 = 40.25 of 200, (10 + 90) / 2 = 50 of 100; sides 40.5 and 80
    assert render(FOUND, CLASSES, SIZE) == (
        "1 0.201250 0.500000 0.202500 0.800000 0.875000\n"
        "0 0.500000 0.500000 1.000000 1.000000 0.250000\n"
    )


def test_yolo_files(tmp_path: Path) -> None:
    write("yolo", tmp_path)
    assert len((tmp_path / "a.txt").read_text().splitlines()) == 2
    assert (tmp_path / "sub" / "b ä.txt").read_text() == ""
    assert (tmp_path / "classes.txt").read_text() == "cat\ndog\n"


def test_coco_is_what_pycocotools_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("coco", tmp_path)
    coco = COCO(str(tmp_path / "detections.json"))
    capsys.readouterr()  # it tells how it is getting on
    assert [c["name"] for c in coco.loadCats(coco.getCatIds())] == ["cat", "dog"]
    pictures = coco.loadImgs(coco.getImgIds())
    assert [(p["file_name"], p["width"], p["height"]) for p in pictures] == [
        ("a.png", 200, 100),
        ("sub/b ä.png", 30, 40),
    ]
    first, second = (coco.loadAnns(coco.getAnnIds(imgIds=p["id"])) for p in pictures)
    assert [(a["bbox"], a["area"], a["score"]) for a in first] == [
        ([20, 10, 40.5, 80], 40.5 * 80, 0.875),
        ([0, 0, 200, 100], 20000, 0.25),
    ]
    assert [coco.loadCats(a["category_id"])[0]["name"] for a in first] == ["dog", "cat"]
    assert second == []


def test_coco_detections_can_be_measured_by_pycocotools(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("coco", tmp_path)
    path = tmp_path / "detections.json"
    truth = COCO(str(path))
    results = truth.loadRes(json.loads(path.read_text("utf-8"))["annotations"])
    capsys.readouterr()
    assert len(results.getAnnIds()) == 2


def test_voc_is_read_back_rounded(tmp_path: Path) -> None:
    write("voc", tmp_path)
    found = voc.read(tmp_path / "a.xml", tmp_path / "a.png", SIZE)
    assert [(box.label, box.xyxy) for box in found.boxes] == [
        ("dog", (20, 10, 61, 90)),
        ("cat", (1, 1, 200, 100)),
    ]
    assert (found.width, found.height, found.problems) == (200, 100, ())
    assert voc.read(tmp_path / "sub" / "b ä.xml", tmp_path / "b ä.png", (30, 40)).boxes == ()


@pytest.mark.parametrize("name", WRITERS)
def test_a_refusing_folder_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(FileError, match="could not be saved"):
        write(name, tmp_path / "out")


def test_formats_are_listed_with_commas() -> None:
    assert parse("voc, yolo,,coco") == ["voc", "yolo", "coco"]
    assert parse("") == []
    with pytest.raises(StudioError, match="'vco' is unknown; there are voc, yolo, coco"):
        parse("vco")
