"""Which class a name or a number in a record means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

from studio.errors import FileError
from studio.labels.files import read_bytes

LABEL_MAP = "label_map.pbtxt"
_BACKGROUND = {"background", "none_of_the_above"}  # what id 0 is kept for


@dataclass(frozen=True, slots=True)
class ClassTable:
    """The classes in the order of their ids, which may have gaps.

    `by_text` has the class for every name that records may give it: the Object Detection API
    knows a `name` and a `display_name`, and writes now the one, now the other.
    """

    path: Path
    by_id: dict[int, str]
    by_text: dict[str, str] = field(default_factory=dict)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.by_id[number] for number in sorted(self.by_id))


def read_table(path: Path) -> ClassTable:
    """Read a label map (`.pbtxt`), or a file of names, one a line; raises FileError."""
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(path, f"is not UTF-8 text: {error.reason}") from error
    items = _label_map(text, path) if path.suffix == ".pbtxt" else _names(text)
    return _table(items, path)


def render_table(classes: Iterable[str]) -> bytes:
    """Return the label map of classes whose ids count from 1."""
    message = _label_map_message()()
    for number, name in enumerate(classes, 1):
        message.item.add(id=number, name=name)
    text: str = text_format.MessageToString(message, as_utf8=True)
    return text.encode()


def _label_map(text: str, path: Path) -> Iterable[tuple[int, tuple[str, ...]]]:
    """Yield ids with what each class is called, first what people are to read."""
    message = _label_map_message()()
    try:
        text_format.Parse(text, message, allow_unknown_field=True)
    except text_format.ParseError as error:
        raise FileError(path, f"is not a label map: line {error}") from error
    for item in message.item:
        if item.id == 0 and _BACKGROUND & {item.name, item.display_name}:
            continue
        called = tuple(name.strip() for name in (item.display_name, item.name) if name.strip())
        yield item.id, called


def _names(text: str) -> Iterable[tuple[int, tuple[str, ...]]]:
    names = filter(None, map(str.strip, text.splitlines()))
    return ((number, (name,)) for number, name in enumerate(names, 1))


def _table(items: Iterable[tuple[int, tuple[str, ...]]], path: Path) -> ClassTable:
    """Return a checked table."""
    table = ClassTable(path, {})
    for number, called in items:
        if number < 1:
            raise FileError(path, f"gives a class the id {number}; ids count from 1")
        if number in table.by_id:
            raise FileError(path, f"gives the id {number} twice")
        if not called or not all(map(str.isprintable, called)):
            raise FileError(path, f"gives the id {number} no name of printable characters")
        for name in dict.fromkeys(called):
            if name in table.by_text:
                raise FileError(path, f"lists class {name!r} twice")
            table.by_text[name] = called[0]
        table.by_id[number] = called[0]
    if not table.by_id:
        raise FileError(path, "lists no classes")
    return table


@cache
def _label_map_message() -> Any:
    """Return the message StringIntLabelMap (object_detection/protos/string_int_label_map.proto).

    Of its fields, those that classes need; others are passed over.
    """
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="label_map.proto", package="studio")
    item = file.message_type.add(name="Item")
    for number, (name, kind) in enumerate(
        (("name", kinds.TYPE_STRING), ("id", kinds.TYPE_INT32), ("display_name", kinds.TYPE_STRING))
    ):
        optional = kinds.LABEL_OPTIONAL
        item.field.add(name=name, number=number + 1, type=kind, label=optional)
    file.message_type.add(name="LabelMap").field.add(
        name="item",
        number=1,
        type=kinds.TYPE_MESSAGE,
        type_name=".studio.Item",
        label=kinds.LABEL_REPEATED,
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("studio.LabelMap"))
