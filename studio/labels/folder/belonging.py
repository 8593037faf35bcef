"""Which label file belongs to which picture of a folder; no two pictures share one."""

from __future__ import annotations

import html
import os
import posixpath
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from studio.errors import FileError
from studio.labels import voc
from studio.labels.folder.listing import stem_of

_SAID = re.compile(rb"<(filename|folder)>([^<]*)</")
_HEAD = 2048  # bytes of a label file in which its first elements are


def label_names(
    names: list[str], written: Collection[str], images: Path, labels: Path
) -> list[str]:
    """Return the label file of each picture, as names relative to the folder of label files.

    `names` are the pictures relative to theirs, `written` the label files that exist. See
    `dataset.arrange` for the rules.
    """
    stems = [name[: name.rindex(".")] for name in names]
    chosen = [f"{stem}.xml" for stem in stems]
    crowded = _crowded(names, [stem.casefold() for stem in stems], written)
    if crowded:
        folded = frozenset(map(str.casefold, stems))
        _part_crowded(chosen, names, crowded, _Rules(labels, written, folded))
    flat = {name for name in written if "/" not in name}
    if flat:
        _take_flat(chosen, names, flat, written, images, labels)
    return chosen


def _crowded(names: list[str], stems: list[str], written: Collection[str]) -> list[list[int]]:
    """Return the positions of pictures that may not simply have `stem.xml`, by their stems."""
    settled = {
        i
        for i, name in enumerate(names)
        if f"{name}.xml" in written or f"{name}.xml.xml" in written
    }
    if len(set(stems)) == len(stems) and not settled:
        return []
    count = Counter(stems)
    groups: dict[str, list[int]] = {}
    for i, stem in enumerate(stems):
        if count[stem] > 1 or i in settled:
            groups.setdefault(stem, []).append(i)
    return list(groups.values())


@dataclass(frozen=True, slots=True)
class _Rules:
    """What decides about pictures with one stem; `stems` are all stems, in folded case."""

    labels: Path
    written: Collection[str]
    stems: frozenset[str]

    def own_names(self, name: str) -> Iterator[str]:
        """Yield the label files that a picture may have beside `stem.xml`, the best first.

        Those that are another picture's by its stem are left out: `a.jpg.xml` is that of
        `a.jpg.png`.
        """
        own = name
        while True:
            if own.casefold() not in self.stems:
                yield f"{own}.xml"
            own += ".xml"

    def settled(self, name: str) -> str | None:
        """Return the label file that a picture was once given and still has.

        It keeps that when it is alone with its stem again.
        """
        first = islice(self.own_names(name), 2)
        return next((own for own in first if own in self.written), None)


def _part_crowded(
    chosen: list[str], names: list[str], groups: Iterable[list[int]], rules: _Rules
) -> None:
    """Give the pictures of one stem label files of their own, in `chosen`."""
    unsettled: list[list[int]] = []
    taken: set[str] = set()
    for group in groups:
        settled = {i: own for i in group if (own := rules.settled(names[i]))}
        for i, own in settled.items():
            chosen[i] = own
            taken.add(own.casefold())
        unsettled.append([i for i in group if i not in settled])
    for group in unsettled:
        owners = _owners(group, chosen, names, rules)
        for i in group:
            if i not in owners:
                free = (n for n in rules.own_names(names[i]) if n.casefold() not in taken)
                chosen[i] = next(free)
                taken.add(chosen[i].casefold())


def _owners(group: list[int], chosen: list[str], names: list[str], rules: _Rules) -> set[int]:
    """Return which pictures of one stem have `stem.xml`.

    It is one, unless there are label files already whose names differ by case only.
    """
    by_file: dict[str, list[int]] = {}
    for i in group:
        by_file.setdefault(chosen[i], []).append(i)
    there = [file for file in by_file if file in rules.written]
    if not there:
        return set(group[:1])
    return {_owner(rules.labels / file, by_file[file], names) for file in there}


def _owner(labels: Path, group: list[int], names: list[str]) -> int:
    """Return which of several pictures the label file of their stem names, else the first."""
    if len(group) == 1:
        return group[0]
    try:
        named = voc.named_picture(labels)
    except FileError:
        named = ""
    return next((i for i in group if posixpath.basename(names[i]) == named), group[0])


def _take_flat(
    chosen: list[str],
    names: list[str],
    flat: set[str],
    written: Collection[str],
    images: Path,
    labels: Path,
) -> None:
    """Let pictures of sub-folders have label files of the top folder, `flat`, in `chosen`.

    Only those that can be nobody else's and that name the picture; see `_is_of`.
    """
    waiting: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        if "/" in name and chosen[i] not in written:
            file = posixpath.basename(stem_of(name)) + ".xml"
            if file in flat:
                waiting.setdefault(file, []).append(i)
    claimed = set(map(str.casefold, chosen)) if waiting else set()
    above = images.parts
    for file, group in waiting.items():
        if file.casefold() not in claimed:
            said = _said(f"{labels}{os.sep}{file}")
            fitting = [i for i in group if _is_of(said, above, names[i])]
            if len(fitting) == 1:
                chosen[fitting[0]] = file
                claimed.add(file.casefold())


def _said(labels: str) -> dict[str, str]:
    """Return the `filename` and `folder` at the beginning of a label file, if they are there.

    There may be ten thousands of these files, so they are not parsed.
    """
    try:
        with open(labels, "rb", buffering=0) as file:  # noqa: PTH123  a Path takes as long again
            head = file.read(_HEAD)
    except OSError:
        return {}
    return {
        tag.decode(): html.unescape(text.decode(errors="replace"))
        for tag, text in _SAID.findall(head)
    }


def _is_of(said: dict[str, str], above: Collection[str], name: str) -> bool:
    """Tell whether a label file names a picture, and no folder in which that is not."""
    folder = said.get("folder", "").strip()
    *below, file = name.split("/")
    fits = not folder or folder in below or folder in above
    return fits and said.get("filename", "").strip() == file
