"""The names of classes, which Darknet keeps in a file of their own: one a line."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from studio.errors import FileError, StudioError
from studio.labels.files import read_if_there

_COCO = """
person, bicycle, car, motorbike, aeroplane, bus, train, truck, boat, traffic light, fire hydrant,
stop sign, parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe,
backpack, umbrella, handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite,
baseball bat, baseball glove, skateboard, surfboard, tennis racket, bottle, wine glass, cup, fork,
knife, spoon, bowl, banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake,
chair, sofa, pottedplant, bed, diningtable, toilet, tvmonitor, laptop, mouse, remote, keyboard,
cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase, scissors, teddy bear,
hair drier, toothbrush
"""
COCO_NAMES = tuple(" ".join(name.split()) for name in _COCO.split(","))
"""The classes of COCO as Darknet's coco.names spells them."""


def default_names(classes: int) -> tuple[str, ...]:
    """Return names for classes that nobody has named: those of COCO where there are as many."""
    if classes == len(COCO_NAMES):
        return COCO_NAMES
    return tuple(f"class {number}" for number in range(classes))


def names_for(cfg: Path, classes: int) -> tuple[str, ...]:
    """Return the names of a model's classes: of a file beside its cfg, or the default ones.

    NAME.names belongs to the model, so it is an error when it is unusable or holds another number
    of names; obj.names and coco.names may be those of a neighbour, and are taken where they fit.
    Raises FileError.
    """
    path = cfg.with_suffix(".names")
    names = read_names(path)
    if names is None:
        return _neighbour(cfg, classes) or default_names(classes)
    if len(names) != classes:
        raise FileError(path, f"holds {len(names)} names, but {cfg.name} has {classes} classes")
    return names


def _neighbour(cfg: Path, classes: int) -> tuple[str, ...] | None:
    """Return the names of a file that several models may share, None where none fits."""
    for name in ("obj.names", "coco.names"):
        with suppress(FileError):
            names = read_names(cfg.with_name(name))
            if names is not None and len(names) == classes:
                return names
    return None


def read_names(path: Path) -> tuple[str, ...] | None:
    """Read a file of names, None where there is none; raises FileError."""
    data = read_if_there(path)
    if data is None:
        return None
    try:
        lines = data.decode("utf-8-sig").rstrip().splitlines()
    except UnicodeDecodeError as error:
        raise FileError(path, "is not a list of names: it is no UTF-8 text") from error
    names = tuple(line.strip() for line in lines)
    if "" in names:
        raise FileError(path, f"line {names.index('') + 1} is empty")
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise FileError(path, f"names the class {twice!r} twice")
    return names


def render_names(classes: tuple[str, ...]) -> bytes:
    """Return a file of names; raises StudioError for a name that is not one line."""
    for name in classes:
        if name.strip() != name or len(name.splitlines()) != 1:
            raise StudioError(f"the class {name!r} cannot be written as a line of a .names file")
    return "".join(f"{name}\n" for name in classes).encode()
