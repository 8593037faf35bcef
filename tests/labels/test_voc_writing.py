"""Writing Pascal VOC XML: new files, and files of others in which only what was edited differs."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import FileError
from studio.labels import voc
from studio.labels.boxes import Annotation, Box

XML, JPG = Path("labels/a.xml"), Path("pictures/a.jpg")

THEIRS = """<?xml version="1.0" encoding="utf-8" ?>
<!-- made by some tool -->
<annotation  by='me'>
  <filename>a.jpg</filename> <!-- the picture -->
  <size><width>100</width><height>50</height><depth>3</depth></size>
  <object id='1'>
    <name>first &#38; &quot;best&quot;</name><difficult />
    <score>0.5</score>
    <bndbox><xmin>10.50</xmin><ymin>5</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>
    <part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>
  </object>
  <object>
    <name>no area</name>
    <bndbox><xmin>7</xmin><ymin>7</ymin><xmax>7</xmax><ymax>9</ymax></bndbox>
  </object>

  <object>
    <name>second</name>
    <pose>Left</pose>
    <bndbox>
      <xmin>040</xmin>
      <ymin>2</ymin>
      <xmax>60</xmax>
      <ymax>30</ymax>
    </bndbox>
  </object>
</annotation>
<!-- end -->
"""


def parse(text: str) -> Annotation:
    return voc.parse(text.encode(), XML, JPG, (100, 50))


def edited(text: str, edit: Callable[[tuple[Box, ...]], tuple[Box, ...]]) -> str:
    annotation = parse(text)
    return voc.render(replace(annotation, boxes=edit(annotation.boxes)), XML).decode()


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.split("\n"), after.split("\n"))
    return [line for line in lines if line[0] in "+-"]


# --- files of others ----------------------------------------------------------------------------


def test_nothing_touched_is_nothing_changed() -> None:
    assert edited(THEIRS, lambda boxes: boxes) == THEIRS
    assert edited(THEIRS, lambda boxes: tuple(reversed(boxes))) == THEIRS


def test_a_moved_edge_changes_its_line_alone() -> None:
    after = edited(THEIRS, lambda boxes: (boxes[0], replace(boxes[1], xmax=66.4)))
    assert changed_lines(THEIRS, after) == ["-       <xmax>60</xmax>", "+       <xmax>66</xmax>"]


def test_a_relabelled_box_changes_its_name_alone() -> None:
    after = edited(THEIRS, lambda boxes: (replace(boxes[0], label="<&>"), boxes[1]))
    old = "    <name>first &#38; &quot;best&quot;</name><difficult />"
    assert changed_lines(THEIRS, after) == [
        f"- {old}",
        "+     <name>&lt;&amp;&gt;</name><difficult />",
    ]


def test_flags_fill_the_element_that_is_there_or_get_one() -> None:
    after = edited(THEIRS, lambda boxes: (replace(boxes[0], difficult=True), boxes[1]))
    assert "<difficult>1</difficult>" in after
    assert len(changed_lines(THEIRS, after)) == 2
    after = edited(
        THEIRS, lambda boxes: (boxes[0], replace(boxes[1], occluded=True, truncated=True))
    )
    assert changed_lines(THEIRS, after) == [
        "+     <truncated>1</truncated>",
        "+     <occluded>1</occluded>",
    ]
    assert parse(after).boxes[1].occluded
    assert parse(after).boxes[1].truncated


def test_a_deleted_box_takes_its_lines_and_no_others() -> None:
    after = edited(THEIRS, lambda boxes: boxes[1:])
    changes = changed_lines(THEIRS, after)
    assert len(changes) == 6
    assert all(line.startswith("-") for line in changes)
    assert [box.label for box in parse(after).boxes] == ["second"]
    assert [p.kind for p in parse(after).problems] == ["no-area"]


def test_all_boxes_deleted_leave_what_was_never_a_box() -> None:
    after = edited(THEIRS, lambda _: ())
    assert parse(after).boxes == ()
    assert "no area" in after
    assert "<!-- the picture -->" in after


def test_an_added_box_is_written_as_the_file_is() -> None:
    box = Box("new", 1, 2, 30.2, 40.7, difficult=True)
    after = edited(THEIRS, lambda boxes: (*boxes, box))
    assert changed_lines(THEIRS, after) == [
        "+   <object>",
        "+     <name>new</name>",
        "+     <pose>Unspecified</pose>",
        "+     <truncated>0</truncated>",
        "+     <difficult>1</difficult>",
        "+     <bndbox>",
        "+       <xmin>1</xmin>",
        "+       <ymin>2</ymin>",
        "+       <xmax>30</xmax>",
        "+       <ymax>41</ymax>",
        "+     </bndbox>",
        "+   </object>",
    ]
    windows = THEIRS.replace("\n", "\r\n")
    assert edited(windows, lambda boxes: (*boxes, box)) == after.replace("\n", "\r\n")


def test_a_box_in_place_of_another() -> None:
    after = edited(THEIRS, lambda _: (Box("new", 1, 2, 3, 4),))
    assert [box.label for box in parse(after).boxes] == ["new"]
    assert "<!-- end -->" in after


def test_a_copied_box_becomes_an_object_of_its_own() -> None:
    after = edited(THEIRS, lambda boxes: (*boxes, boxes[0].at((1, 2, 3, 4))))
    assert [b.xyxy for b in parse(after).boxes] == [
        (10.5, 5, 30, 40),
        (40, 2, 60, 30),
        (1, 2, 3, 4),
    ]


@pytest.mark.parametrize("root", ["<annotation/>", "<annotation></annotation>"])
def test_boxes_added_to_a_file_without_anything(root: str) -> None:
    boxes = (Box("a", 1, 2, 3, 4), Box("b", 5, 6, 7, 8))
    annotation = replace(parse(root), boxes=boxes, verified=True)
    after = voc.render(annotation, XML)
    found = voc.parse(after, XML, JPG)
    assert [box.label for box in found.boxes] == ["a", "b"]
    assert found.verified


def test_boxes_added_in_the_files_namespace() -> None:
    text = '<v:annotation xmlns:v="urn:v"><v:segmented>0</v:segmented></v:annotation>'
    after = edited(text, lambda _: (Box("a", 1, 2, 3, 4),))
    assert ET.fromstring(after).find("{urn:v}object/{urn:v}bndbox/{urn:v}xmin") is not None


def test_verified_is_set_and_removed() -> None:
    annotation = parse(THEIRS)
    verified = voc.render(replace(annotation, verified=True), XML).decode()
    assert changed_lines(THEIRS, verified) == [
        "- <annotation  by='me'>",
        "+ <annotation verified=\"yes\"  by='me'>",
    ]
    assert parse(verified).verified
    assert voc.render(replace(parse(verified), verified=False), XML).decode() == THEIRS
    untouched = THEIRS.replace("by='me'", "verified='no'")
    assert edited(untouched, lambda boxes: boxes) == untouched


def test_an_edge_beside_one_with_decimals_never_inverts_the_box() -> None:
    text = THEIRS.replace("<xmax>60</xmax>", "<xmax>60.9</xmax>")
    after = edited(text, lambda boxes: (boxes[0], replace(boxes[1], xmin=60.6)))
    assert [p.kind for p in parse(after).problems] == ["no-area"]  # the one that was there
    assert parse(after).boxes[1].xyxy == (61, 2, 62, 30)


def test_undoing_a_deletion_brings_back_every_character() -> None:
    annotation = parse(THEIRS)
    shorter = replace(annotation, boxes=annotation.boxes[1:])
    assert voc.render(shorter, XML) != THEIRS.encode()
    assert voc.render(replace(shorter, boxes=annotation.boxes), XML) == THEIRS.encode()


# --- files of our own ---------------------------------------------------------------------------


def test_a_new_file_is_one_that_labelimg_would_write() -> None:
    boxes = (Box("cell", 0, 0.4, 99.6, 50, truncated=True), Box("a<b", 3, 4, 5, 6, occluded=True))
    data = voc.render(Annotation(JPG, 100, 50, 1, boxes, verified=True), XML)
    root = ET.fromstring(data)
    assert [child.tag for child in root] == [
        *("folder", "filename", "source", "size", "segmented", "object", "object"),
    ]
    assert root.attrib == {"verified": "yes"}
    assert (root.findtext("folder"), root.findtext("filename")) == ("pictures", "a.jpg")
    assert [e.text for e in root.find("size") or ()] == ["100", "50", "1"]
    objects = root.findall("object")
    assert [(e.tag, e.text) for e in objects[0] if e.tag != "bndbox"] == [
        ("name", "cell"),
        ("pose", "Unspecified"),
        ("truncated", "1"),
        ("difficult", "0"),
    ]
    assert [e.text for e in objects[0].find("bndbox") or ()] == ["1", "1", "100", "50"]
    assert (objects[1].findtext("name"), objects[1].findtext("occluded")) == ("a<b", "1")
    assert data.startswith(b'<annotation verified="yes">\n\t<folder>')
    assert data.endswith(b"\t</object>\n</annotation>\n")


def test_no_boxes_is_a_file_that_says_so() -> None:
    data = voc.render(Annotation(JPG, 100, 50), XML)
    assert voc.parse(data, XML, JPG).boxes == ()


@pytest.mark.parametrize("name", ["ü ber<&>.jpg", "line\nbreak.jpg", "bad\udcff.jpg", "\x01.jpg"])
def test_any_file_name_can_be_written(name: str) -> None:
    data = voc.render(Annotation(Path(name), 100, 50), XML)
    written = ET.fromstring(data).findtext("filename")
    assert written == "".join(c if c.isprintable() else "�" for c in name)


def test_a_label_outside_the_files_encoding_can_be_written() -> None:
    text = '<?xml version="1.0" encoding="iso-8859-1"?><annotation><a>\xe9</a></annotation>'
    annotation = voc.parse(text.encode("latin-1"), XML, JPG, (100, 50))
    data = voc.render(replace(annotation, boxes=(Box("细胞", 1, 2, 3, 4),)), XML)
    assert "\xe9".encode("latin-1") in data
    assert voc.parse(data, XML, JPG).boxes[0].label == "细胞"


# Names as an editor makes them: printable, without white space around them.
names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1)
sides = st.integers(1, 3000)


@st.composite
def annotations(draw: st.DrawFn) -> Annotation:
    width, height = draw(sides), draw(sides)
    boxes = []
    for _ in range(draw(st.integers(0, 6))):
        xmin, ymin = draw(edges(0, width)), draw(edges(0, height))
        xmax, ymax = draw(edges(xmin, width)), draw(edges(ymin, height))
        if xmin < xmax and ymin < ymax:
            flags = {flag: draw(st.booleans()) for flag in voc.FLAGS}
            boxes.append(Box(draw(names), xmin, ymin, xmax, ymax, pose=draw(names), **flags))
    return Annotation(JPG, width, height, boxes=tuple(boxes), verified=draw(st.booleans()))


def edges(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high) | st.sampled_from([float(low), float(high)])


@given(annotations())
def test_what_is_written_is_read_again_rounded_and_inside(annotation: Annotation) -> None:
    size = annotation.width, annotation.height
    data = voc.render(annotation, XML)
    found = voc.parse(data, XML, JPG, size)
    assert not found.problems
    assert found.verified == annotation.verified
    assert len(found.boxes) == len(annotation.boxes)
    for old, new in zip(annotation.boxes, found.boxes, strict=True):
        assert replace(new, source=None).at(old.xyxy) == old  # all but the edges
        assert all(edge == round(edge) for edge in new.xyxy)
        assert 0 <= new.xmin < new.xmax <= size[0]
        assert 0 <= new.ymin < new.ymax <= size[1]
        assert all(abs(a - b) <= 2 for a, b in zip(old.xyxy, new.xyxy, strict=True))
    again = voc.render(replace(found, original=None), XML)
    assert again == data
    assert voc.render(found, XML) == data


@given(annotations(), st.randoms(use_true_random=False))
def test_any_edit_of_a_file_is_read_again(annotation: Annotation, chance: object) -> None:
    """Delete some, move some, add some: the file then says what the boxes say."""
    size = annotation.width, annotation.height
    before = voc.parse(voc.render(annotation, XML), XML, JPG, size)
    kept = [b for b in before.boxes if chance.random() < 0.6]  # type: ignore[attr-defined]
    moved = [replace(b, label="moved", xmin=b.xmin / 2) for b in kept[:2]]
    new = [replace(b, source=None) for b in before.boxes[:2]]
    after = replace(before, boxes=(*moved, *kept[2:], *new), verified=not before.verified)
    found = voc.parse(voc.render(after, XML), XML, JPG, size)
    assert found.verified != before.verified
    key = [(b.label, b.ymin, b.xmax, b.ymax) for b in found.boxes]
    assert sorted(key) == sorted((b.label, b.ymin, b.xmax, b.ymax) for b in after.boxes)


# --- on disk ------------------------------------------------------------------------------------


def test_saving_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "ä.xml"
    voc.write(path, Annotation(JPG, 100, 50, boxes=(Box("a", 1, 2, 3, 4),)))
    assert voc.read(path, JPG).boxes[0].label == "a"
    assert [p.name for p in path.parent.iterdir()] == ["ä.xml"]


def test_a_refusing_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.xml"
    path.write_text(THEIRS)
    annotation = voc.read(path, JPG)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(FileError, match=r"a\.xml: could not be saved: No space left on device"):
        voc.write(path, replace(annotation, boxes=()))
    assert path.read_text() == THEIRS
    assert [p.name for p in tmp_path.iterdir()] == ["a.xml"]
