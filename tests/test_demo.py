"""The digits project: ink, pages, MNIST files."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.demo.build import DIGITS, SIDE, build, compose, is_complete
from studio.demo.glyphs import crop, draw_digit, mnist_source, read_mnist
from studio.errors import FileError
from studio.project import Project

MNIST = Path(__file__).parents[2] / "shared" / "data" / "mnist_digits.zip"


@pytest.fixture
def small_mnist() -> tuple[np.ndarray, np.ndarray]:
    """Sixty 28 × 28 pictures whose brightest value is their number."""
    pictures = np.zeros((60, 28, 28), np.uint8)
    pictures[:, 4:24, 10:18] = np.arange(100, 160, dtype=np.uint8)[:, None, None]
    return pictures, (np.arange(60) % 10).astype(np.uint8)


def test_digits_differ_from_hand_to_hand_and_fill_their_box():
    for digit in range(10):
        rng = np.random.default_rng(digit)
        first, second = draw_digit(digit, rng), draw_digit(digit, rng)
        assert first.shape != second.shape or (first != second).any()
        for edge in (first[0], first[-1], first[:, 0], first[:, -1]):
            assert edge.max() > 60


def test_boxes_on_a_page_hold_the_ink_and_nothing_else():
    rng = np.random.default_rng(3)
    page, boxes = compose(draw_digit, rng)
    assert page.shape == (SIDE, SIDE, 3)
    grey = page.min(axis=2).astype(int)
    paper = cv2.medianBlur(page.min(axis=2), 91).astype(int)
    ink = grey < paper - 60
    for box in boxes:
        x, y, right, bottom = map(int, box.xyxy)
        assert 14 <= max(right - x, bottom - y) <= 112
        assert ink[y:bottom, x:right].any()
        ink[y:bottom, x:right] = False
    assert not ink.any()


def test_a_project_is_whole_and_comes_out_the_same_again(tmp_path):
    pages = list(build(tmp_path / "one", counts=(6, 2, 3)))
    list(build(tmp_path / "two", counts=(6, 2, 3)))
    assert pages[-1].done == pages[-1].total == 11
    assert is_complete(tmp_path / "one")
    dataset = Project.open(tmp_path / "one").dataset()
    assert dataset.classes == DIGITS
    assert {k: len(v) for k, v in dataset.splits.items()} == {
        "train": 6, "val": 2, "test": 3, "trainval": 8,
    }  # fmt: skip
    assert all(item.read((SIDE, SIDE)).problems == () for item in dataset.items)
    for path in (tmp_path / "one").rglob("*.*"):
        twin = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == twin.read_bytes()


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.doc").write_text("years of work")
    with pytest.raises(FileError, match="is not empty"):
        list(build(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_a_voc_tree_of_somebody_else_is_refused_and_kept(tmp_path):
    (tmp_path / "JPEGImages").mkdir()
    (tmp_path / "JPEGImages" / "train_0001.jpg").write_bytes(b"my own picture")
    (tmp_path / "studio.toml").write_text('classes = ["mine"]')
    assert not is_complete(tmp_path)
    with pytest.raises(FileError, match="no demo project"):
        list(build(tmp_path, counts=(1, 1, 1)))
    assert (tmp_path / "JPEGImages" / "train_0001.jpg").read_bytes() == b"my own picture"
    assert not (tmp_path / "ImageSets").exists()


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path):
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(FileError, match="file"):
            list(build(place, counts=(1, 1, 1)))


def test_a_project_that_was_interrupted_is_finished_the_next_time(tmp_path):
    next(build(tmp_path, counts=(2, 1, 1)))
    assert not is_complete(tmp_path)
    list(build(tmp_path, counts=(2, 1, 1)))
    assert is_complete(tmp_path)


def test_idx_npz_and_zip_hold_the_same_digits(tmp_path, small_mnist):
    pictures, labels = small_mnist
    header = b"\0\0\x08\x03" + np.array(pictures.shape, ">u4").tobytes()
    images = tmp_path / "train-images-idx3-ubyte.gz"
    images.write_bytes(gzip.compress(header + pictures.tobytes()))
    beside = tmp_path / "train-labels-idx1-ubyte.gz"
    beside.write_bytes(gzip.compress(b"\0\0\x08\x01\0\0\0\x3c" + labels.tobytes()))
    keras = tmp_path / "mnist.npz"
    np.savez(keras, x_train=pictures[:50], y_train=labels[:50],
             x_test=pictures[50:], y_test=labels[50:])  # fmt: skip
    archive = tmp_path / "digits.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for number, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
            file.writestr(f"d/{label}_{number:02}.pgm", cv2.imencode(".pgm", picture)[1].tobytes())
    for path in (images, keras, archive):
        read, found = read_mnist(path)
        order = np.argsort(read.max(axis=(1, 2)))
        assert (read[order] == pictures).all()
        assert (found[order] == labels).all()


def test_training_and_test_digits_are_never_the_same(tmp_path, small_mnist):
    pictures, labels = small_mnist
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=pictures, y_train=labels, x_test=pictures[:0], y_test=labels[:0])
    learn, test = mnist_source(path)
    rng = np.random.default_rng(0)
    seen = [
        {int(source(digit, rng).max()) for digit in range(10) for _ in range(40)}
        for source in (learn, test)
    ]
    assert not seen[0] & seen[1]
    assert sum(map(len, seen)) == 60


@pytest.mark.parametrize("name", ["digits.zip", "mnist.npz", "train-images-idx3-ubyte", "x.bin"])
def test_files_that_hold_no_digits_are_named(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"something else")
    with pytest.raises(FileError, match=name):
        mnist_source(path)
    with pytest.raises(FileError, match="nowhere"):
        mnist_source(tmp_path / "nowhere.npz")


def test_damaged_files_of_digits_are_named(tmp_path, small_mnist):
    pictures, labels = small_mnist
    with zipfile.ZipFile(tmp_path / "empty_picture.zip", "w") as archive:
        archive.writestr("5_1.png", b"")
    np.save(tmp_path / "one_array.npy", pictures)
    (tmp_path / "one_array.npy").rename(tmp_path / "one_array.npz")
    np.savez(tmp_path / "few_labels.npz", x_train=pictures, y_train=labels[:10],
             x_test=pictures[:0], y_test=labels[:0])  # fmt: skip
    packed = bytearray(gzip.compress(np.random.default_rng(0).bytes(5000)))
    packed[200] ^= 255
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(packed)
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(packed)
    for path in tmp_path.glob("[eot]*"):
        with pytest.raises(FileError, match=path.name):
            read_mnist(path)
    with pytest.raises(FileError, match=r"\(60, 28, 28\) and labels \(10,\)"):
        read_mnist(tmp_path / "few_labels.npz")


@pytest.mark.skipif(not MNIST.exists(), reason="the shared MNIST digits are not there")
def test_real_digits():
    pictures, labels = read_mnist(MNIST)
    assert pictures.shape == (8000, 28, 28)
    assert set(labels) == set(range(10))
    page, boxes = compose(mnist_source(MNIST)[0], np.random.default_rng(0))
    assert page.shape == (SIDE, SIDE, 3)
    assert boxes


def test_crop_of_no_ink_is_the_picture():
    blank = np.zeros((5, 5), np.uint8)
    assert crop(blank) is blank
