"""What is said before a training begins, and what after refused steps."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from studio.labels.anchors import preset
from studio.yolo.config import TrainConfig
from studio.yolo.network.model import ModelConfig
from studio.yolo.training.notes import before_training, changed_pictures

MODEL = ModelConfig("yolov3-tiny", ("a", "b", "c"), preset("yolov3-tiny", (416, 416)), (416, 416))
CONFIG = TrainConfig(MODEL, batch_size=4)
EACH = [np.array([0, 1, 2], np.int32)] * 4


def notes(config=CONFIG, labels=EACH, validation=EACH, others=()) -> list[str]:
    return before_training(config, labels, validation, others)


def test_nothing_is_said_of_what_is_well():
    assert notes() == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"config": dataclasses.replace(CONFIG, learning_rate=10)}, "a learning rate of 10 is far"),
        ({"labels": EACH[:1]}, "one picture to learn from"),
        ({"labels": EACH[:1]}, "a batch of 4 is more than there are"),
        ({"labels": EACH[:3]}, "learns from all 3 training pictures"),
        ({"labels": [np.array([1]), *[np.array([], int)] * 4]}, "one box to learn from"),
        ({"labels": [np.array([1, 1])] * 4}, "for the classes 'a', 'c': "),
        ({"labels": [np.array([1, 0])] * 4}, "for the class 'c': "),
        ({"validation": []}, "no validation pictures: AP is not measured"),
        ({"validation": [np.array([], int)] * 3}, "no box in the validation pictures: AP is not"),
        ({"others": ["run-2"]}, "run-2 is being trained already; both will be slower"),
    ],
)
def test_each_oddity_is_said(changed, words):
    assert any(words in note for note in notes(**changed))


def test_changed_pictures_are_named():
    names = [f"{i}.png" for i in range(9)]
    before = [str(i) for i in range(9)]
    assert changed_pictures(names, before, before) == []
    assert changed_pictures(names, before, [""] * 9) == []  # which is said of each
    (note,) = changed_pictures(names, before, [*before[:2], *"xxxxxxx"])
    assert note.endswith("2.png, 3.png, 4.png, 5.png, 6.png and 2 more")
