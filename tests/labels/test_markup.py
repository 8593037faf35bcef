"""XML with positions: a change replaces its own characters and no others."""

from __future__ import annotations

import codecs
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import FileError
from studio.labels import markup
from studio.labels.markup import Edits, Element

PATH = Path("some.xml")

AWKWARD = """<?xml version='1.0'   standalone="yes"?>
<!DOCTYPE list>
<!-- <list> --><?program <list> ?>
<p:list  a='1 > 0'
   verified = "no" note=" verified='yes'" xmlns:p="urn:x">
  text <empty/><empty  b=">" /> more &amp; more
  <![CDATA[<not><an><element>]]>
  <p:item>one<!-- <p:item> --> two</p:item>
  <item></item   >
</p:list>
<!-- the end -->

"""


def parse(text: str | bytes) -> markup.Source:
    return markup.parse(text.encode() if isinstance(text, str) else text, PATH)


def every(element: Element) -> list[Element]:
    return [element, *(e for child in element.children for e in every(child))]


def test_the_tree_is_the_one_that_another_parser_finds() -> None:
    def shape(element: ET.Element) -> list[object]:
        return [element.tag.rpartition("}")[2], [shape(child) for child in element]]

    def ours(element: Element) -> list[object]:
        return [element.name, [ours(child) for child in element.children]]

    assert ours(parse(AWKWARD).root) == shape(ET.fromstring(AWKWARD))


def test_positions_enclose_each_element_and_what_is_in_it() -> None:
    source = parse(AWKWARD)
    written = [source.utf8[e.start : e.end].decode() for e in every(source.root)]
    assert written[1:] == [
        "<empty/>",
        '<empty  b=">" />',
        "<p:item>one<!-- <p:item> --> two</p:item>",
        "<item></item   >",
    ]
    assert written[0].startswith("<p:list  a=")
    assert written[0].endswith("</p:list>")
    inner = [source.utf8[e.inner : e.inner_end].decode() for e in every(source.root)]
    assert inner[1:] == ["", "", "one<!-- <p:item> --> two", ""]


def test_text_is_read_without_comments_and_white_space_around_it() -> None:
    root = parse(AWKWARD).root
    assert root.text_of("item") == "one two"
    assert root.text.startswith("text")
    assert "more & more" in root.text
    assert "<not><an><element>" in root.text
    assert root.text_of("missing") == ""
    assert root.prefix == "p:"
    assert root.attributes["a"] == "1 > 0"


def test_no_edit_changes_no_character() -> None:
    assert Edits(parse(AWKWARD)).apply() == AWKWARD.encode()


def edited(text: str, edit: object) -> str:
    source = parse(text)
    edits = Edits(source)
    edit(edits, source.root)  # type: ignore[operator]
    return edits.apply().decode()


def test_text_replaces_what_stood_in_an_element_whatever_its_tag_looks_like() -> None:
    def edit(edits: Edits, root: Element) -> None:
        for number, child in enumerate(root.children):
            edits.set_text(child, f"<{number}>")

    assert edited("<a><b/><b c='/' /><b> x </b></a>", edit) == (
        "<a><b>&lt;0&gt;</b><b c='/'>&lt;1&gt;</b><b>&lt;2&gt;</b></a>"
    )


def test_a_removed_element_takes_its_line_with_it() -> None:
    text = "<a>\n  <b/>\n\n  <!-- c -->\n  <c/>\n  <d/>\n</a>"
    removed = edited(text, lambda edits, root: edits.remove(root.children[1]))
    assert removed == "<a>\n  <b/>\n\n  <!-- c -->\n  <d/>\n</a>"
    removed = edited(text, lambda edits, root: [edits.remove(child) for child in root.children])
    assert removed == "<a>\n\n  <!-- c -->\n</a>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<a>\n\t<b/>\n</a>", "<a>\n\t<b/>\n\t<c>1</c>\n</a>"),
        ("<a>\r\n  <b/>\r\n</a>", "<a>\r\n  <b/>\r\n  <c>1</c>\r\n</a>"),
        ("<a>\n\n\n  <b/></a>", "<a>\n\n\n  <b/>\n  <c>1</c></a>"),
        ("<a><b/></a>", "<a><b/><c>1</c></a>"),
        ("<a />", "<a><c>1</c></a>"),
        ("<a></a>", "<a><c>1</c></a>"),
        ("<n:a xmlns:n='u'><b/></n:a>", "<n:a xmlns:n='u'><b/><n:c>1</n:c></n:a>"),
        ("<a><c x='2'>0</c></a>", "<a><c x='2'>1</c></a>"),
    ],
)
def test_a_missing_child_is_added_as_its_siblings_are_written(text: str, expected: str) -> None:
    assert edited(text, lambda edits, root: edits.set_child(root, "c", "1")) == expected


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("<a/>", "yes", '<a v="yes"/>'),
        ("<a b='1'/>", "yes", "<a v=\"yes\" b='1'/>"),
        ("<a b=' v=\"1\"' v='no'/>", "yes", '<a b=\' v="1"\' v="yes"/>'),
        ("<a\n  v = 'no'\n  b='1'>x</a>", None, "<a\n  b='1'>x</a>"),
        ("<a b=' v=\"1\"'/>", None, "<a b=' v=\"1\"'/>"),
    ],
)
def test_attributes(text: str, value: str | None, expected: str) -> None:
    assert edited(text, lambda edits, root: edits.set_attribute(root, "v", value)) == expected


def test_edits_of_one_place_do_not_disturb_each_other() -> None:
    def edit(edits: Edits, root: Element) -> None:
        edits.append(root, "<c/>")
        edits.remove(root.children[0])
        edits.append(root, "<d/>")

    assert edited("<a><b/></a>", edit) == "<a><c/><d/></a>"

    def fill(edits: Edits, root: Element) -> None:
        edits.append(root, "<c/>")
        edits.set_attribute(root, "v", "1")

    assert edited("<a />", fill) == '<a v="1"><c/></a>'


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("iso-8859-1", b""),
        ("windows-1252", b""),
        ("gb2312", b""),
        ("shift_jis", b""),
        ("euc-kr", b""),
    ],
)
def test_a_file_stays_in_its_encoding(encoding: str, mark: bytes) -> None:
    name = "utf-16" if "16" in encoding else encoding
    letter = {"gb2312": "细", "shift_jis": "あ", "euc-kr": "한"}.get(encoding, "é")
    text = f'<?xml version="1.0" encoding="{name}"?><a><b>{letter}</b><c/></a>'
    source = parse(mark + text.encode(encoding))
    assert source.root.text_of("b") == letter
    edits = Edits(source)
    edits.set_child(source.root, "c", "€")
    changed = edits.apply()
    assert changed.startswith(mark)
    assert parse(changed).root.text_of("c") == "€"  # as &#8364; where the encoding has no such sign
    assert parse(changed).root.text_of("b") == letter


def test_utf8_that_calls_itself_utf16_is_read() -> None:
    assert parse('<?xml version="1.0" encoding="utf-16"?><a>é</a>').root.text == "é"


BOMB = (
    '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">'
    '<!ENTITY z "&y;&y;&y;&y;&y;&y;&y;&y;">]><a>&z;</a>'
)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b" \r\n\t", "empty file"),
        (b"no markup", "not well-formed"),
        (b"<a><b></a>", "not well-formed"),
        (b"<a>", "not well-formed"),
        (b"<a/><b/>", "not well-formed"),
        (b"<a>&unknown;</a>", "not well-formed"),
        (b"<a>\x00</a>", "not well-formed"),
        (b"<a>\xff</a>", "encoding"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "encoding klingon"),
        (b'<?xml version="1.0" encoding="hex"?><a/>', "encoding hex"),
        (b'<?xml version="1.0" encoding="idna"?><a/>', "encoding idna"),
        (codecs.BOM_UTF16_LE + b"<a/>!", "encoding utf-16-le"),
        (BOMB.encode(), "entities"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "entities"),
        (b'<!DOCTYPE a [<!ENTITY % x "y">]><a/>', "entities"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a>&x;</a>', "entities"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(FileError, match=reason) as caught:
        parse(data)
    assert str(caught.value).startswith("some.xml: ")
    assert "\n" not in str(caught.value)


def test_deep_nesting_is_no_danger() -> None:
    depth = 20_000
    element = parse("<a>" * depth + "</a>" * depth).root
    for _ in range(depth - 1):
        element = element.children[0]
    assert not element.children


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn"))), max_size=5
    )
)
def test_rendered_text_is_what_another_parser_reads(texts: list[str]) -> None:
    content = {f"t{i}": {"u": text} for i, text in enumerate(texts)}
    root = ET.fromstring(markup.render("root", content, "\n", "\t"))
    assert [child.find("u").text or "" for child in root] == texts  # type: ignore[union-attr]
