"""Looking for faults in a data set. Changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.errors import FileError
from studio.labels import images
from studio.labels.boxes import Annotation, Problem
from studio.labels.dataset import Dataset, Item
from studio.labels.files import is_folder
from studio.labels.folder.listing import files_below
from studio.labels.splits import LISTS, SPLITS, split_lines
from studio.wording import counted, listed


@dataclass(frozen=True, slots=True)
class Checked:
    """An event of `check`: one picture was looked at."""

    item: Item
    annotation: Annotation | None
    problems: tuple[Problem, ...]


def check(dataset: Dataset) -> Iterator[Checked]:
    """Look at every picture and label file; changes nothing. See also `mismatches`."""
    for item in dataset.items:
        problems: list[Problem] = []
        annotation = None
        size = None
        try:
            height, width = images.load(item.image).shape[:2]
            size = (width, height)
        except FileError as error:
            problems.append(Problem("picture", error.what))
        try:
            annotation = item.read(size)
            problems += annotation.problems
            problems += unlisted(annotation, dataset.classes)
        except FileError as error:
            problems.append(Problem("labels", f"the label file {item.labels.name} {error.what}"))
        yield Checked(item, annotation, tuple(problems))


def unlisted(annotation: Annotation, classes: tuple[str, ...]) -> list[Problem]:
    """Return a problem for each class of the boxes that the project does not list."""
    counts = Counter(box.label for box in annotation.boxes if box.label not in classes)
    return [
        Problem("class", f"class {label!r} is not in the project's class list (boxes: {count})")
        for label, count in counts.items()
    ]


def mismatches(dataset: Dataset) -> Iterator[tuple[str, Problem]]:
    """Yield names with what is wrong: in a split or labelled but no picture, or in no split.

    Lists that leave pictures out may be meant so; that is told in one sentence, since nothing is
    learned from these pictures.
    """
    for split in SPLITS:
        for line in _absent(dataset, split):
            yield line, Problem("picture", f"is listed in split {split!r} but does not exist")
    yield from _unused_pictures(dataset)
    if dataset.labels and is_folder(dataset.labels):
        yield from _lonely_labels(dataset, dataset.labels)


def absences(dataset: Dataset) -> Iterator[str]:
    """Yield a sentence for each split whose list names pictures that do not exist."""
    for split in SPLITS:
        names = _absent(dataset, split)
        if names:
            what = f"names {counted(len(names), 'picture')} that the folder does not have"
            yield f"{LISTS}/{split}.txt {what}: {listed(names)}"


def _absent(dataset: Dataset, split: str) -> list[str]:
    known = {item.stem for item in dataset.items}
    return [line for line in split_lines(dataset.root, split) or () if line not in known]


def _unused_pictures(dataset: Dataset) -> Iterator[tuple[str, Problem]]:
    used = set().union(*dataset.splits.values())
    count = len(dataset.items) - len(used)
    if dataset.splits and count:
        are = "picture is" if count == 1 else "pictures are"
        yield LISTS, Problem("split", f"{count} {are} in no split, so nothing is learned from them")


def _lonely_labels(dataset: Dataset, folder: Path) -> Iterator[tuple[str, Problem]]:
    used = {item.labels for item in dataset.items}
    for name in sorted(files_below(folder, {dataset.root / "runs"})):
        if name.endswith(".xml") and folder / name not in used:
            yield name, Problem("picture", "is a label file without a picture")
