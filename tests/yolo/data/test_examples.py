"""What is wrong with pictures and labels is noted, each kind of it in one sentence."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from studio.errors import FileError
from studio.labels import images, voc
from studio.labels.boxes import Annotation, Box
from studio.labels.dataset import Dataset
from studio.project import Project
from studio.yolo.data.examples import Examples, read_examples
from tests.yolo.data.preparing import finish


def labelled(folder: Path, count: int, *boxes: Box) -> Dataset:
    """Return pictures of 40 by 30 pixels that all have these boxes, but for an xmax of 33: 50."""
    for number in range(count):
        path = folder / "images" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        images.save(path, np.zeros((30, 40, 3), np.uint8))
        annotation = Annotation(path, 40, 30, boxes=boxes)
        labels = folder / "annotations" / f"{number}.xml"
        voc.write(labels, annotation)
        labels.write_text(labels.read_text().replace("<xmax>33<", "<xmax>50<"))
    return Project.open(folder).dataset()


def examples_of(dataset: Dataset, *classes: str) -> Examples:
    """Return what is read of all pictures."""
    _, examples = finish(read_examples(dataset.items, classes))
    return examples


def test_a_fault_of_many_label_files_is_one_note(tmp_path: Path) -> None:
    dataset = labelled(tmp_path, 9, Box("cell", 5, 5, 33, 20), Box("cell", 1, 1, 33, 9))
    examples = examples_of(dataset, "cell")
    (note,) = examples.take_notes()
    first = f"{tmp_path / 'annotations' / '0.xml'}: object 1 (cell) reaches outside the picture"
    assert note.startswith(first)
    assert note.endswith("; 17 more of that kind: 0.png, 1.png, 2.png, 3.png, 4.png and 4 more")
    assert examples.take_notes() == []


def test_what_leaves_no_box_is_said_to_be_left_out(tmp_path: Path) -> None:
    dataset = labelled(tmp_path, 1, Box("cell", 5, 5, 20, 20))
    labels = tmp_path / "annotations" / "0.xml"
    labels.write_text(labels.read_text().replace("<xmax>20<", "<xmax>2<"))
    (note,) = examples_of(dataset, "cell").take_notes()
    assert re.search(r"object 1 \(cell\) has no area: [\d, ]+; left out$", note)


def test_other_faults_are_other_notes_and_one_fault_is_said_as_it_is(tmp_path: Path) -> None:
    dataset = labelled(tmp_path, 2, Box("cell", 5, 5, 33, 20))
    (tmp_path / "images" / "1.png").write_bytes(b"no picture")
    notes = examples_of(dataset, "cell").take_notes()
    assert [note.partition("1")[0][:11] for note in notes] == [str(tmp_path)[:11], "passed over"]
    assert all("more of that kind" not in note for note in notes)


def test_pictures_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    dataset = labelled(tmp_path, 8, Box("cell", 5, 5, 20, 20))
    for path in (tmp_path / "images").iterdir():
        path.write_bytes(b"no picture")
    (note,) = examples_of(dataset, "cell").take_notes()
    assert note.startswith(f"passed over: {tmp_path / 'images' / '0.png'}: ")
    assert note.endswith("; 7 more of that kind: 1.png, 2.png, 3.png, 4.png, 5.png and 2 more")


def test_classes_that_nobody_asked_for_are_counted_together(tmp_path: Path) -> None:
    boxes = [Box(label, 5, 5, 20, 20) for label in ("tram", "bus", "bus")]
    dataset = labelled(tmp_path, 2, *boxes)
    what = "none of the model's classes, boxes passed over:"
    assert examples_of(dataset, "cell").take_notes() == [f"classes 'bus', 'tram' are {what} 6"]
    assert examples_of(dataset, "bus").take_notes() == [f"class 'tram' is {what} 2"]


def test_pictures_that_go_missing_are_noted_once_and_together(tmp_path: Path) -> None:
    examples = examples_of(labelled(tmp_path, 3, Box("cell", 5, 5, 20, 20)), "cell")
    for path in (tmp_path / "images").iterdir():
        path.unlink()
    for index in (0, 1, 2, 1, 0):
        examples.load(index)
    (note,) = examples.take_notes()
    assert note.startswith("shown as an empty picture: ")
    assert note.endswith("; 2 more of that kind: 1.png, 2.png")
    examples.note_empty(2, FileError(tmp_path, "is another picture"))
    assert examples.take_notes() == []
