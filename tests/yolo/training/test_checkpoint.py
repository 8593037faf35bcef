"""What is left of a run's state when a save is cut off or a file is damaged."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest

from studio.errors import FileError
from studio.yolo.events import Losses
from studio.yolo.runs import Run
from studio.yolo.training import checkpoint as module
from studio.yolo.training.checkpoint import SECONDS_WITHIN_EPOCH, Checkpoint, Keeper, restore
from studio.yolo.training.place import Place


@pytest.fixture
def run(tmp_path) -> Run:
    return Run(tmp_path, None)  # type: ignore[arg-type]  # no settings are needed


def state(step: int) -> Checkpoint:
    arrays = {"model/kernel": np.full((3, 4), step, np.float32), "updates": np.array(step)}
    place = Place(epoch=1, step=step, terms=[0.1, 1 / 3, 1e-17 * step], best_ap50=0.7)
    return Checkpoint(arrays, place, "float32", ("a.png", "b ä.png"), ("1f", "2e"))


def restored(run: Run) -> tuple[int, list[str]]:
    found, notes = restore(run, lambda _: None)
    return found.place.step, notes


def test_what_was_saved_comes_back(run):
    state(5).save(run)
    found = Checkpoint.load(run.state)
    assert found.place == state(5).place
    assert (found.compute, found.pictures, found.digests) == (
        ("float32", ("a.png", "b ä.png"), ("1f", "2e"))
    )
    assert found.arrays.keys() == state(5).arrays.keys()
    assert (found.arrays["model/kernel"] == 5).all()


def test_two_generations_are_kept(run):
    for step in (1, 2, 3):
        state(step).save(run)
    assert Checkpoint.load(run.state).place.step == 3
    assert Checkpoint.load(run.previous_state).place.step == 2
    assert restored(run) == (3, [])


@pytest.mark.parametrize("keep", [0, 1, 30, 200, -500, -1])
def test_a_state_that_is_cut_short_gives_way_to_the_one_before(run, keep):
    state(1).save(run)
    state(2).save(run)
    run.state.write_bytes(run.state.read_bytes()[:keep])
    step, (note,) = restored(run)
    assert step == 1
    assert note.startswith(f"{run.state}: ")
    assert note.endswith("going on from the state before it, after step 1")


def test_a_flipped_bit_is_noticed(run):
    state(1).save(run)
    state(2).save(run)
    data = bytearray(run.state.read_bytes())
    data[data.index(np.float32(2).tobytes())] ^= 1
    run.state.write_bytes(bytes(data))
    assert restored(run)[0] == 1


def test_both_damaged_is_one_sentence_and_changes_nothing(run):
    state(1).save(run)
    state(2).save(run)
    for path in (run.state, run.previous_state):
        path.write_bytes(b"no zip")
    with pytest.raises(FileError, match=r"resume\.npz: .* nor can resume\.previous\.npz be used"):
        restored(run)
    assert run.state.read_bytes() == run.previous_state.read_bytes() == b"no zip"
    run.best.write_bytes(b"weights")
    with pytest.raises(FileError, match="changed; a new run can start from its weights, with"):
        restored(run)


def test_none_at_all_is_said(run):
    with pytest.raises(FileError, match=r"cannot be resumed: resume\.npz is missing"):
        restored(run)


def test_a_state_that_does_not_fit_gives_way_too(run):
    state(1).save(run)
    state(2).save(run)

    def use(found: Checkpoint) -> None:
        if found.place.step == 2:
            raise FileError(run.path, "belongs to another network")

    found, (note,) = restore(run, use)
    assert found.place.step == 1
    assert note.startswith(f"{run.state}: belongs to another network; going on")


@pytest.mark.parametrize("call", ["fsync", "rename old", "rename new"])
def test_cut_off_anywhere_a_whole_one_is_left(run, monkeypatch, call):
    """The process ends before the flush, before the old is renamed, or before the new is."""
    state(1).save(run)
    state(2).save(run)
    replace, done = type(run.path).replace, []

    def cut(*_args):
        raise KeyboardInterrupt

    def replace_or_cut(path, target):
        done.append(path)
        if len(done) == (1 if call == "rename old" else 2):
            raise KeyboardInterrupt
        return replace(path, target)

    if call == "fsync":
        monkeypatch.setattr(os, "fsync", cut)
    else:
        monkeypatch.setattr(type(run.path), "replace", replace_or_cut)
    with pytest.raises(KeyboardInterrupt):
        state(3).save(run)
    assert restored(run)[0] == 2


def test_a_damaged_last_one_never_replaces_the_one_before(run, monkeypatch):
    state(1).save(run)
    run.state.replace(run.previous_state)
    run.state.write_bytes(b"no zip")
    keeper = Keeper(run, is_last_whole=False)
    monkeypatch.setattr(
        module.np, "savez", lambda *_a, **_k: (_ for _ in ()).throw(OSError("full"))
    )
    with pytest.raises(FileError, match="full"):
        keeper.save(state(2))
    assert restored(run)[0] == 1
    monkeypatch.undo()
    keeper.save(state(2))
    assert Checkpoint.load(run.previous_state).place.step == 1
    keeper.save(state(3))
    assert Checkpoint.load(run.previous_state).place.step == 2
    keeper.finish()
    assert not run.previous_state.exists()
    assert restored(run) == (3, [])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_none_never_replace_good_ones(run, bad):
    state(1).save(run)
    poisoned = dataclasses.replace(state(2), arrays={"model/kernel": np.array([1.0, bad])})
    with pytest.raises(FileError, match=r"model/kernel holds values that are no number"):
        poisoned.save(run)
    assert restored(run) == (1, [])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"epoch": 3}', "nonsense"])
def test_another_place_is_refused(text):
    with pytest.raises(ValueError, match=r"not the place|Expecting value"):
        Place.from_json(text)


def test_sums_of_an_epoch():
    place = Place()
    place.add(Losses(1.0, 2.0, 3.0), 3)
    place.add(Losses(2.0, 2.0, 0.0), 1)
    place.add(Losses(float("nan"), 0, 0), 0)
    assert place.mean() == Losses(5 / 4, 2.0, 9 / 4)
    place.end_epoch()
    assert (place.epoch, place.taken, place.terms) == (1, 0, [0, 0, 0])
    assert np.isnan(place.mean().total)


def test_saving_takes_a_twentieth_of_the_time_at_most(run, monkeypatch):
    """A clock on which a save takes 7 seconds and a step 1, with 50 steps an epoch."""
    now, saved = [0.0], []

    def save(*_args):
        now[0] += 7.0
        saved.append(now[0])

    monkeypatch.setattr(Checkpoint, "save", save)
    keeper = Keeper(run, lambda: now[0])
    for step in range(1, 5000):
        now[0] += 1.0
        if keeper.is_due(step % 50 == 0):
            keeper.save(state(step))
    assert 7 * len(saved) <= now[0] / 20 + 7
    assert max(np.diff(saved)) <= 7 * 20 + 50 + 7


def test_quick_saves_come_each_epoch_and_every_few_minutes(run, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(Checkpoint, "save", lambda *_args: None)
    keeper = Keeper(run, lambda: now[0])
    now[0] = 1.0
    assert keeper.is_due(is_epochs_end=True)
    assert not keeper.is_due(is_epochs_end=False)
    now[0] = SECONDS_WITHIN_EPOCH + 1
    assert keeper.is_due(is_epochs_end=False)
    keeper.save(state(1))
    assert not keeper.is_due(is_epochs_end=False)
