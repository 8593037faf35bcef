"""Pascal VOC XML, lossless and atomic; the only place that knows its pixel convention.

VOC files hold integers from 1 to the picture's size, as labelImg writes them. Reading subtracts
nothing; writing rounds. A file that was read is edited, not made anew: whatever the program does
not know or nobody touched keeps the very characters it had.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from studio.errors import FileError
from studio.labels import markup
from studio.labels.boxes import Annotation, Box, Problem
from studio.labels.files import read_bytes, write_atomic
from studio.labels.markup import Content, Edits, Element

EDGES = ("xmin", "ymin", "xmax", "ymax")
FLAGS = ("truncated", "difficult", "occluded")
_LEAVES = {"name": "label", "pose": "pose", **{flag: flag for flag in FLAGS}}  # tag: attribute
_YES = {"1", "true", "yes"}
_EMPTY = "empty"
"""The mark, beside labelImg's `verified`, of a file that says there is nothing in the picture."""

FourEdges = tuple[float, float, float, float]


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
    _, annotation = _parsed(data, path, size)
    return replace(annotation, image=image, original=data)


def named_picture(path: Path) -> str:
    """Return the `<filename>` that a label file gives; raises FileError."""
    return _parse_xml(read_bytes(path), path).root.text_of("filename")


def write(path: Path, annotation: Annotation) -> bytes:
    """Save a label file atomically and return what it holds now.

    Raises FileError and leaves the old one when it cannot.
    """
    data = render(annotation, path)
    write_atomic(path, data)
    return data


def render(annotation: Annotation, path: Path) -> bytes:
    """Return the bytes of the label file for an annotation.

    Where it was read from a file and nothing differs, these are the file's own bytes.
    """
    if annotation.original is None:
        return _render_new(annotation)
    source, before = _parsed(annotation.original, path, (annotation.width, annotation.height))
    if before.boxes == annotation.boxes and before.verified == annotation.verified:
        return annotation.original
    edits = Edits(source)
    if before.verified != annotation.verified:
        edits.set_attribute(source.root, "verified", "yes" if annotation.verified else None)
    _edit_empty_mark(edits, source.root, before, annotation)
    _edit_objects(edits, source.root, before, annotation)
    return edits.apply()


def rename(data: bytes, path: Path, old: str, new: str) -> tuple[bytes, int]:
    """Return the bytes of a label file with one class called otherwise, and in how many objects.

    Objects that cannot be boxes are renamed too; all else keeps its characters. `path` is for
    messages; raises FileError.
    """
    source = _parse_xml(data, path)
    edits = Edits(source)
    names = [e.first("name") for e in source.root.all("object") if e.text_of("name") == old]
    for name in names:
        assert name is not None  # its text was read
        edits.set_text(name, new)
    return (edits.apply() if names else data), len(names)


# --- reading ------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _parsed(
    data: bytes, path: Path, size: tuple[int, int] | None
) -> tuple[markup.Source, Annotation]:
    """Return what a label file says, and where in it.

    The last few are kept for saving: reading thousands of boxes takes longer than all else that
    a save does. The annotation's image is the label file itself.
    """
    source = _parse_xml(data, path)
    return source, _annotation(source.root, path, size)


def _parse_xml(data: bytes, path: Path) -> markup.Source:
    source = markup.parse(data, path)
    if source.root.name != "annotation":
        raise FileError(path, f"is not Pascal VOC XML: it begins with <{source.root.name}>")
    return source


def _annotation(root: Element, image: Path, size: tuple[int, int] | None) -> Annotation:
    claimed = _claimed_size(root)
    width, height = size or claimed or (0, 0)
    objects = [_parse_object(e, i, width, height) for i, e in enumerate(root.all("object"))]
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
        depth=_claimed(root, "depth") or 3,
        boxes=tuple(o.box for o in objects if o.box),
        verified=_is_verified(root),
        problems=tuple(problems),
        faulty=sum(o.box is None for o in objects),
    )


def _is_verified(root: Element) -> bool:
    return root.attributes.get("verified", "").lower() in _YES


def _integer(text: str) -> int:
    """Return a whole number, 0 for anything else."""
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return 0


def _claimed(root: Element, name: str) -> int:
    size = root.first("size")
    return _integer(size.text_of(name)) if size else 0


def _claimed_size(root: Element) -> tuple[int, int] | None:
    width, height = _claimed(root, "width"), _claimed(root, "height")
    return (width, height) if width > 0 and height > 0 else None


def _parse_object(element: Element, index: int, width: int, height: int) -> _Object:
    label = element.text_of("name")
    if not label or not label.isprintable():
        sentence = f"object {index + 1} has no usable class name: {label!r}"
        return _Object(None, Problem("no-name", sentence, True))
    edges = _edges(element)
    if edges is None:
        sentence = f"object {index + 1} ({label}) has edges that are not numbers"
        return _Object(None, Problem("not-a-number", sentence, True))
    inside = _clip(edges, width, height)
    problem = _fault(f"object {index + 1} ({label})", edges, inside)
    return _Object(_box(element, label, inside, index) if _has_area(inside) else None, problem)


def _box(element: Element, label: str, edges: FourEdges, index: int) -> Box:
    flags = {flag: element.text_of(flag).lower() in _YES for flag in FLAGS}
    pose = element.text_of("pose") or "Unspecified"
    return Box(label, *edges, pose=pose, source=index, **flags)


def _edges(element: Element) -> FourEdges | None:
    """Return the four edges of an object, None unless they are finite numbers."""
    frame = element.first("bndbox")
    if frame is None:
        return None
    try:
        xmin, ymin, xmax, ymax = (float(frame.text_of(edge)) for edge in EDGES)
    except ValueError:
        return None
    return (xmin, ymin, xmax, ymax) if math.isfinite(xmin + ymin + xmax + ymax) else None


def _fault(which: str, edges: FourEdges, inside: FourEdges) -> Problem | None:
    """Say what is wrong with the edges of an object; `inside` is what lies in the picture."""
    numbers = ", ".join(f"{edge:g}" for edge in edges)
    if not _has_area(edges):
        return Problem("no-area", f"{which} has no area: {numbers}", True)
    if not _has_area(inside):
        return Problem("outside", f"{which} lies outside the picture: {numbers}", True)
    if inside != edges:
        return Problem("outside", f"{which} reaches outside the picture: {numbers}")
    return None


def _has_area(edges: FourEdges) -> bool:
    xmin, ymin, xmax, ymax = edges
    return xmin < xmax and ymin < ymax


def _clip(edges: FourEdges, width: int, height: int) -> FourEdges:
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
    size = {name: str(getattr(annotation, name)) for name in ("width", "height", "depth")}
    head: dict[str, Content] = {
        "folder": _sayable(annotation.image.parent.name),
        "filename": _sayable(annotation.image.name),
        "source": {"database": "Unknown"},
        "size": size,
        "segmented": "0",
    }
    parts = [markup.render(*part, "\n\t", "\t") for part in head.items()]
    parts += [_object(box, annotation.width, annotation.height) for box in annotation.boxes]
    marks = {"verified": annotation.verified, _EMPTY: not annotation.boxes}
    root = "".join(["<annotation", *(f' {name}="yes"' for name, on in marks.items() if on), ">"])
    return "".join([root, *parts, "\n</annotation>\n"]).encode()


def is_as_made_here(annotation: Annotation) -> bool:
    """Tell whether a label file, as it was read, could be made anew without losing a character.

    `annotation` is what was read from it, and `original` its bytes. Where picture and folder have
    other names by now, that is no loss.
    """
    assert annotation.original is not None
    root = _parse_xml(annotation.original, annotation.image).root
    named = Path(root.text_of("folder"), root.text_of("filename"))
    return _render_new(replace(annotation, image=named)) == annotation.original


def _sayable(file_name: str) -> str:
    """Return a file's name with what XML or UTF-8 cannot hold replaced."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in file_name)


@lru_cache(maxsize=8192)  # a picture of thousands of boxes is saved at every edit
def _object(
    box: Box, width: int, height: int, indent: str = "\n\t", unit: str = "\t", prefix: str = ""
) -> str:
    """Return the markup of a new `<object>` in a picture of that size."""
    content: dict[str, Content] = {
        "name": box.label,
        "pose": box.pose,
        "truncated": str(int(box.truncated)),
        "difficult": str(int(box.difficult)),
    }
    if box.occluded:
        content["occluded"] = "1"
    content["bndbox"] = _written_edges(box, width, height)
    return markup.render("object", content, indent, unit, prefix)


def _edit_empty_mark(edits: Edits, root: Element, before: Annotation, after: Annotation) -> None:
    """Say in a file whose last object goes that there is nothing in the picture."""
    was_empty, is_empty = (not a.boxes and not before.faulty for a in (before, after))
    if is_empty and not was_empty:
        edits.set_attribute(root, _EMPTY, "yes")
    elif not is_empty and _EMPTY in root.attributes:
        edits.set_attribute(root, _EMPTY, None)


def _edit_objects(edits: Edits, root: Element, before: Annotation, after: Annotation) -> None:
    """Bring the `<object>` elements to what the boxes say, touching only what differs.

    Objects that never were boxes (a fault) belong to nobody and stay.
    """
    elements = list(root.all("object"))
    old = {box.source: box for box in before.boxes if box.source is not None}
    new = []
    for box in after.boxes:
        if box.source is None or box.source not in old:
            new.append(box)
            continue
        was = old.pop(box.source)
        if box is not was and box != was:
            _edit_object(edits, elements[box.source], was, box, after)
    for source in old:
        edits.remove(elements[source])
    _append_objects(edits, root, new, after)


def _append_objects(edits: Edits, root: Element, boxes: list[Box], annotation: Annotation) -> None:
    """Add objects at the end of the file, in its indentation and namespace."""
    indent = edits.indent_of(root.children[-1]) if root.children else "\n\t"
    unit = indent.lstrip("\r\n")
    size = annotation.width, annotation.height
    objects = [_object(box, *size, indent, unit, root.prefix) for box in boxes]
    if objects:
        edits.append(root, "".join(objects))


def _edit_object(
    edits: Edits, element: Element, old: Box, new: Box, annotation: Annotation
) -> None:
    for tag, attribute in _LEAVES.items():
        value = getattr(new, attribute)
        if value != getattr(old, attribute):
            edits.set_child(element, tag, str(int(value)) if tag in FLAGS else value)
    frame = element.first("bndbox")
    assert frame is not None  # it was read from there
    for edge, text in _moved_edges(old, new, annotation).items():
        edits.set_child(frame, edge, text)


def _moved_edges(old: Box, new: Box, annotation: Annotation) -> dict[str, str]:
    """Return what to write for the edges that differ.

    The other edge of an axis keeps its characters, unless rounding would leave no area then: a
    file may hold 20.9, and an edge drawn at 20.6 becomes 21.
    """
    written = _written_edges(new, annotation.width, annotation.height)
    moved = {edge: t for edge, t in written.items() if getattr(new, edge) != getattr(old, edge)}
    for axis in (("xmin", "xmax"), ("ymin", "ymax")):
        low, high = (float(moved.get(edge, getattr(new, edge))) for edge in axis)
        if low >= high:
            moved |= {edge: written[edge] for edge in axis}
    return moved
