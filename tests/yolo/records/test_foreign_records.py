"""Records that others have made: every layout trains, every fault is a sentence."""

from __future__ import annotations

import gc
import gzip
import hashlib
import tempfile
import zlib
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from studio.errors import FileError, StudioError
from studio.labels import images
from studio.labels.anchors import Anchors
from studio.labels.dataset import box_sizes
from studio.yolo.backend import tf
from studio.yolo.config import TrainConfig
from studio.yolo.data.examples import read_examples
from studio.yolo.events import Done, Started, Status, StepMetrics
from studio.yolo.network.model import ModelConfig
from studio.yolo.records.example import parse_example
from studio.yolo.records.folder import record_files, split_of
from studio.yolo.records.read import RecordSet, read_records
from studio.yolo.records.table import read_table, render_table
from studio.yolo.runs import new_run
from studio.yolo.train import train
from tests.labels.picture_files import scene, turned

pytestmark = pytest.mark.tensorflow

LABEL_MAP = "item {\n  id: 1\n  name: 'dark'\n}\n\nitem {\n  id: 2\n  name: 'light'\n}\n"
ID_GAPS = "item { id: 7 name: 'dog' } item { name: 'cat' id: 3 }"
DISPLAYED = """item { name: '/m/01' id: 18 display_name: 'dog' }
# a comment
item: { name: "/m/02" id: 17 display_name: "cat" }"""
BACKWARDS = "item { id: 2 name: 'cat' } item { id: 1 name: 'dog' }"
BACKGROUND = """item { id: 0 name: 'background' }
item { id: 1 name: 'cat' keypoints { id: 1 label: 'nose' } } item { id: 2 name: 'dog' }"""
CUT = "is cut short or damaged"


def squares(number: int) -> tuple[np.ndarray, list[tuple[str, tuple[int, int, int, int]]]]:
    """A grey picture, 160 × 120, with a dark square on the left and a light one on the right."""
    rng = np.random.default_rng(number)
    image, boxes = np.full((120, 160, 3), 128, np.uint8), []
    for label, colour, left in (("dark", 20, 0), ("light", 230, 80)):
        side = int(rng.integers(24, 50))
        x, y = int(rng.integers(1, 78 - side)) + left, int(rng.integers(1, 118 - side))
        image[y : y + side, x : x + side] = colour
        boxes.append((label, (x, y, x + side, y + side)))
    return image, boxes


def jpeg(image: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", image[..., ::-1])[1].tobytes()


def ints(*values: int) -> tf.train.Feature:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def floats(*values: float) -> tf.train.Feature:
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def texts(*values: bytes) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def pascal_example(number: int = 0, **changed: Any) -> bytes:
    """An example with what create_pascal_tf_record.py writes; None takes a field out."""
    image, boxes = squares(number)
    encoded = jpeg(image)
    name = f"2012_{number:06}.jpg".encode()
    edges = np.array([edges for _, edges in boxes], np.float64)
    fields = {
        "image/height": ints(120),
        "image/width": ints(160),
        "image/filename": texts(name),
        "image/source_id": texts(name),
        "image/key/sha256": texts(hashlib.sha256(encoded).hexdigest().encode()),
        "image/encoded": texts(encoded),
        "image/format": texts(b"jpeg"),
        "image/object/bbox/xmin": floats(*edges[:, 0] / 160),
        "image/object/bbox/xmax": floats(*edges[:, 2] / 160),
        "image/object/bbox/ymin": floats(*edges[:, 1] / 120),
        "image/object/bbox/ymax": floats(*edges[:, 3] / 120),
        "image/object/class/text": texts(*(label.encode() for label, _ in boxes)),
        "image/object/class/label": ints(*({"dark": 1, "light": 2}[label] for label, _ in boxes)),
        "image/object/difficult": ints(0, 0),
        "image/object/truncated": ints(0, 0),
        "image/object/view": texts(b"Unspecified", b"Frontal"),
    }
    for short, value in changed.items():
        (field,) = (f for f in [*fields, "image/object/mask"] if f.endswith("/" + short))
        fields[field] = value
    features = {field: value for field, value in fields.items() if value is not None}
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def write(path: Path, *examples: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for example in examples:
            writer.write(example)
    return path


def returned(reading: Generator[Any, None, Any]) -> Any:
    """Run a generator to its end and return what it returns."""
    while True:
        try:
            next(reading)
        except StopIteration as end:
            return end.value


def read(root: Path) -> RecordSet:
    return returned(read_records(root))


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder for records, with the label map of `pascal_example`."""
    home = tmp_path / "records"
    home.mkdir()
    (home / "pascal_label_map.pbtxt").write_text(LABEL_MAP)
    return home


# --- what is right --------------------------------------------------------------------------------


def test_records_of_the_object_detection_api_train(folder, tmp_path):
    """Nothing of this program has had a hand in what is learnt here."""
    write(folder / "pascal_train.record", *map(pascal_example, range(8)))
    write(folder / "pascal_val.record", *map(pascal_example, range(8, 12)))
    records = read(folder)
    anchors = Anchors(((10, 10), (14, 14), (18, 18), (20, 20), (24, 24), (28, 28)), (64, 64))
    model = ModelConfig("yolov3-tiny", records.classes, anchors, (64, 64))
    config = TrainConfig(model, epochs=3, batch_size=4, precision="float32", flip="none")
    events = list(train(config, records, new_run(tmp_path / "runs", "first", config)))
    (started,) = (event for event in events if isinstance(event, Started))
    assert (started.train_images, started.val_images) == (8, 4)
    losses = [event.losses.total for event in events if isinstance(event, StepMetrics)]
    assert len(losses) == 6
    assert losses[-1] < losses[0]
    assert isinstance(events[-1], Done)
    assert not [e.text for e in events if isinstance(e, Status) and not e.text.endswith("…")]


def test_pictures_and_boxes_are_where_they_were(folder):
    write(folder / "train.tfrecord", *map(pascal_example, range(5)))
    records = read(folder).labelled("all")
    assert sorted(r.name for r in records)[2] == "train.tfrecord#3 2012_000002.jpg"
    for record in records:
        image, boxes = squares(int(record.name[-5]))
        expected = tf.io.decode_jpeg(jpeg(image), dct_method="INTEGER_ACCURATE").numpy()
        assert (record.load() == expected).all()
        assert record.size() == (160, 120)
        annotation = record.read()
        assert [box.label for box in annotation.boxes] == [label for label, _ in boxes]
        found = np.array([box.xyxy for box in annotation.boxes])
        assert found == pytest.approx(np.array([edges for _, edges in boxes]), abs=1e-4)
    sizes, unread = box_sizes(records, (160, 120))
    assert (len(sizes), unread) == (10, [])


@pytest.mark.parametrize(
    ("table", "names", "numbers", "classes"),
    [  # the table, class/text and class/label of a cat and a dog, the classes in order
        (ID_GAPS, None, (3, 7), ("cat", "dog")),
        (DISPLAYED, (b"/m/02", b"dog"), None, ("cat", "dog")),
        (BACKWARDS, (b"cat", b""), (9, 1), ("dog", "cat")),
        (BACKGROUND, (b"cat", b"dog"), None, ("cat", "dog")),
        ("dog\r\ncat\n\n", None, (2, 1), ("dog", "cat")),
        ("\ufeffcat\ndog", (b" cat", b"dog"), None, ("cat", "dog")),
    ],
)
def test_class_tables(folder, table, names, numbers, classes):
    (folder / "pascal_label_map.pbtxt").unlink()
    (folder / ("map.pbtxt" if "item" in table else "classes.txt")).write_text(table, "utf-8")
    changed = {"text": names and texts(*names), "label": numbers and ints(*numbers)}
    write(folder / "train.tfrecord", pascal_example(**changed))
    records = read(folder)
    assert records.classes == classes
    (record,) = records.labelled("all")
    assert record.classes == ("cat", "dog")


def test_a_written_table_reads_back(tmp_path):
    names = ("cat", "a 'b' \"c\" \\", "Straßenbahn 🚋", "# x {")
    (tmp_path / "label_map.pbtxt").write_bytes(render_table(names))
    assert read_table(tmp_path / "label_map.pbtxt").classes == names


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda d: zlib.compress(d, 1)])
def test_compressed_files(folder, tmp_path, monkeypatch, pack):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    path = write(folder / "train.tfrecord.gz", *map(pascal_example, range(4)))
    path.write_bytes(pack(path.read_bytes()))
    records = read(folder).labelled("all")  # without the set, the pictures are still there
    gc.collect()
    assert len(list(scratch.iterdir())) == 1
    assert sorted(int(r.load()[..., 0].min()) for r in records) < [40] * 4
    path.write_bytes(path.read_bytes()[:-9])
    del records
    gc.collect()
    with pytest.raises(FileError, match="is compressed, and cut short or damaged"):
        read(folder)
    gc.collect()
    assert list(scratch.iterdir()) == []


def test_a_plain_file_may_begin_like_a_compressed_one(folder):
    """The first bytes of a record are its length: 0x8b1f is a possible one."""
    filler = 0x8B1F
    while len(example := pascal_example(format=texts(b"x" * filler))) > 0x8B1F:
        filler -= 1
    path = write(folder / "train.tfrecord", example)
    assert path.read_bytes()[:2] == b"\x1f\x8b"
    assert len(read(folder).labelled("all")) == 1


def test_splits_are_told_by_names_and_drawn_where_they_are_not(folder):
    examples = list(map(pascal_example, range(20)))
    write(folder / "x-00000-of-00002.tfrecord", *examples[:10])
    write(folder / "x-00001-of-00002.tfrecord", *examples[10:])
    drawn = {split: len(records) for split, records in read(folder).splits.items()}
    assert drawn["train"] + drawn["val"] + drawn["test"] == 20
    assert drawn["train"] > drawn["val"] > 0
    write(folder / "test.tfrecord", *examples[:3])
    told = {split: len(records) for split, records in read(folder).splits.items()}
    assert told["train"] + told["val"] == 20
    assert (told["test"], told["val"] > 0) == (3, True)
    write(folder / "valid" / "cells.tfrecord", *examples[:2])
    assert {s: len(r) for s, r in read(folder).splits.items()} == {"train": 20, "val": 2, "test": 3}


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train-00000-of-00010.tfrecord", "train"),
        ("coco_testdev.record-00003-of-00100", None),
        ("coco_val.record-00003-of-00100", "val"),
        ("pet_faces_train_with_masks.record.gz", "train"),
        ("valid/cells.tfrecord", "val"),
        ("test/training.tfrec", "train"),
        ("data.tf_record", None),
    ],
)
def test_names_of_files(tmp_path, name, split):
    assert split_of(name) == split
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    (tmp_path / "record.txt").touch()
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "x.tfrecord").touch()
    assert record_files(tmp_path) == [name]


@pytest.mark.parametrize("noted", ["stored", "upright", "nothing"])
def test_a_note_that_turns_a_picture_counts_where_the_boxes_were_drawn_on_the_turned_one(
    folder, noted
):
    data = turned(jpeg(scene()), 6)  # stored 80 × 60, upright 60 × 80
    changed = {
        "stored": {"width": ints(80), "height": ints(60)},
        "upright": {"width": ints(60), "height": ints(80)},
        "nothing": {"width": None, "height": None},
    }[noted]
    write(folder / "train.tfrecord", pascal_example(encoded=texts(data), **changed))
    (record,) = read(folder).labelled("all")
    stored = tf.io.decode_jpeg(data, dct_method="INTEGER_ACCURATE").numpy()
    expected = np.rot90(stored, -1) if noted == "upright" else stored
    seen = record.load()
    assert record.size() == (seen.shape[1], seen.shape[0])
    assert np.array_equal(seen, expected)
    (example,) = returned(read_examples([record], ("dark", "light"))).usable
    assert example.size == record.size()


def test_an_example_without_boxes_is_a_negative(folder):
    none = {f: floats() for f in ("xmin", "xmax", "ymin", "ymax")}
    none |= {"text": tf.train.Feature(), "label": None, "view": None}
    write(folder / "train.tfrecord", pascal_example(), pascal_example(**none))
    assert sorted(len(r.read().boxes) for r in read(folder).labelled("all")) == [0, 2]


def test_boxes_that_are_none_are_passed_over_and_noted(folder):
    edges = {
        "xmin": floats(0.5, -0.1, 0.4, 0.1, float("nan"), -1e-7),
        "xmax": floats(0.2, 0.4, 0.4, 64.0, 0.3, 1.0000001),
        "ymin": floats(*[0.1] * 6),
        "ymax": floats(*[0.6] * 6),
        "text": texts(*[b"dark"] * 6),
        "label": None,
    }
    path = write(folder / "train.tfrecord", pascal_example(**edges))
    examples = returned(read_examples(read(folder).labelled("all"), ("dark", "light")))
    assert examples.usable[0].xyxy == pytest.approx(np.array([[0, 12, 160, 72]]))
    start = f"{path}, example 1: object"
    assert [note.sentence for note in examples.notes] == [
        f"{start} 1 (dark) has no area: 0.5, 0.1, 0.2, 0.6; left out",
        f"{start} 2 (dark) does not lie within 0 to 1: -0.1, 0.1, 0.4, 0.6; left out",
        f"{start} 3 (dark) has no area: 0.4, 0.1, 0.4, 0.6; left out",
        f"{start} 4 (dark) does not lie within 0 to 1: 0.1, 0.1, 64, 0.6; left out",
        f"{start} 5 (dark) does not lie within 0 to 1: nan, 0.1, 0.3, 0.6; left out",
    ]


# --- what is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"encoded": None}, "has no field 'image/encoded'"),
        ({"encoded": texts()}, "field 'image/encoded' does not hold one picture"),
        ({"encoded": texts(b"")}, "field 'image/encoded' does not hold one picture"),
        ({"xmin": None}, "has no field 'image/object/bbox/xmin'"),
        ({"ymax": None}, "has no field 'image/object/bbox/ymax'"),
        ({"ymax": floats(0.5)}, "'image/object/bbox/ymax' has 1 values where .*xmin' has 2"),
        ({"xmin": ints(1, 2)}, "xmin' holds integers instead of numbers with a fraction"),
        ({"text": None, "label": None}, "no field 'image/object/class/text', nor .*class/label'"),
        ({"text": texts(b"dark")}, "'image/object/class/text' has 1 values"),
        ({"text": texts(b"dark", b"tram")}, "class 'tram' is not in pascal_label_map.pbtxt"),
        ({"text": texts(b"dark", b"\xff")}, r"class '\\\\xff' is not in"),
        ({"text": texts(b"dark", b""), "label": None}, "box 2 has neither the name"),
        ({"text": None, "label": ints(1, 0)}, "class id 0 is not in pascal_label_map.pbtxt"),
        ({"text": None, "label": ints(1, -1)}, "class id -1 is not in"),
        ({"label": floats(1, 2)}, "label' holds numbers with a fraction instead of integers"),
    ],
)
def test_a_faulty_example_is_named(folder, changed, words):
    path = write(folder / "train.tfrecord", pascal_example(), pascal_example(1, **changed))
    with pytest.raises(FileError, match=words) as raised:
        read(folder)
    assert str(raised.value).startswith(f"{path}, example 2: ")


def test_bytes_that_changed_are_an_error_or_another_example(folder):
    """With checksums that fit: made by a broken program, not by a broken disk."""
    table = read_table(folder / "pascal_label_map.pbtxt")
    whole = pascal_example(encoded=texts(b"picture"))
    rng = np.random.default_rng(0)
    outcomes = Counter()
    for _ in range(2000):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), rng.integers(1, 6)):
            data[place] = rng.integers(256)
        try:
            parse_example(bytes(data), Path("x.tfrecord, example 1"), table)
            outcomes["read"] += 1
        except FileError as error:
            outcomes[str(error).partition("'")[0]] += 1
    assert len(outcomes) > 4
    assert outcomes["read"] < 2000


@pytest.mark.parametrize(
    ("damage", "number"),
    [
        (lambda data: data[:-1], 3),
        (lambda data: data[: len(data) // 2], 2),
        (lambda data: data[:5], 1),
        (lambda data: data[:100] + bytes([data[100] ^ 255]) + data[101:], 1),
        (lambda data: data + b"\0", 4),
        (lambda data: b"no records at all " + data, 1),
    ],
)
def test_damaged_files_are_named(folder, damage, number):
    path = write(folder / "train.tfrecord", *map(pascal_example, range(3)))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(FileError, match=rf"train\.tfrecord, example {number}: {CUT}"):
        read(folder)


def test_records_of_something_else_are_named(folder):
    write(folder / "train.tfrecord", b"\x0a\xff\xff")
    with pytest.raises(FileError, match=r"example 1: is not a tf\.train\.Example"):
        read(folder)
    write(folder / "train.tfrecord")
    with pytest.raises(FileError, match="hold no examples"):
        read(folder)


def test_a_missing_part_is_named(folder):
    for part in (0, 2):
        write(folder / f"train.tfrecord-{part:05}-of-00004", pascal_example())
    with pytest.raises(FileError, match=r"tfrecord-00001-of-00004: and 1 more are missing"):
        read(folder)
    write(folder / "train.tfrecord-00001-of-00004", pascal_example())
    with pytest.raises(FileError, match=r"tfrecord-00003-of-00004: is missing"):
        read(folder)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("item { id: 'x' }", "is not a label map: line 1"),
        ("<annotation/>", "is not a label map"),
        ("", "lists no classes"),
        ("item { id: 1 name: 'a' } item { id: 1 name: 'b' }", "the id 1 twice"),
        ("item { id: 1 name: 'a' } item { id: 2 name: 'a' }", "lists class 'a' twice"),
        ("item { id: 0 name: 'a' }", "the id 0; ids count from 1"),
        ("item { id: -1 name: 'a' }", "the id -1; ids count from 1"),
        ("item { name: 'a' }", "the id 0; ids count from 1"),
        ("item { id: 1 }", "the id 1 no name"),
        ("item { id: 1 name: 'a\\nb' }", "the id 1 no name of printable characters"),
    ],
)
def test_faulty_label_maps(folder, text, words):
    write(folder / "train.tfrecord", pascal_example())
    (folder / "pascal_label_map.pbtxt").write_text(text)
    with pytest.raises(FileError, match=f"pascal_label_map.pbtxt: .*{words}"):
        read(folder)


def test_tables_that_are_missing_or_differ(folder):
    write(folder / "train.tfrecord", pascal_example())
    (folder / "valid").mkdir()
    (folder / "valid" / "x.pbtxt").write_text(LABEL_MAP)
    assert read(folder).classes == ("dark", "light")
    (folder / "valid" / "x.pbtxt").write_text(LABEL_MAP.replace("dark", "dim"))
    with pytest.raises(FileError, match=r"x\.pbtxt: gives other classes than .*pascal_label_map"):
        read(folder)
    (folder / "valid" / "x.pbtxt").unlink()
    (folder / "pascal_label_map.pbtxt").write_bytes(b"\xff")
    with pytest.raises(FileError, match="is not UTF-8 text"):
        read(folder)
    (folder / "pascal_label_map.pbtxt").unlink()
    with pytest.raises(FileError, match="has records but no class table"):
        read(folder)


def test_a_picture_that_cannot_be_decoded_is_passed_over_and_noted(folder):
    broken = turned(jpeg(scene()), 6)
    broken = broken[:400] + broken[-2:]
    examples = [texts(jpeg(scene())[:300]), texts(b"no picture"), texts(broken)]
    write(folder / "train.tfrecord", *(pascal_example(encoded=e) for e in examples))
    examples = returned(read_examples(read(folder).labelled("all"), ("dark", "light")))
    notes = sorted(note.sentence for note in examples.notes)
    assert len(notes) == 3 - len(examples)
    assert notes[0].startswith(f"passed over: {folder / 'train.tfrecord'}, example 1: the picture")
    assert "example 2: is not a picture" in notes[1]


def test_a_file_that_changes_meanwhile_is_noted(folder):
    path = write(folder / "train.tfrecord", pascal_example())
    (record,) = read(folder).labelled("all")
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(FileError, match="has become shorter"):
        record.load()
    path.unlink()
    with pytest.raises(FileError, match="cannot be read"):
        images.load(path)
    with pytest.raises(FileError, match="cannot be read"):
        record.load()


def test_a_split_that_is_not_there(folder):
    write(folder / "train.tfrecord", pascal_example())
    with pytest.raises(StudioError, match="has no split 'tset'; there are train, val, test, all"):
        read(folder).labelled("tset")
