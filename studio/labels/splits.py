"""Which pictures are learned from, which are validated with and which are kept for the end."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Sequence
from pathlib import Path

from studio.errors import FileError
from studio.labels.dataset import Item
from studio.labels.files import read_if_there
from studio.labels.samples import Sample

SPLITS = ("train", "val", "test")
LISTS = "ImageSets/Main"
"""The folder of the lists in a Pascal VOC tree."""

Splits = dict[str, tuple[int, ...]]
"""Positions of pictures by the name of their split."""


def listed_splits(root: Path, items: tuple[Item, ...], val: float = 0.1) -> Splits:
    """Read `ImageSets/Main/{train,val,test,trainval}.txt`; empty where there are none.

    What training needs and no list names is made from the rest: `train` is `trainval` without
    `val`, or all pictures of no other list; `val` is `trainval` without `train`, or a share of
    `train`. Names that are no picture of the folder are passed over, and so are pictures that no
    list names where there is one to train with: `problems.mismatches` tells.
    """
    splits: Splits = {}
    known = _by_stem(items)
    for name in (*SPLITS, "trainval"):
        lines = split_lines(root, name)
        if lines is not None:
            splits[name] = tuple(dict.fromkeys(known[line] for line in lines if line in known))
    return _completed(splits, items, val) if splits else splits


def _by_stem(items: tuple[Item, ...]) -> dict[str, int]:
    """Return positions by stem; of two pictures with one stem, that of the one labelled by it."""
    known: dict[str, int] = {}
    for i, item in enumerate(items):
        first = known.setdefault(item.stem, i)
        if first != i and item.labels.stem == posixpath.basename(item.stem):
            known[item.stem] = i
    return known


def split_lines(root: Path, split: str) -> list[str] | None:
    """Return the picture stems that a split file lists, None where there is no file."""
    path = root / LISTS / f"{split}.txt"
    data = read_if_there(path)
    if data is None:
        return None
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise FileError(path, f"is not UTF-8 text: {error.reason}") from error
    return [line.strip() for line in lines if line.strip()]


def _completed(splits: Splits, items: tuple[Item, ...], val: float) -> Splits:
    if "train" not in splits:
        usable = splits.get("trainval", range(len(items)))
        taken = {i for name in ("val", "test") for i in splits.get(name, ())}
        splits["train"] = tuple(i for i in usable if i not in taken)
    if "val" not in splits:
        learned = set(splits["train"])
        splits["val"] = tuple(i for i in splits.get("trainval", ()) if i not in learned)
        if not splits["val"]:
            splits["train"], splits["val"] = _hold_out(splits["train"], items, val)
    return splits


def hashed_splits(items: Sequence[Sample], val: float = 0.1, test: float = 0.1) -> Splits:
    """Split by a hash of each picture's name.

    A picture keeps its split when others come or go. Of at least three labelled pictures to learn
    from, one is validated with, unless the share of those is 0.
    """
    place = {i: _fraction(item.name) for i, item in enumerate(items)}
    tested = tuple(i for i, p in place.items() if val <= p < val + test)
    rest = tuple(i for i, p in place.items() if not val <= p < val + test)
    learned, validated = _hold_out(rest, items, val)
    return {"train": learned, "val": validated, "test": tested}


def _hold_out(
    positions: tuple[int, ...], items: Sequence[Sample], share: float
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Part pictures into those to learn from and a share to validate with."""
    place = {i: _fraction(items[i].name) for i in positions}
    held = {i for i in positions if place[i] < share}
    if share and not any(items[i].is_labelled for i in held):
        labelled = [i for i in positions if items[i].is_labelled]
        if len(labelled) >= 3:
            held.add(min(labelled, key=lambda i: place[i]))
    return tuple(i for i in positions if i not in held), tuple(i for i in positions if i in held)


def _fraction(name: str) -> float:
    """Return a number from 0 to below 1 that a name always has."""
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
