"""Pictures are prepared once; whatever becomes of the cache, training goes on."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time

import numpy as np
import pytest

from studio.labels import images
from studio.labels.folder.cache import cache_folder
from studio.labels.images import Letterbox
from studio.yolo.data import room, stores
from studio.yolo.data.pipeline import plain_batches, training_batches
from studio.yolo.data.prepared import prepare
from studio.yolo.data.room import ways
from studio.yolo.data.schedule import Schedule
from studio.yolo.data.stores import Anew, InMemory, OnDisk
from studio.yolo.events import Progress
from tests.yolo.data.preparing import finish, prepared_with

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def items(squares):
    return squares.labelled("train")


def files():
    return sorted(cache_folder().glob("prepared/*/*.rgb"))


def counted(monkeypatch):
    """Return a list that every decoded picture is added to."""
    decoded, decode = [], images.decode
    monkeypatch.setattr(
        images, "decode", lambda data, path: decoded.append(path) or decode(data, path)
    )
    return decoded


@pytest.mark.parametrize("cache", ["memory", "disk"])
def test_each_picture_is_decoded_once(items, train_config, cache, monkeypatch):
    decoded = counted(monkeypatch)
    _, prepared = prepared_with(prepare, items, train_config, cache)
    schedule = Schedule.of(len(prepared), train_config)
    list(training_batches(prepared, train_config, schedule, 0, 6))
    list(plain_batches(prepared, 4))
    assert len(decoded) == len(items)


def test_a_second_run_decodes_nothing_and_another_size_does(items, train_config, monkeypatch):
    _, first = prepared_with(prepare, items, train_config, "disk")
    decoded = counted(monkeypatch)
    _, second = prepared_with(prepare, items, train_config, "disk")
    assert decoded == []
    assert [e.size for e in second.usable] == [e.size for e in first.usable]
    model = dataclasses.replace(train_config.model, input_size=(96, 64))
    other = dataclasses.replace(train_config, model=model)
    prepared_with(prepare, items, other, "disk")
    assert len(decoded) == len(items)


def test_files_are_named_by_content(items, train_config, tmp_path):
    prepared_with(prepare, items, train_config, "disk")
    assert len(files()) == len(items)
    items[0].image.replace(items[0].image.with_name("renamed.png"))
    shutil.copy(items[1].image, items[0].image)
    prepared_with(prepare, items, train_config, "disk")
    assert len(files()) == len(items)  # the same bytes are the same picture
    image = items[2].load()
    image[0, 0] = 7
    images.save(items[2].image, image)
    prepared_with(prepare, items, train_config, "disk")
    assert len(files()) == len(items) + 1


def test_progress_tells_of_all(items, train_config):
    events, _ = finish(prepare(items, train_config))
    assert [e for e in events if isinstance(e, Progress)] == [Progress(i, 8) for i in range(8)]


def test_closing_early_leaves_nothing_half(items, train_config):
    work = prepare(items, dataclasses.replace(train_config, cache="disk"))
    next(work), next(work)
    work.close()
    assert not list(cache_folder().rglob("*.part"))
    assert {path.stat().st_size for path in files()} <= {64 * 64 * 3 + 8}


# --- what becomes of it while training ------------------------------------------------------------


@pytest.mark.parametrize("damage", ["deleted", "some deleted", "cut", "altered"])
def test_training_goes_on_at_its_step_when_files_go(items, train_config, damage):
    config = dataclasses.replace(train_config, mosaic=0.5)
    _, kept = prepared_with(prepare, items, config, "memory")
    _, prepared = prepared_with(prepare, items, config, "disk")
    schedule = Schedule.of(len(prepared), config)
    batches = training_batches(prepared, config, schedule, 0, 20)
    seen = [next(batches) for _ in range(3)]
    if damage == "deleted":
        shutil.rmtree(cache_folder())
    for number, path in enumerate(files()):
        if damage == "some deleted" and number % 2:
            path.unlink()
        if damage == "cut":
            os.truncate(path, 1000)
        if damage == "altered":
            data = bytearray(path.read_bytes())
            data[500] ^= 64
            path.write_bytes(data)
    seen += batches
    expected = list(training_batches(kept, config, schedule, 0, 20))
    assert len(seen) == 20
    assert len(files()) == len(items)
    assert prepared.store.missing == set()
    for one, other in zip(seen, expected, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert prepared.take_notes() == []


def test_files_that_are_deleted_again_and_again_are_used_no_more(items, train_config):
    _, prepared = prepared_with(prepare, items, train_config, "disk")
    for attempt in (1, 2):
        assert prepared.mend(attempt)
        assert isinstance(prepared.store, OnDisk)
    assert prepared.mend(3)
    assert isinstance(prepared.store, Anew)
    (note,) = prepared.take_notes()
    assert "keep vanishing; each picture is decoded again" in note
    assert not prepared.mend(4)


@pytest.mark.parametrize("cache", ["disk", "none"])
def test_a_picture_that_goes_missing_is_an_empty_one_and_noted(items, train_config, cache):
    _, prepared = prepared_with(prepare, items[:4], train_config, cache)
    shutil.rmtree(cache_folder(), ignore_errors=True)
    items[2].image.unlink()
    (batch,) = plain_batches(prepared, 4)
    sides = (batch.boxes[..., 2:] - batch.boxes[..., :2]).numpy()
    assert (sides > 0).any(axis=(1, 2)).tolist() == [True, True, False, True]
    assert set(batch.images.numpy()[2].ravel().tolist()) == {images.GREY}
    (note,) = prepared.take_notes()
    assert "p02.png: cannot be read" in note
    assert prepared.take_notes() == []


def test_in_memory_a_picture_that_goes_missing_is_not_missed(items, train_config):
    _, prepared = prepared_with(prepare, items[:4], train_config, "memory")
    items[2].image.unlink()
    (batch,) = plain_batches(prepared, 4)
    assert len(set(batch.images.numpy()[2].ravel().tolist())) > 1
    assert prepared.take_notes() == []


def test_a_picture_of_another_size_is_an_empty_one(items, train_config):
    _, prepared = prepared_with(prepare, items[:1], train_config, "none")
    images.save(items[0].image, np.zeros((50, 50, 3), np.uint8))
    (batch,) = plain_batches(prepared, 4)
    assert set(batch.images.numpy().ravel().tolist()) == {images.GREY}
    (note,) = prepared.take_notes()
    assert "p00.png: is 50 × 50 pixels now and was 160 × 120" in note


@pytest.mark.parametrize("cache", ["disk", "none"])
def test_another_picture_of_that_name_has_not_the_boxes_of_the_old_one(items, train_config, cache):
    _, prepared = prepared_with(prepare, items[:4], train_config, cache)
    shutil.rmtree(cache_folder(), ignore_errors=True)
    images.save(items[1].image, np.zeros((120, 160, 3), np.uint8))
    items[3].labels.unlink()
    (batch,) = plain_batches(prepared, 4)
    sides = (batch.boxes[..., 2:] - batch.boxes[..., :2]).numpy()
    assert (sides > 0).any(axis=(1, 2)).tolist() == [True, False, True, True]
    assert set(batch.images.numpy()[1].ravel().tolist()) == {images.GREY}
    (note,) = prepared.take_notes()
    assert note.startswith("shown as an empty picture")
    assert note.endswith("p01.png: is another picture than when it was read")
    assert prepared.changed() == ["p03.png"]  # which is shown with the boxes that it had


def test_where_nothing_is_kept_a_changed_picture_is_not_said_to_be_shown_as_it_was(
    items, train_config
):
    _, prepared = prepared_with(prepare, items[:4], train_config, "none")
    images.save(items[1].image, np.zeros((120, 160, 3), np.uint8))
    items[2].image.touch()
    assert prepared.changed() == ["p02.png"]
    list(plain_batches(prepared, 4))
    (note,) = prepared.take_notes()
    assert "p01.png" in note


def test_boxes_that_are_too_small_are_counted(items, train_config):
    _, prepared = prepared_with(prepare, items[:4], train_config, "memory")
    assert prepared.of_small_boxes() == []
    first = prepared.usable[0]
    edges = np.array([[10, 10, 14, 90], [10, 10, 40, 40]], np.float32)  # 0.4 of that in the input
    prepared.examples.usable[:] = [dataclasses.replace(first, xyxy=edges)]
    (note,) = prepared.of_small_boxes()
    assert note.startswith("1 of 2 boxes is under 2 pixels at this input size and is not learnt")


def test_sources_that_change_are_named_once(items, train_config):
    _, prepared = prepared_with(prepare, items, train_config, "memory")
    assert prepared.changed() == []
    items[1].image.unlink()
    items[3].labels.unlink()
    images.save(items[5].image, np.zeros((120, 160, 3), np.uint8))
    assert prepared.changed() == ["p01.png", "p03.png", "p05.png"]
    assert prepared.changed() == []


def test_pictures_in_memory_are_there_once(train_config):
    pictures = stores.room_for(3, (64, 32))
    assert pictures.shape == (3, 32, 64, 3)
    pictures[:] = 5
    store = InMemory.of(pictures[:2])
    pictures[1] = 7
    assert store.read(1)[0].numpy().max() == 7  # the same bytes
    assert store.memory == 2 * 32 * 64 * 3


# --- where it fits --------------------------------------------------------------------------------


def test_a_cache_folder_that_is_not_writable_is_said_and_memory_is_used(
    items, train_config, monkeypatch
):
    cache_folder().mkdir(exist_ok=True)
    (cache_folder() / "prepared").write_text("a file where the folder should be")
    said, prepared = prepared_with(prepare, items, train_config, "disk")
    (text,) = said
    assert "prepared" in text
    assert text.endswith("memory is used instead")
    assert isinstance(prepared.store, InMemory)
    monkeypatch.setattr(room, "free_memory", lambda: 1000)
    said, prepared = prepared_with(prepare, items, train_config, "disk")
    assert said[0].endswith("each picture is decoded again each time it is shown, which is slower")
    assert isinstance(prepared.store, Anew)
    (batch,) = plain_batches(prepared, 8)
    for image, item in zip(batch.images.numpy(), items, strict=True):
        assert (image == Letterbox.fit((160, 120), (64, 64)).apply(item.load())).all()


GIGABYTE = 10**9


@pytest.mark.parametrize(
    ("choice", "needed", "memory", "disk", "first", "is_said"),
    [
        ("auto", 1, 16, 100, "memory", False),
        ("auto", 3, 16, 100, "disk", False),  # more than the limit of memory
        ("auto", 1, 3, 100, "disk", False),  # more than a quarter of what is free
        ("auto", 30, 16, 1000, "none", True),  # more than the limit of the disk
        ("auto", 3, 16, 5, "none", True),
        ("memory", 10, 16, 100, "memory", False),  # who asks has no limit but the machine's
        ("memory", 15, 16, 100, "disk", True),
        ("disk", 50, 16, 100, "disk", False),
        ("disk", 1, 16, 0, "memory", True),
        ("none", 1, 16, 100, "none", False),
    ],
)
def test_where_pictures_are_kept(
    monkeypatch, tmp_path, choice, needed, memory, disk, first, is_said
):
    monkeypatch.setattr(room, "free_memory", lambda: memory * GIGABYTE)
    monkeypatch.setattr(room, "_free_disk", lambda _: disk * GIGABYTE)
    found, faults = ways(choice, needed * GIGABYTE, tmp_path / "cache")
    assert found[0] == first
    assert found[-1] == "none"
    assert bool(faults) == is_said


def test_what_the_cache_holds_already_is_not_asked_of_the_disk(items, train_config, monkeypatch):
    length = 64 * 64 * 3 + 8
    disk = [int(len(items) * length / 0.8) + 1]
    monkeypatch.setattr(room, "_free_disk", lambda _: disk[0])
    said, prepared = prepared_with(prepare, items, train_config, "disk")
    assert isinstance(prepared.store, OnDisk)
    disk[0] -= len(items) * length  # what the files have taken
    again, prepared = prepared_with(prepare, items, train_config, "disk")
    assert isinstance(prepared.store, OnDisk)
    assert said == again == []


def test_the_oldest_files_make_way(items, train_config, monkeypatch):
    length = 64 * 64 * 3 + 8
    prepared_with(prepare, items[:4], train_config, "disk")
    old = files()
    for age, path in enumerate(old):
        when = time.time() - 100_000 + age
        os.utime(path, (when, when))
    part = old[0].with_name(f".{'0' * 16}.part")
    part.write_bytes(b"cut off")
    os.utime(part, (0, 0))
    monkeypatch.setattr(room, "_free_disk", lambda _: int(6 * length / 0.8) - 4 * length + 8)
    _, prepared = prepared_with(prepare, items[4:], train_config, "disk")
    assert isinstance(prepared.store, OnDisk)
    assert [path.exists() for path in old] == [False, False, True, True]
    assert len(files()) == 6
    assert not part.exists()
    _, prepared = prepared_with(prepare, items[2:4], train_config, "disk")
    assert len(files()) >= 4


def test_there_is_room_on_a_disk_whose_folder_is_not_there_yet(tmp_path):
    assert room._free_disk(tmp_path / "not" / "yet") > 0
