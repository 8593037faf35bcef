"""What can be done with a run: by its state first, by its table where that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.labels.anchors import preset
from studio.yolo.config import TrainConfig
from studio.yolo.network.model import ModelConfig
from studio.yolo.runs import Run, changed, known_runs, new_run, remove_if_empty
from studio.yolo.training.checkpoint import Checkpoint, saved_pictures
from studio.yolo.training.outlook import outlook
from studio.yolo.training.place import Place

MODEL = ModelConfig("yolov3-tiny", ("a",), preset("yolov3-tiny", (416, 416)), (416, 416))


@pytest.fixture
def run(tmp_path) -> Run:
    return new_run(tmp_path, "one", TrainConfig(MODEL, epochs=3, patience=2))


def save(run: Run, **place) -> None:
    Checkpoint({}, Place(epochs=3, **place), "float32", ("a.png", "b.png")).save(run)


def write_rows(run: Run, count: int) -> None:
    rows = [f"{number},0.5" for number in range(1, count + 1)]
    run.metrics.write_text("\n".join(["epoch,ap50", *rows]))


def test_a_run_that_was_killed_while_its_last_epoch_was_saved_is_gone_on_with(run):
    save(run, epoch=2)
    write_rows(run, 3)
    assert outlook(run).can_resume
    save(run, epoch=3)
    assert outlook(run).why_over == "finished after 3 epochs"
    assert outlook(run).has_start
    assert not outlook(run).can_resume
    assert outlook(changed(run, {"epochs": 4})).can_resume


def test_a_run_that_patience_has_ended_is_over_until_it_gets_more_epochs(run):
    save(run, epoch=3, better_epoch=1, measured_epoch=3)
    longer = Run(run.path, TrainConfig(MODEL, epochs=3, patience=2))
    assert outlook(longer).why_over.startswith("finished")
    save(run, epoch=2, better_epoch=0, measured_epoch=2)
    assert outlook(run).can_resume
    save(run, epoch=2, better_epoch=1, measured_epoch=2)
    hasty = changed(run, {"patience": 1})
    assert outlook(hasty).why_over == "ended after 2 epochs: none better than epoch 1 for 1 epoch"
    assert outlook(changed(run, {"patience": 1, "epochs": 4})).can_resume


def test_a_run_that_was_killed_before_its_first_save_is_kept_and_can_begin_anew(run):
    assert [known.path for known in known_runs(run.path.parent)] == [run.path]
    assert outlook(run).can_resume
    write_rows(run, 1)  # a state was there, and somebody has deleted it
    assert known_runs(run.path.parent) == []
    assert not outlook(run).can_resume
    assert not outlook(run).has_start


def test_a_file_that_is_renamed_while_runs_are_listed_does_no_harm(run, monkeypatch):
    save(run, epoch=1)
    exists = Path.exists

    def then_gone(path):
        found = exists(path)
        if path == run.state:
            path.unlink(missing_ok=True)
        return found

    run.best.touch()
    monkeypatch.setattr(Path, "exists", then_gone)
    assert [known.name for known in known_runs(run.path.parent)] == ["one"]


def test_where_the_state_cannot_be_read_the_one_before_or_the_table_says_it(run):
    save(run, epoch=1)
    save(run, epoch=3)
    run.state.write_bytes(run.state.read_bytes()[:100])
    assert outlook(run).can_resume
    assert saved_pictures(run) == ("a.png", "b.png")
    remove_if_empty(run)
    run.state.unlink()
    remove_if_empty(run)
    assert run.previous_state.exists()
    run.previous_state.write_bytes(b"state")
    assert saved_pictures(run) is None
    write_rows(run, 3)
    assert outlook(run).why_over == "finished after 3 epochs"
    write_rows(run, 2)
    assert outlook(run).can_resume
