"""The quick look at label files says what reading them says, or nothing."""

from __future__ import annotations

from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from studio.errors import FileError
from studio.labels import voc
from studio.labels.boxes import Annotation, Box
from studio.labels.dataset import state_of
from studio.labels.plain_voc import plain_counts

PATH = Path("a.xml")

edges = st.tuples(*[st.floats(0, 40).filter(lambda x: x > 0)] * 4).map(
    lambda e: (min(e[:2]), min(e[2:]), max(e[:2]) + 1, max(e[2:]) + 1)
)
words = st.text(min_size=1, max_size=5).filter(lambda t: t.isprintable() and t.strip())
boxes = st.builds(
    lambda label, at, flag, pose: Box(label, *at, truncated=flag, occluded=flag, pose=pose),
    st.sampled_from(["cat", "Hündin", "a b"]) | words,
    edges,
    st.booleans(),
    words,
)
annotations = st.builds(
    lambda found, verified, size: Annotation(
        Path("a.png"), *size, boxes=tuple(found), verified=verified
    ),
    st.lists(boxes, max_size=4),
    st.booleans(),
    st.sampled_from([(50, 50), (20, 30), (0, 0)]),
)
pieces = st.sampled_from(
    [
        *(b"<", b">", b"&amp;", b"&#65;", b"<!-- -->", b"<name>x</name>", b"<object></object>"),
        *(b"0", b"-", b".", b"\n", b"\0", b"\xff", "é".encode(), b"<size/>", b' v="1"', b"x"),
        *(b"<xmin>3</xmin>", b"</object>", b"<part>", b"\xef\xbf\xbf", b"<object>", b"1e3", b"nan"),
    ]
)


def said(data: bytes) -> tuple[dict[str, int] | None, bool, str] | None:
    """Return what reading the whole file says; None where it is refused."""
    try:
        state = state_of(voc.parse(data, PATH, Path("a.png")), True)
    except FileError:
        return None
    return state.counts, state.verified, state.problem


def agrees(data: bytes) -> bool:
    """Tell whether the quick look says anything; fails where that is something else."""
    plain = plain_counts(data)
    assert plain is None or (*plain, "") == said(data)
    return plain is not None


@given(annotations)
def test_files_as_this_program_writes_them_are_plain_if_nothing_about_them_is_unusual(
    annotation: Annotation,
) -> None:
    data = voc.render(annotation, PATH)
    is_faulty = bool(voc.parse(data, PATH, Path("a.png")).problems)
    is_unusual = not annotation.width or b"&" in data
    assert agrees(data) or is_faulty or is_unusual


@settings(max_examples=500)
@given(annotations, st.data())
def test_files_that_somebody_has_changed(annotation: Annotation, data: st.DataObject) -> None:
    text = voc.render(annotation, PATH)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.sampled_from([0, 0, 1, 2, 8, 30]))
        text = text[:start] + data.draw(pieces | st.just(b"")) + text[end:]
    agrees(text)


@settings(max_examples=300)
@given(annotations, st.data())
def test_files_whose_tags_were_shuffled(annotation: Annotation, data: st.DataObject) -> None:
    lines = voc.render(annotation, PATH).split(b"\n")
    for _ in range(data.draw(st.integers(1, 3))):
        line = lines.pop(data.draw(st.integers(0, len(lines) - 1)))
        for _ in range(data.draw(st.integers(0, 2))):
            lines.insert(data.draw(st.integers(0, len(lines))), line)
    agrees(b"\n".join(lines))


BOX = b"<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
ROBOFLOW = b"<bndbox><xmin>1.5</xmin><xmax>9</xmax><ymin>2</ymin><ymax>9</ymax></bndbox>"
SIZE = b"<size><width>40</width><height>30</height><depth>3</depth></size>"


@pytest.mark.parametrize(
    "data",
    [
        b"<annotation>" + SIZE + b"</annotation>\n",
        b'<annotation verified="yes">' + SIZE + b"<segmented>0</segmented></annotation>",
        b"<annotation><folder></folder><filename>a.png</filename><path>C:\\a.png</path>"
        b"<source><database>Unknown</database></source>" + SIZE + b"<segmented>0</segmented>"
        b"<object><name>cat</name><pose>Left</pose><truncated>0</truncated>" + BOX + b"</object>"
        b"<object><name> cat </name>" + ROBOFLOW + b"<difficult>1</difficult></object>"
        b"\r\n</annotation>",
    ],
)
def test_files_as_other_programs_write_them_are_plain(data: bytes) -> None:
    assert agrees(data)


@pytest.mark.parametrize(
    "edges",
    [
        b"<xmin>1</xmin><ymin>2</ymin><xmax>9</xmax>",
        b"<xmin>1</xmin><ymin>2</ymin><xmax>9</xmax><xmax>9</xmax>",
        b"<xmin>9</xmin><ymin>2</ymin><xmax>9</xmax><ymax>9</ymax>",
        b"<xmin>1</xmin><ymin>9</ymin><xmax>9</xmax><ymax>9</ymax>",
        b"<xmin>1</xmin><ymin>2</ymin><xmax>41</xmax><ymax>9</ymax>",
        b"<xmin>-1</xmin><ymin>2</ymin><xmax>4</xmax><ymax>9</ymax>",
        b"<xmin>" + b"1" * 400 + b"</xmin><ymin>2</ymin><xmax>4</xmax><ymax>9</ymax>",
    ],
)
def test_faults_are_left_to_the_reader(edges: bytes) -> None:
    head = b"<annotation>" + SIZE + b"<object><name>cat</name><bndbox>"
    assert not agrees(head + edges + b"</bndbox></object></annotation>")


def test_the_real_label_files_are_plain_but_for_the_two_that_have_faults(bccd: Path) -> None:
    files = sorted(bccd.rglob("*.xml"))
    assert [f.stem for f in files if not agrees(f.read_bytes())] == [
        "BloodImage_00338",
        "BloodImage_00343",
    ]
