"""Reading Pascal VOC XML as labelImg, CVAT and others write it."""

from __future__ import annotations

import codecs
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from studio.errors import FileError
from studio.labels import voc
from studio.labels.boxes import Annotation

XML, JPG = Path("a.xml"), Path("a.jpg")

LABELIMG = """<annotation verified="yes">
	<folder>pictures</folder>
	<filename>a.jpg</filename>
	<path>C:\\Users\\someone\\pictures\\a.jpg</path>
	<source>
		<database>Unknown</database>
	</source>
	<size>
		<width>640</width>
		<height>480</height>
		<depth>1</depth>
	</size>
	<segmented>0</segmented>
	<object>
		<name>RBC</name>
		<pose>Left</pose>
		<truncated>1</truncated>
		<difficult>0</difficult>
		<bndbox>
			<xmin>1</xmin>
			<ymin>20</ymin>
			<xmax>640</xmax>
			<ymax>480</ymax>
		</bndbox>
	</object>
</annotation>
"""

CVAT = """<?xml version='1.0' encoding='utf-8'?>
<annotation>
  <folder/>
  <filename>sub/a.jpg</filename>
  <source><database>Unknown</database><annotation>Unknown</annotation></source>
  <size><width>640</width><height>480</height><depth></depth></size>
  <segmented>0</segmented>
  <object>
    <name>person</name>
    <truncated>0</truncated><occluded>1</occluded><difficult/>
    <bndbox><xmin>10.25</xmin><ymin>20.5</ymin><xmax>1.1e2</xmax><ymax> 220.75 </ymax></bndbox>
    <part><name>head</name>
      <bndbox><xmin>50</xmin><ymin>60</ymin><xmax>70</xmax><ymax>80</ymax></bndbox></part>
    <attributes><attribute><name>rotation</name><value>0.0</value></attribute></attributes>
  </object>
</annotation>"""


def parse(text: str | bytes, size: tuple[int, int] | None = None) -> Annotation:
    return voc.parse(text.encode() if isinstance(text, str) else text, XML, JPG, size)


def one_object(content: str, size: str = "<width>100</width><height>50</height>") -> str:
    return f"<annotation><size>{size}</size><object>{content}</object></annotation>"


def frame(xmin: object, ymin: object, xmax: object, ymax: object) -> str:
    edges = {"xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax}
    return f"<bndbox>{''.join(f'<{e}>{v}</{e}>' for e, v in edges.items())}</bndbox>"


def test_a_file_of_labelimg() -> None:
    annotation = parse(LABELIMG)
    box = annotation.boxes[0]
    assert (annotation.width, annotation.height, annotation.depth) == (640, 480, 1)
    assert annotation.verified
    assert annotation.image == JPG
    assert not annotation.problems
    assert (box.label, box.xyxy) == ("RBC", (1, 20, 640, 480))
    assert (box.pose, box.truncated, box.difficult, box.occluded) == ("Left", True, False, False)


def test_a_file_of_cvat() -> None:
    annotation = parse(CVAT)
    box = annotation.boxes[0]
    assert len(annotation.boxes) == 1  # the part is none
    assert (box.label, box.xyxy) == ("person", (10.25, 20.5, 110, 220.75))
    assert (box.occluded, box.difficult, box.pose) == (True, False, "Unspecified")
    assert (annotation.depth, annotation.verified) == (3, False)


@pytest.mark.parametrize(
    "data",
    [
        LABELIMG.replace("\n", "\r\n").encode(),
        codecs.BOM_UTF8 + LABELIMG.encode(),
        ('<?xml version="1.0" encoding="utf-16"?>' + LABELIMG).encode("utf-16"),
        codecs.BOM_UTF16_BE + LABELIMG.encode("utf-16-be"),
        LABELIMG.replace("<annotation ", '<annotation xmlns="urn:voc" ').encode(),
        ("<!DOCTYPE annotation><!-- by x -->" + LABELIMG + "<!-- end -->").encode(),
        LABELIMG.replace("<xmin>", "<!-- left --><xmin>").encode(),
        LABELIMG.replace("<object>", "<extra>7<object/></extra><object><id>9</id>").encode(),
        LABELIMG.replace("<filename>a.jpg</filename>", "").encode(),
        LABELIMG.replace("<difficult>0</difficult>", "<difficult/>").encode(),
        LABELIMG.replace("\n", "").replace("\t", "").encode(),
        LABELIMG.replace("RBC", "<![CDATA[RBC]]>").encode(),
    ],
    ids=[
        *("CRLF", "BOM", "UTF-16 LE", "UTF-16 BE", "namespace", "comments", "comment inside"),
        *("unknown elements", "no filename", "empty difficult", "one line", "CDATA"),
    ],
)
def test_the_same_labels_however_they_are_written(data: bytes) -> None:
    expected, found = parse(LABELIMG), parse(data)
    assert found.boxes == expected.boxes
    assert (found.width, found.height, found.verified) == (640, 480, True)
    assert not found.problems


def test_namespace_prefixes_are_not_part_of_a_name() -> None:
    text = ET.tostring(ET.fromstring(CVAT), encoding="unicode")
    prefixed = text.replace("<", "<v:").replace("<v:/", "</v:")
    prefixed = prefixed.replace("<v:annotation>", '<v:annotation xmlns:v="urn:v">', 1)
    assert parse(prefixed).boxes == parse(CVAT).boxes


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
    assert annotation.boxes[0].xyxy == (1, 20, 480, 480)


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
    assert voc.named_picture(path) == "sub/a.jpg"


def mutations(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Flip bytes, cut pieces out and repeat others."""
    chance = random.Random(seed)
    for _ in range(count):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 2)):
            at, length = chance.randrange(len(changed)), chance.randint(1, 30)
            kind = chance.randrange(4)
            if kind == 0:
                changed[at] = chance.randrange(256)
            elif kind == 1:
                changed[at] = ord(chance.choice("<>/&;\"'- ]\t\n00123456789.e"))
            elif kind == 2:
                del changed[at : at + length]
            else:
                changed[at:at] = changed[at : at + length]
            if not changed:
                break
        yield bytes(changed)


@pytest.mark.parametrize("text", [LABELIMG, CVAT], ids=["labelImg", "CVAT"])
def test_a_damaged_file_gives_labels_or_one_sentence(text: str) -> None:
    read = refused = 0
    for data in mutations(text.encode(), 1500, seed=7):
        try:
            annotation = parse(data, (640, 480))
        except FileError:
            refused += 1
            continue
        read += 1
        assert voc.render(annotation, XML) == data
        for box in annotation.boxes:
            assert 0 <= box.xmin < box.xmax <= 640
            assert 0 <= box.ymin < box.ymax <= 480
        moved = tuple(box.at((1, 2, 3, 4)) for box in annotation.boxes)
        edited = parse(voc.render(replace(annotation, boxes=moved), XML), (640, 480))
        assert edited.boxes == moved
    assert min(read, refused) > 100  # both outcomes were seen


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
