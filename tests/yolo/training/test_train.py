"""Training end to end on small pictures: events, files, stopping, resuming, faults."""

from __future__ import annotations

import csv
import dataclasses
import errno
import os
import shutil

import numpy as np
import pytest

from studio.errors import StudioError
from studio.labels import voc
from studio.yolo import train as training
from studio.yolo.backend import tf
from studio.yolo.detect import Detector
from studio.yolo.events import Done, EpochMetrics, Started, Status, StepMetrics
from studio.yolo.runs import Run, changed, new_run, save_changes
from studio.yolo.train import train
from studio.yolo.training.checkpoint import Checkpoint
from studio.yolo.training.learner import Learner
from studio.yolo.weights.arrays import load_arrays, save_arrays

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("slim")]


@pytest.fixture
def run(train_config, tmp_path) -> Run:
    return new_run(tmp_path / "runs", "first", train_config)


def of_kind(events, kind):
    return [event for event in events if isinstance(event, kind)]


def test_events_and_files_of_a_whole_run(train_config, squares, run):
    events = list(train(train_config, squares, run))
    (started,) = of_kind(events, Started)
    assert (started.steps_per_epoch, started.train_images, started.val_images) == (2, 8, 4)
    steps = of_kind(events, StepMetrics)
    assert [s.step for s in steps] == [1, 2, 3, 4, 5, 6]
    assert [s.epoch for s in steps] == [1, 1, 2, 2, 3, 3]
    epochs = of_kind(events, EpochMetrics)
    assert len(epochs) == 3
    for number, epoch in enumerate(epochs):
        of_epoch = steps[2 * number : 2 * number + 2]
        mean = sum(step.losses.total for step in of_epoch) / 2
        assert epoch.train.total == pytest.approx(mean, rel=1e-5)
        assert epoch.val is not None
        assert 0 <= epoch.ap50 <= 1
    assert isinstance(events[-1], Done)
    assert events[-1].run == run.path
    rows = list(csv.DictReader(run.metrics.read_text().splitlines()))
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3]
    assert float(rows[0]["val_giou"]) == pytest.approx(epochs[0].val.giou)
    assert list(run.path.glob("events.out.tfevents.*"))
    detector = Detector.load(run.path)
    assert detector.config == train_config.model


def test_rate_rises_then_falls_and_is_set_before_the_step(train_config, squares, run, monkeypatch):
    seen = []
    step = Learner.step

    def spy(self, batch, number, rate):
        step(self, batch, number, rate)
        seen.append((rate, float(self.optimizer.learning_rate)))

    monkeypatch.setattr(Learner, "step", spy)
    list(train(train_config, squares, run))
    asked, used = np.array(seen).T
    assert used == pytest.approx(asked)
    assert asked[-1] == pytest.approx(train_config.learning_rate * train_config.final_rate)


@pytest.mark.parametrize(
    "settings",
    [
        {"mosaic": 0.5, "mixup": 0.3, "rotate": 10, "hue": 0.1, "class_weighting": 0.5},
        {"multi_scale": 0.5, "parts": 2, "precision": "bfloat16", "seed": 1},
    ],
)
def test_stopping_saves_and_resuming_goes_on_as_if_nothing_had_happened(
    train_config, squares, run, tmp_path, monkeypatch, settings
):
    """Also after a step that was refused."""
    train_config = dataclasses.replace(train_config, patience=9, **settings)
    step = Learner.step

    def poisoned(self, batch, number, rate):
        if number == 2:
            boxes = batch.boxes * np.array([1, 1, np.inf, np.inf], np.float32)
            batch = batch._replace(boxes=boxes)
        step(self, batch, number, rate)

    monkeypatch.setattr(Learner, "step", poisoned)
    whole = new_run(tmp_path / "runs", "whole", train_config)
    uncut = of_kind(train(train_config, squares, whole), (StepMetrics, EpochMetrics))
    first = []
    events = train(train_config, squares, run)
    for event in events:
        if isinstance(event, StepMetrics | EpochMetrics):
            first.append(event)
        if isinstance(event, StepMetrics) and event.step == 3:
            break
    events.close()
    rest = of_kind(train(train_config, squares, run, resume=True), (StepMetrics, EpochMetrics))
    assert [e.epoch for e in first + rest] == [e.epoch for e in uncut]
    for one, other in zip(first + rest, uncut, strict=True):
        name = "losses" if isinstance(one, StepMetrics) else "val"
        expected = getattr(other, name).total
        assert getattr(one, name).total == expected
    resumed, straight = load_arrays(run.last), load_arrays(whole.last)
    for name, values in straight.items():
        assert (resumed[name] == values).all(), name
    rows = list(csv.DictReader(run.metrics.read_text().splitlines()))
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3]


def test_a_run_that_was_killed_before_its_first_save_begins_anew(
    train_config, squares, run, tmp_path
):
    longer = changed(run, {"epochs": 4})
    events = list(train(longer.config, squares, longer, resume=True))
    said = [event.text for event in of_kind(events, Status)]
    assert "first was ended before anything was saved, and begins anew" in said
    assert Run.load(run.path).config == longer.config
    whole = new_run(tmp_path / "runs", "whole", longer.config)
    uncut = of_kind(train(longer.config, squares, whole), StepMetrics)
    assert [step.losses for step in of_kind(events, StepMetrics)] == [s.losses for s in uncut]


@pytest.mark.parametrize("cache", ["memory", "disk", "none"])
def test_pictures_that_are_gone_leave_grey_paper_in_their_place(train_config, squares, run, cache):
    config = dataclasses.replace(train_config, epochs=2, cache=cache)
    list(train(dataclasses.replace(config, epochs=1), squares, run))
    squares.items[3].labels.unlink()
    squares.items[5].image.unlink()
    squares.items[6].labels.write_text("<annotation>")
    events = list(train(config, squares, run, resume=True))
    notes = "\n".join(status.text for status in of_kind(events, Status))
    gone = "no labelled pictures of the training split any more, grey paper in their place: "
    assert f"{gone}p03.png" in notes
    assert notes.count("shown as an empty picture: ") == 2
    assert notes.count("p05.png: ") == 1
    assert "p06.xml: is not well-formed XML" in notes
    (started,) = of_kind(events, Started)
    assert (started.first_epoch, started.train_images) == (2, 8)
    assert [row["epoch"] for row in run.rows()] == ["1", "2"]


def test_resuming_without_most_pictures_is_refused_and_changes_nothing(train_config, squares, run):
    list(train(dataclasses.replace(train_config, epochs=1), squares, run))
    for item in squares.items[3:8]:
        item.labels.unlink()
    before = {path: path.read_bytes() for path in run.path.iterdir()}
    words = r"cannot be resumed: of its 8 training pictures, 5 cannot be used any more: p03\.png, "
    with pytest.raises(StudioError, match=words):
        list(train(dataclasses.replace(train_config, epochs=9), squares, run, resume=True))
    assert {path: path.read_bytes() for path in run.path.iterdir()} == before


def test_resuming_with_a_class_of_another_name_is_refused(train_config, squares, run):
    list(train(dataclasses.replace(train_config, epochs=1), squares, run))
    for item in squares.items:
        text = item.labels.read_text()
        item.labels.write_text(text.replace("<name>dark</name>", "<name>black</name>"))
    renamed = dataclasses.replace(squares, classes=("black", "light"))
    before = {path: path.read_bytes() for path in run.path.iterdir()}
    words = (
        "finds 'dark', which the project no longer has, and has not learnt 'black' .boxes: 8.; a"
    )
    with pytest.raises(StudioError, match=words):
        list(train(dataclasses.replace(train_config, epochs=9), renamed, run, resume=True))
    assert {path: path.read_bytes() for path in run.path.iterdir()} == before


def test_pictures_that_are_labelled_later_are_not_learnt_and_do_no_harm(
    train_config, squares, run, tmp_path
):
    whole = new_run(tmp_path / "runs", "whole", train_config)
    few = dataclasses.replace(squares, splits={"train": (1, 3, 4, 6, 7), "val": (8, 9)})
    uncut = of_kind(train(train_config, few, whole), StepMetrics)
    begun = train(train_config, few, run)
    assert any(isinstance(event, EpochMetrics) for event in begun)
    begun.close()
    more = dataclasses.replace(squares, splits={"train": tuple(range(8)), "val": (8, 9)})
    events = list(train(train_config, more, run, resume=True))
    words = "3 pictures that this run did not begin with: not learnt in it; start a new run"
    assert [s.text for s in of_kind(events, Status) if words in s.text]
    assert of_kind(events, Started)[0].train_images == 5
    losses = [(s.step, s.losses) for s in of_kind(events, StepMetrics)]
    assert losses == [(s.step, s.losses) for s in uncut[1:]]


def test_settings_that_a_resumed_run_may_have_anew(train_config, squares, run):
    list(train(dataclasses.replace(train_config, epochs=1), squares, run))
    longer = changed(run, {"epochs": 2, "parts": 2, "learning_rate": 5e-4, "cache": "none"})
    events = list(train(longer.config, squares, longer, resume=True))
    said = "\n".join(s.text for s in of_kind(events, Status))
    assert "the highest learning rate is 0.0005 instead of 0.001 from now on" in said
    assert "each batch is computed in 2 parts instead of 1 from now on" in said
    assert max(s.learning_rate for s in of_kind(events, StepMetrics)) <= 5e-4
    assert len(run.rows()) == 2
    assert Run.load(run.path) == longer
    wrong = dataclasses.replace(longer.config, epochs=3, precision="float16")
    with pytest.raises(StudioError, match="cannot go on in float16, since it was begun in float32"):
        list(train(wrong, squares, run, resume=True))
    assert Run.load(run.path) == longer


@pytest.mark.parametrize("damage", ["missing", "cut", "other", "short"])
def test_resuming_from_a_damaged_state_is_refused(train_config, squares, run, damage):
    list(train(dataclasses.replace(train_config, epochs=1), squares, run))
    arrays = load_arrays(run.state)
    if damage == "missing":
        run.state.unlink()
    elif damage == "cut":
        run.state.write_bytes(run.state.read_bytes()[:-500])
    elif damage == "other":
        save_arrays(run.state, load_arrays(run.best))
    else:
        save_arrays(run.state, {**arrays, "place": np.array('{"epoch": 3}')})
    before = {path: path.read_bytes() for path in run.path.iterdir()}
    with pytest.raises(StudioError, match=r"resume\.npz|cannot be resumed"):
        list(train(train_config, squares, run, resume=True))
    assert {path: path.read_bytes() for path in run.path.iterdir()} == before


def test_a_resumed_run_keeps_its_precision(train_config, squares, run, monkeypatch):
    config = dataclasses.replace(train_config, precision="auto", epochs=1)
    monkeypatch.setattr(training.machine, "precision", lambda _: "bfloat16")
    list(train(config, squares, run))
    monkeypatch.setattr(training.machine, "precision", lambda _: "float32")
    longer = dataclasses.replace(config, epochs=2)
    (started,) = of_kind(train(longer, squares, run, resume=True), Started)
    assert started.precision == "bfloat16"


@pytest.mark.parametrize(("rate", "factor"), [(1e-3, 0.5), (5e-4, 1.0)])
def test_what_refusals_made_of_a_rate_goes_with_the_rate(train_config, squares, run, rate, factor):
    """Also where the run was killed before its first state with another rate."""
    list(train(dataclasses.replace(train_config, epochs=1), squares, run))
    saved = Checkpoint.load(run.state)
    saved.place.rate_factor = 0.5
    saved.save(run)
    other = changed(run, {"epochs": 2, "learning_rate": rate})
    save_changes(other)
    list(train(other.config, squares, other, resume=True))
    assert Checkpoint.load(run.state).place.rate_factor == factor


def test_a_state_that_does_not_say_its_rate_keeps_what_refusals_made_of_it(
    train_config, squares, run
):
    list(train(dataclasses.replace(train_config, epochs=1), squares, run))
    saved = Checkpoint.load(run.state)
    saved.place.rate_factor, saved.place.rate = 0.5, 0.0
    saved.save(run)
    list(train(dataclasses.replace(train_config, epochs=2), squares, run, resume=True))
    assert Checkpoint.load(run.state).place.rate_factor == 0.5


@pytest.mark.parametrize(
    "damage",
    [
        *(("epoch,", "epoch;"), ("train_giou", "giou"), ("\n1,", "\none,")),
        *(("\n", "\n2\n"), ("\n1,", "\n1\r,")),
    ],
)
def test_a_table_that_cannot_be_read_is_set_aside(train_config, squares, run, damage):
    list(train(dataclasses.replace(train_config, epochs=1), squares, run))
    table = run.metrics.read_bytes().decode()
    run.metrics.write_bytes(table.replace(*damage).encode())
    spoilt = run.metrics.read_bytes()
    events = list(train(dataclasses.replace(train_config, epochs=2), squares, run, resume=True))
    notes = "\n".join(status.text for status in of_kind(events, Status))
    assert "metrics.csv: is not a table of epochs" in notes
    assert "; it is metrics.unreadable-1 now, and a new one is begun" in notes
    assert (run.path / "metrics.unreadable-1").read_bytes() == spoilt
    assert [row["epoch"] for row in run.rows()] == ["2"]


def test_events_that_cannot_be_written_do_not_end_training(train_config, squares, run, monkeypatch):
    def full(*_args, **_kwargs):
        raise tf.errors.OutOfRangeError(None, None, "No space left on device")

    monkeypatch.setattr(tf.summary, "scalar", full)
    events = list(train(train_config, squares, run))
    notes = [s.text for s in of_kind(events, Status) if "TensorBoard" in s.text]
    assert notes
    assert isinstance(events[-1], Done)
    assert run.best.exists()


def test_a_folder_that_is_moved_or_deleted_while_training_is_made_anew(train_config, squares, run):
    events = []
    for event in train(train_config, squares, run):
        events.append(event)
        if isinstance(event, EpochMetrics) and event.epoch == 2:
            shutil.rmtree(run.path)
    said = [status.text for status in of_kind(events, Status) if "moved or deleted" in status.text]
    assert len(said) == 1
    assert str(run.path) in said[0]
    assert Run.load(run.path).config == train_config
    assert [row["epoch"] for row in run.rows()] == ["1", "2", "3"]
    best = load_arrays(run.best)
    assert all(np.array_equal(best[name], values) for name, values in load_arrays(run.last).items())
    assert events[-1].best_epoch == 3
    assert Checkpoint.load(run.state).place.epoch == 3


def test_a_full_disk_does_not_end_training(train_config, squares, run, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "savez", full)
    seen = []
    with pytest.raises(StudioError, match=r"resume\.npz.*No space"):  # said once more at the end
        seen.extend(train(train_config, squares, run))
    assert len(of_kind(seen, EpochMetrics)) == train_config.epochs
    assert [s.text for s in of_kind(seen, Status) if "last.npz" in s.text]


def test_faulty_files_are_noted_and_the_rest_is_learnt(train_config, squares, run):
    items = squares.items
    items[0].image.write_bytes(items[0].image.read_bytes()[:100])
    items[1].labels.write_text("<annotation><object>")
    stranger = items[2].read((160, 120))
    boxes = (*stranger.boxes, dataclasses.replace(stranger.boxes[0], label="tram", source=None))
    voc.write(items[2].labels, dataclasses.replace(stranger, boxes=boxes))
    before = {item.labels: item.labels.read_bytes() for item in items}
    events = list(train(dataclasses.replace(train_config, epochs=1), squares, run))
    notes = "\n".join(status.text for status in of_kind(events, Status))
    assert "p00.png: the picture is cut short" in notes
    assert "p01.xml: is not well-formed XML" in notes
    assert "class 'tram' is none of the model's classes, boxes passed over: 1" in notes
    assert of_kind(events, Started)[0].train_images == 6
    assert {item.labels: item.labels.read_bytes() for item in items} == before


def test_nothing_to_learn_from_is_said(train_config, squares, run):
    empty = dataclasses.replace(squares, splits={"train": (), "val": (0, 1)})
    with pytest.raises(StudioError, match="no labelled picture of the training split"):
        list(train(train_config, empty, run))


@pytest.mark.parametrize("validation", [(), (11,)])
def test_without_validation_boxes_the_lowest_training_loss_is_the_best(
    train_config, squares, run, validation
):
    alone = dataclasses.replace(squares, splits={"train": tuple(range(8)), "val": validation})
    events = list(train(dataclasses.replace(train_config, epochs=2), alone, run))
    losses = [e.train.total for e in of_kind(events, EpochMetrics)]
    assert events[-1] == Done(run.path, best_epoch=1 + int(np.argmin(losses)), ap50=None)
    assert [e.val for e in of_kind(events, EpochMetrics)] == [None, None]
    assert Detector.load(run.path).config == train_config.model
