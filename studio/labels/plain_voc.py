"""A quick look at label files that are written as labelImg writes them.

Building the tree that editing needs takes eight times as long, and a folder may hold fifty
thousand files. Whatever is unusual, or may be a fault, is left to `voc`.
"""

from __future__ import annotations

import re
from collections import Counter

_SPACE = r"[ \t\r\n]*"
_TEXT = r"[^<>&\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*"
_WHOLE = "[0-9]{1,9}"
_NUMBER = rf"{_WHOLE}(?:\.[0-9]{{1,9}})?"


def _leaf(name: str, text: str = _TEXT, group: str = "") -> str:
    """Return the expression for an element that holds text; `group` catches it."""
    caught = f"(?P<{group}>{text})" if group else text
    return f"<{name}>{caught}</{name}>{_SPACE}"


def _others(*names: str, within: str) -> str:
    """Return the expression for any elements that hold text, but for those of these names."""
    but = "|".join(f"{name}>" for name in names)
    return f"(?:<(?P<{within}>(?!{but})[A-Za-z_][A-Za-z_0-9]*)>{_TEXT}</(?P={within})>{_SPACE})*"


_MARK = r'(?: empty="yes")?'  # as this program says that there are no objects
_BEGIN = re.compile(rf'<annotation{_MARK}(?: verified="(?P<verified>yes|no)")?{_MARK}>{_SPACE}')
_SOURCE = f"<source>{_SPACE}{_others('annotation', within='said')}</source>{_SPACE}"
_SIZE = (
    f"<size>{_SPACE}{_leaf('width', _WHOLE, 'width')}{_leaf('height', _WHOLE, 'height')}"
    f"(?:{_leaf('depth')})?</size>{_SPACE}"
)
_HEAD = re.compile(
    f"{_others('object', 'size', within='before')}(?:{_SOURCE})?"
    f"{_others('object', 'size', within='between')}{_SIZE}"
    f"{_others('object', 'size', within='behind')}"
)
_EDGE = re.compile(rf"<([xy]m(?:in|ax))>({_NUMBER})</\1>{_SPACE}")
_OBJECT = re.compile(
    f"<object>{_SPACE}{_leaf('name', group='name')}{_others('name', 'bndbox', within='before')}"
    rf"<bndbox>{_SPACE}(?P<edges>(?:<([xy]m(?:in|ax))>{_NUMBER}</\4>{_SPACE}){{4}})</bndbox>"
    f"{_SPACE}{_others('name', 'bndbox', within='behind')}</object>{_SPACE}"
)
_END = re.compile(f"</annotation>{_SPACE}")


def plain_counts(data: bytes) -> tuple[dict[str, int], bool] | None:
    """Return how many boxes of each class a label file has, and whether it is verified.

    None where `voc.parse` has to be asked; otherwise it would say the same, and no problem.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    begin = _BEGIN.match(text)
    head = begin and _HEAD.match(text, begin.end())
    if not begin or not head:
        return None
    size = float(head["width"]), float(head["height"])
    names = []
    at = head.end()
    while found := _OBJECT.match(text, at):
        name = found["name"].strip()
        if not name.isprintable() or not name or not _is_inside(found["edges"], *size):
            return None
        names.append(name)
        at = found.end()
    if not _END.fullmatch(text, at):
        return None
    return dict(Counter(names)), begin["verified"] == "yes"


def _is_inside(edges: str, width: float, height: float) -> bool:
    """Tell whether there are all four edges of a box with an area within a picture."""
    at = {edge: float(number) for edge, number in _EDGE.findall(edges)}
    if len(at) < 4:
        return False
    return at["xmin"] < at["xmax"] <= width and at["ymin"] < at["ymax"] <= height
