"""XML that remembers where in the file each element stands.

A change replaces the characters that it is about, so everything else in the file stays as it was
written: quotes, comments, indentation, line ends. Positions are offsets into the file as UTF-8.
"""

from __future__ import annotations

import codecs
import html  # xml.sax.saxutils would load the whole of urllib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from studio.errors import FileError

# A start tag; the ">" of an attribute's value does not end it.
_START_TAG = re.compile(rb"""<(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=]+)\s*=\s*("[^"]*"|'[^']*')""")
_DECLARED = re.compile(rb"""<\?xml[^>]*\sencoding\s*=\s*["']([\w.-]+)["']""")
_INDENT = re.compile(rb"\r?\n[ \t]*\Z")
_BEGINNINGS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}

Content = str | Mapping[str, "Content"]
"""What an element holds: text, or other elements by their tags."""


@dataclass(eq=False, slots=True)
class Element:
    """An element: `start` to `end` with its tags, `inner` to `inner_end` without.

    `prefix` is that of a namespace, with its colon, or "".
    `gap` is where the sibling before it ends, or its parent's start tag. `text` is all text that
    stands in it directly, without the white space around it.
    """

    prefix: str
    name: str
    attributes: dict[str, str]
    gap: int
    start: int
    inner: int
    inner_end: int = 0
    end: int = 0
    text: str = ""
    children: list[Element] = field(default_factory=list)

    @property
    def tag(self) -> str:
        """The name with its prefix, as it is written."""
        return self.prefix + self.name

    def all(self, name: str) -> Iterator[Element]:
        """Yield the children of that name."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> Element | None:
        """Return the first child of that name."""
        for child in self.children:
            if child.name == name:
                return child
        return None

    def text_of(self, name: str) -> str:
        """Return the text of the first child of that name, "" where there is none."""
        child = self.first(name)
        return child.text if child else ""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was parsed: its root, its characters as UTF-8, and the encoding it came in."""

    root: Element
    utf8: bytes
    encoding: str


def parse(data: bytes, path: Path) -> Source:
    """Parse XML from a stranger; `path` is for messages.

    Raises FileError for what is empty, not well-formed, or defines entities: those can blow up a
    small file, or fetch other ones.
    """
    if not data.strip():
        raise FileError(path, "is an empty file, not XML")
    encoding = _encoding(data)
    try:
        utf8 = data.decode(encoding).encode()
        "é".encode(encoding, "xmlcharrefreplace")  # as it would have to be saved again
    except (UnicodeError, LookupError) as error:
        raise FileError(path, f"is not text in the encoding {encoding}") from error
    builder = _Builder(utf8, path)
    try:
        root = builder.build()
    except expat.ExpatError as error:
        raise FileError(path, f"is not well-formed XML: {error}") from error
    return Source(root, utf8, encoding)


def _encoding(data: bytes) -> str:
    """Return the encoding that the first bytes show, else the declared one, else UTF-8."""
    for beginning, encoding in _BEGINNINGS.items():
        if data.startswith(beginning):
            return encoding
    declared = _DECLARED.match(data)
    name = declared[1].decode() if declared else "utf-8"
    # Programs that make strings first write "utf-16" into files that they then save as UTF-8.
    return "utf-8" if name.lower().startswith("utf-16") else name


class _Builder:
    """Builds the tree from what expat meets in the file."""

    def __init__(self, utf8: bytes, path: Path) -> None:
        self._utf8 = utf8
        self._path = path
        self._open: list[Element] = []
        self._root: Element | None = None
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.EntityDeclHandler = self._refuse_entity
        self._parser.SkippedEntityHandler = self._refuse_entity

    def build(self) -> Element:
        self._parser.Parse(self._utf8, True)
        root, self._root = self._root, None
        assert root is not None  # expat accepts no document without one
        return root

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        start = self._parser.CurrentByteIndex
        prefix, colon, name = tag.rpartition(":")
        inner = self._end_of_tag(start) if attributes else self._utf8.index(b">", start) + 1
        if not self._open:
            self._root = element = Element(prefix + colon, name, attributes, start, start, inner)
        else:
            parent = self._open[-1]
            gap = parent.children[-1].end if parent.children else parent.inner
            element = Element(prefix + colon, name, attributes, gap, start, inner)
            parent.children.append(element)
        self._open.append(element)

    def _end_of_tag(self, start: int) -> int:
        found = _START_TAG.match(self._utf8, start)
        assert found is not None  # expat has just read a tag there
        return found.end()

    def _end(self, _tag: str) -> None:
        element = self._open.pop()
        element.text = element.text.strip()
        element.inner_end = element.end = element.inner
        if not is_empty_tag(element, self._utf8):
            element.inner_end = self._parser.CurrentByteIndex
            element.end = self._utf8.index(b">", element.inner_end) + 1

    def _characters(self, text: str) -> None:
        self._open[-1].text += text

    def _refuse_entity(self, *_: object) -> NoReturn:
        raise FileError(self._path, "uses XML entities of its own, which is not safe; not read")


def is_empty_tag(element: Element, utf8: bytes) -> bool:
    """Tell whether an element is written as one tag, `<tag/>`."""
    return utf8[element.inner - 2 : element.inner] == b"/>"


class Edits:
    """Changes to a file, collected and then made all at once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._spans: list[tuple[int, int, str]] = []

    def indent_of(self, element: Element) -> str:
        """Return the line end and indentation before an element, "" if it begins no line."""
        found = _INDENT.search(self._source.utf8, element.gap, element.start)
        return found[0].decode() if found else ""

    def replace(self, start: int, end: int, text: str) -> None:
        """Put markup where `start` to `end` stands; spans must not overlap."""
        self._spans.append((start, end, text))

    def remove(self, element: Element) -> None:
        """Take an element out, with the white space before it."""
        gap = self._source.utf8[element.gap : element.start]
        self.replace(element.gap + len(gap.rstrip()), element.end, "")

    def append(self, parent: Element, markup: str) -> None:
        """Put markup behind all children of an element."""
        if is_empty_tag(parent, self._source.utf8):
            self._open_up(parent, markup)
            return
        end = parent.children[-1].end if parent.children else parent.inner_end
        self.replace(end, end, markup)

    def set_child(self, parent: Element, name: str, text: str) -> None:
        """Set the text of a child, which is added like its siblings where it is missing."""
        child = parent.first(name)
        if child:
            self.set_text(child, text)
        else:
            indent = self.indent_of(parent.children[-1]) if parent.children else ""
            self.append(parent, render(name, text, indent, prefix=parent.prefix))

    def set_text(self, element: Element, text: str) -> None:
        """Replace all that stands in an element by text."""
        if is_empty_tag(element, self._source.utf8):
            self._open_up(element, html.escape(text, quote=False))
        else:
            self.replace(element.inner, element.inner_end, html.escape(text, quote=False))

    def set_attribute(self, element: Element, name: str, value: str | None) -> None:
        """Set an attribute, or remove it with None."""
        text = "" if value is None else f' {name}="{html.escape(value)}"'
        start = element.start + 1 + len(element.tag.encode())
        at = start, start
        for found in _ATTRIBUTE.finditer(self._source.utf8, start, element.inner):
            if found[1].decode() == name:
                at = found.span()
        self.replace(*at, text)

    def apply(self) -> bytes:
        """Return the file with all changes, in the encoding it came in."""
        utf8, parts, done = self._source.utf8, [], 0
        for start, end, text in sorted(self._spans, key=lambda span: span[:2]):
            parts += [utf8[done:start], text.encode()]
            done = end
        changed, encoding = b"".join([*parts, utf8[done:]]), self._source.encoding
        if encoding.lower() in ("utf-8", "utf8"):
            return changed
        return changed.decode().encode(encoding, "xmlcharrefreplace")

    def _open_up(self, element: Element, content: str) -> None:
        """Turn `<tag/>` into `<tag>content</tag>`."""
        tag = self._source.utf8[element.start : element.end - 2].rstrip()
        end_of_tag = element.start + len(tag)
        self.replace(end_of_tag, element.end, f">{content}</{element.tag}>")


def render(tag: str, content: Content, indent: str, unit: str = "", prefix: str = "") -> str:
    """Return the markup of an element.

    `indent` is the line end and indentation before it, "" to put all in one line; what it holds
    stands deeper by `unit`. `prefix` is that of a namespace.
    """
    if isinstance(content, str):
        return f"{indent}<{prefix}{tag}>{html.escape(content, quote=False)}</{prefix}{tag}>"
    children = [render(t, c, indent + unit, unit, prefix) for t, c in content.items()]
    return f"{indent}<{prefix}{tag}>{''.join(children)}{indent}</{prefix}{tag}>"
