"""Small pictures and the store that keeps them."""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studio.labels import images
from studio.labels.images import Image
from studio.labels.pictures import thumbnails as module
from studio.labels.pictures.thumbnails import SIDE, Store, stamp_of, thumbnails

Make = Callable[..., Path]


def grey(value: int, side: int = SIDE) -> Image:
    return np.full((side, side, 3), value, np.uint8)


def kept(file: Path, path: Path, stamp: str = "1") -> Image | None:
    store = Store(file)
    try:
        return store.get(path, stamp)
    finally:
        store.close()


def keep(file: Path, image: Image, *paths: Path, most_bytes: int = 10**9) -> None:
    store = Store(file, most_bytes)
    for path in paths:
        store.put(path, "1", image)
    store.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "thumbnails.sqlite"


def test_what_was_put_is_there_the_next_time_in_its_colours(file: Path) -> None:
    image = grey(200)
    image[:, : SIDE // 2] = (220, 30, 40)
    keep(file, image, Path("a.png"))
    found = kept(file, Path("a.png"))
    assert found is not None
    assert found.shape == image.shape
    np.testing.assert_allclose(found[:, 8:40].mean((0, 1)), (220, 30, 40), atol=4)


def test_a_file_that_changed_is_another(file: Path) -> None:
    keep(file, grey(200), Path("a.png"))
    assert kept(file, Path("a.png"), "2") is None
    assert kept(file, Path("b.png")) is None


def test_a_stamp_tells_dates_and_sizes_apart(tmp_path: Path) -> None:
    path = tmp_path / "a"
    stamps = set()
    for data, nanoseconds in ((b"1", 5), (b"12", 5), (b"12", 6)):
        path.write_bytes(data)
        os.utime(path, ns=(nanoseconds, nanoseconds))
        stamps.add(stamp_of(path))
    assert len(stamps) == 3


def test_what_was_used_longest_ago_goes_first(file: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    for number in range(10):
        keep(file, noise, Path(f"{number}.png"))
    assert kept(file, Path("2.png")) is not None
    keep(file, noise, Path("last.png"), most_bytes=80_000)
    database = sqlite3.connect(file)
    names = {os.fsdecode(path) for (path,) in database.execute("SELECT path FROM thumbnail")}
    database.close()
    assert {"last.png", "2.png", "9.png"} <= names
    assert {"0.png", "1.png", "3.png"}.isdisjoint(names)


def test_a_damaged_store_is_thrown_away(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"no database at all" * 1000)
    keep(file, grey(9), Path("a.png"))
    assert kept(file, Path("a.png")) is not None


def test_a_store_that_is_cut_short_is_thrown_away(file: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    paths = [Path(f"{number}.png") for number in range(20)]
    keep(file, noise, *paths)
    file.write_bytes(file.read_bytes()[:9000])
    for path in paths:
        kept(file, path)
    keep(file, grey(9), Path("a.png"))
    keep(file, grey(9), Path("a.png"))
    assert kept(file, Path("a.png")) is not None


def test_without_a_place_for_the_store_pictures_are_shrunk_each_time(
    tmp_path: Path, picture: Make
) -> None:
    (tmp_path / "file").touch()
    path = picture(tmp_path / "a.png", 400, 300)
    (made,) = thumbnails(deque([path]), tmp_path / "file" / "store")
    assert made.image is not None
    assert made.image.shape == (72, 96, 3)


def test_a_name_that_is_no_unicode(file: Path) -> None:
    path = Path(os.fsdecode(b"\xff.png"))
    keep(file, grey(9), path)
    assert kept(file, path) is not None


def test_pictures_are_decoded_once(
    tmp_path: Path, picture: Make, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = picture(tmp_path / "a.png", 400, 300)
    (first,) = thumbnails(deque([path]), file)
    monkeypatch.setattr(module, "thumbnail", None)
    (second,) = thumbnails(deque([path]), file)
    assert first.image is not None
    assert second.image is not None
    assert second.image.shape == first.image.shape


def test_what_is_no_picture_is_told_and_the_rest_goes_on(
    tmp_path: Path, picture: Make, file: Path
) -> None:
    bad, good = tmp_path / "bad.png", picture(tmp_path / "good.png")
    bad.write_bytes(b"no picture")
    made = list(thumbnails(deque([bad, tmp_path / "gone.png", good]), file))
    assert [one.path.name for one in made] == ["bad.png", "gone.png", "good.png"]
    assert [one.image is None for one in made] == [True, True, False]


def test_what_is_wanted_may_change_meanwhile(tmp_path: Path, picture: Make, file: Path) -> None:
    paths = [picture(tmp_path / f"{number}.png") for number in range(4)]
    wanted = deque(paths[:3])
    making = thumbnails(wanted, file)
    assert next(making).path == paths[0]
    wanted.clear()
    wanted.append(paths[3])
    assert [one.path for one in making] == [paths[3]]


def test_a_small_picture_is_not_enlarged(tmp_path: Path, file: Path) -> None:
    images.save(tmp_path / "a.png", np.zeros((5, 7, 3), np.uint8))
    (made,) = thumbnails(deque([tmp_path / "a.png"]), file)
    assert made.image is not None
    assert made.image.shape == (5, 7, 3)
