"""What each mode of transfer lets learn, and at which rate; a run goes on exactly."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from studio.errors import FileError
from studio.yolo.backend import keras, tf
from studio.yolo.config import TrainConfig
from studio.yolo.data.pipeline import training_batches
from studio.yolo.data.prepared import prepare
from studio.yolo.data.schedule import Schedule
from studio.yolo.events import Started, StepMetrics, TakenOver
from studio.yolo.network.build import build
from studio.yolo.network.layers import Convolution
from studio.yolo.runs import new_run
from studio.yolo.train import train
from studio.yolo.training.descent import Descent
from studio.yolo.training.learner import Learner
from studio.yolo.weights.arrays import load_arrays, variables_to_arrays
from studio.yolo.weights.transfer import transfer
from tests.yolo.made_weights import write_darknet

pytestmark = [pytest.mark.tensorflow, pytest.mark.usefixtures("slim")]

COCO = tuple(f"c{number}" for number in range(80))
HEADS = ("015_conv", "022_conv")
NECK = ("018_conv", "021_conv")
BACKBONE = tuple(f"{at:03d}_conv" for at in (0, 2, 4, 6, 8, 10, 12, 13, 14))


@pytest.fixture
def coco(train_config, tmp_path):
    """Random weights of a network with 80 classes, as a file of Darknet."""
    model = dataclasses.replace(train_config.model, classes=COCO)
    return write_darknet(tmp_path / "coco.weights", model)


@pytest.fixture
def configured(train_config, coco, tmp_path):
    def make(mode, **changes) -> TrainConfig:
        weights = str(tmp_path / "coco.weights")
        return dataclasses.replace(train_config, transfer=mode, weights=weights, **changes)

    return make


def learner_of(config) -> Learner:
    found = transfer(config)
    learner = Learner(config, "float32", 1, found.frozen, found.slow)
    learner.take(found)
    return learner


def take_steps(learner, squares, count, rate=1e-3):
    reading = prepare(squares.labelled("train"), learner.config)
    try:
        while True:
            next(reading)
    except StopIteration as end:
        prepared = end.value
    schedule = Schedule.of(len(prepared), learner.config)
    batches = training_batches(prepared, learner.config, schedule, 0, count)
    for number in range(1, count + 1):
        learner.step(next(batches), number, rate)
    batches.close()


def layers_that_differ(one, other) -> set[str]:
    """Layers with a kernel, a beta, a gamma or a statistic that is not the very same."""
    return {name.split("/")[0] for name in one if not np.array_equal(one[name], other[name])}


@pytest.mark.parametrize(
    ("mode", "taken", "learning"),
    [
        ("darknet", BACKBONE, (*BACKBONE, *NECK, *HEADS)),
        ("no_output", (*BACKBONE, *NECK), (*BACKBONE, *NECK, *HEADS)),
        ("frozen", (*BACKBONE, *NECK), HEADS),
        ("fine_tune", (*BACKBONE, *NECK), (*BACKBONE, *NECK, *HEADS)),
    ],
)
def test_what_is_taken_and_what_learns(configured, squares, coco, mode, taken, learning):
    config = configured(mode)
    random = variables_to_arrays(build(config.model, "float32", config.seed).variables)
    learner = learner_of(config)
    for network in (learner.model, learner.average):
        start = variables_to_arrays(network.variables)
        for name, values in start.items():
            expected = coco if name.split("/")[0] in taken else random
            assert np.array_equal(values, expected[name]), name
    bias = start["015_conv/beta"].reshape(3, -1)
    assert (bias[:, 4] == -4).all()
    assert (np.delete(bias, 4, axis=1) == 0).all()
    take_steps(learner, squares, 3)
    for network in (learner.model, learner.average):
        after = variables_to_arrays(network.variables)
        assert layers_that_differ(start, after) == set(learning)
        stay = {name for name in start if np.array_equal(start[name], after[name])}
        assert {name.split("/")[0] for name in stay} == set(start_layers(start)) - set(learning)
    state = " ".join(variable.path for variable in learner.optimizer.variables)
    with_state = {layer for layer in start_layers(start) if layer in state}
    assert with_state == set(learning)


def start_layers(arrays) -> set[str]:
    return {name.split("/")[0] for name in arrays}


def test_the_backbone_takes_smaller_steps_when_it_is_fine_tuned(configured, squares):
    """Adam's first step is as long as the rate, wherever there is much of a gradient."""
    config = configured("fine_tune", weight_decay=0.0, backbone_rate=0.1)
    learner = learner_of(config)
    start = variables_to_arrays(learner.model.variables)
    take_steps(learner, squares, 1, rate=1e-3)
    after = variables_to_arrays(learner.model.variables)
    for layer in (*BACKBONE, *NECK, *HEADS):
        moved = np.abs(after[f"{layer}/kernel"] - start[f"{layer}/kernel"])
        expected = 1e-4 if layer in BACKBONE else 1e-3
        assert moved.max() == pytest.approx(expected, rel=0.01), layer


def test_steps_are_those_of_adamw_with_a_rate_for_each_part(model_config):
    """Against AdamW written plainly in float64, with all gradients clipped together."""
    plain = TrainConfig(model_config, weight_decay=0.05, clip_norm=2.0, backbone_rate=0.25)
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(3, name="one")(inputs)
    network = keras.Model(inputs, keras.layers.Dense(3, name="two")(hidden))
    descent = Descent(plain, network, ["one"])
    values = [v.numpy().astype(np.float64) for v in descent.weights]
    factors = [0.25 if v.path.startswith("one") else 1.0 for v in descent.weights]
    assert sorted(factors) == [0.25, 0.25, 1.0, 1.0]
    rng = np.random.default_rng(0)
    means, squares_ = ([np.zeros_like(v) for v in values] for _ in range(2))
    for step, rate in enumerate((0.01, 0.02, 0.005), start=1):
        gradients = [rng.normal(0, 4.0 * 0.2 ** (step - 1), v.shape) for v in values]
        norm = np.sqrt(sum((g**2).sum() for g in gradients))
        assert (norm > 2.0) == (step < 3)  # clipped, and not
        descent.set_rate(rate)
        descent.apply([tf.constant(g, tf.float32) for g in gradients])
        for i, gradient in enumerate(gradients):
            clipped = gradient * min(1, 2.0 / norm)
            means[i] += (clipped - means[i]) * 0.1
            squares_[i] += (clipped**2 - squares_[i]) * 0.001
            mean, square = means[i] / (1 - 0.9**step), squares_[i] / (1 - 0.999**step)
            own = rate * factors[i]
            values[i] -= own * (0.05 if gradient.ndim == 2 else 0) * values[i]  # not of a bias
            values[i] -= own * mean / (np.sqrt(square) + 1e-7)
        for variable, expected in zip(descent.weights, values, strict=True):
            assert variable.numpy() == pytest.approx(expected, abs=5e-6)


def test_a_frozen_layer_is_the_same_in_training_as_in_detection():
    layer = Convolution(8, 3)
    inputs = tf.random.stateless_normal((4, 6, 6, 3), (1, 2)) * 3 + 1
    layer(inputs)
    layer.mean.assign(tf.linspace(-1.0, 1.0, 8))
    layer.variance.assign(tf.linspace(0.5, 2.0, 8))
    before = [variable.numpy() for variable in layer.variables]
    layer.trainable = False
    assert np.array_equal(layer(inputs, training=True), layer(inputs, training=False))
    after = [variable.numpy() for variable in layer.variables]
    assert all(map(np.array_equal, before, after))
    layer.trainable = True
    assert not np.array_equal(layer(inputs, training=True), layer(inputs, training=False))
    assert not np.array_equal(layer.mean, before[3])


# Keras asks for numpy arrays in a way that numpy will give up.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("attention", ["none", "se", "cbam", "eca"])
def test_what_keras_and_runs_have_saved(train_config, tmp_path, attention):
    model = dataclasses.replace(train_config.model, attention=attention)
    network = build(model, seed=5)
    network.save_weights(tmp_path / "mine.weights.h5")
    run = new_run(tmp_path, "mine", dataclasses.replace(train_config, model=model))
    np.savez(run.best, **variables_to_arrays(network.variables))
    for place in (tmp_path / "mine.weights.h5", run.path, run.best):
        config = dataclasses.replace(
            train_config, model=model, transfer="fine_tune", weights=str(place)
        )
        found = transfer(config)
        left = HEADS if place.suffix == ".h5" else ()  # Keras' file tells no names and anchors
        assert found.left == left
        assert found.source.classes == 2
        learner = Learner(config, "float32")
        learner.take(found)
        expected = variables_to_arrays(network.variables)
        assert layers_that_differ(found.source.arrays, expected) == set()
        assert layers_that_differ(expected, variables_to_arrays(learner.model.variables)) == set(
            left
        )
    plain = dataclasses.replace(config, model=train_config.model, transfer="no_output")
    assert transfer(plain).left == HEADS


def test_attention_of_another_kind_begins_anew(train_config, tmp_path):
    model = dataclasses.replace(train_config.model, attention="se")
    run = new_run(tmp_path, "mine", dataclasses.replace(train_config, model=model))
    np.savez(run.best, **variables_to_arrays(build(model).variables))
    other = dataclasses.replace(model, attention="eca")
    config = dataclasses.replace(
        train_config, model=other, transfer="frozen", weights=str(run.path)
    )
    found = transfer(config)
    assert found.left == ("014_conv_attention", "015_conv", "021_conv_attention", "022_conv")
    assert found.reasons["014_conv_attention"] == "of another kind of attention"
    alone = tmp_path / "alone.npz"
    alone.write_bytes(run.best.read_bytes())
    strange = transfer(dataclasses.replace(config, weights=str(alone)))
    learner = Learner(config, "float32")
    before = variables_to_arrays(learner.model.variables)
    with pytest.raises(FileError, match=r"alone\.npz: belongs to another network: 014_conv_att"):
        learner.take(strange)
    assert not layers_that_differ(before, variables_to_arrays(learner.model.variables))


def test_a_run_tells_what_it_took(configured, squares, tmp_path):
    config = configured("frozen", epochs=1)
    run = new_run(tmp_path / "runs", "first", config)
    events = list(train(config, squares, run))
    said = [event.text for event in events if isinstance(event, TakenOver)]
    assert (
        "taken: 11 of 13 layers from coco.weights (80 classes); "
        "not taken: 015_conv, 022_conv: heads of 2 classes start anew"
    ) in said
    assert "frozen: what was taken; learning: 015_conv, 022_conv" in said
    source, best = transfer(config).source.arrays, load_arrays(run.best)
    assert layers_that_differ(source, best) == set(HEADS)


@pytest.mark.parametrize("mode", ["frozen", "fine_tune"])
def test_going_on_needs_the_weights_no_more_and_is_exact(configured, squares, tmp_path, mode):
    config = configured(mode, epochs=2)
    whole = new_run(tmp_path / "runs", "whole", config)
    list(train(config, squares, whole))
    run = new_run(tmp_path / "runs", "cut", config)
    events = train(config, squares, run)
    for event in events:
        if isinstance(event, StepMetrics) and event.step == 1:
            break
    events.close()
    (tmp_path / "coco.weights").unlink()
    rest = list(train(config, squares, run, resume=True))
    assert not [e for e in rest if isinstance(e, TakenOver)]
    assert [e.first_epoch for e in rest if isinstance(e, Started)] == [1]
    for name in ("last", "state"):
        straight, resumed = load_arrays(getattr(whole, name)), load_arrays(getattr(run, name))
        assert straight.keys() == resumed.keys()
        for key, values in straight.items():
            assert np.array_equal(resumed[key], values), key


def test_weights_that_cannot_be_used_end_a_run_before_it_starts(configured, squares, tmp_path):
    config = configured("no_output")
    (tmp_path / "coco.weights").write_bytes((tmp_path / "coco.weights").read_bytes()[:-400])
    run = new_run(tmp_path / "runs", "first", config)
    with pytest.raises(FileError, match="ends 100 before the end of layer 022_conv"):
        list(train(config, squares, run))
    assert not run.state.exists()
