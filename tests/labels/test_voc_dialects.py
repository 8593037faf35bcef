"""Label files as labelImg, labelme, CVAT, Roboflow and others write them: read, edited, kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.labels import markup, voc
from studio.labels.boxes import Annotation, Box
from studio.labels.markup import Source
from tests.labels.voc_dialects import DIALECTS, LABELS, PLACES

XML, JPG, SIZE = Path("a.xml"), Path("a.jpg"), (640, 480)
Boxes = tuple[Box, ...]

every_dialect = pytest.mark.parametrize("data", DIALECTS.values(), ids=list(DIALECTS))


def parse(data: bytes) -> Annotation:
    return voc.parse(data, XML, JPG, SIZE)


def edited(data: bytes, edit: Callable[[Boxes], Boxes]) -> bytes:
    annotation = parse(data)
    return voc.render(replace(annotation, boxes=edit(annotation.boxes)), XML)


def source(data: bytes) -> Source:
    return markup.parse(data, XML)


@every_dialect
def test_each_is_read_right(data: bytes) -> None:
    annotation = parse(data)
    assert tuple(box.label for box in annotation.boxes) == LABELS
    for box, place in zip(annotation.boxes, PLACES, strict=True):
        assert box.xyxy == pytest.approx(place, abs=0.99)
    assert (annotation.width, annotation.height) == SIZE


@pytest.mark.parametrize(
    ("name", "marks", "flags"),
    [
        ("labelImg", (True, 0), [("truncated",), ("difficult",)]),
        ("labelme", (False, 0), [(), ()]),
        ("CVAT", (False, 0), [("occluded",), ("truncated",)]),
        ("Roboflow", (False, 0), [(), ()]),
        ("odd", (True, 1), [("difficult", "occluded"), ()]),
        ("neither file name nor size", (False, 0), [(), ()]),
    ],
)
def test_flags_and_marks_however_they_are_written(
    name: str, marks: tuple[bool, int], flags: list[tuple[str, ...]]
) -> None:
    annotation = parse(DIALECTS[name])
    assert (annotation.verified, annotation.faulty) == marks
    found = [tuple(f for f in sorted(voc.FLAGS) if getattr(b, f)) for b in annotation.boxes]
    assert found == flags


def test_poses_however_they_are_written() -> None:
    poses = {name: [box.pose for box in parse(data).boxes] for name, data in DIALECTS.items()}
    assert poses["labelImg"] == ["Unspecified", "Left"]
    assert poses["labelme"] == poses["Roboflow"] == ["Unspecified", "Unspecified"]
    assert poses["odd"] == ["Unspecified", "Frontal"]


@every_dialect
def test_untouched_it_keeps_its_bytes(data: bytes) -> None:
    assert edited(data, lambda boxes: boxes) == data


def spans(found: Source, tag: str) -> list[tuple[int, int]]:
    """Return where the children of that tag are in each object."""
    inside = (element.first(tag) for element in found.root.all("object"))
    return [(child.start, child.end) for child in inside if child]


@every_dialect
def test_a_moved_box_changes_its_frame_alone(data: bytes) -> None:
    def move(boxes: Boxes) -> Boxes:
        return (boxes[0].at((33, 44, 222, 333)), boxes[1])

    after = edited(data, move)
    assert parse(after).boxes[0].xyxy == (33, 44, 222, 333)
    (start, end), (_, new_end) = spans(source(data), "bndbox")[0], spans(source(after), "bndbox")[0]
    assert source(after).utf8[:start] == source(data).utf8[:start]
    assert source(after).utf8[new_end:] == source(data).utf8[end:]
    back = edited(after, lambda boxes: (boxes[0].at(PLACES[0]), boxes[1]))  # and again
    assert parse(back).boxes[0].xyxy == PLACES[0]


@every_dialect
def test_a_relabelled_box_changes_its_name_alone(data: bytes) -> None:
    after = edited(data, lambda boxes: (boxes[0], replace(boxes[1], label="wolf <&> 狼")))
    assert [box.label for box in parse(after).boxes] == ["cat", "wolf <&> 狼"]
    (start, end), (_, new_end) = spans(source(data), "name")[1], spans(source(after), "name")[1]
    assert source(after).utf8[:start] == source(data).utf8[:start]
    assert source(after).utf8[new_end:] == source(data).utf8[end:]


@every_dialect
@pytest.mark.parametrize("flag", voc.FLAGS)
def test_a_flag_changes_its_object_alone(flag: str, data: bytes) -> None:
    def turn(boxes: Boxes) -> Boxes:
        return (replace(boxes[0], **{flag: not getattr(boxes[0], flag)}), boxes[1])

    after = edited(data, turn)
    assert [getattr(box, flag) for box in parse(after).boxes] == [
        getattr(box, flag) for box in turn(parse(data).boxes)
    ]
    old, new = (next(source(d).root.all("object")) for d in (data, after))
    assert source(after).utf8[: new.start] == source(data).utf8[: old.start]
    assert source(after).utf8[new.end :] == source(data).utf8[old.end :]


@every_dialect
def test_a_deleted_box_takes_its_object_and_no_more(data: bytes) -> None:
    after = edited(data, lambda boxes: boxes[1:])
    old = next(source(data).root.all("object"))
    assert source(after).utf8 == (
        source(data).utf8[: old.start].rstrip() + source(data).utf8[old.end :]
    )
    assert [box.label for box in parse(after).boxes] == ["dog & bone"]


@every_dialect
def test_an_added_box_is_behind_all_that_was_there(data: bytes) -> None:
    box = Box("new", 1, 2, 30, 40, occluded=True)
    after = edited(data, lambda boxes: (*boxes, box))
    *_, new = source(after).root.all("object")
    utf8 = source(after).utf8
    assert utf8[: new.start].rstrip() + utf8[new.end :] == source(data).utf8
    assert replace(parse(after).boxes[2], source=None) == box


def remainder(data: bytes) -> list[object]:
    """Return what a file says without its objects, as another parser reads it."""
    root = ET.fromstring(source(data).utf8.decode().lstrip("\ufeff"))
    for element in [child for child in root if child.tag.rpartition("}")[2] == "object"]:
        root.remove(element)
    root.attrib.pop("empty", None)
    root.attrib.pop("verified", None)
    return [(e.tag, sorted(e.attrib.items()), (e.text or "").strip()) for e in root.iter()]


def objects(data: bytes) -> list[bytes]:
    found = source(data)
    return [found.utf8[e.start : e.end] for e in found.root.all("object")]


@st.composite
def edits(draw: st.DrawFn) -> list[tuple[str, int, int]]:
    kinds = st.sampled_from(["move", "relabel", "flag", "delete", "add", "verify"])
    return draw(st.lists(st.tuples(kinds, st.integers(0, 9), st.integers(1, 99)), max_size=8))


def make(annotation: Annotation, kind: str, which: int, by: int) -> Annotation:
    boxes = list(annotation.boxes)
    if kind == "verify":
        return replace(annotation, verified=not annotation.verified)
    if kind == "add" or not boxes:
        return replace(annotation, boxes=(*boxes, Box(f"new {by}", by, by, by + 50, by + 60)))
    i = which % len(boxes)
    changed = {
        "move": boxes[i].at((by, by, by + 100, by + 90)),
        "relabel": replace(boxes[i], label=f"class {by}"),
        "flag": replace(boxes[i], difficult=not boxes[i].difficult),
    }
    return replace(
        annotation,
        boxes=(*boxes[:i], *([changed[kind]] if kind in changed else []), *boxes[i + 1 :]),
    )


@given(st.sampled_from(sorted(DIALECTS)), edits())
def test_any_edits_keep_all_that_nobody_touched(
    name: str, program: list[tuple[str, int, int]]
) -> None:
    data = DIALECTS[name]
    first = now = parse(data)
    for kind, which, by in program:
        now = make(now, kind, which, by)
    after = voc.render(now, XML)
    found = parse(after)
    assert remainder(after) == remainder(data)
    assert [b.label for b in found.boxes] == [b.label for b in sorted_as_saved(now.boxes)]
    assert found.verified == now.verified
    untouched = {b.source for b in now.boxes if b in first.boxes}
    kept = [objects(data)[i] for i in sorted(i for i in untouched if i is not None)]
    assert [written for written in objects(after) if written in kept] == kept
    assert voc.render(replace(now, boxes=first.boxes, verified=first.verified), XML) == data


def sorted_as_saved(boxes: Boxes) -> list[Box]:
    """Return boxes in the order of the file: those that were in it, then the new ones."""
    old = sorted((b for b in boxes if b.source is not None), key=lambda b: b.source or 0)
    return [*old, *(b for b in boxes if b.source is None)]


# --- nothing in the picture ---------------------------------------------------------------------


def root_tag(data: bytes) -> str:
    return source(data).utf8[: source(data).root.inner].decode().split("<annotation")[-1]


def test_a_new_file_without_objects_bears_the_mark() -> None:
    data = voc.render(Annotation(JPG, *SIZE, verified=True), XML)
    assert data.startswith(b'<annotation verified="yes" empty="yes">')
    with_box = edited(data, lambda _: (Box("cat", 1, 2, 3, 4),))
    assert with_box.startswith(b'<annotation verified="yes">')
    assert edited(with_box, lambda _: ()).startswith(b'<annotation empty="yes" verified="yes">')


@pytest.mark.parametrize("name", [n for n in DIALECTS if n not in ("odd", "a namespace's prefix")])
def test_the_mark_comes_with_the_last_box_and_goes_with_the_first(name: str) -> None:
    data = DIALECTS[name]
    emptied = edited(data, lambda _: ())
    assert ' empty="yes"' in root_tag(emptied)
    filled = edited(emptied, lambda _: (Box("cat", 1, 2, 3, 4),))
    assert "empty" not in root_tag(filled)
    assert "empty" not in root_tag(edited(data, lambda boxes: boxes[:1]))


def test_an_object_that_is_no_box_is_something_in_the_picture() -> None:
    emptied = edited(DIALECTS["odd"], lambda _: ())
    assert "empty" not in root_tag(emptied)
    assert parse(emptied).faulty == 1


def test_a_mark_that_is_not_true_any_more_goes_with_the_next_edit() -> None:
    data = DIALECTS["labelImg"].replace(b"<annotation ", b"<annotation empty='yes' ")
    assert edited(data, lambda boxes: boxes) == data
    assert "empty" not in root_tag(edited(data, lambda boxes: boxes[1:]))
