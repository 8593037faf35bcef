"""Training on what is odd or breaks, through `train`: what is said, and that nothing is lost."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import itertools

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from studio.errors import StudioError
from studio.labels import images, voc
from studio.yolo.backend import tf
from studio.yolo.data.pipeline import Batch
from studio.yolo.events import Done, EpochMetrics, Started, Status, StepMetrics
from studio.yolo.runs import Run, changed, new_run
from studio.yolo.train import train
from studio.yolo.training import loop
from studio.yolo.training.checkpoint import Checkpoint
from studio.yolo.training.learner import Learner
from studio.yolo.training.refusals import RefusedError
from studio.yolo.weights.arrays import load_arrays

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("slim")]


@pytest.fixture
def run(train_config, tmp_path) -> Run:
    return new_run(tmp_path / "runs", "first", train_config)


def of_kind(events, kind):
    return [event for event in events if isinstance(event, kind)]


def texts(events) -> str:
    return "\n".join(status.text for status in of_kind(events, Status))


def split(dataset, train_part, val_part=()):
    return dataclasses.replace(dataset, splits={"train": train_part, "val": val_part})


@pytest.mark.parametrize("refused", [(6,), (6, 7), (6, 7, 8)])
def test_steps_that_are_no_number_are_not_taken(train_config, squares, run, monkeypatch, refused):
    config = dataclasses.replace(train_config, batch_size=2, rate="constant", warmup_epochs=0)
    step = Learner.step

    def poisoned(self, batch, number, rate):
        if number in refused:
            boxes = batch.boxes * np.array([1, 1, np.inf, np.inf], np.float32)
            batch = Batch(batch.images, boxes, batch.labels, batch.pictures)
        step(self, batch, number, rate)

    monkeypatch.setattr(Learner, "step", poisoned)
    seen = []
    if len(refused) == 3:
        with pytest.raises(
            StudioError, match=r"third time in a row, in step 8.*lower learning rate.*p0\d\.png"
        ):
            seen.extend(train(config, squares, run))
        assert Checkpoint.load(run.state).place.step == 4  # the end of the first epoch
        monkeypatch.setattr(Learner, "step", step)
        seen = list(train(config, squares, run, resume=True))
        assert of_kind(seen, StepMetrics)[0].step == 5
        return
    seen.extend(train(config, squares, run))
    assert isinstance(seen[-1], Done)
    first, *more = [s.text for s in of_kind(seen, Status) if "no number" in s.text]
    assert (
        "the loss or its gradient was no number in step 6, so it was not taken and the weights are"
        in first
    )
    assert "at most 0.0005 from now on" in first
    assert first.count(".png") == 2
    assert [("saved after step 4 are back" in text) for text in more] == [True] * len(more)
    rates = {s.step: s.learning_rate for s in of_kind(seen, StepMetrics)}
    assert rates.keys() == set(range(1, 13)) - set(refused)
    assert rates[12] == pytest.approx(1e-3 * 0.5 ** len(refused))
    assert all(np.isfinite(values).all() for values in load_arrays(run.last).values())


def test_a_finished_run_can_be_extended(train_config, squares, run):
    list(train(train_config, squares, run))
    assert not run.previous_state.exists()
    run.previous_state.write_bytes(b"of a process that was killed after its last save")
    again = list(train(train_config, squares, run, resume=True))
    assert not run.previous_state.exists()
    assert "first finished after 3 epochs already; it can be given more epochs" in texts(again)
    assert not of_kind(again, StepMetrics)
    assert isinstance(again[-1], Done)
    longer = changed(run, {"epochs": 5})
    more = list(train(longer.config, squares, longer, resume=True))
    assert of_kind(more, Started)[0].first_epoch == 4
    assert [s.step for s in of_kind(more, StepMetrics)] == [7, 8, 9, 10]
    rows = list(csv.DictReader(run.metrics.read_text().splitlines()))
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3, 4, 5]


def test_patience_ends_a_run_that_more_epochs_go_on_with(train_config, squares, run, monkeypatch):
    figures = iter([0.1, 0.3, 0.2, 0.3, 0.1, 0.4])
    measure = loop.average_precision

    def measured(*arguments):
        ap = next(figures)
        return dataclasses.replace(measure(*arguments), ap=ap, ap50=ap + 0.1)

    monkeypatch.setattr(loop, "average_precision", measured)
    config = dataclasses.replace(train_config, epochs=5, patience=2)
    events = list(train(config, squares, run))
    assert "first ended after 4 epochs: none better than epoch 2 for 2 epochs" in texts(events)
    assert events[-1] == Done(run.path, best_epoch=4, ap50=0.4)  # the later of a tie
    again = list(train(config, squares, run, resume=True))
    assert "ended after 4 epochs" in texts(again)
    assert len(again) < len(events)
    config = dataclasses.replace(config, epochs=6)
    assert list(train(config, squares, run, resume=True))[-1] == Done(run.path, 6, 0.5)


def test_one_run_is_trained_by_one_and_two_runs_are_told(train_config, squares, run, tmp_path):
    events = train(train_config, squares, run)
    assert any(isinstance(event, StepMetrics) for event in events)
    with pytest.raises(StudioError, match="first: is being trained already"):
        list(train(train_config, squares, run, resume=True))
    other = new_run(tmp_path / "runs", "second", train_config)
    said = texts(list(train(train_config, squares, other)))
    assert "first is being trained already; both will be slower" in said
    assert isinstance(list(events)[-1], Done)
    assert len(run.rows()) == len(other.rows()) == 3


def test_the_least_there_can_be_is_trained_with_and_told(train_config, squares, run):
    """One picture with one box of two classes, nothing to validate with, a batch of four."""
    item = squares.items[0]
    annotation = item.read((160, 120))
    voc.write(item.labels, dataclasses.replace(annotation, boxes=annotation.boxes[:1]))
    events = list(train(train_config, split(squares, (0,)), run))
    for words in (
        "there is one picture to learn from",
        "a batch of 4 is more than there are: each step learns from the one training picture",
        "no box to learn from for the class 'light'",
        "no validation pictures",
    ):
        assert words in texts(events)
    assert events[-1].ap50 is None
    assert [e.val for e in of_kind(events, EpochMetrics)] == [None] * 3
    assert run.best.exists()


def test_a_rate_of_ten_is_told_and_poisons_nothing(train_config, squares, run):
    config = dataclasses.replace(train_config, learning_rate=10)
    events = []
    with contextlib.suppress(RefusedError):  # it may come to three refusals in a row
        events.extend(train(config, squares, run))
        assert isinstance(events[-1], Done)
    assert "a learning rate of 10 is far above what these networks bear" in texts(events)
    for path in (run.state, run.last, run.best):
        kept = [v for v in load_arrays(path).values() if v.dtype.kind == "f"]
        assert len(kept) > 10
        assert all(np.isfinite(v).all() for v in kept)


def test_files_that_go_or_change_while_training_are_told(train_config, squares, run):
    said = []
    for event in train(train_config, squares, run):
        if isinstance(event, Started):
            squares.items[0].image.unlink()
            squares.items[1].labels.unlink()
        said.append(event)
    assert (
        "gone or have changed are used as they were read at the start: p00.png, p01.png"
        in texts(said)
    )
    assert isinstance(said[-1], Done)


def test_a_state_cut_short_gives_way_and_changed_labels_are_told(train_config, squares, run):
    events = train(train_config, squares, run)
    for event in events:
        if isinstance(event, StepMetrics) and event.step == 5:
            break
    events.close()
    assert Checkpoint.load(run.previous_state).place.step < 5
    run.state.write_bytes(run.state.read_bytes()[:1000])
    annotation = squares.items[2].read((160, 120))
    voc.write(squares.items[2].labels, dataclasses.replace(annotation, boxes=()))
    image = np.full((120, 160, 3), 7, np.uint8)
    images.save(squares.items[4].image, image)
    rest = list(train(train_config, squares, run, resume=True))
    said = texts(rest)
    assert f"{run.state}: is not a file of weights, or is damaged; going on from the state" in said
    words = "changed since this run was last trained are learnt as they are now: p02.png, p04.png"
    assert words in said
    assert isinstance(rest[-1], Done)
    assert [row["epoch"] for row in run.rows()] == ["1", "2", "3"]
    assert not run.previous_state.exists()


@pytest.mark.parametrize(
    "error", [tf.errors.ResourceExhaustedError(None, None, "OOM"), MemoryError]
)
def test_no_memory_ends_a_run_with_an_offer(train_config, squares, run, monkeypatch, error):
    step = Learner.step

    def full(self, batch, number, rate):
        if number == 4:
            raise error
        step(self, batch, number, rate)

    monkeypatch.setattr(Learner, "step", full)
    offer = r"memory is used up; training needs more than .* estimated: . pictures a batch need"
    with pytest.raises(StudioError, match=offer):
        list(train(train_config, squares, run))
    # What the step that failed has left half done is not saved.
    assert Checkpoint.load(run.state).place.step == 2


def test_no_memory_while_measuring_keeps_every_step(train_config, squares, run, monkeypatch):
    def full(*_arguments):
        raise MemoryError

    monkeypatch.setattr(Learner, "validate", full)
    with pytest.raises(StudioError, match="memory is used up"):
        list(train(train_config, squares, run))
    assert Checkpoint.load(run.state).place.step == 2


def test_an_epoch_counts_when_it_is_kept(train_config, squares, run, tmp_path, monkeypatch):
    """What is cut off while its weights are saved is measured and saved again."""
    whole = new_run(tmp_path / "runs", "whole", train_config)
    list(train(train_config, squares, whole))
    save = loop.save_arrays
    calls = iter(range(9))

    def interrupted(path, arrays):
        if next(calls) == 2:  # the second epoch's last weights
            raise KeyboardInterrupt
        save(path, arrays)

    monkeypatch.setattr(loop, "save_arrays", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(train(train_config, squares, run))
    assert Checkpoint.load(run.state).place.epoch == 1
    list(train(train_config, squares, run, resume=True))
    assert [row["epoch"] for row in run.rows()] == ["1", "2", "3"]
    for kind in ("last", "best"):
        one, other = (load_arrays(getattr(r, kind)) for r in (run, whole))
        assert all((one[name] == values).all() for name, values in other.items())


@pytest.mark.parametrize(
    "what", ["studio.yolo.train.Learner", "studio.yolo.training.loop.training_batches"]
)
def test_no_memory_to_begin_with_is_said_like_it(train_config, squares, run, monkeypatch, what):
    def full(*_arguments):
        raise MemoryError

    monkeypatch.setattr(what, full)
    with pytest.raises(StudioError, match="memory is used up; training needs more than"):
        list(train(train_config, squares, run))


def test_refused_from_the_first_step_on_leaves_a_state(train_config, squares, run, monkeypatch):
    step = Learner.step

    def poisoned(self, batch, number, rate):
        boxes = batch.boxes * np.array([1, 1, np.inf, np.inf], np.float32)
        step(self, Batch(batch.images, boxes, batch.labels, batch.pictures), number, rate)

    monkeypatch.setattr(Learner, "step", poisoned)
    config = dataclasses.replace(train_config, batch_size=2)
    with pytest.raises(StudioError, match="the last good state is kept"):
        list(train(config, squares, run))
    assert Checkpoint.load(run.state).place.step == 3
    monkeypatch.setattr(Learner, "step", step)
    gentler = dataclasses.replace(config, learning_rate=5e-4)
    steps = of_kind(train(gentler, squares, run, resume=True), StepMetrics)
    assert (steps[0].step, steps[-1].step) == (4, 12)


def test_a_refusal_that_nobody_has_looked_at_counts_when_stopped(
    train_config, squares, run, monkeypatch
):
    """As with a GPU, whose figures come late."""
    step = Learner.step

    def poisoned(self, batch, number, rate):
        if number == 3:
            boxes = batch.boxes * np.array([1, 1, np.inf, np.inf], np.float32)
            batch = Batch(batch.images, boxes, batch.labels, batch.pictures)
        step(self, batch, number, rate)

    def four(*arguments):
        yield from itertools.islice(training_batches(*arguments), 4)
        raise RuntimeError("no more")

    training_batches = loop.training_batches
    monkeypatch.setattr(loop, "training_batches", four)
    monkeypatch.setattr(Learner, "step", poisoned)
    monkeypatch.setattr(Learner, "fetches_each_step", False)
    monkeypatch.setattr("studio.yolo.training.stepping.SECONDS_BETWEEN_FETCHES", 1e9)
    config = dataclasses.replace(train_config, batch_size=1, epochs=1)
    with pytest.raises(RuntimeError, match="no more"):
        list(train(config, squares, run))
    place = Checkpoint.load(run.state).place
    assert (place.step, place.taken, place.refused, place.rate_factor) == (4, 3, 3, 0.5)


def test_what_is_looked_at_seldom_is_the_same(train_config, squares, run, monkeypatch, tmp_path):
    """As with a GPU: the figures of several steps come together."""
    usual = list(train(train_config, squares, new_run(tmp_path / "runs", "two", train_config)))
    monkeypatch.setattr(Learner, "fetches_each_step", False)
    monkeypatch.setattr("studio.yolo.training.stepping.SECONDS_BETWEEN_FETCHES", 1e9)
    events = list(train(train_config, squares, run))
    assert [s.step for s in of_kind(events, StepMetrics)] == [2, 4, 6]
    for one, other in zip(of_kind(events, EpochMetrics), of_kind(usual, EpochMetrics), strict=True):
        assert one.train.total == pytest.approx(other.train.total, rel=1e-6)
        assert one.val == other.val
        step = of_kind(events, StepMetrics)[one.epoch - 1]
        assert step.losses.total == pytest.approx(one.train.total)


def test_ap_while_training_is_that_of_pycocotools(train_config, squares, run, monkeypatch):
    """Of what was found, spoilt boxes of the truth, as pycocotools' own example measures it."""
    rng, found = np.random.default_rng(2), []
    validate = Learner.validate

    def spoilt(self, batch, examples):
        losses, candidates = validate(self, batch, examples)
        found.clear()  # one batch is all there is
        for example, of_picture in zip(examples, candidates, strict=False):
            boxes = example.xyxy + rng.normal(0, 3, example.xyxy.shape).astype(np.float32)
            scores = rng.random(len(boxes)).astype(np.float32)
            found.append(
                dataclasses.replace(of_picture, xyxy=boxes, scores=scores, classes=example.labels)
            )
        return losses, list(found)

    monkeypatch.setattr(Learner, "validate", spoilt)
    config = dataclasses.replace(train_config, validate_every=2)
    first, *_, last = of_kind(train(config, squares, run), EpochMetrics)
    assert (first.val, first.ap, first.per_class) == (None, None, {})
    truth, annotations, results = COCO(), [], []
    items = [squares.items[i] for i in squares.splits["val"]]
    for picture, (item, guesses) in enumerate(zip(items, found, strict=True)):
        for box in item.read((160, 120)).boxes:
            size = [box.xmax - box.xmin, box.ymax - box.ymin]
            label = squares.classes.index(box.label)
            annotations.append(
                {"id": len(annotations) + 1, "image_id": picture, "category_id": label,
                 "bbox": [box.xmin, box.ymin, *size], "area": size[0] * size[1], "iscrowd": 0}
            )  # fmt: skip
        for (x, y, r, b), score, label in zip(
            guesses.xyxy.tolist(), guesses.scores.tolist(), guesses.classes.tolist(), strict=True
        ):
            results.append(
                {"image_id": picture, "category_id": label, "bbox": [x, y, r - x, b - y],
                 "score": score}
            )  # fmt: skip
    truth.dataset = {
        "info": {},
        "images": [{"id": i} for i in range(len(items))],
        "categories": [{"id": i} for i in range(2)],
        "annotations": annotations,
    }
    truth.createIndex()
    measure = COCOeval(truth, truth.loadRes(results), "bbox")
    measure.evaluate()
    measure.accumulate()
    measure.summarize()
    assert 0.1 < last.ap < 0.99
    assert last.ap == pytest.approx(measure.stats[0], abs=1e-9)
    assert last.ap50 == pytest.approx(measure.stats[1], abs=1e-9)
    assert {name: r.boxes for name, r in last.per_class.items()} == {"dark": 3, "light": 3}
    of_classes = [measure.eval["precision"][:, :, c, 0, -1].mean() for c in range(2)]
    assert [r.ap for r in last.per_class.values()] == pytest.approx(of_classes)
