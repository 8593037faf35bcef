"""Records that this program writes, read by TensorFlow alone."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from studio.errors import FileError, StudioError
from studio.labels import images, voc
from studio.labels.boxes import Annotation, Box
from studio.labels.dataset import Dataset
from studio.project import Project
from studio.yolo.backend import tf
from studio.yolo.records.write import Converted, write_records
from tests.labels import picture_files

pytestmark = pytest.mark.tensorflow


def written(dataset: Dataset, target: Path, **options) -> Converted:
    *_, last = write_records(dataset, target, **options)
    assert isinstance(last, Converted)
    return last


def parsed(folder: Path, split: str) -> list[dict[str, Any]]:
    """Read the records of a split as the Object Detection API does."""
    text, number = tf.io.VarLenFeature(tf.string), tf.io.VarLenFeature(tf.int64)
    share = tf.io.VarLenFeature(tf.float32)
    spec = {
        "image/encoded": tf.io.FixedLenFeature((), tf.string),
        "image/format": tf.io.FixedLenFeature((), tf.string),
        "image/filename": tf.io.FixedLenFeature((), tf.string),
        "image/source_id": tf.io.FixedLenFeature((), tf.string),
        "image/key/sha256": tf.io.FixedLenFeature((), tf.string),
        "image/height": tf.io.FixedLenFeature((), tf.int64),
        "image/width": tf.io.FixedLenFeature((), tf.int64),
        **{f"image/object/bbox/{edge}": share for edge in ("xmin", "ymin", "xmax", "ymax")},
        "image/object/class/text": text,
        "image/object/class/label": number,
        "image/object/difficult": number,
        "image/object/truncated": number,
        "image/object/view": text,
    }
    files = sorted(map(os.fsencode, folder.glob(f"{split}-*.tfrecord")))
    examples = []
    for data in tf.data.TFRecordDataset(files):
        example = tf.io.parse_single_example(data, spec)
        examples.append(
            {
                name: (tf.sparse.to_dense(v) if isinstance(v, tf.SparseTensor) else v).numpy()
                for name, v in example.items()
            }
        )
    return examples


def decoded(example: dict[str, Any]) -> np.ndarray:
    data = example["image/encoded"]
    if example["image/format"] == b"jpeg":
        return tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE").numpy()
    assert example["image/format"] == b"png"
    return tf.io.decode_png(data, channels=3).numpy()


def in_xml(path: Path) -> list[tuple[str, list[int]]]:
    """Read names and edges as they are written in a label file."""
    found = []
    for one in ET.parse(path).getroot().iter("object"):
        edges = [int(one.findtext(f"bndbox/{e}")) for e in ("xmin", "ymin", "xmax", "ymax")]
        found.append((one.findtext("name"), edges))
    return found


def test_boxes_and_pixels_come_back_exactly(squares, tmp_path):
    result = written(squares, tmp_path / "out")
    assert (result.images, result.boxes, result.skipped) == (16, 16 + 3 * 2 * 2, ())
    for split in ("train", "val", "test"):
        items = squares.labelled(split)
        examples = parsed(tmp_path / "out", split)
        for item, example in zip(items, examples, strict=True):
            assert example["image/filename"] == example["image/source_id"] == item.name.encode()
            assert (example["image/width"], example["image/height"]) == (160, 120)
            data = example["image/encoded"]
            assert data == item.image.read_bytes()
            assert example["image/key/sha256"] == hashlib.sha256(data).hexdigest().encode()
            assert (decoded(example) == images.load(item.image)).all()
            truth = in_xml(item.labels)
            edges = np.array([edges for _, edges in truth], np.float64).reshape(-1, 4)
            sides = (160, 120, 160, 120)
            for column, edge in enumerate(("xmin", "ymin", "xmax", "ymax")):
                share = (edges[:, column] / sides[column]).astype(np.float32)
                assert (example[f"image/object/bbox/{edge}"] == share).all()
            names = [name.encode() for name, _ in truth]
            assert example["image/object/class/text"].tolist() == names
            numbers = [{b"dark": 1, b"light": 2}[name] for name in names]
            assert example["image/object/class/label"].tolist() == numbers


def test_marks_of_boxes_are_written(tmp_path, picture):
    path = picture(tmp_path / "in" / "a.png")
    boxes = (
        Box("cat", 1, 2, 30, 20, difficult=True, pose="Left"),
        Box("dög", 5, 5, 40, 30, truncated=True),
    )
    voc.write(tmp_path / "in" / "a.xml", Annotation(path, 40, 30, boxes=boxes))
    written(Project.open(tmp_path / "in").dataset(), tmp_path / "out")
    (example,) = (e for s in ("train", "val", "test") for e in parsed(tmp_path / "out", s))
    assert example["image/object/difficult"].tolist() == [1, 0]
    assert example["image/object/truncated"].tolist() == [0, 1]
    assert example["image/object/view"].tolist() == [b"Left", b"Unspecified"]
    label_map = (tmp_path / "out" / "label_map.pbtxt").read_text("utf-8")
    found = re.findall(r'item \{\s*name: "(.*)"\s*id: (\d+)\s*\}', label_map)
    assert found == [("cat", "1"), ("dög", "2")]


def kinds_of_pictures() -> dict[str, tuple[bytes, bool]]:
    """Files by name, and whether TensorFlow decodes them as they are."""
    scene = picture_files.scene()
    encode, turned = picture_files.encode, picture_files.turned
    jpeg, png = encode(scene, ".jpg"), encode(scene, ".png")
    alpha = np.dstack([scene, np.tile(np.arange(80, dtype=np.uint8) * 3, (60, 1))])
    palette = scene[..., :1] // 64
    inks = np.dstack([scene, scene[..., :1] // 3])
    deep = scene.astype(np.uint16) * 199
    return {
        "plain.jpg": (jpeg, True),
        "plain.png": (png, True),
        "grey.jpg": (encode(scene[..., 0], ".jpg"), True),
        "grey.png": (encode(scene[..., 0], ".png"), True),
        "turned.jpg": (turned(jpeg, 6), False),
        "turned.png": (turned(png, 3), False),
        "upside.jpg": (turned(jpeg, 1), True),
        "alpha.png": (encode(alpha, ".png"), False),
        "deep.png": (encode(deep, ".png"), False),
        "inks.jpg": (picture_files.cmyk_jpeg(inks), False),
        "map.tif": (
            picture_files.tiff(palette, 3, palette=[i * 85 for i in range(768)]), False,
        ),
        "plain.bmp": (encode(scene, ".bmp"), False),
        "plain.webp": (encode(scene, ".webp"), False),
        "plain.tif": (encode(scene, ".tif"), False),
    }  # fmt: skip


@pytest.mark.parametrize("name", kinds_of_pictures())
def test_readers_see_every_kind_of_picture_as_this_program_does(tmp_path, labels, name):
    data, is_kept = kinds_of_pictures()[name]
    path = tmp_path / "in" / name
    path.parent.mkdir()
    path.write_bytes(data)
    labels(path.with_suffix(".xml"), ("a", 2, 2, 30, 25))
    written(Project.open(path.parent).dataset(), tmp_path / "out")
    (example,) = (e for s in ("train", "val", "test") for e in parsed(tmp_path / "out", s))
    seen = images.load(path)
    assert (decoded(example) == seen).all()
    assert (example["image/height"], example["image/width"]) == seen.shape[:2]
    assert (example["image/encoded"] == data) == is_kept


def test_files_are_full_at_a_size_and_the_same_each_time(squares, tmp_path):
    largest = max(item.image.stat().st_size for item in squares.items)
    for name in ("one", "two"):
        written(squares, tmp_path / name, shard_bytes=2 * largest)
    ours = sorted(path.name for path in (tmp_path / "one").iterdir())
    count = sum(name.startswith("train") for name in ours)
    assert count > 1
    assert [n for n in ours if n.startswith("train")] == [
        f"train-{i:05}-of-{count:05}.tfrecord" for i in range(count)
    ]
    for name in ours:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    names = [e["image/filename"].decode() for e in parsed(tmp_path / "one", "train")]
    assert names == [item.name for item in squares.labelled("train")]


def test_what_is_left_out_is_said(squares, tmp_path):
    items = squares.items
    items[0].image.write_bytes(items[0].image.read_bytes()[:100])
    items[1].labels.write_text("<annotation><object>")
    items[2].labels.unlink()
    text = items[3].labels.read_text()
    items[3].labels.write_text(text.replace("<name>dark<", "<name>tram<"))
    splits = {**squares.splits, "train": tuple(range(7))}
    partly = dataclasses.replace(squares, splits=splits, classes=("dark", "light"))
    result = written(partly, tmp_path / "out")
    details = {one.image: one.detail for one in result.skipped}
    assert details.keys() == {"p00.png", "p01.png", "p02.png", "p03.png", "p07.png"}
    assert "cut short" in details["p00.png"]
    assert "not well-formed" in details["p01.png"]
    assert details["p02.png"] == "is not labelled yet"
    assert "'tram'" in details["p03.png"]
    assert details["p07.png"] == "is in no split"
    assert result.images == len(parsed(tmp_path / "out", "train")) + 8
    assert parsed(tmp_path / "out", "train")[0]["image/filename"] == b"p03.png"


def test_stopping_and_failing_leave_nothing(squares, tmp_path, monkeypatch):
    before = set(tmp_path.iterdir())
    events = write_records(squares, tmp_path / "out", shard_bytes=1)
    for _ in range(5):
        next(events)
    events.close()
    assert set(tmp_path.iterdir()) == before
    (tmp_path / "out").mkdir()

    class Full:
        def __init__(self, path):
            Path(os.fsdecode(path)).touch()

        def write(self, example):
            raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

        def close(self):
            pass

    monkeypatch.setattr(tf.io, "TFRecordWriter", Full)
    with pytest.raises(FileError, match="No space left"):
        written(squares, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    assert set(tmp_path.iterdir()) == {*before, tmp_path / "out"}


def test_a_folder_with_files_is_left_alone(squares, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(FileError, match="holds files already"):
        written(squares, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis.txt"]


@pytest.mark.skipif(os.name != "posix", reason="names are Unicode there")
def test_a_folder_whose_name_is_not_utf8(squares, tmp_path):
    target = tmp_path / os.fsdecode(b"out \xff")
    image, labels = squares.items[0].image, squares.items[0].labels
    image.rename(image.with_name(os.fsdecode(b"p\xff.png")))
    labels.rename(labels.with_name(os.fsdecode(b"p\xff.xml")))
    dataset = Project.open(tmp_path).dataset()
    everything = dataclasses.replace(dataset, splits={"train": tuple(range(12))})
    assert written(everything, target).images == 12
    names = [e["image/filename"] for e in parsed(target, "train")]
    assert b"p\xff.png" in names


def test_nothing_to_write_is_said(squares, tmp_path):
    with pytest.raises(StudioError, match="no classes"):
        written(dataclasses.replace(squares, classes=()), tmp_path / "out")
    with pytest.raises(StudioError, match="no labelled pictures"):
        written(dataclasses.replace(squares, splits={"train": ()}), tmp_path / "out")
    for item in squares.items:
        item.image.write_bytes(b"no picture")
    with pytest.raises(StudioError, match="none of its pictures can be read"):
        written(squares, tmp_path / "out")
    assert not (tmp_path / "out").exists()
