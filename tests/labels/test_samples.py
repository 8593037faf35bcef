"""What tells whether a picture is still the one that was read."""

from __future__ import annotations

import hashlib
import os

import numpy as np
import pytest

from studio.errors import FileError
from studio.labels.dataset import Item, Layout
from studio.labels.samples import content_digest


@pytest.fixture
def item(tmp_path, picture, labels) -> Item:
    picture(tmp_path / "one.png")
    labels(tmp_path / "one.xml", ("cat", 1, 2, 20, 20))
    return Item("one.png", Layout(tmp_path, tmp_path), "one.xml")


def test_the_digest_is_that_of_the_bytes_and_the_way_they_are_decoded(item):
    data = item.encoded()
    assert data == item.image.read_bytes()
    assert item.digest(data) == hashlib.blake2b(data, digest_size=20).digest()
    assert item.digest(data + b"x") != item.digest(data)
    assert content_digest(data, b"stored") != item.digest(data)


def test_decoding_what_was_read_is_loading(item):
    assert np.array_equal(item.decode(item.encoded()), item.load())
    assert item.picture == item.image


def test_bytes_that_are_no_picture_are_refused_by_name(item):
    with pytest.raises(FileError, match=r"one\.png"):
        item.decode(b"nothing")
    item.image.unlink()
    with pytest.raises(FileError, match=r"one\.png: cannot be read"):
        item.encoded()


@pytest.mark.parametrize("name", ["one.png", "one.xml"])
def test_the_stamp_is_another_when_a_file_changes_or_goes(item, name):
    file = item.layout.images / name
    stamp = item.stamp()
    assert item.stamp() == stamp
    os.utime(file, ns=(1, 1))
    changed = item.stamp()
    assert changed != stamp
    file.unlink()
    assert None in item.stamp()
    assert item.stamp() != changed
