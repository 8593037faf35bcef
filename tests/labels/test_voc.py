"""Reading Pascal VOC XML as labelImg, CVAT and others write it."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from studio.errors import FileError
from studio.labels import voc
from studio.labels.boxes import Annotation
from tests.labels.voc_dialects import (
    CVAT,
    CVAT_OTHERWISE,
    LABELIMG,
    LABELIMG_OTHERWISE,
    ODD,
)

XML, JPG = Path("a.xml"), Path("a.jpg")


def parse(text: str | bytes, size: tuple[int, int] | None = None) -> Annotation:
    return voc.parse(text.encode() if isinstance(text, str) else text, XML, JPG, size)


def one_object(content: str, size: str = "<width>100</width><height>50</height>") -> str:
    return f"<annotation><size>{size}</size><object>{content}</object></annotation>"


def frame(xmin: object, ymin: object, xmax: object, ymax: object) -> str:
    edges = {"xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax}
    return f"<bndbox>{''.join(f'<{e}>{v}</{e}>' for e, v in edges.items())}</bndbox>"


def test_a_file_of_labelimg() -> None:
    annotation = parse(LABELIMG)
    cat, dog = annotation.boxes
    assert (annotation.width, annotation.height, annotation.depth) == (640, 480, 1)
    assert annotation.verified
    assert annotation.image == JPG
    assert not annotation.problems
    assert (cat.label, cat.xyxy) == ("cat", (10, 20, 110, 220))
    assert (cat.pose, cat.truncated, cat.difficult, cat.occluded) == (
        *("Unspecified", True, False, False),
    )
    assert (dog.label, dog.xyxy) == ("dog & bone", (300, 40, 640, 480))
    assert (dog.pose, dog.truncated, dog.difficult, dog.occluded) == ("Left", False, True, False)


def test_a_file_of_cvat() -> None:
    annotation = parse(CVAT)
    assert len(annotation.boxes) == 2  # the part is none
    box = annotation.boxes[0]
    assert (box.label, box.xyxy) == ("cat", (10.25, 20.5, 110, 220.75))
    assert (box.occluded, box.difficult, box.pose) == (True, False, "Unspecified")
    assert (annotation.depth, annotation.verified) == (3, False)


def test_numbers_however_they_are_written() -> None:
    assert parse(ODD).boxes[0].xyxy == (10.25, 20.5, 110, 220.75)


@pytest.mark.parametrize(
    ("data", "sample"),
    [
        *((data, LABELIMG) for data in LABELIMG_OTHERWISE.values()),
        *((data, CVAT) for data in CVAT_OTHERWISE.values()),
    ],
    ids=[*LABELIMG_OTHERWISE, *CVAT_OTHERWISE],
)
def test_the_same_labels_however_they_are_written(data: bytes, sample: str) -> None:
    expected, found = parse(sample), parse(data)
    assert found.boxes == expected.boxes
    assert (found.width, found.height) == (640, 480)
    assert (found.depth, found.verified) == (expected.depth, expected.verified)
    assert not found.problems


def test_no_size_in_the_file() -> None:
    text = one_object(f"<name>a</name>{frame(-3, 5, 9000, 60)}", size="")
    annotation = parse(text)
    assert (annotation.width, annotation.height) == (0, 0)
    assert annotation.boxes[0].xyxy == (0, 5, 9000, 60)
    assert parse(text, (100, 50)).boxes[0].xyxy == (0, 5, 100, 50)


def test_a_size_that_is_not_the_pictures_is_a_problem() -> None:
    annotation = parse(LABELIMG, (480, 640))
    assert [p.kind for p in annotation.problems] == ["size", "outside"]
    assert "640×480" in annotation.problems[0].detail
    assert "480×640" in annotation.problems[0].detail
    assert annotation.boxes[1].xyxy == (300, 40, 480, 480)


@pytest.mark.parametrize("size", ["<width>0</width><height>50</height>", "<width>x</width>", ""])
def test_a_senseless_size_is_that_of_the_picture(size: str) -> None:
    annotation = parse(one_object(f"<name>a</name>{frame(1, 2, 3, 4)}", size), (100, 50))
    assert (annotation.width, annotation.height) == (100, 50)
    assert not annotation.problems


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (f"<name>a</name>{frame(10, 5, 10, 20)}", "no-area"),
        (f"<name>a</name>{frame(10, 5, 20, 5)}", "no-area"),
        (f"<name>a</name>{frame(20, 5, 10, 15)}", "no-area"),
        (f"<name>a</name>{frame(100, 5, 120, 15)}", "outside"),
        (f"<name>a</name>{frame(-20, 5, 0, 15)}", "outside"),
        (f"<name>a</name>{frame('nan', 5, 10, 15)}", "not-a-number"),
        (f"<name>a</name>{frame(1, 5, 'inf', 15)}", "not-a-number"),
        (f"<name>a</name>{frame(1, 5, '1,5', 15)}", "not-a-number"),
        (f"<name>a</name>{frame(1, 5, '', 15)}", "not-a-number"),
        ("<name>a</name><bndbox><xmin>1</xmin></bndbox>", "not-a-number"),
        ("<name>a</name>", "not-a-number"),
        (frame(1, 5, 10, 15), "no-name"),
        (f"<name> </name>{frame(1, 5, 10, 15)}", "no-name"),
        (f"<name>a&#9;b</name>{frame(1, 5, 10, 15)}", "no-name"),
        (f"<name>a\nb</name>{frame(1, 5, 10, 15)}", "no-name"),
    ],
)
def test_an_object_that_is_no_box_is_a_problem_with_a_sentence(content: str, kind: str) -> None:
    annotation = parse(one_object(content))
    assert annotation.boxes == ()
    assert [p.kind for p in annotation.problems] == [kind]
    assert annotation.problems[0].detail.startswith("object 1 ")
    assert "\n" not in annotation.problems[0].detail


def test_a_box_that_reaches_outside_is_clipped_and_reported() -> None:
    annotation = parse(one_object(f"<name>a</name>{frame(-5, 5, 101, 20)}"))
    assert annotation.boxes[0].xyxy == (0, 5, 100, 20)
    assert [p.kind for p in annotation.problems] == ["outside"]


def test_boxes_know_which_object_they_came_from() -> None:
    good, bad = f"<name>a</name>{frame(1, 2, 3, 4)}", "<name>b</name>"
    text = one_object(f"{good}</object><object>{bad}</object><object>{good}")
    assert [box.source for box in parse(text).boxes] == [0, 2]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (LABELIMG[:300].encode(), "not well-formed"),
        (b"<html><body/></html>", "begins with <html>"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><annotation/>', "entities"),
        (b'{"shapes": []}', "not well-formed"),
        (b"\x00" * 100, "not well-formed"),
    ],
)
def test_what_is_not_voc_is_refused(data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(data)
    with pytest.raises(FileError, match=reason) as caught:
        voc.read(path, JPG)
    assert caught.value.path == path
    with pytest.raises(FileError, match=reason):
        voc.write(path, Annotation(JPG, 10, 10, original=data))
    assert path.read_bytes() == data


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.xml", tmp_path):
        with pytest.raises(FileError, match="cannot be read"):
            voc.read(path, JPG)


def test_the_picture_that_a_file_names(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(CVAT)
    assert voc.named_picture(path) == "task/a.jpg"


def test_the_blood_cells(bccd: Path) -> None:
    problems = []
    for path in sorted((bccd / "Annotations").glob("*.xml")):
        data = path.read_bytes()
        annotation = voc.parse(data, path, JPG, (640, 480))
        root = ET.fromstring(data)
        assert len(annotation.boxes) + len(annotation.problems) >= len(root.findall("object"))
        assert voc.render(annotation, path) == data
        problems += [(path.stem, p.kind) for p in annotation.problems]
    assert problems == [("BloodImage_00338", "no-area"), ("BloodImage_00343", "no-area")]
