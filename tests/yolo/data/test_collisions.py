"""Boxes that take each other's cell are told of, and pictures without any are learnt from."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from studio.labels import images, voc
from studio.labels.boxes import Annotation, Box
from studio.project import Project
from studio.yolo.backend import tf
from studio.yolo.data.pipeline import Batch
from studio.yolo.events import Status
from studio.yolo.runs import new_run
from studio.yolo.train import train
from studio.yolo.training.learner import Learner

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def config(train_config):
    return dataclasses.replace(train_config, epochs=1, batch_size=2, scale=0, shift=0)


@pytest.mark.parametrize(("twice", "share"), [(1, "20.0 %"), (0, None)])
def test_boxes_that_share_a_cell_are_told_once(config, tmp_path, twice, share):
    """Two pictures of two boxes each; in some of them a third lies where the first is."""
    boxes = (Box("dark", 10, 10, 40, 40), Box("dark", 100, 60, 130, 90))
    for number in range(2):
        path = tmp_path / "images" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        images.save(path, np.full((120, 160, 3), 128, np.uint8))
        drawn = (*boxes, boxes[0]) if number < twice else boxes
        annotation = Annotation(path, 160, 120, boxes=drawn)
        voc.write(tmp_path / "annotations" / f"{number}.xml", annotation)
    dataset = dataclasses.replace(
        Project.open(tmp_path).dataset(), splits={"train": (0, 1), "val": ()}
    )
    model = dataclasses.replace(config.model, classes=("dark",))
    config = dataclasses.replace(config, model=model, epochs=2)
    events = list(train(config, dataset, new_run(tmp_path / "runs", "one", config)))
    told = [e.text for e in events if isinstance(e, Status) and "share a cell" in e.text]
    assert [text.split(" of boxes")[0] for text in told] == ([share] if share else [])


def test_pictures_without_boxes_teach_what_is_background(config):
    learner = Learner(config, "float32")
    pictures = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3), np.uint8)
    nobody = tf.fill((2, 1), -1)
    batch = Batch(tf.constant(pictures), tf.zeros((2, 0, 4)), tf.zeros((2, 0), tf.int32), nobody)
    steps = []
    for number in range(1, 30):
        learner.step(batch, number, 1e-3)
        steps.append(learner.fetch().losses)
    assert [(step.giou, step.prob) for step in steps] == [(0, 0)] * len(steps)
    assert 0 < steps[-1].conf < steps[0].conf / 2
