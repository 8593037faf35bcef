"""Pascal VOC XML, lossless and atomic; the only place that knows its pixel convention.

VOC files hold integers from 1 to the picture's size, as labelImg writes them. Reading subtracts
nothing; writing rounds. A file that was read is edited, not made anew: whatever the program does
not know or nobody touched keeps the very characters it had.
"""

from __future__ import annotations

import codecs
import math
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from studio.errors import FileError
from studio.labels.boxes import Annotation, Box, Problem
from studio.labels.files import read_bytes, write_atomic

EDGES = ("xmin", "ymin", "xmax", "ymax")
FLAGS = ("truncated", "difficult", "occluded")
_YES = {"1", "true", "yes"}


@dataclass(frozen=True, slots=True)
class _Object:
    """What one `<object>` says: a box, or why it is none; and a fault that a box may have."""

    box: Box | None
    problem: Problem | None


def read(path: Path, image: Path, size: tuple[int, int] | None = None) -> Annotation:
    """Read a label file.

    `size` is the width and height of the upright picture where it is known: boxes are clipped to
    it, and a different size in the file becomes a problem. An `<object>` that cannot be a box
    (no area, no name, edges that are not numbers) becomes a problem too and stays in the file
    when it is saved. Raises FileError for a file that is missing, empty or not VOC XML.
    """
    return parse(read_bytes(path), path, image, size)


def parse(data: bytes, path: Path, image: Path, size: tuple[int, int] | None = None) -> Annotation:
    """Read the bytes of a label file; `path` is for messages. See `read`."""
    root = _parse_xml(data, path)
    claimed = _claimed_size(root)
    width, height = size or claimed or (0, 0)
    objects = [_parse_object(e, i, width, height) for i, e in enumerate(_children(root, "object"))]
    problems = [o.problem for o in objects if o.problem]
    if size and claimed and size != claimed:
        sentence = (
            f"the label file says {claimed[0]}×{claimed[1]}, the picture is {size[0]}×{size[1]}"
        )
        problems.insert(0, Problem("size", sentence))
    return Annotation(
        image=image,
        width=width,
        height=height,
        depth=_integer(_text(_child(root, "size"), "depth")) or 3,
        boxes=tuple(o.box for o in objects if o.box),
        verified=root.get("verified", "").lower() in _YES,
        problems=tuple(problems),
        original=data,
    )


def named_picture(path: Path) -> str:
    """Return the `<filename>` that a label file gives; raises FileError."""
    return _text(_parse_xml(read_bytes(path), path), "filename")


def write(path: Path, annotation: Annotation) -> None:
    """Save a label file atomically; raises FileError and leaves the old one when it cannot."""
    write_atomic(path, render(annotation, path))


def render(annotation: Annotation, path: Path) -> bytes:
    """Return the bytes of the label file for an annotation.

    Where it was read from a file and nothing differs, these are the file's own bytes.
    """
    if annotation.original is None:
        return _render_new(annotation)
    original = annotation.original
    before = parse(original, path, annotation.image, (annotation.width, annotation.height))
    if before.boxes == annotation.boxes and before.verified == annotation.verified:
        return original
    root = _parse_xml(original, path)
    _set_verified(root, annotation.verified)
    _edit_objects(root, before, annotation)
    return _serialise(root, original)


# --- reading ------------------------------------------------------------------------------------


def _parse_xml(data: bytes, path: Path) -> etree._Element:
    """Parse XML from a stranger: entities are refused, nothing is fetched, size is limited."""
    if not data.strip():
        raise FileError(path, "is an empty file, not Pascal VOC XML")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise FileError(path, f"is not well-formed XML: {error.msg}") from error
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(dtd.entities()):
        raise FileError(path, "defines XML entities, which label files have no use for; not read")
    if _local_name(root) != "annotation":
        raise FileError(path, f"is not Pascal VOC XML: it begins with <{_local_name(root)}>")
    return root


def _local_name(element: etree._Element) -> str:
    """Return the tag without namespace; "" for comments and the like."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _children(parent: etree._Element | None, name: str) -> list[etree._Element]:
    return [] if parent is None else [e for e in parent if _local_name(e) == name]


def _child(parent: etree._Element | None, name: str) -> etree._Element | None:
    return next(iter(_children(parent, name)), None)


def _text(parent: etree._Element | None, name: str) -> str:
    element = _child(parent, name)
    return "" if element is None else (element.text or "").strip()


def _integer(text: str) -> int:
    """Return a whole number, 0 for anything else."""
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return 0


def _claimed_size(root: etree._Element) -> tuple[int, int] | None:
    size = _child(root, "size")
    width, height = _integer(_text(size, "width")), _integer(_text(size, "height"))
    return (width, height) if width > 0 and height > 0 else None


def _parse_object(element: etree._Element, index: int, width: int, height: int) -> _Object:
    label = _text(element, "name")
    if not label:
        return _Object(None, Problem("no-name", f"object {index + 1} has no class name"))
    frame = _child(element, "bndbox")
    try:
        xmin, ymin, xmax, ymax = (float(_text(frame, edge)) for edge in EDGES)
    except ValueError:
        sentence = f"object {index + 1} ({label}) has edges that are not numbers"
        return _Object(None, Problem("not-a-number", sentence))
    if not all(map(math.isfinite, (xmin, ymin, xmax, ymax))):
        sentence = f"object {index + 1} ({label}) has edges that are not finite"
        return _Object(None, Problem("not-a-number", sentence))
    edges = f"{xmin:g}, {ymin:g}, {xmax:g}, {ymax:g}"
    if xmin >= xmax or ymin >= ymax:
        sentence = f"object {index + 1} ({label}) has no area: {edges}"
        return _Object(None, Problem("no-area", sentence))
    inside = _clip((xmin, ymin, xmax, ymax), width, height)
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        sentence = f"object {index + 1} ({label}) lies outside the picture: {edges}"
        return _Object(None, Problem("outside", sentence))
    problem = None
    if inside != (xmin, ymin, xmax, ymax):
        sentence = f"object {index + 1} ({label}) reaches outside the picture: {edges}"
        problem = Problem("outside", sentence)
    flags = {flag: _text(element, flag).lower() in _YES for flag in FLAGS}
    pose = _text(element, "pose") or "Unspecified"
    return _Object(Box(label, *inside, pose=pose, source=index, **flags), problem)


def _clip(
    edges: tuple[float, float, float, float], width: int, height: int
) -> tuple[float, float, float, float]:
    """Clip to the picture; a picture of unknown size (0 × 0) clips nothing but negative edges."""
    right, bottom = width or math.inf, height or math.inf
    xmin, ymin, xmax, ymax = edges
    return max(xmin, 0.0), max(ymin, 0.0), min(xmax, right), min(ymax, bottom)


# --- writing ------------------------------------------------------------------------------------


def _written_edges(box: Box, width: int, height: int) -> dict[str, str]:
    """Return the four integers of a box: 1 to the picture's size, and never without area."""
    xmin, xmax = _written_pair(box.xmin, box.xmax, width)
    ymin, ymax = _written_pair(box.ymin, box.ymax, height)
    return dict(zip(EDGES, map(str, (xmin, ymin, xmax, ymax)), strict=True))


def _written_pair(low: float, high: float, limit: int) -> tuple[int, int]:
    limit = limit or math.ceil(high)
    first, last = (min(max(math.floor(edge + 0.5), 1), limit) for edge in (low, high))
    if first < last:
        return first, last
    return (first, first + 1) if first < limit else (first - 1, first)


def _render_new(annotation: Annotation) -> bytes:
    root = etree.Element("annotation")
    _append(root, "folder", annotation.image.parent.name)
    _append(root, "filename", annotation.image.name)
    _append(_append(root, "source"), "database", "Unknown")
    size = _append(root, "size")
    for name in ("width", "height", "depth"):
        _append(size, name, str(getattr(annotation, name)))
    _append(root, "segmented", "0")
    _set_verified(root, annotation.verified)
    for box in annotation.boxes:
        root.append(_new_object(box, annotation))
    etree.indent(root, "\t")
    return etree.tostring(root, encoding="utf-8") + b"\n"


def _append(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    """Add a child in the parent's namespace."""
    child = etree.SubElement(parent, etree.QName(etree.QName(parent).namespace, name))
    child.text = text
    return child


def _new_object(box: Box, annotation: Annotation, namespace: str | None = None) -> etree._Element:
    element = etree.Element(etree.QName(namespace, "object"))
    _append(element, "name", box.label)
    _append(element, "pose", box.pose)
    _append(element, "truncated", str(int(box.truncated)))
    _append(element, "difficult", str(int(box.difficult)))
    if box.occluded:
        _append(element, "occluded", "1")
    frame = _append(element, "bndbox")
    for edge, text in _written_edges(box, annotation.width, annotation.height).items():
        _append(frame, edge, text)
    return element


def _set_verified(root: etree._Element, verified: bool) -> None:
    if verified:
        root.set("verified", "yes")
    elif root.get("verified", "").lower() in _YES:
        del root.attrib["verified"]


def _edit_objects(root: etree._Element, before: Annotation, after: Annotation) -> None:
    """Bring the `<object>` elements to what the boxes say, touching only what differs.

    Objects that never were boxes (a fault) belong to nobody and stay.
    """
    elements = _children(root, "object")
    kept = {box.source for box in after.boxes}
    old = {box.source: box for box in before.boxes}
    for box in after.boxes:
        if box.source in old and box != old[box.source]:
            _edit_object(elements[box.source or 0], old[box.source], box, after)
    for box in before.boxes:
        if box.source not in kept:
            _remove(elements[box.source or 0])
    for box in after.boxes:
        if box.source not in old:
            _insert(root, _new_object(box, after, etree.QName(root).namespace))


def _edit_object(element: etree._Element, old: Box, new: Box, annotation: Annotation) -> None:
    if new.label != old.label:
        _set_text(element, "name", new.label)
    if new.pose != old.pose:
        _set_text(element, "pose", new.pose)
    for flag in FLAGS:
        if getattr(new, flag) != getattr(old, flag):
            _set_text(element, flag, str(int(getattr(new, flag))))
    frame = _child(element, "bndbox")
    if frame is None or new.xyxy == old.xyxy:
        return
    for edge, text in _written_edges(new, annotation.width, annotation.height).items():
        if getattr(new, edge) != getattr(old, edge):
            _set_text(frame, edge, text)


def _set_text(parent: etree._Element, name: str, text: str) -> None:
    """Set the text of a child, which is added with the indentation of its siblings if missing."""
    child = _child(parent, name)
    if child is None:
        child = _append(parent, name)
        _adopt_indent(parent, child)
    child.text = text


def _insert(root: etree._Element, element: etree._Element) -> None:
    """Append an object to the file, indented as the file is."""
    unit = (root.text or "").rpartition("\n")[2] if len(root) else "\t"
    etree.indent(element, unit or "\t", level=1)
    root.append(element)
    _adopt_indent(root, element)


def _adopt_indent(parent: etree._Element, child: etree._Element) -> None:
    """Give the last child of a parent the white space that the one before it has."""
    previous = child.getprevious()
    if previous is None:
        return
    child.tail, previous.tail = previous.tail, parent.text


def _remove(element: etree._Element) -> None:
    """Take out an element with the white space before it; the last child hands its tail on."""
    parent, previous, tail = element.getparent(), element.getprevious(), element.tail
    if parent is None:
        return
    is_last = element.getnext() is None
    parent.remove(element)
    if is_last and previous is not None:
        previous.tail = tail


def _serialise(root: etree._Element, original: bytes) -> bytes:
    """Write a tree in the encoding, declaration and line ends that it came with."""
    tree = root.getroottree()
    encoding = tree.docinfo.encoding or "utf-8"
    has_declaration = b"<?xml" in original[:16] or "<?xml".encode("utf-16-le") in original[:16]
    data = etree.tostring(tree, encoding=encoding, xml_declaration=has_declaration)
    if original.startswith(codecs.BOM_UTF8) and not data.startswith(codecs.BOM_UTF8):
        data = codecs.BOM_UTF8 + data
    text = data.decode(encoding)
    end = original.decode(encoding)
    if end.endswith("\n") and not text.endswith("\n"):
        text += "\n"
    if "\r\n" in end:
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return text.encode(encoding)
