"""Label files that were damaged give labels or one clear error, and are never overwritten by it."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from studio.errors import FileError
from studio.labels import voc
from studio.labels.boxes import Annotation, Box
from tests.labels.voc_dialects import DIALECTS

SIZE = (640, 480)
JPG = Path("a.jpg")
NEW = Box("new", 1, 2, 30, 40)
_TAG = re.compile(rb"<[^<>]*>")
_LEAF = re.compile(rb"<([\w:]+)[^<>]*>[^<>]*</\1\s*>")
_OBJECT = re.compile(rb"<([\w:]*object)[^<>]*>.*?</\1\s*>", re.DOTALL)
_SIGNS = b"<>/&;\"'- ]\t\n\0.e\xff\xc3" + bytes(range(48, 58))


def run(count: int, seed: int = 0) -> Counter[str]:
    """Read and edit so many mutated files; return what became of them."""
    found: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.xml"
        for number, (name, data) in enumerate(mutants(count, seed)):
            try:
                found[_try(data, path)] += 1
            except Exception as error:
                error.add_note(f"mutant {number} of seed {seed}, once {name}: {data!r}")
                raise
    return found


def mutants(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield files of all dialects with one to three things wrong, and what they were."""
    chance = random.Random(seed)
    names = sorted(DIALECTS)
    for number in range(count):
        name = names[number % len(names)]
        data = DIALECTS[name]
        for _ in range(chance.choice((1, 1, 2, 3))):
            data = chance.choice(MUTATIONS)(data, chance)
        yield name, data


def _try(data: bytes, path: Path) -> str:
    path.write_bytes(data)
    try:
        annotation = voc.read(path, JPG, SIZE)
    except FileError as error:
        _check_refused(data, path, error)
        return "one clear error"
    assert voc.render(annotation, path) == data, "not equal though untouched"
    assert len(annotation.boxes) + annotation.faulty <= data.count(b"o")
    for box in annotation.boxes:
        assert 0 <= box.xmin < box.xmax <= SIZE[0]
        assert 0 <= box.ymin < box.ymax <= SIZE[1]
    _check_edits(annotation, path)
    faults = " and faults" if annotation.problems else ""
    return f"{len(annotation.boxes)} boxes{faults}"


def _check_refused(data: bytes, path: Path, error: FileError) -> None:
    assert str(error).startswith(f"{path}: ")
    assert "\n" not in str(error)
    try:
        voc.write(path, Annotation(JPG, *SIZE, boxes=(NEW,), original=data))
    except FileError:
        assert path.read_bytes() == data
    else:
        raise AssertionError("overwritten")


def _check_edits(before: Annotation, path: Path) -> None:
    """Add, delete and move boxes: the file then says so, and all else is as it was."""
    boxes = before.boxes
    moved = tuple(box.at((5, 6, 70, 80)) for box in boxes)
    for after in ((*boxes, NEW), boxes[1:], (*moved[:1], *boxes[1:]), moved):
        written = voc.render(replace(before, boxes=after), path)
        found = voc.parse(written, path, JPG, SIZE)
        assert _without_source(found.boxes) == _without_source(after)
        assert found.faulty == before.faulty
        assert found.verified == before.verified
    undone = replace(found, boxes=boxes, original=before.original)
    assert voc.render(undone, path) == before.original


def _without_source(boxes: tuple[Box, ...]) -> list[Box]:
    return [replace(box, source=None) for box in boxes]


# --- what goes wrong with files -----------------------------------------------------------------


def _flip(data: bytes, chance: random.Random) -> bytes:
    """Change some bytes to any others."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _replace_sign(data: bytes, chance: random.Random) -> bytes:
    """Put a sign that means something in XML in place of a byte."""
    changed = bytearray(data)
    if changed:
        changed[chance.randrange(len(changed))] = chance.choice(_SIGNS)
    return bytes(changed)


def _cut_end(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _cut_out(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.randint(1, 60) :]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    at, length = chance.randrange(len(data) + 1), chance.randint(1, 200)
    return data[: at + length] + data[at:]


def _double_tag(data: bytes, chance: random.Random) -> bytes:
    tag = _tag(data, chance)
    return data[: tag[1]] + data[tag[0] :]


def _drop_tag(data: bytes, chance: random.Random) -> bytes:
    tag = _tag(data, chance)
    return data[: tag[0]] + data[tag[1] :]


def _swap_tags(data: bytes, chance: random.Random) -> bytes:
    (a, b), (c, d) = sorted((_tag(data, chance), _tag(data, chance)))
    return data if b > c else data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _tag(data: bytes, chance: random.Random) -> tuple[int, int]:
    """Return where a tag is; two bytes a sign hide them."""
    tags = [found.span() for found in _TAG.finditer(data)]
    return chance.choice(tags) if tags else (0, 0)


def _change_digit(data: bytes, chance: random.Random) -> bytes:
    digits = [i for i, sign in enumerate(data) if sign in b"0123456789"] or [0]
    at = chance.choice(digits)
    return data[:at] + chance.choice((b"0", b"9", b"-", b"", b"e9", b"77")) + data[at + 1 :]


def _element(data: bytes, chance: random.Random) -> tuple[int, int]:
    """Return where an element is, mostly one that holds text, sometimes an object."""
    pattern = _OBJECT if chance.random() < 0.2 else _LEAF
    elements = [found.span() for found in pattern.finditer(data)]
    return chance.choice(elements) if elements else (0, 0)


def _double_element(data: bytes, chance: random.Random) -> bytes:
    start, end = _element(data, chance)
    return data[:end] + data[start:]


def _drop_element(data: bytes, chance: random.Random) -> bytes:
    start, end = _element(data, chance)
    return data[:start] + data[end:]


def _move_element(data: bytes, chance: random.Random) -> bytes:
    """Put an element where another ends."""
    start, end = _element(data, chance)
    rest = data[:start] + data[end:]
    _, at = _element(rest, chance)
    return rest[:at] + data[start:end] + rest[at:]


def _swap_text(data: bytes, chance: random.Random) -> bytes:
    """Put what people and programs write wrongly between two tags."""
    wrong = (
        b"",
        b"nan",
        b"-1",
        b"1e999",
        b"1,5",
        b"640.5",
        b"\xff",
        b"<x/>",
        b"&x;",
        b"0x10",
        b"\n",
    )
    at = _tag(data, chance)[1]
    end = data.find(b"<", at)
    return data if end < 0 else data[:at] + chance.choice(wrong) + data[end:]


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _flip,
    _replace_sign,
    _cut_end,
    _cut_out,
    _repeat,
    _double_tag,
    _drop_tag,
    _swap_tags,
    *(_swap_text, _change_digit, _double_element, _drop_element, _move_element) * 2,
)
